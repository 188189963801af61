"""Pages that came whole but are no news: bombs in XML, broken markup, the wrong thing at the right address."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest

from tests.crawlers.faults.fault_server import Say, Wire
from tests.crawlers.faults.survival import Desk, good_feed
from tests.crawlers.small_web import feed

NEWS = good_feed("faulty")
RSS = '<rss version="2.0"><channel><title>News</title>{}</channel></rss>'
ITEM = "<item><title>{}</title><link>https://library.example/1</link></item>"
LIST = "".join(f"<li><a href='/news/{n}'>News number {n} of the library</a> 2021-01-{n:02}</li>" for n in range(1, 9))
PAGE = f"<!doctype html><html><body><h1>News</h1><ul>{LIST}</ul></body></html>"


def laughs(levels: int = 9) -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels + 1))
    title = f"Ha &l{levels};"
    return f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{entities}]>' + RSS.format(ITEM.format(title))


def quadratic() -> str:
    long = "x" * 50_000
    title = "Long " + "&a;" * 40_000
    return f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "{long}">]>' + RSS.format(ITEM.format(title))


def external(address: str) -> str:
    head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY file SYSTEM "{address}">]>'
    return head + RSS.format(ITEM.format("Secret &file;"))


def says(body: str | bytes, content_type: str = "application/rss+xml") -> Say:
    return lambda wire: wire.answer(body, "200 OK", f"Content-Type: {content_type}")


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(laughs, id="billion laughs"),
        pytest.param(quadratic, id="quadratic"),
        pytest.param(lambda: laughs(2), id="two laughs"),
    ],
)
def test_bomb_of_entities_is_never_unpacked(desk: Desk, bomb: Callable[[], str]) -> None:
    tracemalloc.start()
    try:
        row = desk.after(says(bomb()))
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()
    assert row.outcome in ("new", "failed") and "lollol" not in "".join(row.items)


@pytest.mark.parametrize("address", ["file:///etc/hostname", "/etc/hostname", "http://inside.example/secret"])
def test_entity_of_elsewhere_is_never_fetched(desk: Desk, address: str) -> None:
    row = desk.after(says(external(address)))
    assert row.outcome in ("new", "failed")
    assert not row.items or (row.items[0].startswith("Secret") and len(row.items[0]) < len("Secret &file; "))
    assert len(desk.internet.connected) == 1


@pytest.mark.parametrize(
    ("body", "content_type", "sentence"),
    [
        pytest.param(PAGE, "text/html", "this is a web page, not a feed", id="a web page"),
        pytest.param(PAGE, "application/rss+xml", "this is a web page, not a feed", id="a web page that says feed"),
        pytest.param("", "application/rss+xml", "the feed is empty", id="nothing"),
        pytest.param(" \n\t ", "application/rss+xml", "the feed is empty", id="white space"),
        pytest.param(NEWS[: len(NEWS) // 2], "application/rss+xml", "cut off", id="half a feed, whole as HTTP"),
        pytest.param("<rss><channel><item></rss", "application/rss+xml", "", id="tags that do not close"),
        pytest.param("<" * 50_000, "application/rss+xml", "", id="nothing but brackets"),
        pytest.param("<a>" * 60_000, "application/rss+xml", "", id="sixty thousand levels"),
        pytest.param("[" * 100_000, "application/feed+json", "", id="JSON of a hundred thousand levels"),
        pytest.param("{" * 100_000, "application/feed+json", "", id="objects of a hundred thousand levels"),
        pytest.param('{"version": "https://jsonfeed.org/1"', "application/feed+json", "JSON", id="half a JSON"),
        pytest.param('{"error": "no such page"}', "application/json", "not a JSON Feed", id="JSON of an error"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(500), "image/png", "", id="a picture"),
        pytest.param(bytes(5_000), "application/rss+xml", "", id="nothing but NUL"),
        pytest.param(b"%PDF-1.7\n" + bytes(range(256)) * 20, "application/pdf", "", id="a PDF"),
        pytest.param("Warning: mysql_connect(): in /var/www/rss.php", "text/xml", "", id="words of a broken program"),
        pytest.param("<?xml version='1.0'?><sitemapindex/>", "text/xml", "not a feed", id="other XML"),
    ],
)
def test_what_is_no_feed_is_told(desk: Desk, body: str | bytes, content_type: str, sentence: str) -> None:
    row = desk.after(says(body, content_type))
    assert (row.outcome, row.items) == ("failed", ()), row
    assert row.error and sentence in row.error
    assert row.doubt  # so that it is not called unreachable: a page came


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(NEWS, "application/rss+xml", id="RSS"),
        pytest.param(NEWS, "text/html", id="RSS that says web page"),
        pytest.param("<a>" * 60_000, "text/html", id="sixty thousand levels"),
        pytest.param("<div" * 40_000, "text/html", id="tags that never begin"),
        pytest.param(bytes(5_000), "text/html", id="nothing but NUL"),
        pytest.param("", "text/html", id="nothing"),
        pytest.param('{"ok": true}', "application/json", id="JSON"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(500), "image/png", id="a picture"),
    ],
)
def test_what_is_no_list_is_told(desk: Desk, body: str | bytes, content_type: str) -> None:
    desk.kind = "list_page"
    row = desk.after(says(body, content_type))
    assert (row.outcome, row.items) == ("failed", ()), row
    assert row.error


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        pytest.param(RSS.format(ITEM.format("Ope\0ning")), "application/rss+xml", "Opening", id="NUL in a title"),
        pytest.param(RSS.format(ITEM.format("Opening")) + "\0" * 99, "application/rss+xml", "Opening", id="NUL behind"),
        pytest.param(NEWS, "application/rss+xml; charset=klingon", "Story of faulty", id="a charset that is none"),
        pytest.param(NEWS, "application/rss+xml; charset=", "Story of faulty", id="a charset without name"),
        pytest.param(NEWS, "application/rss+xml; charset=idna", "Story of faulty", id="a codec that is no charset"),
        pytest.param(NEWS, "application/rss+xml; charset=zlib", "Story of faulty", id="a codec of bytes"),
        pytest.param(NEWS, "text/plain; charset=\xfc", "Story of faulty", id="a charset in letters of its own"),
        pytest.param(
            '<?xml version="1.0" encoding="x-none"?>' + RSS.format(ITEM.format("Opening")),
            "application/rss+xml",
            "Opening",
            id="XML that declares a charset that is none",
        ),
        pytest.param(
            '<?xml version="1.0" encoding="utf-16"?>' + RSS.format(ITEM.format("Opening")),
            "application/rss+xml",
            "Opening",
            id="XML that declares another charset than its own",
        ),
        pytest.param("\ufeff" + NEWS, "application/rss+xml", "Story of faulty", id="a mark before all"),
        pytest.param("\n\n" + NEWS, "application/rss+xml", "Story of faulty", id="lines before all"),
        pytest.param(
            RSS.format(ITEM.format("A & B < C")), "application/rss+xml", "A & B < C", id="signs that are not escaped"
        ),
        pytest.param(
            RSS.format(ITEM.format("Caf\xe9")).encode("latin-1"), "text/xml", "Café", id="other letters than declared"
        ),
    ],
)
def test_news_are_read_in_spite_of(desk: Desk, body: str | bytes, content_type: str, title: str) -> None:
    raw = body.encode() if isinstance(body, str) else body

    def say(wire: Wire) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(raw)}\r\n\r\n"
        wire.send(head.encode("latin-1"), raw)

    row = desk.after(say)
    assert (row.outcome, row.items) == ("new", (title,)), row


def test_ten_thousand_items_are_taken_whole(desk: Desk) -> None:
    desk.max_bytes, desk.options["timeout_seconds"] = 5_000_000, 30
    items = "".join(f"<item><title>News {n}</title><link>//l.example/{n}</link></item>" for n in range(10_000))
    row = desk.after(says(RSS.format(items)))
    assert (row.outcome, len(row.items), len(set(row.items))) == ("new", 10_000, 10_000)


def test_five_hundred_entries_of_one_address_are_one_item(desk: Desk) -> None:
    assert len(desk.after(says(feed(*["One"] * 500))).items) == 1
