"""Two processes never do the same work on one database, and a dead one is in nobody's way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from db.locks import HeldError, passing_alone, running_alone

ROOT = Path(__file__).parent.parent.parent
HOLD = """
import sys
from pathlib import Path
from db.locks import running_alone

with running_alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("alone", "sentence"),
    [
        pytest.param(running_alone, "`convenor run` is at work on .*convenor.db already", id="run"),
        pytest.param(passing_alone, "another pass over the sources of .*convenor.db is under way", id="pass"),
    ],
)
def test_second_is_refused_until_the_first_has_ended(
    tmp_path: Path, alone: Callable[[Path], AbstractContextManager[None]], sentence: str
) -> None:
    database = tmp_path / "convenor.db"
    with alone(database), pytest.raises(HeldError, match=sentence), alone(database):
        pass
    with alone(database):
        pass


def test_run_and_pass_do_not_exclude_each_other(tmp_path: Path) -> None:
    with running_alone(tmp_path / "convenor.db"), passing_alone(tmp_path / "convenor.db"):
        pass


def test_the_same_file_by_another_name_is_held_too(tmp_path: Path) -> None:
    (tmp_path / "convenor.db").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "convenor.db")
    with running_alone(tmp_path / "convenor.db"), pytest.raises(HeldError), running_alone(tmp_path / "link.db"):
        pass


def test_a_killed_holder_is_named_and_then_in_nobodys_way(tmp_path: Path) -> None:
    database = tmp_path / "convenor.db"
    command = [sys.executable, "-c", HOLD, str(database)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout and holder.stdout.readline() == b"held\n"
        with pytest.raises(HeldError, match=f"process {holder.pid}"), running_alone(database):
            pass
        holder.kill()
        holder.wait()
        with running_alone(database):
            pass
