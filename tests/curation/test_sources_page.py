"""The operator's pages: how sources do, one button for a repair, and what a pasted address would give."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from msgspec.structs import asdict, replace

from curation.desk import DeskServices
from curation.source_lines import KeptText, NewBlock, PastedAddress, SourceLine, SourceServices
from curation.sources_page import side_by_side
from db.errors import FetchError, NewsError, SourceError
from db.health import Proposal
from db.held import held_polls
from db.records import Glimpse, ParsedItem, PublishedDate
from tests.curation.conftest import MakeRoom, Room

pytestmark = pytest.mark.anyio

PROPOSAL = Proposal(
    "list_page",
    "https://ndl.example/",
    {},
    "reads 2 items",
    (Glimpse("Kept", "https://ndl.example/1", "2021-01-05"), Glimpse("Gone", "https://ndl.example/0")),
    (Glimpse("<b>New</b>", "https://ndl.example/2", "2021-02-05"), Glimpse("Kept", "https://ndl.example/9")),
)
LINES = (
    SourceLine("nlc", "NLC news", "NLC", "https://nlc.example/", "ok", "newest of 2021-02-01", False, "", "", ""),
    SourceLine(
        "ndl",
        "NDL",
        "NDL",
        "https://ndl.example/",
        "layout_changed",
        "no list",
        True,
        "2021-02-01",
        "",
        "",
        PROPOSAL,
        kept=True,
    ),
    SourceLine("num", "NUM", "NUM", "https://num.example/", "unreachable", "no answer", True, "2021-02-02", "", "by x"),
)
BLOCK = NewBlock("new-example", "New <b>", "New Library", "MN", "nea", "mn")


@dataclass
class Tended:
    """The services, which remember what they were asked."""

    done: list[tuple[str, ...]] = field(default_factory=list)

    def services(self) -> SourceServices:
        return SourceServices(
            lines=lambda conn: LINES,
            kept=self.kept,
            take_over=self.taken,
            look_for_repair=lambda source_id: self.did("look", source_id),
            believe=lambda conn, source_id: self.did("believe", source_id),
            drop=lambda conn, source_id: self.did("drop", source_id),
            preview=self.pasted,
            add=self.added,
        )

    def did(self, *what: str) -> str:
        self.done.append(what)
        return f"Done: {' '.join(what)}."

    def kept(self, conn: sqlite3.Connection, source_id: str) -> KeptText:
        if source_id != "ndl":
            raise NewsError("no doubtful page is kept")
        return KeptText("ndl", "https://ndl.example/", "no list", "Welcome\n<script>alert(1)</script>")

    def taken(self, conn: sqlite3.Connection, source_id: str, by: str) -> str:
        if source_id != "ndl":
            raise NewsError("no repair waits for this source")
        return f"{source_id} was taken over by {by}."

    def pasted(self, url: str) -> PastedAddress:
        if "nothing" in url:
            raise FetchError("no answer", url=url)
        item = ParsedItem(url, url, "<i>Opening</i>", published=PublishedDate("2021-02-01", "day", "list"))
        command, regions = f"convenor sources add {url}", (("nea", "North East Asia"),)
        return PastedAddress(url, "list_page", "a list", "utf-8", (item,), ("a feed",), BLOCK, regions, command)

    def added(self, conn: sqlite3.Connection, url: str, block: NewBlock) -> str:
        if block.country == "XX":
            raise SourceError("must be a two-letter country code", source_id=block.id, key="country")
        return self.did(url, block.id, block.name)


@pytest.fixture
def services() -> Tended:
    return Tended()


@pytest.fixture
def tended(make_room: MakeRoom, services: Tended) -> Iterator[Room]:
    yield make_room(DeskServices(sources=services.services()))


async def test_broken_sources_come_first_with_their_sentence(tended: Room) -> None:
    page = (await (await tended.signed_in("olga")).get("/-/sources")).text
    assert page.index("changed</strong> since 2021-02-01: no list") < page.index(">ok</strong>")
    assert "2 of 3 sources need somebody" in page


async def test_before_and_after_stand_side_by_side_and_are_escaped(tended: Room) -> None:
    page = (await (await tended.signed_in("olga")).get("/-/sources")).text
    assert "&lt;b&gt;New&lt;/b&gt;" in page and "<b>New" not in page
    assert page.count('value="take-over"') == 1


async def test_one_button_takes_the_repair_over(tended: Room) -> None:
    browser = await tended.signed_in("olga")
    response = await browser.post("/-/sources", {"do": "take-over", "source": "ndl"})
    assert (response.status_code, response.headers["location"]) == (303, "/-/sources")
    assert "ndl was taken over by olga." in (await browser.get("/-/sources")).text


async def test_a_repair_that_does_not_wait_is_refused(tended: Room) -> None:
    response = await (await tended.signed_in("olga")).post("/-/sources", {"do": "take-over", "source": "nlc"})
    assert response.status_code == 400 and "no repair waits" in response.text


async def test_a_pasted_address_is_shown_with_what_adds_it(tended: Room) -> None:
    browser = await tended.signed_in("olga")
    assert "Paste an address" in (await browser.get("/-/sources/paste")).text
    page = (await browser.post("/-/sources/paste", {"url": " https://new.example/news "})).text
    assert "&lt;i&gt;Opening&lt;/i&gt;" in page and "2021-02-01" in page
    assert "convenor sources add https://new.example/news" in page


async def test_an_address_that_gives_nothing_says_why(tended: Room) -> None:
    response = await (await tended.signed_in("olga")).post("/-/sources/paste", {"url": "https://nothing.example/"})
    assert response.status_code == 400 and "no answer" in response.text


@pytest.fixture
def holding(make_room: MakeRoom) -> Room:
    def lines(conn: sqlite3.Connection) -> tuple[SourceLine, ...]:
        return tuple(replace(line, held=held_polls(conn, line.id)) for line in LINES)

    room = make_room(DeskServices(sources=replace(Tended().services(), lines=lines)))
    room.hold("<b>Strange</b>", "Stranger")
    return room


async def test_what_is_held_aside_is_told_to_operators_and_kept_from_the_queue(holding: Room) -> None:
    browser = await holding.signed_in("olga")
    page = (await browser.get("/-/sources")).text
    assert (
        "2 items are held aside because all new" in page
        and "&lt;b&gt;Strange&lt;/b&gt;" in page
        and "<b>Strange" not in page
    )
    assert "Strange" not in (await browser.get("/")).text


@pytest.mark.parametrize(
    ("verdict", "state", "said"), [("release", "new", "In the queue now"), ("dismiss", "dismissed", "Dismissed")]
)
async def test_one_button_settles_what_is_held_aside(holding: Room, verdict: str, state: str, said: str) -> None:
    browser = await holding.signed_in("olga")
    response = await browser.post("/-/sources/held", {"source": "ndl", "verdict": verdict})
    assert (response.status_code, response.headers["location"]) == (303, "/-/sources")
    page = (await browser.get("/-/sources")).text
    assert f"{said}: 2 items of ndl." in page and "held aside" not in page
    assert {row["state"] for row in holding.conn.execute("SELECT state FROM items")} == {state}
    assert [row["held_by"] for row in holding.conn.execute("SELECT held_by FROM items")] == [None, None]


@pytest.mark.parametrize(
    ("button", "done"), [("look", ("look", "ndl")), ("as-it-is", ("believe", "ndl")), ("drop", ("drop", "ndl"))]
)
async def test_each_button_does_what_it_says(
    tended: Room, services: Tended, button: str, done: tuple[str, ...]
) -> None:
    browser = await tended.signed_in("olga")
    response = await browser.post("/-/sources", {"do": button, "source": "ndl"})
    assert response.status_code == 303 and services.done == [done]
    assert f"Done: {' '.join(done)}." in (await browser.get("/-/sources")).text


async def test_only_buttons_that_help_are_offered(tended: Room) -> None:
    page = (await (await tended.signed_in("olga")).get("/-/sources")).text
    offered = {part.split('"')[0]: part for part in page.split('id="source-')[1:]}
    buttons = {name: re.findall(r'name="do" value="([a-z-]+)"', part) for name, part in offered.items()}
    assert buttons == {"ndl": ["take-over", "as-it-is"], "num": ["look", "drop"], "nlc": []}
    assert "/-/sources/page?source=ndl" in offered["ndl"] and "/-/sources/page" not in offered["num"]


async def test_an_unknown_button_is_refused(tended: Room, services: Tended) -> None:
    response = await (await tended.signed_in("olga")).post("/-/sources", {"do": "delete", "source": "ndl"})
    assert response.status_code == 400 and services.done == []


async def test_words_of_a_doubtful_page_are_shown_and_never_run(tended: Room) -> None:
    browser = await tended.signed_in("olga")
    page = await browser.get("/-/sources/page?source=ndl")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text and "<script>alert" not in page.text
    assert (await browser.get("/-/sources/page?source=nlc")).status_code == 400


async def test_what_looks_right_is_added_with_its_corrections(tended: Room, services: Tended) -> None:
    browser, url = await tended.signed_in("olga"), "https://new.example/news"
    page = (await browser.post("/-/sources/paste", {"url": url})).text
    assert 'value="New &lt;b&gt;"' in page and "a feed" in page and 'value="new-example"' in page
    response = await browser.post("/-/sources/add", {"url": url, **asdict(BLOCK), "name": "Better"})
    assert response.status_code == 303 and services.done == [(url, "new-example", "Better")]


async def test_a_block_that_is_wrong_comes_back_with_what_was_typed(tended: Room, services: Tended) -> None:
    browser = await tended.signed_in("olga")
    fields = {**asdict(BLOCK), "country": "XX", "institution": "Typed by hand"}
    response = await browser.post("/-/sources/add", {"url": "https://new.example/", **fields})
    assert response.status_code == 400 and services.done == []
    assert "two-letter country code" in response.text and 'value="Typed by hand"' in response.text


GETS = ("/-/sources", "/-/sources/paste", "/-/sources/page?source=ndl")
POSTS: tuple[tuple[str, dict[str, str]], ...] = (
    *(("/-/sources", {"do": button, "source": "ndl"}) for button in ("take-over", "look", "as-it-is", "drop")),
    ("/-/sources/held", {"source": "ndl"}),
    ("/-/sources/paste", {"url": "https://new.example/"}),
    ("/-/sources/add", {"url": "https://new.example/", **asdict(BLOCK)}),
)


@pytest.mark.parametrize("name", ["reader", "ying"])
async def test_only_operators_look_after_sources(tended: Room, services: Tended, name: str) -> None:
    browser = await tended.signed_in(name)
    assert "/-/sources" not in (await browser.get("/")).text
    assert [(await browser.get(address)).status_code for address in GETS] == [403] * len(GETS)
    assert [(await browser.post(*post)).status_code for post in POSTS] == [403] * len(POSTS)
    assert services.done == []


async def test_no_form_of_another_site_works(tended: Room, services: Tended) -> None:
    browser = await tended.signed_in("olga")
    browser.token = "forged"  # which Datasette 0.65 asks for; 1.0 asks where the form stands, and so does the desk
    browser.headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert [(await browser.post(*post)).status_code for post in POSTS] == [403] * len(POSTS)
    assert services.done == []


async def test_a_desk_without_these_services_has_no_such_pages(room: Room) -> None:
    browser = await room.signed_in("olga")
    assert [(await browser.get(address)).status_code for address in GETS] == [404] * len(GETS)
    assert [(await browser.post(*post)).status_code for post in POSTS] == [404] * len(POSTS)


def test_the_same_item_stands_in_one_row() -> None:
    rows = [(before and before.title, after and after.title) for before, after in side_by_side(PROPOSAL)]
    assert rows == [("Kept", "Kept"), ("Gone", "<b>New</b>")]


def test_no_proposal_has_no_rows() -> None:
    assert side_by_side(None) == ()
