"""Pages are read in this process while they are few, in another one when they are many, with the same result."""

from __future__ import annotations

import itertools
import os
import pickle
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest

from crawlers.challenge import ChallengeError
from crawlers.reading import Readers
from db.errors import FetchError, NewsError, ParseError, SourceError


@pytest.fixture
def readers() -> Iterator[Readers]:
    with closing(Readers(worth_seconds=2, processes=1, clock=itertools.count().__next__)) as made:
        yield made


def refuse() -> int:
    raise ParseError("not a feed", url="https://a.example/") from ValueError("line 7")


def stumble() -> int:
    raise KeyError("a bug")


def die() -> int:
    if os.environ.get("HOME_OF_TEST") != str(os.getpid()):
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def test_little_is_read_here_and_much_elsewhere(readers: Readers) -> None:
    where = [readers.read(os.getpid) for _ in range(4)]
    assert where[:2] == [os.getpid()] * 2
    assert where[2] == where[3] != os.getpid()


def test_threads_that_need_a_process_at_once_begin_one() -> None:
    together = Barrier(8)

    def read(readers: Readers) -> int:
        together.wait()
        return readers.read(os.getpid)

    with closing(Readers(worth_seconds=0, processes=1)) as made, ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(read, [made] * 8))) == 1


def test_one_core_is_left_to_what_saves() -> None:
    with closing(Readers(worth_seconds=0, processes=0)) as alone:
        assert alone.read(os.getpid) == os.getpid()


def test_page_that_cannot_be_read_is_told_the_same_wherever_it_was_tried(readers: Readers) -> None:
    told = []
    for _ in range(4):
        with pytest.raises(ParseError) as caught:
            readers.read(refuse)
        told.append(str(caught.value))
    assert told == ["https://a.example/: not a feed (line 7)"] * 4


def test_bug_elsewhere_is_raised_here(readers: Readers) -> None:
    for _ in range(3):
        with pytest.raises(KeyError, match="a bug"):
            readers.read(stumble)


def test_page_is_read_here_when_the_process_was_killed(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_OF_TEST", str(os.getpid()))
    assert [readers.read(die) for _ in range(5)] == [os.getpid()] * 5


@pytest.mark.parametrize(
    "error",
    [
        NewsError("a", subject="b"),
        SourceError("a", source_id="b", key="c"),
        FetchError("a", url="b", status=404, retry_after_seconds=7),
        ChallengeError("a", url="b", status=403),
        ParseError("a", url="b"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_travel_between_processes(error: NewsError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert (type(arrived), str(arrived), vars(arrived)) == (type(error), str(error), vars(error))
