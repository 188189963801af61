"""What a clock that was set back would do to sources, undone: none of them waits until the wrong time comes again."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from msgspec.structs import replace

from crawlers.schedule import after_clock_change, elapsed
from db.connect import transaction
from db.hosts import HostNews, host_memories, save_host_news
from db.records import Moment
from db.sources import save_poll_state, states_begun_after


def mend_waits(conn: sqlite3.Connection, now: Moment) -> tuple[str, ...]:
    """Sources that were polled in what is the future by now wait their time from now on; their ids.

    So do servers that asked in it to be left alone.
    """
    mended = [
        later for state in states_begun_after(conn, now.at) if (later := after_clock_change(state, now)) is not state
    ]
    holds = {
        host: replace(memory, hold=replace(memory.hold, told=now))
        for host, memory in host_memories(conn).items()
        if memory.hold is not None and elapsed(memory.hold.told, now) < timedelta()
    }
    if mended or holds:
        with transaction(conn):
            for state in mended:
                save_poll_state(conn, state)
            save_host_news(conn, HostNews(holds))
    return tuple(state.source_id for state in mended)
