"""Who works on a database just now: locks on files beside it, which end with the process that holds them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from db.errors import StoreError


class HeldError(StoreError):
    """Another process is at the same work."""


@contextmanager
def running_alone(database: Path) -> Iterator[None]:
    """No second service runs on this database meanwhile; HeldError when one does already."""
    with _held(database, "run", lambda holder: f"`convenor run` is at work on {database} already ({holder})"):
        yield


@contextmanager
def passing_alone(database: Path) -> Iterator[None]:
    """No second pass over the sources is made on this database meanwhile; HeldError when one is under way."""
    with _held(database, "pass", lambda holder: f"another pass over the sources of {database} is under way ({holder})"):
        yield


@contextmanager
def _held(database: Path, work: str, refusal: Callable[[str], str]) -> Iterator[None]:
    real = database.resolve()
    path = real.with_name(f"{real.name}-{work}.lock")
    try:
        # The file stays: whoever removed it might leave two processes with a lock on two files of one name.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"cannot write {path}") from error
    try:
        _lock(descriptor, refusal)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, refusal: Callable[[str], str]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        raise HeldError(refusal(f"process {holder}")) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
