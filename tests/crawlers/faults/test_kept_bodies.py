"""What failed with something to look at is kept: the newest one of each source, bounded, until the source is well."""

from __future__ import annotations

import gzip

import pytest

from db.connect import open_database
from db.health import MAX_KEPT_BYTES, kept_page
from tests.crawlers.faults.fault_server import Say, Wire
from tests.crawlers.faults.survival import FAULTY, Desk, good_feed
from tests.crawlers.faults.test_answers import BOMB, cut_off, cut_off_between_chunks, dripping_body, endless_chunks

NEWS = good_feed("faulty").encode()


def answers(body: bytes, status: str = "200 OK", *headers: str) -> Say:
    return lambda wire: wire.answer(body, status, *headers)


def packed_and_cut_off(wire: Wire) -> None:
    wire.answer(gzip.compress(NEWS)[:-12], "200 OK", "Content-Encoding: gzip")


def refused_in_pieces(wire: Wire) -> None:
    """A page that refuses us breaks off, too."""
    wire.answer(b"Forbidden", "403 Forbidden", "Content-Length: 4000")


@pytest.mark.parametrize(
    ("say", "body"),
    [
        pytest.param(answers(b"<html>Under repair</html>"), b"<html>Under repair</html>", id="a page that is no feed"),
        pytest.param(answers(b"Gone", "410 Gone"), b"Gone", id="gone"),
        pytest.param(answers(b"Oops", "500 Oops"), b"Oops", id="a fault of the server"),
        pytest.param(answers(b"Busy", "503 Busy"), b"Busy", id="busy"),
        pytest.param(answers(b"<title>Just a moment...</title>", "403 No"), b"<title>Just", id="a challenge"),
        pytest.param(
            answers(b"<title>Just a moment...</title>", "200 OK", "Content-Type: text/html"),
            b"<title>Just",
            id="a challenge that answers 200",
        ),
        pytest.param(cut_off, NEWS[:200], id="cut off"),
        pytest.param(cut_off_between_chunks, NEWS[:200], id="cut off between chunks"),
        pytest.param(dripping_body, NEWS[:5], id="too slow"),
        pytest.param(endless_chunks, b"<item><item>", id="endless"),
        pytest.param(packed_and_cut_off, NEWS[:50], id="packed and cut off"),
        pytest.param(answers(NEWS[:300]), NEWS[:300], id="half a feed"),
        pytest.param(refused_in_pieces, b"Forbidden", id="a refusal that breaks off"),
    ],
)
def test_what_failed_is_kept(desk: Desk, say: Say, body: bytes) -> None:
    row = desk.after(say)
    assert row.outcome in ("failed", "challenged")
    assert row.kept.startswith(body)


def test_status_is_told_although_the_page_that_says_why_breaks_off(desk: Desk) -> None:
    row = desk.after(refused_in_pieces)
    assert (row.http_status, "the server refuses us (403)" in row.error) == (403, True)


def test_nothing_is_kept_where_nothing_came(desk: Desk) -> None:
    assert desk.after(lambda wire: wire.connection.close()).kept == b""


def test_newest_is_kept_and_only_while_the_source_fails(desk: Desk) -> None:
    assert desk.after(answers(b"First", "500 Oops")).kept == b"First"
    assert desk.after(answers(b"Second", "500 Oops")).kept == b"Second"
    assert desk.after(answers(NEWS)).kept == b""


def test_what_is_kept_is_bounded_and_packed(desk: Desk) -> None:
    desk.max_bytes, desk.options["timeout_seconds"] = 5_000_000, 30
    row = desk.after(answers(BOMB, "200 OK", "Content-Encoding: gzip"))
    assert len(row.kept) == MAX_KEPT_BYTES
    conn = open_database(desk.path)
    assert conn.execute("SELECT length(body) FROM doubtful_pages").fetchone()[0] < 10_000
    page = kept_page(conn, FAULTY)
    assert page is not None and page.content_type == "application/rss+xml"
    conn.close()
