"""Which known item an entry is: the rule as a table, and laws that hold for every poll."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from crawlers import entries
from crawlers.changes import compare
from crawlers.entries import entries_of
from crawlers.identity import Grade, Known, Reader, grade_of, marks_of, name_of, needs_name, spellings
from crawlers.urls import address_key
from db.records import Changes, DatePrecision, Name, NamedItem, ParsedItem, PublishedDate, StoredItem

HOST = "https://library.example"
TITLES = [f"{name} of the National Library in spring" for name in ("Opening", "Lecture", "Exhibition", "Reading")]
NOTICE = "Notice"


class Entry(Struct, frozen=True):
    """An entry of a list, short enough for a table."""

    path: str
    title: str = TITLES[0]
    on: str = "2021-02-10"
    id: str | None = None

    @property
    def parsed(self) -> ParsedItem:
        url = self.path if "://" in self.path else f"{HOST}{self.path}"
        precisions: dict[int, DatePrecision] = {10: "day", 7: "month", 4: "year", 0: "none"}
        precision = precisions[len(self.on)]
        day = f"{self.on}-01-01"[:10] if precision == "year" else f"{self.on}-01"[:10]
        date = PublishedDate(day, precision, "list") if self.on else PublishedDate()
        return ParsedItem(url, url, self.title, self.id, published=date)


def stored(found: ParsedItem, item_id: int, source_id: str = "num") -> StoredItem:
    return StoredItem(item_id, source_id, found.url, found.title, found.summary, found.published, "")


def known(before: Sequence[ParsedItem], source_id: str = "num", language: str = "mn") -> Known:
    rows = [(item, stored(item, number, source_id)) for number, item in enumerate(before, start=1)]
    return Known(
        {address_key(item.url): row for item, row in rows},
        {item.source_item_id: row for item, row in rows if item.source_item_id and source_id == "num"},
        [NamedItem(name_of(item.title, item.published), row, language, source_id) for item, row in rows],
    )


def distinct(page: Sequence[Entry]) -> list[ParsedItem]:
    return [entry.item for entry in entries.distinct(entries_of(entry.parsed for entry in page))]


def held_against(reader: Reader, parsed: Sequence[ParsedItem], known: Known) -> Changes:
    return compare(reader, entries.distinct(entries_of(parsed)), known)


def poll(before: Sequence[Entry], now: Sequence[Entry], **other: str) -> Changes:
    return held_against(Reader("num", "mn"), [entry.parsed for entry in now], known(distinct(before), **other))


def new_of(before: Sequence[Entry], now: Sequence[Entry], **other: str) -> list[str]:
    return [item.url.removeprefix(HOST) for item, _ in poll(before, now, **other).new]


def page(form: str, on: str = "2021-02-{:02}", titles: Sequence[str] = TITLES) -> list[Entry]:
    return [Entry(form.format(n), title, on.format(n), None) for n, title in enumerate(titles, start=1)]


SAME = {
    "the same address": ([Entry("/a/1")], [Entry("/a/1")]),
    "http for https, www, slash, index page": (
        [Entry("http://www.library.example/a/1/index.html")],
        [Entry("https://library.example/a/1/", "Quite another title", "")],
    ),
    "parameters in another order, empty ones gone": ([Entry("/v?id=5&b=&c=2")], [Entry("/v?c=2&id=5")]),
    "a campaign in the address": ([Entry("/v?id=5")], [Entry("/v?id=5&utm_source=mail&fbclid=x")]),
    "edited title at its address": ([Entry("/a/1")], [Entry("/a/1", "A night of the books")]),
    "another slug with its id": ([Entry("/old", id="7")], [Entry("/new", id="7")]),
    "another slug and title with its id, same day": (
        [Entry("/old", id="7")],
        [Entry("/new", "Quite another thing", id="7")],
    ),
    "another address with its title and day": ([Entry("/old-slug")], [Entry("/new-slug")]),
    "title in other letters": (
        [Entry("/x", "Opening of the Reading Room")],
        [Entry("/y", "OPENING of the reading　room!")],
    ),
    "title with entities": (
        [Entry("/x", "Books &amp; readers of the library")],
        [Entry("/y", "Books & readers of the library")],
    ),
    "title with a badge": ([Entry("/x")], [Entry("/y", f"[NEW] {TITLES[0]}")]),
    "title cut short": ([Entry("/x")], [Entry("/y", "Opening of the National Lib…")]),
    "title complete again": ([Entry("/x", "Opening of the National Lib...")], [Entry("/y")]),
    "all in another order": (page("/a/{}"), page("/a/{}")[::-1]),
    "ids dropped": ([Entry("/a/1", id="7")], [Entry("/a/1")]),
    "ids given out anew": (
        [replace(entry, id=str(n)) for n, entry in enumerate(page("/a/{}"))],
        [replace(entry, id=str(3 - n)) for n, entry in enumerate(page("/a/{}"))],
    ),
    "ids and addresses given out anew": (
        [replace(entry, id=str(n)) for n, entry in enumerate(page("/v?id={}"))],
        [replace(entry, id=str(n), path=f"/v?id={n + 1}") for n, entry in enumerate(page("/v?id={}")[::-1])],
    ),
    "a whole site moved, with short titles of one day": (
        [*page("/a/{}"), Entry("/a/8", NOTICE), Entry("/a/9", NOTICE)],
        [*page("/b/{}"), Entry("/b/8", NOTICE), Entry("/b/9", NOTICE)],
    ),
    "a whole site moved to another form, days lost": (page("/a/{}"), page("/new/article-{}", "2021-02")),
    "a whole site moved to another form, no days at all": (page("/a/{}", ""), page("/new/article-{}", "")),
    "a whole site moved to another form, days off by one": (
        page("/a/{}", "2021-02-1{}"),
        [replace(e, on=f"2021-02-1{n}") for n, e in enumerate(page("/new/article-{}"))],
    ),
    "pinned and in its place": ([Entry("/a/1")], [Entry("/a/1", on=""), Entry("/a/2"), Entry("/a/1/")][::2]),
    "the same story in two sections": (
        [Entry("/news/20210202_199415.shtml")],
        [Entry("/news/20210202_199415.shtml"), Entry("/events/20210202_199415.shtml")],
    ),
    "the same number on two boards": ([Entry("/n1.do?id=37596")], [Entry("/n1.do?id=37596"), Entry("/n2.do?id=37596")]),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_nothing_is_new(case: str) -> None:
    before, now = SAME[case]
    changes = poll(before, now)
    assert [item.url for item, _ in changes.new] == []
    assert len(changes.seen) == len({entry.title + entry.path for entry in before})


OTHER = {
    "a short title of the same day": ([Entry("/a/1", NOTICE)], [Entry("/a/2", NOTICE)], ["/a/2"]),
    "a short title in Japanese": ([Entry("/a/1", "お知らせ")], [Entry("/a/2", "お知らせ")], ["/a/2"]),
    "a short title in Korean": ([Entry("/a/1", "휴관 안내")], [Entry("/a/2", "휴관 안내")], ["/a/2"]),
    "a monthly report without a day": (
        [Entry("/a/1", "Monthly report", "")],
        [Entry("/a/2", "Monthly report", "")],
        ["/a/2"],
    ),
    "a long title without a day": ([Entry("/a/1", on="")], [Entry("/a/2", on="")], ["/a/2"]),
    "a recurring title on another day": ([Entry("/a/1", on="2021-02-03")], [Entry("/a/2")], ["/a/2"]),
    "a recurring title on the next day": ([Entry("/a/1", on="2021-02-09")], [Entry("/a/2")], ["/a/2"]),
    "side by side with one title and day": ([Entry("/a/1")], [Entry("/a/1"), Entry("/a/2")], ["/a/2"]),
    "side by side, both new": ([], [Entry("/a/1"), Entry("/a/2")], ["/a/1", "/a/2"]),
    "side by side with ids": ([Entry("/a/1", id="1")], [Entry("/a/2", id="2"), Entry("/a/1", id="1")], ["/a/2"]),
    "a reused id with another title and day": (
        [Entry("/a/1", id="7")],
        [Entry("/a/2", "Night of books", "2021-03-01", "7")],
        ["/a/2"],
    ),
    "two tongues of one site": ([Entry("/en/a/1")], [Entry("/jp/a/1")], ["/jp/a/1"]),
    "two tongues by parameter": ([Entry("/a?id=1&lang=en")], [Entry("/a?id=1&lang=ja")], ["/a?id=1&lang=ja"]),
    "undated programme of every week": (
        page("/a/w1-{}", ""),
        page("/a/w2-{}", ""),
        [f"/a/w2-{n}" for n in (1, 2, 3, 4)],
    ),
    "a cut title that two items begin with": (
        [Entry("/a/1", f"{TITLES[0]}, part one"), Entry("/a/2", f"{TITLES[0]}, part two")],
        [Entry("/a/3", f"{TITLES[0]}…")],
        ["/a/3"],
    ),
    "new among a site that moved": (page("/a/{}"), [Entry("/b/9", "News"), *page("/b/{}")], ["/b/9"]),
    "new among ids given out anew": (
        [replace(entry, id=str(n)) for n, entry in enumerate(page("/v?id={}"))],
        [
            Entry("/v?id=1", "A thing never seen before in the library", "2021-02-11", "1"),
            *(replace(e, id=str(n + 2), path=f"/v?id={n + 2}") for n, e in enumerate(page("/v?id={}"))),
        ],
        ["/v?id=1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHER)
def test_what_is_new_is_new(case: str) -> None:
    before, now, expected = OTHER[case]
    assert new_of(before, now) == expected


def test_a_story_of_the_same_institution_is_known_by_title_and_day() -> None:
    assert poll([Entry("/news/1")], [Entry("/events/9")], source_id="num-events").seen == (1,)


ELSEWHERE = {
    "a short title": ([Entry("/news/1", NOTICE)], [Entry("/events/9", NOTICE)], "mn"),
    "a source in another tongue": ([Entry("/news/1")], [Entry("/events/9")], "en"),
    "an address in another tongue": ([Entry("/en/news/1")], [Entry("/news/1")], "mn"),
    "no day": ([Entry("/news/1", on="")], [Entry("/events/9", on="")], "mn"),
    "days of one month": ([Entry("/news/1", on="2021-02")], [Entry("/events/9")], "mn"),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_another_source_of_the_institution_needs_a_sure_name(case: str) -> None:
    before, now, language = ELSEWHERE[case]
    assert poll(before, now, source_id="num-events", language=language).seen == ()


def test_two_new_entries_of_one_story_are_one_item_with_two_addresses() -> None:
    changes = poll([], [Entry("/news/20210202_199415.shtml"), Entry("/events/20210202_199415.shtml")])
    assert len(changes.new) == 1
    assert [mark.url.removeprefix(HOST) for mark in changes.marks[0]] == [
        "/news/20210202_199415.shtml",
        "/events/20210202_199415.shtml",
    ]


def test_an_address_given_to_another_item_leaves_the_first_its_canonical_address() -> None:
    before, now, _ = OTHER["new among ids given out anew"]
    ((item, _),) = poll(before, now).new
    assert item.url == f"{HOST}/v?id=1" and item.canonical_url != item.url


def test_an_alias_of_the_host_leads_to_the_same_page() -> None:
    hosts = frozenset({"nlc.cn", "nlc.gov.cn"})
    assert spellings("nlc.gov.cn/a?id=1", hosts) == ("nlc.gov.cn/a?id=1", "nlc.cn/a?id=1")
    assert spellings("other.example/a", hosts) == ("other.example/a",)


def test_names_are_asked_for_only_where_address_and_id_do_not_settle() -> None:
    before = known([Entry("/a/1").parsed])
    asked = [Entry("/a/1"), Entry("/a/1", "A night of books"), Entry("/a/2")]
    reader = Reader("num", "mn")
    assert [needs_name(e.parsed, marks_of(e.parsed), reader, before) for e in asked] == [False, True, True]


ENTRIES = st.builds(
    Entry,
    st.builds("/{}/{}".format, st.sampled_from(["a", "b", "en", "jp"]), st.integers(1, 9)),
    st.sampled_from([*TITLES, NOTICE, "Opening of the National Lib…", "", "…", "お知らせ"]),
    st.sampled_from(["2021-02-10", "2021-02-11", "2021-02", "2021", ""]),
    st.none() | st.sampled_from("123"),
)
PAGES = st.lists(ENTRIES, max_size=12)


@given(PAGES)
def test_a_poll_held_against_its_own_items_gives_nothing_new(page: list[Entry]) -> None:
    first = poll([], page)
    kept = [item for item, _ in first.new]
    at = {mark.address: number for number, marks in enumerate(first.marks) for mark in marks}
    before = known(kept)
    rows = {address: stored(kept[number], number + 1) for address, number in at.items()}
    again = held_against(Reader("num", "mn"), [entry.parsed for entry in page], replace(before, at=rows))
    assert not again.new and not again.changed
    assert sorted(again.seen) == list(range(1, len(kept) + 1))


@given(PAGES, PAGES, st.randoms())
def test_the_order_of_a_page_decides_nothing_about_known_addresses(
    before: list[Entry], now: list[Entry], random: Random
) -> None:
    shuffled = list(now)
    random.shuffle(shuffled)
    addresses = {address_key(entry.parsed.url) for entry in before if entry.title}
    for changes in (poll(before, now), poll(before, shuffled)):
        for (item, _), marks in zip(changes.new, changes.marks, strict=True):
            believed = address_key(item.url) not in addresses or "#" in item.canonical_url
            assert believed and marks


@given(PAGES, PAGES)
def test_every_entry_is_new_or_met_and_none_is_lost(before: list[Entry], now: list[Entry]) -> None:
    changes = poll(before, now)
    told = {mark.address for marks in changes.marks for mark in marks} | {mark.address for _, mark in changes.met}
    assert told == {address_key(item.canonical_url) for item in distinct(now)}


@given(PAGES, PAGES)
def test_two_entries_never_become_one_known_item_by_name_alone(before: list[Entry], now: list[Entry]) -> None:
    places: dict[int, list[str]] = {}
    known_at = {address_key(entry.parsed.url) for entry in before if entry.title}
    for item_id, mark in poll(before, [replace(entry, id=None) for entry in now]).met:
        places.setdefault(item_id, []).append(mark.address)
    for addresses in places.values():
        assert len([address for address in addresses if address not in known_at]) <= 1


BUSY = 1_000  # entries


@pytest.mark.parametrize(
    "title", ["Notice", "The one and only title of this library", "Number {} of the library's news"]
)
@pytest.mark.parametrize("on", ["2021-02-10", "2021-02", ""])
def test_a_long_list_is_compared_without_looking_at_each_pair(
    title: str, on: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [Entry(f"/a/{n}", title.format(n), on) for n in range(BUSY)]
    after = [replace(entry, path=f"https://moved.example/b/{n}") for n, entry in enumerate(before)]
    graded: list[Name] = []

    def counted(name: Name | None, other: Name) -> Grade | None:
        graded.append(other)
        return grade_of(name, other)

    monkeypatch.setattr("crawlers.identity.grade_of", counted)
    poll(before, after)
    assert len(graded) < 60 * BUSY
