"""Pages kept as evidence, public copies, and links that are gone, moved or changed: over real HTTP on loopback."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from convenor import main
from crawlers.fetch import Fetched
from crawlers.guard import guarded_transport
from crawlers.links import judged
from crawlers.mementos import Memento, Saver, availability_address, read_availability
from crawlers.messages import Response
from crawlers.warc import fingerprint, read_page, write_page
from db.errors import FetchError, NewsError
from db.evidence import Link, kept_pages
from publishing.public import publish
from publishing.site import make_site
from tests.answering import Answering, answered_by
from tests.crawlers.fake_network import FakeTransport, reply
from tests.publishing.conftest import NOW, Desk, new_desk
from tests.publishing.test_public import rows
from tests.publishing.test_site import served

TITLE = "国立図書館の新しい閲覧室が開室しました"
TEXT = "利用者は毎日この部屋で古い地図や写真を閲覧できます。申し込みは不要です。"


def story(title: str = TITLE, text: str = TEXT * 8) -> bytes:
    return (
        f"<html lang='ja'><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>".encode()
    )


OTHER = story("Domain for sale", "Buy this domain now, it is cheap and short. " * 20)
SAVED: list[dict[str, list[str]]] = []


class Web(Answering):
    """Some pages, and an archive that answers as archive.org documents it."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path in ("/story", "/new-home"):
            self.say(200, "text/html; charset=utf-8", story())
        elif parts.path in ("/moved", "/front"):
            self.say(301, "text/html", b"", "/new-home" if parts.path == "/moved" else "/")
        elif parts.path in ("/changed", "/"):
            self.say(200, "text/html; charset=utf-8", OTHER)
        elif parts.path == "/busy":
            self.say(503, "text/html", b"")
        elif parts.path == "/wayback/available":
            self.available(parse_qs(parts.query)["url"][0])
        elif parts.path == "/save/status/spn2-1":
            told = {"status": "success", "timestamp": "20210210080000", "original_url": "https://x.example/"}
            self.say(200, "application/json", json.dumps(told).encode())
        elif parts.path == "/robots.txt":
            self.say(200, "text/plain", b"User-agent: *\nDisallow: /closed\n")
        else:
            self.say(404, "text/html", b"")

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        SAVED.append({**form, "authorization": [self.headers["Authorization"]]})
        self.say(200, "application/json", json.dumps({"url": form["url"][0], "job_id": "spn2-1"}).encode())

    def available(self, url: str) -> None:
        here = f"http://{self.headers['Host']}"
        closest = {"status": "200", "available": True, "timestamp": "20210210091500",
                   "url": f"{here}/web/20210210091500/{url}"}  # fmt: skip
        snapshots = {"closest": closest} if url.endswith("/story") else {}
        self.say(200, "application/json", json.dumps({"url": url, "archived_snapshots": snapshots}).encode())


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    with answered_by(Web) as address:
        yield address


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "sources.yaml").write_text(
        "politeness: {pause_seconds: 0}\n"
        "sub_regions: {north-east-asia: {name: North East Asia, countries: {JP: Japan}}}\n"
        "sources:\n  - {id: s, name: S, institution: I, country: JP, sub_region: north-east-asia, language: ja,"
        " kind: feed, url: 'https://s.example/feed'}\n",
        "utf-8",
    )
    with new_desk(tmp_path) as desk:
        yield desk


def chosen(desk: Desk, web: str, *paths: str) -> list[int]:
    """Activities whose originals stand there."""
    ids = []
    for path in paths:
        ids.append(desk.activity(TITLE))
        desk.conn.execute("UPDATE items SET url = ?, text = ? WHERE id = ?", (f"{web}{path}", TEXT * 8, ids[-1]))
    return ids


def run(desk: Desk, *words: str, env: dict[str, str] | None = None) -> Result:
    known = {"CONVENOR_WAYBACK": None, "CONVENOR_WAYBACK_KEY": None, "CONVENOR_WAYBACK_SECRET": None}
    return CliRunner().invoke(main, [*words, "--db", str(desk.path)], env={**known, **(env or {})})


def keep(desk: Desk, *words: str) -> Result:
    return run(desk, "evidence", "keep", "--allow-private", *words)


def test_page_is_kept_as_it_was_fetched(desk: Desk, web: str, tmp_path: Path) -> None:
    good, missing, closed = chosen(desk, web, "/story", "/missing", "/closed")
    desk.find("only a candidate")
    result = keep(desk)
    assert (result.exit_code, "1 page kept" in result.output, "2 could not be" in result.output) == (
        0,
        True,
        True,
    )
    ((item, name, sha256),) = kept_pages(desk.conn)
    assert (item, sha256) == (good, hashlib.sha256(story()).hexdigest())
    file = tmp_path / "evidence" / name
    with file.open("rb") as stream:
        records = [(record.rec_type, dict(record.rec_headers.headers)) for record in ArchiveIterator(stream)]
    assert [kind for kind, _ in records] == ["warcinfo", "resource"]
    assert records[1][1]["WARC-Target-URI"] == f"{web}/story"
    assert records[1][1]["WARC-Payload-Digest"] == f"sha256:{sha256}"
    problems = dict(map(tuple, desk.conn.execute("SELECT item_id, problem FROM evidence WHERE problem IS NOT NULL")))
    assert set(problems) == {missing, closed} and "robots.txt" in problems[closed]
    assert run(desk, "evidence", "show", str(good), "-o", str(tmp_path / "page.html")).exit_code == 0
    assert (tmp_path / "page.html").read_bytes() == story()


def test_nothing_is_asked_twice(desk: Desk, web: str) -> None:
    good, _ = chosen(desk, web, "/story", "/missing")
    keep(desk)
    assert "0 pages kept" in keep(desk).output  # what failed is tried again on another day
    desk.conn.execute("UPDATE evidence SET tried_at = '2020-01-01T00:00:00Z'")
    assert "1 could not be" in keep(desk).output
    desk.conn.execute("UPDATE evidence SET tried_at = '2020-01-01T00:00:00Z', tries = 3")
    assert "0 could not be" in keep(desk).output
    desk.conn.execute("UPDATE items SET edited_url = ? WHERE id = ?", (f"{web}/new-home", good))
    assert "1 page kept" in keep(desk).output


def test_what_is_kept_is_bounded(desk: Desk, web: str) -> None:
    chosen(desk, web, "/story", "/new-home")
    assert "1 page kept" in keep(desk, "--limit", "1").output
    desk.conn.execute("UPDATE evidence SET bytes = 3000000")
    full = keep(desk, "--max-mb", "2")
    assert (full.exit_code, "allow more with --max-mb" in full.output) == (1, True)


def test_damage_is_found(desk: Desk, web: str, tmp_path: Path) -> None:
    chosen(desk, web, "/story", "/new-home", "/changed")
    keep(desk)
    assert run(desk, "evidence", "check").output == "3 kept pages are as they were fetched.\n"
    first, second, _ = (tmp_path / "evidence" / name for _, name, _ in kept_pages(desk.conn))
    first.unlink()
    write_page(second, "https://a.example/", b"other", media_type="text/html", at=NOW, software="x")
    result = run(desk, "evidence", "check")
    assert (result.exit_code, "2 of 3 kept pages" in result.output) == (1, True)
    second.write_bytes(second.read_bytes()[:-60])
    with pytest.raises(NewsError, match=r"cannot be read|holds no whole page"):
        read_page(second)


def test_public_is_told_day_fingerprint_and_copy(desk: Desk, web: str, tmp_path: Path) -> None:
    chosen(desk, web, "/story", "/new-home")
    keep(desk)
    asking = ("evidence", "mementos", "--allow-private", "--archive", web)
    asked = run(desk, *asking, env={"CONVENOR_WAYBACK": "ask"})
    assert (asked.exit_code, "1 of 2 activities have a public copy" in asked.output) == (0, True), asked.output
    assert "0 of 0" in run(desk, *asking, env={"CONVENOR_WAYBACK": "ask"}).output  # not again for a month
    publish(desk.conn, tmp_path / "public.db", now=NOW)
    told = {row["id"]: row for row in rows(tmp_path / "public.db")}
    assert told[1]["archived_url"] == f"{web}/web/20210210091500/{web}/story" and told[2]["archived_url"] is None
    assert told[1]["fetched_sha256"] == hashlib.sha256(story()).hexdigest()
    assert told[1]["fetched_on"] == f"{datetime.now(UTC):%Y-%m-%d}"
    with served(make_site(tmp_path / "public.db")) as client:
        page = client.get("/a/1").text
    assert str(told[1]["fetched_sha256"]) in page and "Archived copy" in page
    desk.conn.execute("UPDATE items SET edited_url = 'https://other.example/' WHERE id = 1")
    publish(desk.conn, tmp_path / "public.db", now=NOW)
    again = rows(tmp_path / "public.db")[0]
    assert (again["fetched_sha256"], again["archived_url"]) == (None, None)


@pytest.mark.parametrize(
    ("env", "sentence"),
    [({}, "nobody is asked unless"), ({"CONVENOR_WAYBACK": "yes"}, "nobody is asked unless"),
     ({"CONVENOR_WAYBACK": "save"}, "set CONVENOR_WAYBACK_KEY")],
)  # fmt: skip
def test_archive_is_asked_only_when_told(desk: Desk, env: dict[str, str], sentence: str) -> None:
    result = run(desk, "evidence", "mementos", env=env)
    assert (result.exit_code, sentence in result.output) == (1, True)


def saver(web: str, waits: list[float]) -> Saver:
    return Saver(guarded_transport(allow_private=True), "convenor/0", "key", "secret-word", waits.append, web)


def test_page_is_saved_in_the_archive(web: str) -> None:
    waits: list[float] = []
    SAVED.clear()
    found = saver(web, waits).save("https://x.example/story?a=1&b=図")
    assert found == Memento(f"{web}/web/20210210080000/https://x.example/story?a=1&b=図", NOW)
    assert SAVED[0]["url"] == ["https://x.example/story?a=1&b=図"]
    assert SAVED[0]["authorization"] == ["LOW key:secret-word"]
    assert waits == [5.0, 10.0]
    assert "secret-word" not in repr(saver(web, waits))


def answers(*told: dict[str, str]) -> list[Response]:
    return [reply(200, json.dumps(one)) for one in told]


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (answers({"message": "You have reached your limit"}), "took no order"),
        (answers({"job_id": "../../x"}), "took no order"),
        ([reply(429)], "refuses"),
        (answers({"job_id": "a"}, {"status": "error", "message": "blocked"}), "could not save it: blocked"),
        (answers({"job_id": "a"}, *[{"status": "pending"}] * 24), "in time"),
        ([reply(200, content=b"<html>")], "took no order"),
    ],
)
def test_archive_that_does_not_save_is_a_sentence(answers: list[Response], sentence: str) -> None:
    left = iter(answers)
    transport = FakeTransport(lambda request: next(left))
    with pytest.raises(FetchError, match=sentence):
        Saver(transport, "convenor/0", "key", "secret", lambda seconds: None).save("https://x.example/")


CLOSEST = {"status": "200", "available": True, "url": "http://web.archive.org/web/20130919044612/http://example.com/",
           "timestamp": "20130919044612"}  # fmt: skip


@pytest.mark.parametrize(
    ("closest", "url"),
    [
        (CLOSEST, "https://web.archive.org/web/20130919044612/http://example.com/"),
        ({**CLOSEST, "available": False}, None),
        ({**CLOSEST, "status": "404"}, None),
        ({**CLOSEST, "url": "javascript:alert(1)"}, None),
        ({**CLOSEST, "url": "https://evil.example/"}, None),
        ({**CLOSEST, "timestamp": "20139919044612"}, None),
        ([], None),
    ],
)
def test_availability(closest: object, url: str | None) -> None:
    found = read_availability(json.dumps({"archived_snapshots": {"closest": closest}}).encode())
    assert (found.url if found else None) == url


@given(st.one_of(st.binary(max_size=60), st.recursive(st.text(max_size=9), lambda v: st.dictionaries(
    st.sampled_from(["archived_snapshots", "closest", "url"]), v)).map(lambda v: json.dumps(v).encode())))  # fmt: skip
def test_any_answer_of_the_archive_is_borne(body: bytes) -> None:
    assert read_availability(body) is None


def test_address_of_the_question_holds_the_whole_address() -> None:
    asked = availability_address("https://archive.org", "https://x.example/?a=1&b=図#c", NOW)
    assert parse_qs(urlsplit(asked).query) == {
        "url": ["https://x.example/?a=1&b=図#c"],
        "timestamp": ["20210210080000"],
    }


def test_links_of_a_period_are_visited(desk: Desk, web: str) -> None:
    paths = ("/story", "/moved", "/changed", "/missing", "/front", "/busy", "/closed")
    ids = chosen(desk, web, *paths)
    old = chosen(desk, web, "/missing")[0]
    desk.conn.execute("UPDATE items SET published_on = '2019-01-01' WHERE id = ?", (old,))
    result = run(desk, "links", "check", "--period", "2020-11..2021-02", "--allow-private", "--json")
    told = {line["item"]: line for line in map(json.loads, result.stdout.splitlines()[:7])}
    assert [told[item]["verdict"] for item in ids] == [
        "ok", "moved", "changed", "gone", "gone", "no answer", "not asked"]  # fmt: skip
    assert (told[ids[1]]["now_at"], old in told) == (f"{web}/new-home", False)
    assert (result.exit_code, "5 of 7 links are not as they were" in result.stderr) == (1, True)
    told_plainly = run(desk, "links", "check", "--period", "2020-12..2020-12", "--allow-private")
    assert f"moved: JP {ids[1]} {TITLE}" in told_plainly.output and f"now {web}/new-home" in told_plainly.output
    assert "7 links of 2020-12..2020-12: " in told_plainly.output


def test_reports_in_the_making_tell_which_links_to_visit(desk: Desk, web: str) -> None:
    item = chosen(desk, web, "/missing")[0]
    assert "No report is in the making; name months with --period." in run(desk, "links", "check").output
    for key, sent_on in (("2020-11", "2020-12-31"), ("2020-12", None)):
        desk.conn.execute(
            "INSERT INTO reports (sub_region, period_start, period_end, vocabulary, submitted_on)"
            " VALUES ('north-east-asia', ?, '2021-02', 'IFLA-2019-2024', ?)",
            (key, sent_on),
        )
    result = run(desk, "links", "check", "--allow-private")
    assert f"gone: JP {item}" in result.output and "1 link of 2020-12..2021-02: 1 gone." in result.output
    mistyped = run(desk, "links", "check", "--sub-region", "mars")
    assert mistyped.exit_code == 1 and "there is no sub-region 'mars'; there are: " in mistyped.output


def test_period_without_activities_is_well(desk: Desk) -> None:
    result = run(desk, "links", "check", "--period", "1999-01..1999-02")
    assert (result.exit_code, result.output) == (0, "No activity of 1999-01..1999-02 has a link.\n")
    for wrong in ("2020", "2020-13..2021-01", "2021-02..2020-11"):
        assert run(desk, "links", "check", "--period", wrong).exit_code == 2


LINK = Link(1, TITLE, "https://a.example/story", TEXT * 8, "JP", "ja")


@pytest.mark.parametrize(
    ("url", "body", "kind", "moved", "verdict"),
    [
        pytest.param("https://a.example/story", story(), "text/html", None, "ok", id="as it was"),
        pytest.param("https://www.a.example/story", story(), "text/html", None, "ok", id="only for now elsewhere"),
        pytest.param("https://b.example/x", story(), "text/html", "https://b.example/x", "moved", id="moved for good"),
        pytest.param(
            "https://a.example/story", story(TITLE, TEXT + "加筆しました。" * 5), "text/html", None, "ok", id="edited"
        ),
        pytest.param("https://a.example/story", OTHER, "text/html", None, "changed", id="another page"),
        pytest.param("https://a.example/", story(), "text/html", None, "gone", id="the front page"),
        pytest.param("https://a.example/story", b"%PDF-1.7", "application/pdf", None, "ok", id="no page to read"),
        pytest.param("https://a.example/story", b"", "text/html", None, "no answer", id="an empty page"),
    ],
)
def test_verdict(url: str, body: bytes, kind: str, moved: str | None, verdict: str) -> None:
    answer = Fetched(url, 200, body, f"{kind}; charset=utf-8", moved_to=moved)
    assert judged(LINK, answer, date(2021, 2, 10)).verdict == verdict


@given(body=st.binary(max_size=300))
def test_any_page_comes_back_from_disk(body: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("warc") / "1" / "1.warc.gz"
    write_page(file, "https://a.example/図", body, media_type="", at=NOW, software="convenor/0")
    assert fingerprint(read_page(file)) == fingerprint(body)
    assert [path.name for path in file.parent.iterdir()] == ["1.warc.gz"]
