"""`convenor report import`: reports that were handed in before there was a desk."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from convenor import main
from crawlers.known import mark_all
from db.connect import opened
from db.decisions import history
from db.desk import find_item
from db.errors import ReportError
from db.records import Curation, ParsedItem, Pick, Tag
from db.reports import ReportKey, find_report, list_picks, save_picks, strategies_picked_by
from db.sources import register_sources
from db.users import add_user
from db.vocabularies import register_vocabularies, shipped_vocabularies
from importing import Imported, import_report
from publishing.report.drafting import draft_report, find_or_begin_report, report_warnings
from tests.databases import new_database
from tests.publishing.report.conftest import NORTH_EAST_ASIA, NOW, SOUTH_ASIA, STRATEGY
from tests.publishing.report.test_read import HEADER, Row, document

KEY = ReportKey("north-east-asia", "2020-11", "2021-02")
TALK: Row = ("1. Japan", "#1 A talk on December 1, 2020\nWhat was said.\nLinks: https://jp.example/1", "2. Inspire")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A desk without any item, with people."""
    conn = new_database(tmp_path / "place.db")
    register_sources(conn, (), [NORTH_EAST_ASIA, SOUTH_ASIA])
    register_vocabularies(conn, shipped_vocabularies())
    add_user(conn, "Ying", "-", role="convenor", sub_regions=[NORTH_EAST_ASIA.id], now=NOW)
    add_user(conn, "Rei", "-", role="reader", sub_regions=[NORTH_EAST_ASIA.id], now=NOW)
    yield conn
    conn.close()


def bring(conn: sqlite3.Connection, package: bytes, user: str = "Ying") -> tuple[Imported, ...]:
    return import_report(conn, package, KEY, user_name=user, now=NOW)


def everything(conn: sqlite3.Connection) -> list[str]:
    return list(conn.iterdump())


def table(*rows: Row) -> bytes:
    return document(HEADER, *rows)


def test_drafted_report_comes_back_to_the_letter(
    empty: sqlite3.Connection, report_id: int, place: sqlite3.Connection
) -> None:
    handed_in = draft_report(empty, report_id, format="docx", now=NOW).body
    assert {one.came_to for one in bring(place, handed_in)} == {"impactful"}
    again = draft_report(place, find_or_begin_report(place, KEY).id, format="docx", now=NOW)
    assert again.body == handed_in


def test_importing_again_changes_nothing(empty: sqlite3.Connection, report_id: int, place: sqlite3.Connection) -> None:
    handed_in = draft_report(empty, report_id, format="docx", now=NOW).body
    first = bring(place, handed_in)
    save_picks(place, find_or_begin_report(place, KEY).id, list_picks(place, 1)[1:])  # one was thought better of
    before = everything(place)
    second = bring(place, handed_in)
    assert {one.came_to for one in second} == {"known"}
    assert [one.item for one in second] == [one.item for one in first]
    assert everything(place) == before


def test_history_says_who_decided_and_why(place: sqlite3.Connection) -> None:
    (one,) = bring(place, table(TALK))
    assert one.item is not None
    assert (one.item.title, one.item.summary, one.item.url) == (
        "A talk on December 1, 2020",
        "What was said.",
        "https://jp.example/1",
    )
    (row,) = history(place, (NORTH_EAST_ASIA.id,), limit=None)
    assert (row.actor, row.action, row.note) == ("Ying", "impactful", "From the report November 2020 – February 2021.")
    assert row.after == Curation("impactful", (Tag(STRATEGY, "SD2"),))  # no text is edited: all stands as found


@pytest.fixture
def polled(empty: sqlite3.Connection, add_activity: Callable[..., int]) -> Callable[[Curation], int]:
    """Has the page of the talk found by a poll, and decided on; the item."""

    def add(curation: Curation) -> int:
        url = "http://www.jp.example/1/"
        item_id = add_activity(ParsedItem(url, url, "講演", summary="As found."), "JP", curation)
        mark_all(empty)
        return item_id

    add_user(empty, "Ying", "-", role="operator", sub_regions=(), now=NOW)
    return add


def test_what_was_decided_keeps_its_decision_and_texts(
    empty: sqlite3.Connection, polled: Callable[[Curation], int]
) -> None:
    known = polled(Curation("dismissed", title="Mine"))
    before = find_item(empty, known)
    (one,) = bring(empty, table(TALK))
    assert (one.came_to, one.remarks) == ("known", ("it is dismissed, and left as it is",))
    assert find_item(empty, known) == before
    assert list_picks(empty, 1) == ()


def test_what_waits_is_decided_with_the_texts_of_the_report(
    empty: sqlite3.Connection, polled: Callable[[Curation], int]
) -> None:
    waiting = polled(Curation("later"))
    empty.execute("UPDATE items SET state = 'new', version = 1")  # as a poll leaves it
    (one,) = bring(empty, table(TALK))
    assert one.item is not None and (one.came_to, one.item.id, one.item.title) == ("impactful", waiting, "講演")
    assert one.item.curation == Curation(
        "impactful",
        (Tag(STRATEGY, "SD2"),),
        title="A talk on December 1, 2020",
        summary="What was said.",
        url="https://jp.example/1",
    )


@pytest.mark.parametrize(
    ("row", "came_to", "remark"),
    [
        pytest.param(("Narnia", TALK[1], "1."), "left out", "no sub-region has a country “Narnia”", id="country"),
        pytest.param(("Japan", "#1 A talk", "1."), "left out", "no web address", id="no link"),
        pytest.param(("Japan", "#1\nLinks: https://jp.example/", "1."), "left out", "no title", id="no title"),
        pytest.param(("Japan", TALK[1], "1. 9."), "impactful", "names 9, which is no direction of", id="unknown tag"),
        pytest.param(("Japan", TALK[1], "Much"), "later", "names no direction of", id="no tag"),
        pytest.param(("Republic of Korea", TALK[1], "1."), "impactful", None, id="country in other words"),
        pytest.param(("India", TALK[1], "1."), "impactful", None, id="country of another sub-region"),
    ],
)
def test_what_is_wrong_with_an_activity_is_a_sentence(
    place: sqlite3.Connection, row: Row, came_to: str, remark: str | None
) -> None:
    (one,) = bring(place, table(row))
    assert one.came_to == came_to
    assert (remark in one.remarks[0]) if remark else not one.remarks


def test_what_lacks_its_tags_is_picked_and_told_as_left_out(place: sqlite3.Connection) -> None:
    (one,) = bring(place, table(("Japan", TALK[1], "Much")))
    assert one.item is not None and [pick.item_id for pick in list_picks(place, 1)] == [one.item.id]
    assert strategies_picked_by(place, [one.item.id]) == {one.item.id: STRATEGY}
    assert "“A talk on December 1, 2020” is picked but not marked impactful: it is left out." in report_warnings(
        place, 1
    )
    assert bring(place, table(("Japan", TALK[1], "Much")))[0].came_to == "known" and len(list_picks(place, 1)) == 1


def test_second_activity_on_one_page_is_told(place: sqlite3.Connection) -> None:
    other = ("", "#2 The same page\nLinks: http://jp.example/1/", "1.")
    assert [one.came_to for one in bring(place, table(TALK, other))] == ["impactful", "left out"]
    assert len(list_picks(place, 1)) == 1


def test_further_links_stand_below_the_text(place: sqlite3.Connection) -> None:
    (one,) = bring(place, table(("Japan", "#1 A talk\nLinks: https://jp.example/1 https://jp.example/2", "1.")))
    assert one.item is not None and one.item.summary == "https://jp.example/2"


def command(tmp_path: Path, package: bytes, *words: str, user: str = "Ying") -> Result:
    file = tmp_path / "report.docx"
    file.write_bytes(package)
    words = ("--db", str(tmp_path / "place.db"), *words)
    where = ["--sub-region", KEY.sub_region, "--period", "2020-11..2021-02", "--user", user]
    return CliRunner().invoke(main, ["report", "import", str(file), *where, *words])


def packed(name: str, content: bytes) -> bytes:
    """A report with another file in the place of one of its own."""
    raw = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(table(TALK))) as old, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, content if entry == name else old.read(entry))
    return raw.getvalue()


def changed(before: bytes, after: bytes) -> bytes:
    body = zipfile.ZipFile(io.BytesIO(table(TALK))).read("word/document.xml")
    assert before in body
    return packed("word/document.xml", body.replace(before, after, 1))


ENTITIES = b"<!DOCTYPE w:document [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>\n<w:document"
WRONG = [
    pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100, "not a Word document", id="old Word"),
    pytest.param(b"<!doctype html><table><tr><td>Country</table>", "not a Word document", id="HTML"),
    pytest.param(b"", "not a Word document", id="empty"),
    pytest.param(packed("word/document.xml", b" " * 60_000_000), "too large", id="zip bomb"),
    pytest.param(changed(b"<w:document", ENTITIES), "not a Word document", id="entities"),
    pytest.param(changed(b"<w:tcPr>", b'<w:tcPr><w:gridSpan w:val="999999999"/>'), "not a Word document", id="spans"),
    pytest.param(changed(b"<w:tcPr>", b"<w:tcPr><w:vMerge/>"), "not a Word document", id="merged with nothing"),
    pytest.param(changed(b"<w:t>#1", b"<w:rPr><w:i w:val='x'/></w:rPr><w:t>#1"), "not a Word document", id="bad style"),
    pytest.param(document(("a", "b", "c")), "no table with the columns", id="no table"),
    pytest.param(table(("Japan", "A talk", "")), "does not begin with the number", id="no number"),
    pytest.param(table(TALK, ("", f"#2 {'W' * 1001}\nLinks: https://jp.example/2", "1.")), "Japan #2", id="title"),
]


@pytest.mark.parametrize(("package", "sentence"), WRONG)
def test_wrong_file_is_a_sentence_and_saves_nothing(
    place: sqlite3.Connection, tmp_path: Path, package: bytes, sentence: str
) -> None:
    before = everything(place)
    done = command(tmp_path, package)
    assert (done.exit_code, sentence in done.output) == (1, True), done.output
    assert everything(place) == before


@pytest.mark.parametrize(("user", "sentence"), [("Nobody", "no user 'Nobody'"), ("Rei", "Your role is reader")])
def test_only_those_who_decide_may_import(place: sqlite3.Connection, tmp_path: Path, user: str, sentence: str) -> None:
    done = command(tmp_path, table(TALK), user=user)
    assert (done.exit_code, sentence in done.output) == (1, True), done.output
    assert list_picks(place, 1) == ()


def test_dry_run_tells_all_and_saves_nothing(place: sqlite3.Connection, tmp_path: Path) -> None:
    before = everything(place)
    done = command(tmp_path, table(TALK), "--dry-run")
    assert done.exit_code == 0 and "1 activity: 1 impactful. Nothing is saved" in done.output, done.output
    assert everything(place) == before


def test_programs_are_told_one_object_for_each_activity(place: sqlite3.Connection, tmp_path: Path) -> None:
    done = command(tmp_path, table(TALK, ("Narnia", "#1 A lamp", "")), "--json")
    first, second = map(json.loads, done.output.splitlines())
    assert (first["came_to"], first["tags"], first["links"]) == ("impactful", ["SD2"], ["https://jp.example/1"])
    assert (second["came_to"], second["item"], len(second["remarks"])) == ("left out", None, 2)
    with opened(tmp_path / "place.db") as conn:
        assert find_item(conn, first["item"]) is not None


def handed_in(empty: sqlite3.Connection, add_activity: Callable[..., int], key: ReportKey, tag: Tag) -> bytes:
    """A report with one activity, as a desk drafts it."""
    report = find_or_begin_report(empty, key)
    url = "https://jp.example/then"
    item = add_activity(ParsedItem(url, url, "Then"), "JP", Curation("impactful", (tag,)))
    save_picks(empty, report.id, [Pick(item, "JP", 1)])
    return draft_report(empty, report.id, format="docx", now=NOW).body


def test_report_is_read_by_the_strategy_that_it_names(
    empty: sqlite3.Connection, add_activity: Callable[..., int], place: sqlite3.Connection
) -> None:
    written = ReportKey(KEY.sub_region, "2019-01", "2019-06")
    package = handed_in(empty, add_activity, written, Tag("IFLA-2016-2021", "SD1"))
    straddling = ReportKey(KEY.sub_region, "2019-05", "2019-10")  # at whose end the next strategy is in force
    (one,) = import_report(place, package, straddling, user_name="Ying", now=NOW)
    assert one.item is not None and one.item.curation.tags == (Tag("IFLA-2016-2021", "SD1"),)
    begun = find_report(place, straddling)
    assert begun is not None and begun.vocabulary == "IFLA-2016-2021"


def test_report_that_names_a_strategy_of_later_is_of_another_period(
    empty: sqlite3.Connection, report_id: int, place: sqlite3.Connection
) -> None:
    package, before = draft_report(empty, report_id, format="docx", now=NOW).body, everything(place)
    with pytest.raises(ReportError, match="names the IFLA Strategy 2019-2024, which began after June 2017"):
        import_report(place, package, ReportKey(KEY.sub_region, "2017-01", "2017-06"), user_name="Ying", now=NOW)
    assert everything(place) == before
