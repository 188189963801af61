"""What a poll adds: identity before content, nothing twice."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from crawlers.changes import compare, content_hash, distinct
from db.records import ParsedItem, PublishedDate, StoredItem

URL = "https://library.example/news/{}"


def item(number: int, title: str = "A new reading room", source_item_id: str | None = None) -> ParsedItem:
    return ParsedItem(URL.format(number), URL.format(number), title, source_item_id)


def stored(found: ParsedItem, item_id: int = 1, source_id: str = "num") -> StoredItem:
    return StoredItem(item_id, source_id, found.canonical_url, found.source_item_id, content_hash(found))


def test_unknown_item_is_new() -> None:
    changes = compare("num", [], [item(1)])
    assert changes.new == ((item(1), content_hash(item(1))),)
    assert not changes.changed and not changes.seen


def test_known_address_is_seen() -> None:
    changes = compare("num", [stored(item(1), 7)], [item(1)])
    assert (changes.new, changes.changed, changes.seen) == ((), (), (7,))


def test_known_id_at_another_address_is_seen() -> None:
    before, after = item(1, source_item_id="17"), replace(item(2), source_item_id="17")
    assert compare("num", [stored(before, 7)], [after]).seen == (7,)


def test_id_of_another_source_is_not_ours() -> None:
    before, after = item(1, source_item_id="17"), replace(item(2), source_item_id="17")
    assert compare("num", [stored(before, 7, "ifla")], [after]).new


def test_changed_title_is_a_change() -> None:
    changes = compare("num", [stored(item(1), 7)], [item(1, "A newer reading room")])
    assert [change.item_id for change in changes.changed] == [7]
    assert changes.seen == (7,)


def test_item_of_another_source_is_met_but_not_changed() -> None:
    changes = compare("num", [stored(item(1), 7, "ifla")], [item(1, "The same in other words")])
    assert (changes.new, changes.changed, changes.seen) == ((), (), (7,))


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
    assert len(compare("num", [], page).new) == 3


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
    first = compare("num", [], parsed)
    kept = [stored(found, number) for number, (found, _) in enumerate(first.new, start=1)]
    again = compare("num", kept, parsed)
    assert not again.new and not again.changed
    assert sorted(again.seen) == [row.id for row in kept]
    assert len({row.canonical_url for row in kept}) == len(kept)
