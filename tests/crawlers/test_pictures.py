"""Small copies of pictures: made anew whatever is sent, few of a host, only of what waits, and forgotten."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from crawlers.fetch import Client
from crawlers.guard import guarded_transport
from crawlers.hosts import Hosts
from crawlers.lanes import Lanes
from crawlers.messages import Request, Response, Transport
from crawlers.pictures import LIMITS, PER_HOST, Pictures
from crawlers.politeness import PoliteWeb
from crawlers.sources import Source
from crawlers.thumbnails import BOX, thumbnail
from db.errors import ParseError
from db.hosts import host_days, host_memories, robots_files, save_host_news
from db.items import save_poll
from db.pictures import KEPT_FOR, WaitingPicture, forget_old_pictures, picture_body, pictures, save_picture
from db.records import Changes, ParsedItem, Poll, PublishedDate, SubRegion
from db.sources import register_sources
from tests.crawlers.fake_network import reply
from tests.crawlers.small_web import START, SimulatedTime, SmallWeb, source
from tests.crawlers.test_fetch import Recording, redirect, resolve

AT = "https://library.example/picture.jpg"


def picture(
    kind: str = "JPEG",
    size: tuple[int, int] = (800, 600),
    mode: str = "RGB",
    colour: Any = "teal",
    **options: Any,
) -> bytes:
    written = BytesIO()
    Image.new(mode, size, colour).save(written, kind, **options)
    return written.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """The head of a PNG that says it is so large, with almost nothing behind it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(9_000))) + chunk(b"IEND", b"")


def with_text(size: int) -> bytes:
    """A PNG with a note in it that unpacks to so many bytes."""
    note = PngInfo()
    note.add_text("Comment", "x" * size, zip=True)
    return picture("PNG", pnginfo=note)


def moving(frames: int) -> bytes:
    written = BytesIO()
    made = [Image.new("RGB", (400, 300), (n, 90, 90)) for n in range(frames)]
    made[0].save(written, "GIF", save_all=True, append_images=made[1:])
    return written.getvalue()


ON_ITS_SIDE = Image.Exif()
ON_ITS_SIDE[0x0112] = 6
PICTURES = {
    "a photograph": (picture(size=(4000, 3000)), (320, 240)),
    "a photograph on its side": (picture(exif=ON_ITS_SIDE), (180, 240)),
    "an upright poster": (picture("WEBP", (600, 900)), (160, 240)),
    "clear parts": (picture("PNG", (400, 300), "RGBA", (0, 0, 0, 0)), (320, 240)),
    "few colours": (picture("GIF", (400, 300), "P", 3), (320, 240)),
    "many frames": (moving(9), (320, 240)),
    "printer's colours": (picture("JPEG", (400, 300), "CMYK", (0, 90, 0, 0)), (320, 240)),
    "sixteen bits": (picture("PNG", (400, 300), "I;16", 30_000), (320, 240)),
    "small": (picture("AVIF", (120, 90)), (120, 90)),
}  # fmt: skip
NO_PICTURES = {
    "a bomb of pixels": png_of_size(60_000, 60_000),
    "a bomb that Pillow would unpack": png_of_size(9_000, 9_000),
    "a bomb of text": with_text(70_000_000),
    "a bomb of steps": picture()[:-2] + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" * 500 + b"\xff\xd9",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><script>alert(1)</script></svg>',
    "SVG behind a word of PNG": b"\x89PNG\r\n\x1a\n<svg xmlns='http://www.w3.org/2000/svg'/>",
    "a page": b"<!doctype html><title>Not found</title><script>alert(1)</script>",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 300\n",
    "TIFF": picture("TIFF"),
    "an icon": picture("ICO", (256, 256)),
    "half a picture": picture("PNG", (400, 300), "L", 7)[:90],
    "one pixel that counts readers": picture("GIF", (1, 1), "P", 0),
    "a banner": picture(size=(900, 100)),
    "nothing": b"",
}


@pytest.mark.parametrize(("body", "size"), PICTURES.values(), ids=PICTURES)
def test_picture_is_made_anew_small_and_upright(body: bytes, size: tuple[int, int]) -> None:
    small = thumbnail(body, AT)
    with Image.open(BytesIO(small.body), formats=["WEBP"]) as made:
        assert (made.size, made.mode, made.info.keys() & {"exif", "icc_profile", "xmp"}) == (size, "RGB", set())
    assert (small.width, small.height) == size and len(small.body) < 10_000


@pytest.mark.parametrize("body", NO_PICTURES.values(), ids=NO_PICTURES)
def test_what_is_no_picture_to_look_at_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        thumbnail(body, AT)


def test_clear_parts_are_white() -> None:
    with Image.open(BytesIO(thumbnail(PICTURES["clear parts"][0], AT).body)) as made:
        assert made.getpixel((9, 9)) == (255, 255, 255)


def test_nothing_of_the_file_itself_is_kept() -> None:
    drawn = Image.new("RGB", (400, 300), "navy")
    ImageDraw.Draw(drawn).ellipse((50, 50, 200, 200), fill="gold")
    written, note = BytesIO(), b"<script>alert('hit')</script>"
    drawn.save(written, "JPEG", comment=note, exif=b"Exif\0\0" + note, icc_profile=note)
    assert note in written.getvalue()
    assert b"script" not in thumbnail(written.getvalue() + note, AT).body


@given(st.sampled_from([picture("PNG"), picture("WEBP"), moving(2), picture()]), st.data())
def test_any_damage_is_a_picture_or_a_sentence(body: bytes, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(body) - 1), max_size=20))
    damaged = bytearray(body)
    for place in places:
        damaged[place] ^= data.draw(st.integers(1, 255))
    try:
        small = thumbnail(bytes(damaged), AT)
    except ParseError:
        return
    assert small.width <= BOX[0] and small.height <= BOX[1]


@dataclass
class Stage:
    """A database whose items wait, a web with their pictures, and passes over them."""

    conn: sqlite3.Connection
    web: SmallWeb = field(default_factory=SmallWeb)
    time: SimulatedTime = field(default_factory=SimulatedTime)

    def add(self, *urls: str) -> list[int]:
        """Waiting items with these pictures, the newest first; their ids."""
        new = []
        for number, url in enumerate(urls):
            page = f"https://library.example/{number}?{url}"
            on = PublishedDate(f"2021-02-{28 - number:02}", "day", "feed")
            new.append((ParsedItem(page, page, "News", image_url=url, published=on), "hash"))
        now = self.time.clock.now()
        poll = Poll("num", now, "new", 1, now, items_seen=len(new), items_new=len(new))
        save_poll(self.conn, poll, Changes(new=tuple(new)), language="mn", country="MN")
        rows = self.conn.execute("SELECT id FROM items ORDER BY id DESC LIMIT ?", (len(new),)).fetchall()
        return [row[0] for row in reversed(rows)]

    def put(self, *urls: str) -> None:
        for url in urls:
            self.web.put(url, BODY)

    def keep(self, *sources: Source, transport: Transport | None = None) -> int:
        """A pass over the pictures; how many were kept."""
        clock, connect = self.time.clock, transport or self.web.transport
        hosts = Hosts(clock.moment, "convenor/1", hosts=host_memories(self.conn), robots=robots_files(self.conn))
        with ThreadPoolExecutor(1) as executor, Client(connect, "convenor/1", LIMITS, now=clock.now) as client:
            polite = PoliteWeb(client, clock, pause_seconds=2, hosts=hosts)
            kept = Pictures(self.conn, polite, Lanes(executor, 1), clock.now).keep(sources or [source()])
        save_host_news(self.conn, hosts.take_news())
        return kept

    def shown(self) -> list[int]:
        return sorted(pictures(self.conn, [row[0] for row in self.conn.execute("SELECT id FROM items")]))

    def problems(self) -> list[str]:
        return [row[0] for row in self.conn.execute("SELECT problem FROM pictures WHERE mark IS NULL ORDER BY item_id")]


BODY = picture()


@pytest.fixture
def stage(conn: sqlite3.Connection) -> Stage:
    register_sources(conn, [source().row()], [SubRegion("north-east-asia", "North East Asia", {"MN": "Mongolia"})])
    return Stage(conn)


def numbered(number: int, host: str = "library.example") -> list[str]:
    return [f"https://{host}/{n}.jpg" for n in range(number)]


def test_newest_first_a_few_of_each_host_and_with_pauses(stage: Stage) -> None:
    urls = [*numbered(PER_HOST + 3), *numbered(2, "pictures.example")]
    ids = stage.add(*urls)
    stage.put(*urls)
    assert stage.keep() == PER_HOST + 2
    assert stage.shown() == sorted([*ids[:PER_HOST], *ids[-2:]])
    assert set(stage.web.asked()) == {*urls[:PER_HOST], *urls[-2:]}
    assert stage.keep() == 3
    assert stage.keep() == 0 and len(stage.web.asked()) == len(urls)  # none is asked for twice
    assert len(stage.time.slept) >= len(urls) - 2 and sum(stage.time.slept) >= 2 * (len(urls) - 2)


def test_ledger_knows_of_every_picture(stage: Stage) -> None:
    stage.add(AT)
    stage.put(AT)
    stage.keep()
    [(_, day)] = host_days(stage.conn, "library.example")
    assert day.requests == 2 and day.bytes >= len(BODY)  # one of them for robots.txt


def test_only_what_waits_has_its_picture_asked_for(stage: Stage) -> None:
    dismissed, folded, waits = stage.add(*numbered(3))
    stage.conn.execute("UPDATE items SET state = 'dismissed' WHERE id = ?", (dismissed,))
    stage.conn.execute("UPDATE items SET duplicate_of = ? WHERE id = ?", (waits, folded))
    stage.put(*numbered(3))
    assert stage.keep() == 1 and stage.shown() == [waits]


def test_source_may_be_left_out(stage: Stage) -> None:
    stage.add(AT)
    stage.put(AT)
    assert stage.keep(source(pictures=False)) == 0 and stage.keep(source(enabled=False)) == 0
    assert stage.web.requests == []
    assert stage.keep(source()) == 1


def test_logo_of_a_source_is_no_picture_of_its_news(stage: Stage) -> None:
    logo = "https://library.example/logo.png"
    *_, other = stage.add(logo, logo, logo, AT)
    stage.put(logo, AT)
    assert stage.keep() == 1 and stage.shown() == [other] and logo not in stage.web.asked()


def test_what_cannot_be_had_is_said_and_not_asked_for_again(stage: Stage) -> None:
    urls = [
        "https://library.example/gone.jpg",
        "https://library.example/page.jpg",
        "https://library.example/secret/1.jpg",
    ]
    stage.add(*urls)
    stage.web.put("https://library.example/robots.txt", "User-agent: *\nDisallow: /secret/", content_type="text/plain")
    stage.web.put(urls[1], "<!doctype html><title>A page</title>", content_type="image/png")
    for _ in range(3):
        assert stage.keep() == 0
        stage.time.pass_by(timedelta(days=2))
    assert stage.web.asked() == urls[:2]
    assert [problem.split(":")[0] for problem in stage.problems()] == [
        "there is no such page (404)",
        "not a picture that can be read",
        "robots.txt asks us not to fetch this page",
    ]


def test_host_in_trouble_is_left_alone_and_asked_once_more_another_day(stage: Stage) -> None:
    urls = numbered(3)
    stage.add(*urls)
    stage.web.put(urls[0], status=502)
    stage.put(*urls[1:])
    assert stage.keep() == 0 and stage.web.asked() == urls[:1]
    assert stage.keep() == 2 and stage.web.asked() == urls
    stage.time.pass_by(timedelta(days=1, hours=1))
    stage.put(urls[0])
    assert stage.keep() == 1 and len(stage.shown()) == 3


@pytest.mark.parametrize("declared", [True, False], ids=["told", "untold"])
def test_twenty_megabytes_are_not_loaded(stage: Stage, declared: bool) -> None:
    sent: list[int] = []

    def answer(request: Request) -> Response:
        def parts() -> Iterator[bytes]:
            for _ in range(200):
                sent.append(100_000)
                yield bytes(100_000)

        headers = {"Content-Length": "20000000"} if declared else {}
        return reply(200, headers=headers, content=parts())

    stage.add(AT)
    stage.web.pages[AT] = answer
    assert stage.keep() == 0
    assert sum(sent) <= (0 if declared else LIMITS.max_bytes + 100_000)
    assert "larger than 4,000,000 bytes" in stage.problems()[0]


def test_redirect_to_a_private_address_is_not_followed(stage: Stage) -> None:
    stage.add("http://public.example/picture.jpg")
    nothing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    network = Recording(nothing, redirect("http://inside.example/secret.jpg"))
    assert stage.keep(transport=guarded_transport(False, resolve=resolve, connect=network)) == 0
    assert {host for host, _ in network.connected} == {"93.184.216.34"}
    assert "private address" in stage.problems()[0]


def test_another_picture_of_an_item_takes_the_place_of_the_old_one(stage: Stage) -> None:
    [item_id] = stage.add(AT)
    stage.put(AT, new := "https://library.example/new.jpg")
    stage.keep()
    before = pictures(stage.conn, [item_id])[item_id]
    stage.web.put(new, picture(colour="red"))
    stage.conn.execute("UPDATE items SET image_url = ?", (new,))
    assert stage.keep() == 1
    after = pictures(stage.conn, [item_id])[item_id]
    assert after.mark != before.mark and picture_body(stage.conn, item_id, before.mark) is None


def test_pictures_are_forgotten_with_age_and_not_fetched_again(stage: Stage) -> None:
    stage.add(AT)
    stage.put(AT)
    stage.keep()
    stage.time.pass_by(KEPT_FOR + timedelta(days=1))
    assert stage.keep() == 0 and stage.shown() == [] and len(stage.web.asked()) == 1


def test_no_more_than_so_many_are_kept(stage: Stage) -> None:
    [first, *others] = stage.add(*numbered(4))
    for number, item_id in enumerate((first, *others)):
        wanted = WaitingPicture(item_id, "num", AT, settled=False)
        save_picture(stage.conn, wanted, b"picture", size=(9, 9), now=START + timedelta(minutes=number))
    forget_old_pictures(stage.conn, now=START + timedelta(hours=1), most=3)
    assert stage.shown() == others
