"""Servers that break off, lie about lengths, drip, never end, or send what is no HTTP: each over a real connection."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from collections.abc import Iterable
from itertools import cycle

import brotli
import pytest

from tests.crawlers.faults.fault_server import Say, Wire, serving
from tests.crawlers.faults.survival import MAX_BYTES, Desk, good_feed

NEWS = good_feed("faulty").encode()
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
CHUNKED = HEAD + "Transfer-Encoding: chunked\r\n\r\n"
TOO_LARGE = f"the page is larger than {MAX_BYTES:,} bytes"
TOO_SLOW = "no complete answer in time"
BROKE_OFF = "the server broke off or answered against the rules of HTTP"


def cut_off(wire: Wire) -> None:
    wire.answer(NEWS[:200], "200 OK", f"Content-Length: {len(NEWS)}")


def cut_off_between_chunks(wire: Wire) -> None:
    wire.send(CHUNKED)
    wire.chunk(NEWS[:200])


def reset_in_the_middle(wire: Wire) -> None:
    wire.answer(NEWS[:200], "200 OK", f"Content-Length: {len(NEWS)}")
    wire.reset()


def shorter_length_than_body(wire: Wire) -> None:
    wire.answer(NEWS, "200 OK", f"Content-Length: {len(NEWS) - 40}")


def no_answer_at_all(wire: Wire) -> None:
    wire.connection.close()


def silence(wire: Wire) -> None:
    wire.over.wait(30)


def dripping(wire: Wire, head: str, parts: Iterable[str | bytes]) -> None:
    wire.send(head)
    for part in parts:
        if wire.over.wait(0.02):
            return
        wire.send(part)


def dripping_headers(wire: Wire) -> None:
    dripping(wire, "HTTP/1.1 200 OK\r\n", cycle(["X-Slow: 1\r\n"]))


def dripping_body(wire: Wire) -> None:
    dripping(wire, HEAD + f"Content-Length: {len(NEWS)}\r\n\r\n", [bytes([byte]) for byte in NEWS])


def endless_informational_answers(wire: Wire) -> None:
    dripping(wire, "", cycle(["HTTP/1.1 103 Early Hints\r\n\r\n"]))


def endless_chunks(wire: Wire) -> None:
    wire.send(CHUNKED)
    while not wire.over.is_set():
        wire.chunk(b"<item>" * 1_000)


def endless_body_without_length(wire: Wire) -> None:
    wire.send(HEAD + "\r\n")
    while not wire.over.is_set():
        wire.send(bytes(65_536))


def honest_100_megabytes(wire: Wire) -> None:
    wire.answer(b"", "200 OK", "Content-Length: 100000000")
    for _ in range(1_600):
        wire.send(bytes(62_500))


BOMB = gzip.compress(bytes(50_000_000), 9)
BROTLI_BOMB = brotli.compress(bytes(50_000_000), quality=5)


def gzip_bomb(wire: Wire) -> None:
    wire.answer(BOMB, "200 OK", "Content-Encoding: gzip")


def gzip_bomb_in_an_error(wire: Wire) -> None:
    wire.answer(BOMB, "500 Oops", "Content-Encoding: gzip")


def brotli_bomb(wire: Wire) -> None:
    wire.answer(BROTLI_BOMB, "200 OK", "Content-Encoding: br")


def brotli_bomb_in_an_error(wire: Wire) -> None:
    wire.answer(BROTLI_BOMB, "403 Forbidden", "Content-Encoding: br")


def bomb_in_a_bomb(wire: Wire) -> None:
    wire.answer(gzip.compress(BOMB), "200 OK", "Content-Encoding: gzip, gzip")


def brotli_cut_off(wire: Wire) -> None:
    wire.answer(brotli.compress(NEWS)[:-9], "200 OK", "Content-Encoding: br")


def gzip_said_to_be_brotli(wire: Wire) -> None:
    wire.answer(gzip.compress(NEWS), "200 OK", "Content-Encoding: br")


def many_packed_members(wire: Wire) -> None:
    wire.answer(gzip.compress(b"") * 9_000, "200 OK", "Content-Encoding: gzip")


def packed_and_cut_off(wire: Wire) -> None:
    wire.answer(gzip.compress(NEWS)[:-30], "200 OK", "Content-Encoding: gzip")


def said_to_be_packed(wire: Wire) -> None:
    wire.answer(NEWS, "200 OK", "Content-Encoding: gzip")


def packed_as_nobody_asked(wire: Wire) -> None:
    wire.answer(NEWS, "200 OK", "Content-Encoding: zstd")


def headers_of_a_megabyte(wire: Wire) -> None:
    wire.answer(NEWS, "200 OK", "X-Long: " + "x" * 1_000_000)


def twenty_thousand_headers(wire: Wire) -> None:
    wire.answer(NEWS, "200 OK", *(f"X-{number}: 1" for number in range(20_000)))


def wrong_length(wire: Wire) -> None:
    wire.answer(NEWS, "200 OK", "Content-Length: many")


def two_lengths(wire: Wire) -> None:
    wire.answer(NEWS, "200 OK", "Content-Length: 10", f"Content-Length: {len(NEWS)}")


def wrong_chunk_size(wire: Wire) -> None:
    wire.send(CHUNKED, b"zz\r\n", NEWS)


def huge_chunk_size(wire: Wire) -> None:
    wire.send(CHUNKED, b"f" * 100, b"\r\n", NEWS)


def another_protocol(wire: Wire) -> None:
    wire.send("220 mail.library.example ESMTP ready\r\n")


def noise(wire: Wire) -> None:
    wire.send(bytes(range(256)) * 10)


def impossible_status(wire: Wire) -> None:
    wire.answer(NEWS, "999 Request denied")


def header_without_colon(wire: Wire) -> None:
    wire.send("HTTP/1.1 200 OK\r\nthis is no header\r\n\r\n", NEWS)


FAULTS = [
    (cut_off, BROKE_OFF),
    (cut_off_between_chunks, BROKE_OFF),
    (reset_in_the_middle, "the connection broke during the answer"),
    (shorter_length_than_body, "the feed is cut off"),
    (no_answer_at_all, BROKE_OFF),
    (silence, TOO_SLOW),
    (dripping_headers, TOO_SLOW),
    (dripping_body, TOO_SLOW),
    (endless_informational_answers, TOO_SLOW),
    (endless_chunks, TOO_LARGE),
    (endless_body_without_length, TOO_LARGE),
    (honest_100_megabytes, TOO_LARGE),
    (gzip_bomb, TOO_LARGE),
    (gzip_bomb_in_an_error, "the server has a fault (500)"),
    (brotli_bomb, TOO_LARGE),
    (brotli_bomb_in_an_error, "the server refuses us (403)"),
    (bomb_in_a_bomb, "packed in a way we did not ask for (gzip, gzip)"),
    (brotli_cut_off, "the answer is cut off"),
    (gzip_said_to_be_brotli, "the answer is compressed wrongly"),
    (many_packed_members, "the feed is empty"),
    (packed_and_cut_off, "the answer is cut off"),
    (said_to_be_packed, "the answer is compressed wrongly"),
    (packed_as_nobody_asked, "packed in a way we did not ask for (zstd)"),
    (headers_of_a_megabyte, BROKE_OFF),
    (twenty_thousand_headers, BROKE_OFF),
    (wrong_length, BROKE_OFF),
    (two_lengths, BROKE_OFF),
    (wrong_chunk_size, BROKE_OFF),
    (huge_chunk_size, BROKE_OFF),
    (another_protocol, BROKE_OFF),
    (noise, BROKE_OFF),
    (impossible_status, "(999)"),
    (header_without_colon, BROKE_OFF),
]


@pytest.mark.parametrize(("say", "sentence"), [pytest.param(*fault, id=fault[0].__name__) for fault in FAULTS])
def test_fault_is_told_and_the_others_are_served(desk: Desk, say: Say, sentence: str) -> None:
    began = time.monotonic()
    row = desk.after(say)
    assert (row.outcome, row.items) == ("failed", ()), row
    assert sentence in row.error
    assert time.monotonic() - began < 20  # a hang, not slowness: no limit above is longer than half a second


@pytest.mark.parametrize("bomb", [gzip_bomb, brotli_bomb, brotli_bomb_in_an_error], ids=lambda say: say.__name__)
def test_bomb_is_never_unpacked_further_than_the_limit(desk: Desk, bomb: Say) -> None:
    with serving(bomb) as server:
        tracemalloc.start()
        try:
            desk.crawl(server.url(host="faulty.example"))
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert most < 20_000_000, f"{most:,} bytes for a bomb of 50,000,000"
    assert desk.survived().items == ()


def test_source_is_read_again_as_soon_as_its_server_is_well(desk: Desk) -> None:
    assert desk.after(cut_off).outcome == "failed"
    row = desk.after(lambda wire: wire.answer(NEWS))
    assert (row.outcome, row.items, row.error) == ("new", ("Story of faulty",), "")
