"""The unit files in deploy/: systemd takes them, they start commands that exist, and they are hardened."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner

from convenor import main

ROOT = Path(__file__).parent.parent
UNITS = sorted((ROOT / "deploy").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
PROGRAM = "/opt/convenor/bin/convenor"
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here, so no unit file was tried"
)
by_name = pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)


def settings(unit: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=True)  # a key given twice is an error
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit, "utf-8")
    return parser["Service"]


def test_the_units_are_those_of_the_docs() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    assert [unit.name for unit in UNITS if unit.name not in text] == []
    assert {unit.name for unit in UNITS} == {
        "convenor.service",
        "convenor-backup.service",
        "convenor-backup.timer",
        "convenor-crawl.service",
        "convenor-crawl.timer",
        "convenor-evidence.service",
        "convenor-evidence.timer",
        "convenor-letters.service",
        "convenor-letters.timer",
        "convenor-links.service",
        "convenor-links.timer",
        "convenor-site.service",
    }


@needs_systemd
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """Beside a program that exists: whether it is installed in its place is no business of the unit files."""
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace(PROGRAM, "/bin/true"), "utf-8")
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "convenor" in line]
    assert (done.returncode, ours) == (0, [])


@needs_systemd
@by_name
def test_systemd_finds_the_service_little_exposed(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=25", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@by_name
def test_the_service_starts_a_command_that_exists(unit: Path) -> None:
    program, *words = shlex.split(settings(unit)["ExecStart"])
    assert program == PROGRAM
    done = CliRunner().invoke(main, [*words, "--help"])
    assert done.exit_code == 0
    assert [word for word in words if word.startswith("--") and word not in done.output] == []


@by_name
@pytest.mark.parametrize("key", ["NoNewPrivileges", "ProtectSystem", "MemoryMax", "User", "UMask", "TimeoutStopSec"])
def test_the_service_says(unit: Path, key: str) -> None:
    assert settings(unit)[key] and settings(unit)["User"] != "root"


def test_site_runs_as_somebody_who_owns_nothing() -> None:
    """And who may pass through the folder of the others, in which public.db alone can be read by everybody."""
    site = settings(ROOT / "deploy" / "convenor-site.service")
    others = [settings(unit) for unit in SERVICES if unit.name != "convenor-site.service"]
    assert site["DynamicUser"] == "yes" and site["User"] not in {other["User"] for other in others}
    assert {other["StateDirectoryMode"] for other in others} == {"0711"}


def test_commands_of_the_docs_exist() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    named = set(re.findall(r"bin/convenor ([a-z]+)", blocks))
    assert named and named <= set(main.list_commands(Context(main)))
