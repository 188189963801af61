"""How the countries of a sub-region do in a period: what was chosen of them, what waits, when they last published."""

from __future__ import annotations

import sqlite3

from msgspec import Struct


class CountryFacts(Struct, frozen=True):
    """What is known of one country."""

    chosen: int = 0  # marked impactful, dated in the period; without a day: reported then, else found then
    waiting: int = 0
    newest_on: str = ""  # the last ISO day on which something was published, today included; empty: never


def country_facts(
    conn: sqlite3.Connection, sub_region: str, *, first_day: str, last_day: str, today: str
) -> dict[str, CountryFacts]:
    """Country → its facts, where the sources of this sub-region have anything of it; days are ISO, inclusive."""
    chosen = conn.execute(
        "SELECT coalesce(i.edited_country, i.country), count(*) FROM items i JOIN sources s ON s.id = i.source_id"
        " WHERE i.state = 'impactful' AND i.duplicate_of IS NULL AND s.sub_region = ?"
        " AND coalesce(i.published_on,"
        "  (SELECT max(r.period_end) || '-01' FROM picks p JOIN reports r ON r.id = p.report_id"
        "   WHERE p.item_id = i.id),"
        "  substr(i.first_seen_at, 1, 10)) BETWEEN ? AND ? GROUP BY 1",
        (sub_region, first_day, last_day),
    )
    waiting = conn.execute(
        "SELECT c.country, sum(c.items) FROM queue_counts c JOIN sources s ON s.id = c.source_id"
        " WHERE c.state = 'new' AND s.sub_region = ? GROUP BY 1",
        (sub_region,),
    )
    # The newest of each source by the index of its days: over all items it would be a walk through the whole table.
    newest = conn.execute(
        "SELECT country, coalesce(max(newest), '') FROM (SELECT c.country, (SELECT i.published_on FROM items i"
        "  WHERE i.source_id = c.source_id AND i.published_on <= ?"
        "  AND coalesce(i.edited_country, i.country) = c.country AND i.duplicate_of IS NULL"
        "  ORDER BY i.published_on DESC LIMIT 1) AS newest"
        " FROM queue_counts c JOIN sources s ON s.id = c.source_id WHERE s.sub_region = ? AND c.items > 0) GROUP BY 1",
        (today, sub_region),
    )
    counted, waits, days = dict(chosen.fetchall()), dict(waiting.fetchall()), dict(newest.fetchall())
    return {
        country: CountryFacts(counted.get(country, 0), waits.get(country, 0), days.get(country, ""))
        for country in {*counted, *waits, *days}
    }
