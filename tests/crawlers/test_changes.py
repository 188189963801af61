"""What a poll adds: identity before content, nothing twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from crawlers import entries
from crawlers.changes import compare
from crawlers.entries import content_hash, entries_of
from crawlers.identity import Known, Reader, name_of
from crawlers.urls import address_key
from db.records import Changes, NamedItem, ParsedItem, PublishedDate, Revision, StoredItem

URL = "https://library.example/news/{}"
NUM = Reader("num", "mn")


def item(number: int, title: str = "A new reading room", source_item_id: str | None = None) -> ParsedItem:
    return ParsedItem(URL.format(number), URL.format(number), title, source_item_id)


def stored(found: ParsedItem, item_id: int = 1, source_id: str = "num") -> StoredItem:
    return StoredItem(item_id, source_id, found.url, found.title, found.summary, found.published, content_hash(found))


def known(*rows: tuple[ParsedItem, StoredItem]) -> Known:
    """What is stored under the marks of these items."""
    at = {address_key(found.url): row for found, row in rows}
    ids = {found.source_item_id: row for found, row in rows if found.source_item_id and row.source_id == "num"}
    named = [NamedItem(name_of(found.title, found.published), row, "mn", row.source_id) for found, row in rows]
    return Known(at, ids, named)


def distinct(page: Sequence[ParsedItem]) -> tuple[ParsedItem, ...]:
    return tuple(entry.item for entry in entries.distinct(entries_of(page)))


def held_against(reader: Reader, page: Sequence[ParsedItem], known: Known) -> Changes:
    return compare(reader, entries.distinct(entries_of(page)), known)


def compared(page: Sequence[ParsedItem], *rows: tuple[ParsedItem, StoredItem]) -> Changes:
    return held_against(NUM, page, known(*rows))


def test_unknown_item_is_new() -> None:
    changes = compared([item(1)])
    assert changes.new == ((item(1), content_hash(item(1))),)
    assert not changes.changed and not changes.seen


def test_known_address_is_seen() -> None:
    changes = compared([item(1)], (item(1), stored(item(1), 7)))
    assert (changes.new, changes.changed, changes.seen, changes.own_met) == ((), (), (7,), True)


def test_known_id_at_another_address_is_seen() -> None:
    before, after = item(1, source_item_id="17"), replace(item(2), source_item_id="17")
    assert compared([after], (before, stored(before, 7))).seen == (7,)


def test_id_of_another_source_is_not_ours() -> None:
    before, after = item(1, source_item_id="17"), replace(item(2), source_item_id="17")
    assert compared([after], (before, stored(before, 7, "ifla"))).new


def test_changed_title_is_a_change_and_a_revision() -> None:
    changes = compared([item(1, "Night of the books")], (item(1), stored(item(1), 7)))
    (change,) = changes.changed
    assert (change.item_id, change.title) == (7, "Night of the books")
    assert change.revisions == (Revision("title", "A new reading room", "Night of the books"),)
    assert changes.seen == (7,)


def test_item_of_another_source_is_met_but_not_changed() -> None:
    changes = compared([item(1, "The same in other words")], (item(1), stored(item(1), 7, "ifla")))
    assert (changes.new, changes.changed, changes.seen, changes.own_met) == ((), (), (7,), False)


def test_spacing_and_picture_are_no_change() -> None:
    again = replace(item(1, " A new   reading room\n"), image_url="https://library.example/1.png")
    assert content_hash(again) == content_hash(item(1))


def test_title_summary_and_day_are_content() -> None:
    variants = [
        item(1),
        item(1, "Other"),
        replace(item(1), summary="Open all night."),
        replace(item(1), published=PublishedDate("2021-02-10", "day", "list")),
    ]
    assert len({content_hash(variant) for variant in variants}) == 4


def test_same_address_twice_on_a_page_counts_once() -> None:
    assert distinct([item(1, "first"), item(2), item(1, "second")]) == (item(1, "first"), item(2))


def test_one_id_at_several_addresses_tells_nothing_apart() -> None:
    page = [item(number, source_item_id="same") for number in (1, 2, 3)]
    assert [found.source_item_id for found in distinct(page)] == [None, None, None]
    assert len(compared(page).new) == 3


def test_what_no_database_takes_is_left_out() -> None:
    script = replace(item(1), url="javascript:alert(1)")
    broken = replace(item(4, "half \ud83d and \x00"), published=PublishedDate("sometime", "day", "list"))
    kept = distinct([script, item(2, "  "), broken])
    assert [(found.title, found.published.on) for found in kept] == [("half \ufffd and \ufffd", None)]


ANY_TEXT = st.text(st.characters(codec=None, categories=["L", "N", "Cs", "Cc"]))


@given(ANY_TEXT, ANY_TEXT)
def test_whatever_is_kept_can_be_written(title: str, other: str) -> None:
    parsed = ParsedItem(
        URL.format(other), URL.format(other), title, other, other, PublishedDate(text=other), other, other
    )
    for kept in distinct([parsed]):
        "".join(filter(None, (kept.url, kept.canonical_url, kept.title, kept.source_item_id, kept.summary))).encode()
        "".join(filter(None, (kept.published.text, kept.language, kept.image_url))).encode()


@given(st.lists(st.tuples(st.integers(0, 5), st.text(), st.none() | st.sampled_from("abc"))))
def test_polling_the_same_page_twice_adds_nothing(page: list[tuple[int, str, str | None]]) -> None:
    parsed = [item(number, title, source_item_id) for number, title, source_item_id in page]
    first = compared(parsed)
    kept = [(found, stored(found, number)) for number, (found, _) in enumerate(first.new, start=1)]
    again = compared(parsed, *kept)
    assert not again.new and not again.changed
    assert sorted(again.seen) == [row.id for _, row in kept]


@pytest.mark.parametrize(
    ("reader", "owner", "untouched", "taken"),
    [
        pytest.param("feed", "newsletter", True, True, id="a letter told of it"),
        pytest.param("list_page", "bluesky", True, True, id="a post told of it"),
        pytest.param("feed", "bluesky", False, False, id="somebody decided on it"),
        pytest.param("bluesky", "newsletter", True, False, id="one teller after the other"),
        pytest.param("feed", "list_page", True, False, id="two sources list it"),
        pytest.param("feed", "hand", True, False, id="a person brought it"),
        pytest.param("", "bluesky", True, False, id="a person brings it"),
    ],
)
def test_article_belongs_to_the_source_that_publishes_it(reader: str, owner: str, untouched: bool, taken: bool) -> None:
    told = replace(item(1, "See our new room!"), published=PublishedDate("2021-02-10", "day", "feed"))
    row = replace(stored(told, 7, "posts"), kind=owner, untouched=untouched)
    changes = held_against(replace(NUM, kind=reader), [item(1)], known((told, row)))
    assert (changes.new, changes.seen) == ((), (7,))
    assert [(one.title, one.published.on, one.entry) for one in changes.changed] == (
        [("A new reading room", "2021-02-10", item(1))] if taken else []
    )
