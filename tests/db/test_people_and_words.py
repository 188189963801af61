from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
from msgspec.structs import replace

from db.errors import AccessError
from db.records import SourceRow, SubRegion
from db.reports import ReportKey, find_or_add_report, list_reports, save_report_texts
from db.sessions import begin_session, end_session, end_sessions_of, find_session, sessions_of
from db.sources import list_sources, list_sub_regions, register_sources
from db.users import (
    add_user,
    end_sessions,
    failed_logins_since,
    find_user,
    forget_failed_logins,
    forget_failed_logins_before,
    operators,
    password_hash,
    record_failed_login,
    set_disabled,
    set_password_hash,
    set_role,
)
from db.vocabularies import list_vocabularies, register_vocabularies, shipped_vocabularies

from .conftest import NOW


def test_user_is_found_whatever_the_case(conn: sqlite3.Connection) -> None:
    user = add_user(conn, "Ying", "hash", role="convenor", sub_regions=["nea"], now=NOW)
    assert find_user(conn, "YING") == user
    assert (user.role, user.sub_regions) == ("convenor", ("nea",))


@pytest.mark.parametrize(
    ("name", "region", "sentence"),
    [
        pytest.param("ying", "nea", "there is a user 'ying' already", id="name taken"),
        pytest.param("bat ", "nea", "no space at its ends", id="looks like another name"),
        pytest.param("Bat", "mars", "no sub-region 'mars'; there are: nea", id="unknown sub-region"),
    ],
)
def test_impossible_user_is_refused(conn: sqlite3.Connection, name: str, region: str, sentence: str) -> None:
    add_user(conn, "Ying", "hash", role="convenor", sub_regions=["nea"], now=NOW)
    with pytest.raises(AccessError, match=sentence):
        add_user(conn, name, "hash", role="reader", sub_regions=[region], now=NOW)


def test_role_and_sub_regions_are_changed_together(conn: sqlite3.Connection) -> None:
    add_user(conn, "Ying", "hash", role="convenor", sub_regions=["nea"], now=NOW)
    assert set_role(conn, "ying", "operator", []) == find_user(conn, "Ying")
    assert operators(conn) == ("Ying",)
    only = pytest.raises(AccessError, match="Ying is the only operator; make somebody else one first")
    with only:
        set_role(conn, "Ying", "reader", ["nea"])
    with only:
        set_disabled(conn, "Ying", True)
    add_user(conn, "Bat", "hash", role="operator", sub_regions=[], now=NOW)
    changed = set_role(conn, "Ying", "nominator", ["nea"])
    assert (changed.role, changed.sub_regions, operators(conn)) == ("nominator", ("nea",), ("Bat",))
    for role, regions, sentence in (
        ("convenor", [], "needs at least one"),
        ("reader", ["mars"], "no sub-region 'mars'"),
    ):
        with pytest.raises(AccessError, match=sentence):
            set_role(conn, "Ying", role, regions)  # type: ignore[arg-type]
    with pytest.raises(AccessError, match="no user 'Nobody'"):
        set_role(conn, "Nobody", "reader", [])


LATER = NOW + timedelta(hours=12)


def test_disabled_user_has_no_password_and_no_session(conn: sqlite3.Connection) -> None:
    user = add_user(conn, "Ying", "hash", role="convenor", sub_regions=["nea"], now=NOW)
    session = begin_session(conn, user.id, device="", now=NOW, ends_at=LATER)
    set_disabled(conn, "Ying", True)
    after = find_user(conn, "Ying")
    assert after is not None and after.disabled and find_session(conn, session.id, NOW) is None
    assert password_hash(conn, "Ying") is None


def test_new_password_ends_sessions(conn: sqlite3.Connection) -> None:
    user = add_user(conn, "Ying", "hash", role="convenor", sub_regions=["nea"], now=NOW)
    begin_session(conn, user.id, device="", now=NOW, ends_at=LATER)
    set_password_hash(conn, "Ying", "same", end_sessions=False)
    assert len(sessions_of(conn, user.id, NOW)) == 1
    set_password_hash(conn, "Ying", "other")
    assert sessions_of(conn, user.id, NOW) == ()
    with pytest.raises(AccessError, match="no user 'Nobody'"):
        set_password_hash(conn, "Nobody", "other")


def test_sessions_end_one_by_one_all_at_once_and_by_themselves(conn: sqlite3.Connection) -> None:
    ying = add_user(conn, "Ying", "hash", role="convenor", sub_regions=["nea"], now=NOW)
    bat = add_user(conn, "Bat", "hash", role="convenor", sub_regions=["nea"], now=NOW)
    first, second, third = [begin_session(conn, ying.id, device=d, now=NOW, ends_at=LATER) for d in "abc"]
    other = begin_session(conn, bat.id, device="d", now=NOW, ends_at=LATER)
    assert not end_session(conn, ying.id, other.id) and end_session(conn, ying.id, first.id)
    assert find_session(conn, other.id, NOW) == other and find_session(conn, other.id, LATER) is None
    assert end_sessions_of(conn, ying.id, but=second.id) == 1 and sessions_of(conn, ying.id, NOW) == (second,)
    assert end_sessions(conn, "ying") == 1 and sessions_of(conn, ying.id, NOW) == ()
    begin_session(conn, bat.id, device="", now=LATER, ends_at=LATER + timedelta(hours=1))
    assert conn.execute("SELECT count(*) FROM sessions").fetchone()[0] == 1 and third.device == "c"


def test_failed_logins_are_counted_for_any_name_and_forgotten_after_success(conn: sqlite3.Connection) -> None:
    for minute in range(3):
        record_failed_login(conn, "nobody", NOW + timedelta(minutes=minute))
    assert len(failed_logins_since(conn, "NOBODY", NOW)) == 2
    forget_failed_logins_before(conn, NOW + timedelta(minutes=2))
    assert failed_logins_since(conn, "nobody", NOW) == (NOW + timedelta(minutes=2),)
    forget_failed_logins(conn, "nobody")
    assert failed_logins_since(conn, "nobody", NOW - timedelta(days=1)) == ()


def test_vocabularies_keep_every_printed_term(conn: sqlite3.Connection) -> None:
    shipped = shipped_vocabularies()
    assert list_vocabularies(conn) == shipped
    counts = {vocabulary.id: len(vocabulary.terms) for vocabulary in shipped}
    assert counts == {"IFLA-2019-2024": 20, "IFLA-2024-2029": 3, "UN-SDG": 17, "IFLA-2016-2021": 4}
    register_vocabularies(conn, shipped)
    assert list_vocabularies(conn) == shipped


def test_chinese_labels_are_told_apart_by_their_characters() -> None:
    directions = {term.code: term.labels for term in shipped_vocabularies()[0].terms if term.parent is None}
    assert directions["SD1"] == {"zh-Hans": "强化图书馆的全球话语权", "zh-Hant": "強化圖書館的全球話語權"}
    assert directions["SD2"] == {"zh-Hant": "激發並提升專業實踐", "zh-Hans": "引领和加强专业实践"}


def test_source_that_left_the_file_is_kept_switched_off(conn: sqlite3.Connection) -> None:
    region = SubRegion("nea", "North-East Asia", {"JP": "Japan"})
    new = SourceRow(
        "nlk-en", "News", "National Library of Korea", "KR", "nea", "en", "list_page", "https://nlk.example/"
    )
    register_sources(conn, [new], [region])
    assert [(source.id, source.enabled) for source in list_sources(conn)] == [("ndl-en", False), ("nlk-en", True)]
    assert list_sub_regions(conn) == (region,)


def test_what_is_known_already_is_not_written_again(conn: sqlite3.Connection) -> None:
    written = conn.total_changes
    register_vocabularies(conn, shipped_vocabularies())
    register_sources(conn, list_sources(conn), None)
    assert conn.total_changes == written
    [source] = list_sources(conn)
    [first, *others] = shipped_vocabularies()
    register_sources(conn, [replace(source, name="Announcements")], None)
    register_vocabularies(conn, (replace(first, title="A better title"), *others))
    assert conn.total_changes > written
    assert list_sources(conn)[0].name == "Announcements" and list_vocabularies(conn)[0].title == "A better title"


def test_report_of_a_period_is_begun_once(conn: sqlite3.Connection) -> None:
    key = ReportKey("nea", "2020-11", "2021-02")
    first = find_or_add_report(conn, key, vocabulary="IFLA-2019-2024", convenor="Chen Ying")
    save_report_texts(conn, first.id, convenor="Chen Ying", submitted_on="2021-02-10", sections={"A": "一 two"})
    again = find_or_add_report(conn, key, vocabulary="IFLA-2024-2029")
    assert (again.id, again.vocabulary, again.sections) == (first.id, "IFLA-2019-2024", {"A": "一 two"})
    assert list_reports(conn, ["nea"]) == (again,)
