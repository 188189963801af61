"""What ordinary news explains, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from crawlers.guardian import Look, Memory, judge, look_at, memory_from_json, memory_to_json, remember, url_shape
from crawlers.kinds import Listing, Page
from db.records import Glimpse, ParsedItem

TITLES = ("Opening hours", "New books", "Reading week", "A lecture", "Digital stacks", "Maps", "Letters", "Chess night")


def item(number: int, *, on: str | None = "", path: str = "news/{}.html", title: str = "") -> Glimpse:
    day = f"2021-{1 + number // 28:02}-{1 + number % 28:02}" if on == "" else on
    return Glimpse(title or f"{TITLES[number % 8]} {number}", "https://library.example/" + path.format(number), day)


def page(*numbers: int, **known: Any) -> Look:
    return Look(tuple(item(number, **known) for number in numbers), "https://library.example/?page=2", "utf-8")


def remembered(*looks: Look) -> Memory:
    memory = None
    for look in looks:
        memory = remember(memory, look, "a")
    assert memory is not None
    return memory


GOOD = page(*range(20, 10, -1))
MEMORY = remembered(GOOD, GOOD, GOOD)
MENU = replace(MEMORY, labels=("aboutus", "contact", "visit", "shop"))


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(GOOD, id="the same page"),
        pytest.param(page(*range(23, 13, -1)), id="three new items"),
        pytest.param(page(*range(50, 40, -1)), id="a burst: nothing is known"),
        pytest.param(page(*range(24, 12, -1)), id="two more on a page"),
        pytest.param(page(*range(21, 11, -1), path="board?seq={}"), id="other addresses for each title and day"),
        pytest.param(page(*range(21, 11, -1), path="new/{}.html"), id="another folder"),
        pytest.param(page(3, *range(21, 12, -1)), id="an old item pinned"),
        pytest.param(replace(GOOD, items=(item(21, on=None), *GOOD.items[:9])), id="one entry without a day"),
        pytest.param(replace(GOOD, items=(item(20, title="Closed today"), *GOOD.items[1:])), id="one title edited"),
        pytest.param(replace(GOOD, items=(item(40, on="2022-01-03"),), next_url=""), id="a new year's first item"),
        pytest.param(Look((), says_empty=True), id="a list that says it is empty"),
    ],
)
def test_ordinary_news_raises_no_doubt(look: Look) -> None:
    assert judge(MEMORY, look) is None


@pytest.mark.parametrize(
    ("look", "why"),
    [
        pytest.param(Look(()), "lists nothing", id="nothing"),
        pytest.param(replace(GOOD, items=GOOD.items[::2]), "only 5 items", id="half"),
        pytest.param(page(*range(20, 10, -1), on=None), "have a date", id="no dates"),
        pytest.param(page(*range(20, 10, -1), path="board?seq={}", on=None), "other addresses", id="other links"),
        pytest.param(
            page(*range(20, 10, -1), path="share?u=https://library.example/news/{}.html"),
            "other addresses",
            id="links that share",
        ),
        pytest.param(page(*range(20, 10, -1), path="all"), "other addresses", id="one link for all"),
        pytest.param(page(*range(50, 40, -1), path="shop/cart{}?x=1"), "another form", id="strangers"),
        pytest.param(page(*range(10, 0, -1)), "older than those known", id="an older page"),
        pytest.param(page(*range(20, 10, -1), title="Read more"), "other titles", id="titles lost"),
        pytest.param(page(*range(40, 30, -1), title="Read more"), "again and again", id="one title for all"),
        pytest.param(replace(GOOD, unreadable=0.02), "cannot be read", id="replaced characters"),
    ],
)
def test_what_news_cannot_explain_is_doubted(look: Look, why: str) -> None:
    doubt = judge(MEMORY, look)
    assert doubt is not None and doubt.grave and why in doubt.why


def test_labels_of_the_menu_are_no_titles() -> None:
    look = Look(
        tuple(item(n, title=title) for n, title in enumerate(("About us", "Contact", "Visit", "Shop"), 60)), "?page=2"
    )
    doubt = judge(MENU, look)
    assert doubt is not None and "menus" in doubt.why


def test_lost_paging_is_told_but_the_items_are_believed() -> None:
    doubt = judge(MEMORY, replace(GOOD, next_url=""))
    assert doubt is not None and not doubt.grave


def test_another_way_of_reading_begins_a_new_memory() -> None:
    memory = remember(MEMORY, page(1, 2, 3), "b")
    assert memory is not None and memory.counts == (3,) and len(memory.items) == 3


def test_an_empty_page_teaches_nothing() -> None:
    assert remember(MEMORY, Look(()), "a") is MEMORY and remember(None, Look(()), "a") is None


def test_memory_stays_small() -> None:
    memory = remembered(*(page(*range(start, start + 10), on="2021-01-01") for start in range(0, 2_000, 10)))
    assert len(memory_to_json(memory)) < 20_000


def test_memory_survives_being_kept() -> None:
    assert memory_from_json(memory_to_json(MEMORY)) == MEMORY


@given(st.text(max_size=60))
def test_every_address_has_a_form(text: str) -> None:
    assert isinstance(url_shape(f"https://library.example/{text}"), str)


def test_addresses_that_differ_in_numbers_have_one_form() -> None:
    assert url_shape("https://a.example/2021/5.html?id=3") == url_shape("https://a.example/1999/77.html?id=12")


@pytest.mark.parametrize(
    "href",
    [
        pytest.param("/news/1.html", id="plain"),
        pytest.param("https://lib.example/news/1.html?utm_source=menu#top", id="with what tells nothing apart"),
        pytest.param("..\\news\\1.html", id="with slashes the wrong way"),
        pytest.param(" /news/%31.html ", id="escaped, among blanks"),
        pytest.param("/news/1.html;jsessionid=A1", id="of a session"),
    ],
)
def test_link_to_an_item_is_its_place_however_its_address_is_written(href: str) -> None:
    body = (
        f'<body><ul><li class="new"><a href="{href}">News of the library</a></li></ul><a href="/about/1.htm">About</a>'
    )
    url = "https://lib.example/news/1.html"
    listing = Listing((ParsedItem(url=url, canonical_url=url, title="News of the library"),))
    look = look_at(Page("https://lib.example/list/", body.encode()), listing, "list_page")
    assert (look.place, look.labels) == ("body ul li.new a", ("about",))
