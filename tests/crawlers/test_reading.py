"""Pages are read in this process while they are few, in another one when they are many, with the same result."""

from __future__ import annotations

import itertools
import os
import pickle
import shutil
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Barrier
from time import monotonic

import pytest
from msgspec.structs import replace

from crawlers.challenge import ChallengeError
from crawlers.kinds import Listing, Page
from crawlers.listings import PageToRead
from crawlers.reading import WORTH_PAGES, Readers
from crawlers.reading_process import send
from db.errors import FetchError, NewsError, ParseError, SourceError
from db.records import ParsedItem, PublishedDate
from tests.crawlers.small_web import source
from workplace import Place, readers_for


@pytest.fixture
def readers() -> Iterator[Readers]:
    with closing(Readers(worth_seconds=2, processes=1, clock=itertools.count().__next__)) as made:
        yield made


def elsewhere(readers: Readers) -> int:
    """The process that reads now: one needs a moment to begin, and meanwhile pages are read here."""
    until = monotonic() + 60
    while (where := readers.read(os.getpid)) == os.getpid():
        assert monotonic() < until, "no process ever began to read"
    return where


def refuse() -> int:
    raise ParseError("not a feed", url="https://a.example/") from ValueError("line 7")


def stumble() -> int:
    raise KeyError("a bug")


def die() -> int:
    if os.environ.get("HOME_OF_TEST") != str(os.getpid()):
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def test_little_is_read_here_and_much_elsewhere(readers: Readers) -> None:
    assert [readers.read(os.getpid) for _ in range(2)] == [os.getpid()] * 2
    assert elsewhere(readers) == elsewhere(readers) != os.getpid()


def test_process_is_begun_at_once_and_waited_for_where_much_is_expected() -> None:
    with closing(Readers(worth_seconds=1e9, processes=1)) as made:
        made.expect(WORTH_PAGES)
        assert made.read(os.getpid) != os.getpid()


def test_pages_are_read_here_where_the_expected_process_cannot_even_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with closing(Readers(worth_seconds=0, processes=1)) as made:
        made.expect(WORTH_PAGES)
        assert [made.read(os.getpid) for _ in range(2)] == [os.getpid()] * 2


@pytest.mark.parametrize(
    ("size", "there", "only", "cluster", "expected"),
    [
        (40_000, False, (), None, [200]),
        (1_000, False, (), None, [5]),
        (None, False, (), None, []),  # which is told when it is read
        (40_000, True, (), None, []),  # the pass itself knows what its sources gave
        (40_000, False, ("news",), None, []),
        (40_000, False, (), "tcp://127.0.0.1:8786", []),
    ],
)
def test_pages_of_a_first_pass_are_expected_by_the_size_of_its_list(
    size: int | None,
    there: bool,
    only: tuple[str, ...],
    cluster: str | None,
    expected: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, place = list[int](), Place(tmp_path / "convenor.db")
    monkeypatch.setattr(Readers, "expect", lambda _, pages: told.append(pages))
    if there:
        place.database.touch()
    if size is not None:
        place.sources.write_bytes(bytes(size))
    with readers_for(place, tmp_path / "no.yaml" if size is None else None, only, cluster):
        assert told == expected


def test_processes_that_read_let_the_one_that_saves_go_first() -> None:
    with closing(Readers(worth_seconds=0, processes=1)) as made:
        elsewhere(made)
        assert made.read(niceness) == niceness() + 10


def test_module_in_the_folder_where_somebody_works_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit('taken for ours')")
    monkeypatch.chdir(tmp_path)
    with closing(Readers(worth_seconds=0, processes=1)) as made:
        assert elsewhere(made) != os.getpid()


def test_threads_share_the_processes_and_each_gets_its_own_answer() -> None:
    with closing(Readers(worth_seconds=0, processes=2)) as made, ThreadPoolExecutor(8) as threads:
        elsewhere(made)
        assert list(threads.map(made.read, [partial(pow, 2, n) for n in range(500)])) == [2**n for n in range(500)]


def test_threads_that_need_a_process_at_once_begin_one() -> None:
    together = Barrier(8)

    def read(readers: Readers) -> int:
        together.wait()
        return elsewhere(readers)

    with closing(Readers(worth_seconds=0, processes=1)) as made, ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(read, [made] * 8))) == 1


def test_one_core_is_left_to_what_saves() -> None:
    with closing(Readers(worth_seconds=0, processes=0)) as alone:
        assert alone.read(os.getpid) == os.getpid()


def test_page_that_cannot_be_read_is_told_the_same_wherever_it_was_tried(readers: Readers) -> None:
    for begun in (lambda: None, lambda: elsewhere(readers)):
        begun()
        with pytest.raises(ParseError) as caught:
            readers.read(refuse)
        assert str(caught.value) == "https://a.example/: not a feed (line 7)"


def test_bug_elsewhere_is_raised_here(readers: Readers) -> None:
    elsewhere(readers)
    with pytest.raises(KeyError, match="a bug") as caught:
        readers.read(stumble)
    assert "in stumble" in str(caught.value.__cause__)  # where it was is known here


def test_pages_are_read_here_where_the_machine_has_no_room_for_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr("subprocess.Popen", full)
    before = len(os.listdir("/proc/self/fd")) if Path("/proc").exists() else 0
    with closing(Readers(worth_seconds=0, processes=3)) as made:
        made.expect(WORTH_PAGES)
        assert [made.read(os.getpid) for _ in range(3)] == [os.getpid()] * 3
    assert not before or len(os.listdir("/proc/self/fd")) == before


def test_page_is_read_here_when_the_process_was_killed(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME_OF_TEST", str(os.getpid()))
    elsewhere(readers)
    assert [readers.read(die) for _ in range(3)] == [os.getpid()] * 3


def test_page_is_read_here_when_one_of_the_processes_was_killed() -> None:
    with closing(Readers(worth_seconds=0, processes=2)) as made:
        os.kill(elsewhere(made), signal.SIGKILL)
        assert [made.read(partial(len, bytes(200_000))) for _ in range(3)] == [200_000] * 3


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_processes_end_although_another_one_keeps_the_ways_to_them_open() -> None:
    with closing(Readers(worth_seconds=0, processes=1)) as made:
        where, (reads, ends) = elsewhere(made), os.pipe()
        twin = os.fork()
        if not twin:
            os.close(ends)
            os.read(reads, 1)
            os._exit(0)
    os.close(ends)
    os.waitpid(twin, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(where, 0)


def test_process_whose_asker_was_killed_ends_without_a_word() -> None:
    command = [sys.executable, "-P", "-m", "crawlers.reading_process"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=env) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdout.close()
        send(process.stdin, pickle.dumps(partial(bytes, 1_000)))
        process.stdin.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)


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


ITEM = ParsedItem(
    "https://a.example/1?b",
    "https://a.example/1",
    "年会 2021",
    source_item_id="7",
    published=PublishedDate("2021-02-01", "day", "feed", "1 Feb"),
    links=("https://b.example/",),
)


@pytest.mark.parametrize(
    "items",
    [
        pytest.param((), id="none"),
        pytest.param((ITEM, replace(ITEM, url="https://a.example/2", title="Two")), id="all can be kept"),
        pytest.param((ITEM, replace(ITEM, url="mailto:a@b.example")), id="one cannot be kept"),
        pytest.param((ITEM, replace(ITEM, title="With\0")), id="one is kept otherwise"),
    ],
)
@pytest.mark.parametrize("with_words", [True, False])
def test_what_was_read_travels_between_processes(items: tuple[ParsedItem, ...], with_words: bool) -> None:
    page = PageToRead(Page("https://a.example/", b"<rss/>"), source(), 0, date(2021, 2, 1), None, with_words=with_words)
    read = page.read_as(Listing(items, next_url="https://a.example/2", tasks=("Look.",)))
    assert pickle.loads(pickle.dumps(read)) == read
