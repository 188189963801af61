"""Newsletters polled from a real IMAP server, a Maildir, an mbox and files."""

from __future__ import annotations

import mailbox
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from crawlers.health import health_of
from crawlers.mail import mailbox as mailboxes
from db.health import source_facts
from db.tasks import open_tasks
from tests.crawlers.mail.conftest import Poll
from tests.crawlers.mail.dovecot import PASSWORD, MailServer
from tests.crawlers.mail.post import NEWS, Posted, head, huge, newsletters, part, peculiar
from tests.crawlers.small_web import START

LETTERS = [*newsletters(), *peculiar()]
WRONG = {"NEWSLETTER_USER": "desk", "NEWSLETTER_PASSWORD": "wrong"}
ADDRESSES = {url for posted in LETTERS for url in posted.articles}
SUBJECTS = {" ".join(posted.subject.split()) for posted in LETTERS if not posted.is_task}


def raws(letters: list[Posted]) -> list[bytes]:
    return [posted.raw for posted in letters]


def items(conn: sqlite3.Connection) -> list[sqlite3.Row]:
    return conn.execute("SELECT * FROM items ORDER BY id").fetchall()


def articles(conn: sqlite3.Connection) -> set[str]:
    return {row["url"] for row in items(conn) if row["url"].startswith(NEWS)}


def test_every_letter_and_every_article_is_kept_once(conn: sqlite3.Connection, poll: Poll, server: MailServer) -> None:
    server.deliver(*raws(LETTERS), huge().raw)
    event = poll(server.url, max_pages=1)
    assert event.outcome == "new", event.error
    assert articles(conn) == ADDRESSES | {f"{NEWS}/400"}
    kept = items(conn)
    assert {row["title"] for row in kept} >= SUBJECTS - {"Bad date"}
    assert not any("\ufffd" in row["title"] + row["text"] for row in kept)
    again = poll(server.url, max_pages=1)
    assert (again.outcome, again.items_new) == ("not_modified", 0)
    assert len(items(conn)) == len(kept)


def test_mailbox_is_only_read(conn: sqlite3.Connection, poll: Poll, server: MailServer) -> None:
    server.deliver(*raws(LETTERS[:3]))
    before = server.flags()
    poll(server.url)
    assert server.flags() == before and not any(b"Seen" in line for line in before)
    poll(server.url, mark_seen=True, list_id="news.library.example")  # another block: read anew, and marked
    assert all(b"Seen" in line for line in server.flags())


def test_letters_that_come_later_are_found(conn: sqlite3.Connection, poll: Poll, server: MailServer) -> None:
    server.deliver(LETTERS[0].raw)
    assert poll(server.url).items_new == 2  # the letter and its article
    server.deliver(LETTERS[3].raw)
    assert poll(server.url).items_new == 2
    assert poll(server.url).outcome == "not_modified"


def test_letters_under_new_numbers_are_the_same(conn: sqlite3.Connection, poll: Poll, server: MailServer) -> None:
    server.deliver(*raws(LETTERS))
    poll(server.url)
    known = len(items(conn))
    server.renumber()
    assert (poll(server.url).items_new, len(items(conn))) == (0, known)


def test_backlog_is_read_in_batches_and_nothing_is_lost(
    conn: sqlite3.Connection, poll: Poll, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "BATCH", 10)
    server.deliver(*raws(LETTERS))
    for _ in range(5):
        poll(server.url)
    assert articles(conn) == ADDRESSES


def test_reading_that_breaks_off_half_way_loses_nothing(
    conn: sqlite3.Connection, poll: Poll, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.deliver(*raws(LETTERS))
    whole, read = mailboxes._letter, []

    def breaking(*arguments: Any) -> bytes | None:
        read.append(arguments)
        if len(read) == 20:
            raise ConnectionResetError("the server went away")
        return whole(*arguments)

    monkeypatch.setattr(mailboxes, "_letter", breaking)
    event = poll(server.url)
    assert event.outcome == "failed" and "went away" in (event.error or "")
    assert items(conn) == []
    monkeypatch.setattr(mailboxes, "_letter", whole)
    poll(server.url)
    assert articles(conn) == ADDRESSES


def test_one_mailbox_is_sorted_by_list_and_sender(conn: sqlite3.Connection, poll: Poll, server: MailServer) -> None:
    server.deliver(
        head(1, b"Ours", list_id="news.a.example") + part("text/plain", f"Our news today\n{NEWS}/1", "utf-8"),
        head(2, b"Theirs", list_id="news.b.example") + part("text/plain", f"Their news today\n{NEWS}/2", "utf-8"),
    )
    poll(server.url, list_id="news.a.example")
    assert {row["title"] for row in items(conn)} == {"Ours", "Our news today"}
    assert poll(server.url, sender="@other.example").items_new == 0


def test_question_to_confirm_becomes_a_task_until_news_comes(
    conn: sqlite3.Connection, poll: Poll, server: MailServer
) -> None:
    server.deliver(next(posted.raw for posted in LETTERS if posted.is_task))
    event = poll(server.url)
    assert (event.items_new, items(conn)) == (0, [])
    assert [task.source_id for task in open_tasks(conn)] == ["letters"]
    assert "Please confirm your subscription" in open_tasks(conn)[0].sentence
    assert not health_of(source_facts(conn)[0], START).broken
    server.deliver(LETTERS[0].raw)
    poll(server.url)
    assert open_tasks(conn) == ()


def test_empty_mailbox_is_no_trouble(conn: sqlite3.Connection, poll: Poll, server: MailServer) -> None:
    assert poll(server.url).outcome == "unchanged"
    assert poll(server.url).outcome == "not_modified"
    server.deliver(LETTERS[0].raw)
    assert poll(server.url).items_new == 2


@pytest.mark.parametrize(
    ("secrets", "folder", "said"),
    [
        pytest.param({}, "INBOX", "no user and password are given", id="no password"),
        pytest.param(
            {"NEWSLETTER_USER": "desk", "NEWSLETTER_PASSWORD": "wrong"}, "INBOX", "does not accept", id="wrong"
        ),
        pytest.param(None, "Nowhere", "no folder 'Nowhere'", id="no folder"),
    ],
)
def test_what_is_wrong_is_told(
    conn: sqlite3.Connection, poll: Poll, server: MailServer, secrets: dict[str, str] | None, folder: str, said: str
) -> None:
    url = server.url if folder == "INBOX" else f"{server.url.rpartition('/')[0]}/{folder}"
    event = poll(url) if secrets is None else poll(url, secrets)
    assert event.outcome == "failed" and said in (event.error or "")


def test_password_is_nowhere_to_be_seen(
    conn: sqlite3.Connection, poll: Poll, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.deliver(LETTERS[0].raw)
    with caplog.at_level("DEBUG"):
        poll(server.url)
        failed = poll(f"{server.url}/none")
    assert PASSWORD not in "\n".join(conn.iterdump())
    assert PASSWORD not in caplog.text + str(failed)


def test_server_that_is_away_is_a_failed_poll(conn: sqlite3.Connection, poll: Poll) -> None:
    event = poll("imap://127.0.0.1:9/INBOX")
    assert (event.outcome, event.error) == (
        "failed",
        "imap://127.0.0.1:9/INBOX: the mail server refuses connections",
    )


@pytest.fixture(params=["maildir", "mbox", "folder of letters", "one letter"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, list[Posted]]:
    """A place on disk with letters in it."""
    letters, path = LETTERS[:6], tmp_path / "mail"
    if request.param == "maildir":
        box = mailbox.Maildir(path)
        for posted in letters:
            box.add(posted.raw)
    elif request.param == "mbox":
        lines = mailbox.mbox(path)
        for posted in letters:
            lines.add(posted.raw)
        lines.close()
    elif request.param == "folder of letters":
        path.mkdir()
        for number, posted in enumerate(letters):
            (path / f"{number}.eml").write_bytes(posted.raw)
    else:
        letters = letters[:1]
        path.write_bytes(letters[0].raw)
    return path, letters


def test_letters_on_disk_are_read_once(conn: sqlite3.Connection, poll: Poll, stored: tuple[Path, list[Posted]]) -> None:
    path, letters = stored
    event = poll(path.as_uri())
    assert event.outcome == "new", event.error
    assert articles(conn) == {url for posted in letters for url in posted.articles}
    assert poll(path.as_uri()).outcome == "not_modified"


def test_new_file_is_read(conn: sqlite3.Connection, poll: Poll, tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(LETTERS[0].raw)
    poll(tmp_path.as_uri())
    (tmp_path / "2.eml").write_bytes(LETTERS[3].raw)
    assert poll(tmp_path.as_uri()).items_new == 2


def test_missing_folder_is_told(conn: sqlite3.Connection, poll: Poll, tmp_path: Path) -> None:
    event = poll((tmp_path / "none").as_uri())
    assert event.outcome == "failed" and "cannot be read" in (event.error or "")


class Tracker:
    """A server that counts clicks: /track/click/N leads to article N % 10, any other word out of the list."""

    def __init__(self) -> None:
        asked: list[str] = []
        self.asked = asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                self.send_response(404 if self.path == "/robots.txt" else 302)
                if self.path != "/robots.txt":
                    asked.append(self.path)
                    article = f"{NEWS}/{int(name) % 10}" if name.isdigit() else "https://library.example/unsubscribe"
                    self.send_header("Location", article)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *words: object) -> None:
                """Nothing is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/track/click"


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    made = Tracker()
    with made.server as served:
        threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True).start()
        yield made
        served.shutdown()


def test_tracking_addresses_are_followed_once_to_the_articles(
    conn: sqlite3.Connection, poll: Poll, tmp_path: Path, tracker: Tracker
) -> None:
    page = (
        f"<h2>A new reading room</h2><a href='{tracker.url}/3'>A new reading room opens</a>"
        f"<a href='{tracker.url}/13'>Read more about it</a><a href='{tracker.url}/4'>Lecture on old maps</a>"
        f"<a href='{tracker.url}/leave'>Change what you get</a>"
    )
    (tmp_path / "1.eml").write_bytes(head(1, b"Letter") + part("text/html", page, "utf-8"))
    poll(tmp_path.as_uri())
    assert articles(conn) == {f"{NEWS}/3", f"{NEWS}/4"}
    assert [row["title"] for row in items(conn)] == ["Letter", "A new reading room opens", "Lecture on old maps"]
    assert sorted(tracker.asked) == [f"/track/click/{name}" for name in ("13", "3", "4", "leave")]
    poll(tmp_path.as_uri())
    assert len(tracker.asked) == 4
