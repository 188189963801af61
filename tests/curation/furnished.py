"""A desk with something of everything, for the tests that look at every page: sightings, a report, troubled sources."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from crawlers.by_hand import known_at
from curation.by_hand import ByHandServices
from curation.desk import DeskServices
from curation.stories import fold_sightings
from db.connect import transaction
from db.decisions import record_decision
from db.desk import find_item
from db.nominations import renew_suggest_link
from db.pictures import WaitingPicture, save_picture
from db.reports import ReportKey, find_or_add_report
from replica.web import ReplicaWeb
from tests.curation.test_add_page import look
from tests.curation.test_sources_page import Tended
from tests.desks import NOW, DrivenDesk, News, add_news, desk_in_thread, make_database, plain_news

PICTURE = "https://www.ifla.org/wp-content/uploads/1.jpg"


@contextmanager
def furnished_desk(path: Path) -> Iterator[DrivenDesk]:
    """The desk, with bat as its operator."""
    make_database(path, plain_news(40))
    services = DeskServices(
        publish=lambda: "5 activities are published.",
        sources=Tended().services(),
        by_hand=ByHandServices(known_at, look, lambda *_: (1, False)),
    )
    with desk_in_thread(path, services) as running:
        with transaction(running.conn):
            twins = [News("One story of two sources", "Told.", source=n, language="ko") for n in (2, 6)]
            text = "図書館が開いた。多くの人が来た。"
            chosen = [News(f"図書館のニュース {n}", "要約", text, "ja", source=1, on="2021-01-12") for n in range(3)]
            add_news(running.conn, [*twins, *chosen], start=100)
            running.conn.execute("UPDATE users SET role = 'operator', email = 'bat@library.example' WHERE name = 'bat'")
            for item_id in (43, 44, 45):
                mark_impactful(running, item_id)
            for item_id in range(1, 45, 2):
                give_picture(running, item_id)
        fold_sightings(running.conn, now=NOW)
        find_or_add_report(running.conn, ReportKey("nea", "2020-11", "2021-02"), vocabulary="IFLA-2019-2024")
        renew_suggest_link(running.conn, "nea")
        yield running


def mark_impactful(desk: DrivenDesk, item_id: int) -> None:
    """The item is marked impactful, without a tag."""
    item = find_item(desk.conn, item_id)
    assert item is not None
    after = replace(item.curation, state="impactful")
    record_decision(
        desk.conn,
        item_id,
        actor="ying",
        action="impactful",
        before=item.curation,
        after=after,
        version=item.version,
        now=NOW,
    )


def give_picture(desk: DrivenDesk, item_id: int) -> None:
    """The item has a picture."""
    body = ReplicaWeb().answer("GET", PICTURE).body
    save_picture(desk.conn, WaitingPicture(item_id, "s0", PICTURE, settled=False), body, size=(480, 360), now=NOW)
