"""Publishes again and again, each time killed one step later: `python -m tests.publishing.killing WORKING OUT EVERY`.

A step is a statement that SQLite runs, on either database, or a call that changes the file system. Each kill hits a
process of its own. Prints how many there were; fails when one leaves anything but the old build or the new one, or
something that the next run does not put right.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
import traceback
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from db.connect import connect, integrity
from db.public_file import departures, open_public
from publishing.public import publish

NOW = datetime(2021, 2, 11, 8, 0, tzinfo=UTC)
FILES = ("os.rename", "os.link", "os.remove", "os.chmod", "tempfile.mkstemp", "fcntl.flock", "open")
TOUCHING_FILES = 40  # steps at the end, among them all that swap the file
State = tuple[list[int], list[int]]  # ids of what is public, and of what was withdrawn


def main(working: Path, out: Path, every: int) -> None:
    """Every so manieth step has been the last one once; of those that touch files, the last of all, each one."""
    before, folder = out.with_name("before"), out.parent / "site"
    before.mkdir()
    shutil.copy(working, before / "convenor.db")
    shutil.copy(out, before / "public.db")
    old, steps = state(out), steps_of_a_whole_run(folder, before)
    new = state(folder / "public.db")
    moments = [*range(1, steps - TOUCHING_FILES, every), *range(steps - TOUCHING_FILES, steps + 1)]
    for moment in moments:
        reset(folder, before)
        assert not run(folder, killed_at=moment)
        assert state(folder / "public.db") in (old, new), moment
        assert run(folder)
        assert state(folder / "public.db") == new, moment
        left = {path.name for path in folder.iterdir()} - {"convenor.db-wal", "convenor.db-shm"}
        assert left == {"convenor.db", "public.db", "public.db.1"}, (moment, left)
    sys.stdout.write(f"{len(moments)} of {steps}\n")


def steps_of_a_whole_run(folder: Path, before: Path) -> int:
    """The step at which there is nobody left to be killed, less one."""
    least, most = 0, 64
    reset(folder, before)
    while not run(folder, killed_at=most):
        least, most = most, most * 2
        reset(folder, before)
    while most - least > 1:
        middle = (least + most) // 2
        reset(folder, before)
        least, most = (least, middle) if run(folder, killed_at=middle) else (middle, most)
    reset(folder, before)
    run(folder)
    return least


def reset(folder: Path, before: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(before, folder)


def run(folder: Path, *, killed_at: int = 0) -> bool:
    """Whether publishing came to its end, in a process of its own, rather than to the step at which it is killed."""
    child = os.fork()
    if child == 0:
        try:
            count_steps(killed_at)
            with closing(connect(folder / "convenor.db")) as conn:
                publish(conn, folder / "public.db", now=NOW)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, -signal.SIGKILL)
    return ended == 0


def count_steps(killed_at: int) -> None:
    left, plain = killed_at, sqlite3.connect

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def connect_and_count(*arguments: Any, **options: Any) -> sqlite3.Connection:
        conn: sqlite3.Connection = plain(*arguments, **options)
        conn.set_trace_callback(step)
        return conn

    sqlite3.connect = connect_and_count  # type: ignore[assignment]
    sys.addaudithook(lambda event, _: step() if event in FILES else None)


def state(path: Path) -> State:
    with closing(open_public(path)) as public:
        assert not integrity(public) and not departures(public)
        ids = [[row[0] for row in public.execute(f"SELECT id FROM {table}")] for table in ("activities", "withdrawn")]
    return ids[0], ids[1]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
