"""`convenor add` on pages of every form, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from adding import Adding
from convenor import main
from crawlers.by_hand import proposed
from crawlers.guard import guarded_transport
from crawlers.kinds import Page
from db.connect import opened
from db.nominations import nominations
from tests.answering import Answering, answered_by
from workplace import Place

TITLE = "国立図書館の新しい閲覧室"
STORY = (
    f"<html lang='ja'><head><title>{TITLE} | 図書館</title><meta property='og:title' content='{TITLE}'>"
    "<meta property='article:published_time' content='2021-02-01T09:00:00+09:00'></head>"
    f"<body><h1>{TITLE}</h1><p>{'閲覧室が開室しました。' * 20}</p></body></html>"
)
BODIES = {
    "/story": ("text/html; charset=utf-8", STORY.encode()),
    "/sjis": ("text/html; charset=shift_jis", STORY.encode("cp932")),
    "/undated": ("text/html", b"<html><body><h1>A page of the library without a day</h1><p>Words.</p></body></html>"),
    "/annual-report.pdf": ("application/pdf", b"%PDF-1.7 ..."),
    "/pdf-as-page": ("text/html", b"%PDF-1.7 ..."),
    "/picture.png": ("image/png", b"\x89PNG\r\n"),
    "/film": ("video/mp4", b"...."),
    "/report.docx": ("application/octet-stream", b"PK\x03\x04..."),
    "/empty": ("text/html", b""),
    "/huge": ("text/html", b"<p>" + b"x" * 6_000_000),
    "/json": ("application/json", b'{"a": 1}'),
}


class Handler(Answering):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in ("/moved", "/twice", "/away", "/scheme", "/loop"):
            to = {"/moved": "/story", "/twice": "/moved", "/away": "http://10.0.0.1/x", "/scheme": "file:///etc/passwd"}
            self.say(302, "text/html", b"", to.get(path, path))
        elif path in BODIES:
            self.say(200, *BODIES[path])
        else:
            self.say({"/refused": 403, "/busy": 503}.get(path, 404), "text/html", b"")


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    with answered_by(Handler) as address:
        yield address


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A place to work in whose list of sources pauses for nobody."""
    made = CliRunner().invoke(main, ["init", str(tmp_path / "desk"), "--user", "Boss"], input="a long password\n")
    assert made.exit_code == 0, made.output
    found = Place(tmp_path / "desk" / "convenor.db")
    text = found.sources.read_text("utf-8")
    found.sources.write_text(text.replace("pause_seconds: 2 ", "pause_seconds: 0 "), "utf-8")
    return found


def adding(place: Place, *, allow_private: bool = True) -> Adding:
    return Adding(place, lambda: datetime(2021, 2, 10, tzinfo=UTC), partial(guarded_transport, allow_private))


@pytest.mark.parametrize(
    ("path", "title", "on", "problem"),
    [
        pytest.param("/story", TITLE, "2021-02-01", "", id="an article"),
        pytest.param("/story?utm_source=x", TITLE, "2021-02-01", "", id="with tracking"),
        pytest.param("/sjis", TITLE, "2021-02-01", "", id="in Shift_JIS"),
        pytest.param("/moved", TITLE, "2021-02-01", "", id="redirected"),
        pytest.param("/twice", TITLE, "2021-02-01", "", id="redirected twice"),
        pytest.param("/undated", "A page of the library without a day", None, "", id="undated"),
        pytest.param("/annual-report.pdf", "annual report", None, "This is a PDF", id="PDF"),
        pytest.param("/pdf-as-page", "pdf as page", None, "This is a PDF", id="PDF that says it is a page"),
        pytest.param("/picture.png", "picture", None, "This is a picture", id="picture"),
        pytest.param("/film", "film", None, "no web page", id="film"),
        pytest.param("/report.docx", "report", None, "a packed document", id="document"),
        pytest.param("/empty", "empty", None, "Nothing can be read", id="empty"),
        pytest.param("/huge", "huge", None, "larger than 5,000,000 bytes", id="huge"),
        pytest.param("/nowhere", "nowhere", None, "no such page (404)", id="not there"),
        pytest.param("/refused", "refused", None, "refuses us (403)", id="refused"),
        pytest.param("/busy", "busy", None, "busy or under repair (503)", id="busy"),
        pytest.param("/scheme", "scheme", None, "not an http or https address", id="another scheme"),
        pytest.param("/loop", "loop", None, "redirects", id="redirects in a circle"),
    ],
)
def test_what_a_page_tells_of_itself(
    place: Place, web: str, path: str, title: str, on: str | None, problem: str
) -> None:
    found = adding(place).look(f"{web}{path}")
    assert (found.title, found.published.on) == (title, on)
    assert problem in found.problem and bool(problem) == bool(found.problem)


def test_private_addresses_are_refused_at_every_hop(place: Place, web: str) -> None:
    assert "private address" in adding(place, allow_private=False).look(f"{web}/story").problem


def test_post_of_wechat_tells_its_day_in_a_script() -> None:
    body = b"<html><head><meta property='og:title' content='T'></head><body><div id='js_content'><p>x</p></div>"
    page = Page("https://mp.weixin.qq.com/s/abc", body + b'<script>var ct = "1612137600";</script></body></html>')
    found = proposed(page, today=date(2021, 2, 10))
    assert (found.title, found.published.on, found.published.source) == ("T", "2021-02-01", "meta")


def add(place: Place, *words: str) -> dict[str, object]:
    done = CliRunner().invoke(main, ["add", *words, "--db", str(place.database), "--allow-private", "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_added_page_is_known_the_next_time(place: Place, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(place.database):
        pass
    assert CliRunner().invoke(main, ["crawl", "nlc-en", "--db", str(place.database)]).exit_code == 0
    first = add(place, f"{web}/story", "--country", "JP", "--note", "It matters")
    assert (first["new"], first["title"]) == (True, TITLE)
    assert add(place, f"{web}/story", "--country", "JP") == {"item": first["item"], "new": False}
    with opened(place.database) as conn:
        (one,) = nominations(conn, [int(str(first["item"]))])[int(str(first["item"]))]
    assert (one.why, one.via) == ("It matters", "command")


def test_page_that_tells_nothing_needs_a_title(place: Place, web: str) -> None:
    done = CliRunner().invoke(main, ["add", f"{web}/nowhere", "--db", str(place.database), "--allow-private", "--yes"])
    assert done.exit_code == 1 and "--title" in done.output
