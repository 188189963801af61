"""What a clock that was set back would do to sources, undone: none of them waits until the wrong time comes again."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from db.connect import transaction
from db.polls import LastPoll, last_polls, postpone


def mend_waits(conn: sqlite3.Connection, now: datetime) -> tuple[str, ...]:
    """Sources that were polled in what is the future by now wait their time from now on; their ids."""
    due = {last.source_id: again for last in last_polls(conn) if (again := due_after_change(last, now)) is not None}
    if due:
        with transaction(conn):
            postpone(conn, due)
    return tuple(due)


def due_after_change(last: LastPoll, now: datetime) -> datetime | None:
    """When the source is due again although the clock went back behind its last poll; None: the stored time holds.

    How much time has really passed since that poll nobody knows, so the whole wait begins anew.
    """
    wait = last.due_after - last.started_at
    went_back = last.started_at > now and last.next_poll_at is not None and last.next_poll_at - now > wait
    return now + wait if went_back else None
