"""The public database: what is in it, what is not, and that it is swapped in whole or not at all."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import fields, replace

from db import public_file, published
from db.errors import StoreError
from db.nominations import hand_source
from db.published import Activity, Curated, ReportSpan
from db.records import Curation, DatePrecision, Pick, SubRegion, Tag
from db.reports import ReportKey, find_or_add_report, save_picks
from db.search.activities import find_activities
from db.search.query import parse
from publishing.public import period_of, publish, sub_region_of
from tests.publishing.conftest import NOW, REGIONS, SD1, SD3, Desk, plant_private_words

ITEM = Curated(
    1,
    "T",
    "T",
    "",
    None,
    "https://a.example/1",
    "2020-12-05",
    "day",
    "en",
    "JP",
    "north-east-asia",
    "I",
    "S",
    "2020-12-06",
    None,
)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as conn:
        conn.row_factory = sqlite3.Row
        yield conn


def rows(path: Path, table: str = "activities") -> list[dict[str, object]]:
    with opened(path) as conn:
        return [dict(row) for row in conn.execute(f"SELECT * FROM {table}")]


def found_in(path: Path, typed: str) -> list[int]:
    with opened(path) as conn:
        return list(find_activities(conn, parse(typed)).ids)


def test_nothing_chosen_gives_an_empty_sound_file(desk: Desk, out: Path) -> None:
    desk.find("only a candidate")
    assert publish(desk.conn, out, now=NOW).activities == 0
    assert rows(out) == []
    assert public_file.is_public(out)


def test_activity_reads_as_the_convenor_edited_it(desk: Desk, out: Path) -> None:
    item = desk.find("国家图书馆新闻", source="nlc-news", day="2020-12-05", summary="found")
    link = "https://edited.example/"
    edited = Curation("impactful", (SD1, SD3), "In English", "Edited *text*.", link, "MN", "Impact.")
    desk.mark(item, edited)
    result = publish(desk.conn, out, now=NOW)
    assert (result.activities, result.countries) == (1, 1)
    assert rows(out) == [
        {
            "id": item,
            "title": "In English",
            "country_name": "Mongolia",
            "published_on": "2020-12-05",
            "date_precision": "day",
            "source": "National Library of China – NLC news (国图新闻)",
            "tags": "SD1, SD3",
            "period": "2020 H2",
            "language": "zh-Hans",
            "summary": "Edited *text*.",
            "impact": "Impact.",
            "original_title": "国家图书馆新闻",
            "url": "https://edited.example/",
            "archived_url": None,
            "fetched_on": None,
            "fetched_sha256": None,
            "country": "MN",
            "sub_region": "North East Asia",
            "found_on": "2021-02-10",
            "chosen_on": "2021-02-10",
            "event_start_on": None,
            "event_end_on": None,
            "added_at": "2021-02-10T08:00:00Z",
            "updated_at": "2021-02-10T08:00:00Z",
        }
    ]
    assert [tuple(row.values()) for row in rows(out, "activity_tags")] == [
        (item, "IFLA-2019-2024", "SD1"),
        (item, "IFLA-2019-2024", "SD3"),
    ]


def test_only_impactful_items_are_public(desk: Desk, out: Path) -> None:
    chosen = desk.activity("chosen")
    for state in ("new", "later", "dismissed"):
        desk.mark(desk.find(state), Curation(state=state))
    publish(desk.conn, out, now=NOW)
    assert [row["id"] for row in rows(out)] == [chosen]


def test_same_content_gives_the_same_rows_and_fingerprint(desk: Desk, out: Path) -> None:
    ids = [desk.activity(f"activity {number}") for number in range(5)]
    first = publish(desk.conn, out, now=NOW)
    before = rows(out)
    desk.mark(ids[0], Curation(state="dismissed"))
    desk.mark(ids[0], Curation(state="impactful", tags=(SD1,)))
    again = publish(desk.conn, out, now=NOW)
    assert (rows(out), again.fingerprint) == (before, first.fingerprint)
    desk.mark(ids[0], Curation(state="dismissed"))
    assert publish(desk.conn, out, now=NOW).fingerprint != first.fingerprint


def test_no_private_word_is_in_the_bytes_of_the_file(desk: Desk, out: Path) -> None:
    """Every column that is not published carries a marker; none of the markers is in the file, free pages included."""
    chosen = plant_private_words(desk)
    publish(desk.conn, out, now=NOW)
    content = out.read_bytes()
    assert b"Known impact" in content and b"Edited title" in content
    for word in (b"zq-", b"tuya", b"ndl-en", str(desk.path.parent).encode()):
        assert word not in content, word
    assert found_in(out, "known") == [chosen]
    for typed in ("zq", "tuya", "candidate", "article"):
        assert found_in(out, typed) == [], typed


PUBLIC = {  # columns of the working database that are published, or decide what is
    "items": {"title", "summary", "language", "country", "published_on", "date_precision", "edited_title",
              "edited_summary", "edited_url", "edited_country", "event_start_on", "event_end_on", "state"},
    "item_tags": {"vocabulary", "code"},
    "evidence": {"sha256"},
    "reports": {"sub_region", "period_start", "period_end", "vocabulary"},
    "sources": {"name", "institution", "country", "language", "sub_region"},
    "sub_regions": {"id", "name"},
    "sub_region_countries": {"sub_region", "country", "name"},
    "terms": {"vocabulary", "code", "parent", "label", "definition"},
    "vocabularies": {"id", "title", "level1_name", "level2_name", "valid_from", "valid_to"},
    "publications": {"first_published_on", "withdrawn_on", "added_at", "updated_at", "content"},
}  # fmt: skip
SCANNED_OTHERWISE = {  # by the name of the source, of who decided; or words of a fixed list, or days that say nothing
    "items": {"source_id", "date_source", "text"},
    "item_addresses": {"source_id"},
    "decisions": {"action"},
    "evidence": {"memento_at", "memento_asked_at"},
    "polls": {"source_id", "started_at", "outcome", "next_poll_at"},
    "poll_states": {"source_id", "next_poll_at", "begun_at", "begun_boot", "whole_at", "lied_at", "absent_since"},
    "reports": {"submitted_on"},
    "sources": {"id", "role"},
    "users": {"role"},
    "queue_counts": {"source_id", "state", "country"},
    "poll_counts": {"outcome"},
    "items_to_index": {"title", "summary", "text"},
}  # fmt: skip


def test_every_private_column_is_known_to_the_scan(desk: Desk) -> None:
    """A new column or table of the working database is planted by `plant_private_words`, or named here."""
    plant_private_words(desk)
    tables = desk.conn.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
                               " AND name NOT GLOB 'sqlite_*' AND name <> '_sqlite_migrations'").fetchall()  # fmt: skip
    for (table,) in tables:
        named = PUBLIC.get(table, set()) | SCANNED_OTHERWISE.get(table, set())
        columns = desk.conn.execute("SELECT name FROM pragma_table_info(?) WHERE type IN ('TEXT', 'BLOB')", (table,))
        for (column,) in columns.fetchall():
            held = desk.conn.execute(f"SELECT count(*) FROM {table} WHERE instr({column}, 'zq')").fetchone()[0]
            assert held or column in named, f"{table}.{column}"


def test_file_with_one_more_column_is_refused(desk: Desk, out: Path) -> None:
    publish(desk.conn, out, now=NOW)
    out.chmod(0o644)
    with closing(sqlite3.connect(out)) as conn:
        conn.execute("ALTER TABLE activities ADD COLUMN note TEXT")
        assert public_file.departures(conn)[0].endswith(", updated_at, note")
        conn.execute("CREATE VIEW waiting AS SELECT 1")
        assert "waiting has view" in public_file.departures(conn)


def test_written_columns_are_the_public_ones() -> None:
    written = (*(f.name for f in fields(Activity)), "added_at", "updated_at")
    assert written == published.PUBLIC_COLUMNS["activities"]


def test_file_needs_no_second_file_and_cannot_be_written(desk: Desk, out: Path) -> None:
    desk.activity("one")
    publish(desk.conn, out, now=NOW)
    assert out.read_bytes()[18:20] == b"\x01\x01"  # the header's marks of a file that is not in WAL mode
    assert stat.S_IMODE(out.stat().st_mode) == 0o444
    assert list(out.parent.iterdir()) == [out]


def test_script_address_cannot_be_published(desk: Desk, out: Path) -> None:
    publish(desk.conn, out, now=NOW)
    desk.activity("one")
    desk.conn.execute("PRAGMA ignore_check_constraints = ON")
    desk.conn.execute("UPDATE items SET url = 'javascript:alert(1)'")
    with pytest.raises(StoreError, match="refused the work"):
        publish(desk.conn, out, now=NOW)
    assert rows(out) == []


def test_reads_one_snapshot_while_others_write(desk: Desk, out: Path) -> None:
    first = desk.activity("first")

    def dismiss(statement: str) -> None:
        if "FROM terms" in statement:
            with closing(sqlite3.connect(desk.path, isolation_level=None)) as writer:
                writer.execute("UPDATE items SET state = 'dismissed'")

    desk.conn.set_trace_callback(dismiss)
    publish(desk.conn, out, now=NOW)
    desk.conn.set_trace_callback(None)
    assert [row["id"] for row in rows(out)] == [first]
    publish(desk.conn, out, now=NOW)
    assert rows(out) == []


def test_working_database_is_never_overwritten(desk: Desk) -> None:
    before = desk.path.read_bytes()
    with pytest.raises(StoreError, match="is not a public database"):
        publish(desk.conn, desk.path, now=NOW)
    assert desk.path.read_bytes() == before


def test_missing_folder_is_a_sentence(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot use"):
        publish(desk.conn, tmp_path / "nowhere" / "public.db", now=NOW)


def test_kill_between_any_two_steps_leaves_the_old_file_or_the_new_one(desk: Desk, out: Path) -> None:
    desk.activity("old")
    gone = desk.activity("gone")
    publish(desk.conn, out, now=NOW)
    desk.mark(gone, Curation(state="dismissed"))
    for number in range(4):
        desk.activity(f"new {number}")
    desk.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    command = [sys.executable, "-m", "tests.publishing.killing", str(desk.path), str(out), "9"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout.split()[-1]) > 100  # steps


def test_activity_is_updated_when_what_is_read_of_it_changes_in_public(desk: Desk, out: Path) -> None:
    same, edited, back = (desk.activity(title) for title in ("same", "edited", "back again"))
    publish(desk.conn, out, now=NOW)
    desk.mark(edited, Curation("impactful", (SD1,), summary="New words."))
    desk.mark(back, Curation(state="later"))
    publish(desk.conn, out, now=NOW + timedelta(days=1))
    desk.mark(back, Curation("impactful", (SD1,)))
    desk.conn.execute("UPDATE items SET content_hash = 'other'")
    publish(desk.conn, out, now=NOW + timedelta(days=2))
    publish(desk.conn, out, now=NOW + timedelta(days=3))
    assert [(row["id"], row["added_at"], row["updated_at"]) for row in rows(out)] == [
        (same, "2021-02-10T08:00:00Z", "2021-02-10T08:00:00Z"),
        (edited, "2021-02-10T08:00:00Z", "2021-02-11T08:00:00Z"),
        (back, "2021-02-10T08:00:00Z", "2021-02-12T08:00:00Z"),
    ]


def test_last_builds_are_kept_and_no_more(desk: Desk, out: Path) -> None:
    for number in range(6):
        desk.activity(f"build {number}")
        publish(desk.conn, out, now=NOW)
        publish(desk.conn, out, now=NOW)  # the same content again is not worth keeping
    assert sorted(os.listdir(out.parent)) == [out.name, *(f"{out.name}.{n}" for n in (1, 2, 3))]
    assert [len(rows(out.with_name(f"{out.name}.{n}"))) for n in (1, 2, 3)] == [5, 4, 3]


def test_withdrawn_activity_is_remembered_without_its_content(desk: Desk, out: Path) -> None:
    kept, gone, back = (desk.activity(title) for title in ("kept", "secretly gone", "back again"))
    never = desk.activity("never public")
    desk.mark(never, Curation(state="dismissed"))
    publish(desk.conn, out, now=NOW)
    for item in (gone, back):
        desk.mark(item, Curation(state="later"))
    publish(desk.conn, out, now=NOW + timedelta(days=1))
    desk.mark(back)
    out.unlink()
    publish(desk.conn, out, now=NOW + timedelta(days=9))
    assert [row["id"] for row in rows(out)] == [kept, back]
    assert rows(out, "withdrawn") == [{"id": gone, "withdrawn_on": "2021-02-11", "now_at": None}]
    assert b"secretly" not in out.read_bytes()


def test_what_only_an_earlier_build_knows_is_remembered_too(desk: Desk, out: Path) -> None:
    item = desk.activity("known to the file")
    publish(desk.conn, out, now=NOW)
    desk.conn.execute("DELETE FROM publications")
    desk.mark(item, Curation(state="dismissed"))
    publish(desk.conn, out, now=NOW)
    assert [row["id"] for row in rows(out, "withdrawn")] == [item]


def test_folded_activity_leads_to_the_one_it_is_part_of(desk: Desk, out: Path) -> None:
    kept, folded = desk.activity("one"), desk.activity("one again")
    publish(desk.conn, out, now=NOW)
    desk.conn.execute("UPDATE items SET duplicate_of = ? WHERE id = ?", (kept, folded))
    publish(desk.conn, out, now=NOW)
    assert rows(out, "withdrawn") == [{"id": folded, "withdrawn_on": "2021-02-10", "now_at": kept}]


def test_sightings_are_where_an_activity_stood(desk: Desk, out: Path) -> None:
    kept, folded, candidate = desk.activity("one"), desk.find("one again", source="ifla"), desk.find("other")
    desk.conn.execute("UPDATE items SET duplicate_of = ? WHERE id = ?", (kept, folded))
    desk.conn.execute("DELETE FROM item_addresses")
    desk.conn.executemany(
        "INSERT INTO item_addresses VALUES (?1, ?2, ?3, ?1, ?4, '2021-02-10')",
        [
            ("https://ndl.example/1", "ndl-en", kept, "2021-01-01"),
            ("https://ifla.example/1", "ifla", folded, "2021-01-03"),
            ("https://ndl.example/2", "ndl-en", candidate, "2021-01-03"),
        ],
    )
    publish(desk.conn, out, now=NOW)
    assert [(row["activity_id"], row["source"], row["first_seen_on"]) for row in rows(out, "sightings")] == [
        (kept, "IFLA – IFLA news", "2021-01-03"),
        (kept, "National Diet Library – NDL news", "2021-01-01"),
    ]


def test_page_added_by_hand_is_that_of_its_site(desk: Desk, out: Path) -> None:
    desk.activity("by hand", source="ndl-en")
    hand = hand_source(desk.conn, "north-east-asia")
    desk.conn.execute("UPDATE items SET source_id = ?", (hand.id,))
    address = ("https://b.example/1", hand.id, "2021-01-01")
    desk.conn.execute("INSERT INTO item_addresses VALUES (?1, ?2, 1, ?1, ?3, ?3)", address)
    desk.conn.execute("UPDATE items SET edited_url = 'https://www.library.example/story'")
    publish(desk.conn, out, now=NOW)
    assert [row["source"] for row in rows(out)] == ["library.example – Added by hand"]
    assert [row["source"] for row in rows(out, "sightings")] == ["b.example – Added by hand"]
    assert [(row["source"], row["institution"], row["country"], row["url"]) for row in rows(out, "sources")] == [
        ("library.example – Added by hand", "library.example", "JP", None)
    ]


def test_build_of_an_older_version_is_replaced(desk: Desk, out: Path) -> None:
    publish(desk.conn, out, now=NOW)
    out.chmod(0o644)
    with closing(sqlite3.connect(out)) as conn:
        for table in ("sightings", "withdrawn", "activities_fts"):
            conn.execute(f"DROP TABLE {table}")
        conn.execute("ALTER TABLE activities DROP COLUMN found_on")
    assert not public_file.is_public(out)
    publish(desk.conn, out, now=NOW)
    assert public_file.is_public(out)


def test_index_is_part_of_what_is_checked(desk: Desk, out: Path) -> None:
    desk.activity("図書館")
    publish(desk.conn, out, now=NOW)
    assert found_in(out, "图书馆") == [1]
    out.chmod(0o644)
    with closing(sqlite3.connect(out)) as conn:
        conn.execute("INSERT INTO activities_fts (rowid, title) VALUES (7, 'x')")
        assert public_file.public_counts(conn).indexed == 2


SPANS = (
    ReportSpan(1, "north-east-asia", "2020-05", "2020-10"),
    ReportSpan(2, "north-east-asia", "2020-11", "2021-02"),
    ReportSpan(3, "oceania", "2020-01", "2021-12"),
)


def dated(day: str | None, precision: DatePrecision = "day") -> Curated:
    return replace(ITEM, published_on=day, date_precision=precision)


@pytest.mark.parametrize(
    ("item", "picked", "period"),
    [
        pytest.param(ITEM, set(), "2020-11..2021-02", id="its date lies in a report of its sub-region"),
        pytest.param(ITEM, {1}, "2020-05..2020-10", id="a pick counts more than the date"),
        pytest.param(ITEM, {3}, "2020-01..2021-12", id="picked by another sub-region"),
        pytest.param(ITEM, {3, 1}, "2020-05..2020-10", id="picked twice: its own sub-region counts"),
        pytest.param(dated("2021-06-30"), set(), "2021 H1", id="first half"),
        pytest.param(dated("2021-07-01", "month"), set(), "2021 H2", id="second half"),
        pytest.param(dated("2020-11-01", "month"), set(), "2020-11..2021-02", id="month"),
        pytest.param(dated("2020-01-01", "year"), set(), "2020", id="only a year"),
        pytest.param(dated(None, "none"), set(), None, id="no date"),
        pytest.param(dated(None, "none"), {2}, "2020-11..2021-02", id="picked undated"),
    ],
)
def test_period(item: Curated, picked: set[int], period: str | None) -> None:
    assert period_of(item, "north-east-asia", SPANS, picked) == period


@pytest.mark.parametrize(
    ("country", "source_region", "expected"),
    [
        pytest.param("JP", "north-east-asia", "north-east-asia", id="as the source"),
        pytest.param("NZ", "international", "oceania", id="country edited out of the source's list"),
        pytest.param("XX", "oceania", "oceania", id="country in no list"),
        pytest.param("XX", "gone", None, id="nothing known"),
    ],
)
def test_sub_region(country: str, source_region: str, expected: str | None) -> None:
    region = sub_region_of(replace(ITEM, country=country, sub_region=source_region), REGIONS)
    assert (region.id if region else None) == expected


def test_country_in_two_lists_has_the_name_of_the_activitys_own(desk: Desk, out: Path) -> None:
    both = (SubRegion("first", "First", {"JP": "Nippon"}), *REGIONS)
    assert sub_region_of(ITEM, both) == REGIONS[0]


def test_pick_gives_the_period(desk: Desk, out: Path) -> None:
    item = desk.activity("undated", day=None)
    report = find_or_add_report(
        desk.conn, ReportKey("north-east-asia", "2020-11", "2021-02"), vocabulary="IFLA-2019-2024"
    )
    save_picks(desk.conn, report.id, [Pick(item, "JP", 1)])
    publish(desk.conn, out, now=NOW)
    assert rows(out)[0]["period"] == "2020-11..2021-02"


def test_tag_of_a_second_vocabulary_is_told_apart(desk: Desk, out: Path) -> None:
    desk.activity("both", tags=(SD1, Tag("IFLA-2016-2021", "SD1"), Tag("UN-SDG", "SDG4")))
    publish(desk.conn, out, now=NOW)
    assert len(rows(out, "activity_tags")) == 3


def test_country_that_no_list_names_appears_by_its_code(desk: Desk, out: Path) -> None:
    desk.mark(desk.find("far away"), Curation(state="impactful", country="ZZ"))
    publish(desk.conn, out, now=NOW)
    assert rows(out)[0]["country_name"] == "ZZ"
    assert {"code": "ZZ", "name": "ZZ", "sub_region": None} in rows(out, "countries")
