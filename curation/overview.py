"""Whether all is well, in one word, and in the numbers that a Prometheus server reads. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from curation.source_lines import SourceLine
from db.figures import Counters, Polling

WORDS = ("ok", "quiet", "late", "empty", "layout_changed", "challenged", "unreachable", "gone")
OUTCOMES = ("new", "unchanged", "not_modified", "empty", "failed", "challenged", "refused")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Kind = Literal["counter", "gauge", "summary"]
Sample = tuple[str, Mapping[str, str], float]  # what follows the name, labels, value


class Overview(Struct, frozen=True):
    """How the sources do as a whole."""

    sources: int
    broken: int
    words: Mapping[str, int]  # how many sources have this word; every word is named
    polling: Polling
    stalled: bool  # sources wait for a poll and none is made
    held: int = 0  # sources of which a poll is held aside for a look

    @property
    def status(self) -> Literal["ok", "trouble"]:
        """The one word."""
        return "trouble" if self.broken or self.stalled else "ok"

    @property
    def why(self) -> str:
        """The sentence to the word."""
        newest = self.polling.polled_at
        if self.stalled:
            since = f"since {newest:%Y-%m-%d %H:%M} UTC" if newest else "yet"
            return f"{self.polling.overdue} sources are due, but none has been polled {since}: does nothing crawl?"
        waits = f", and what {self.held} of them brought waits for a look" if self.held else ""
        if not self.broken:
            slow = " and ".join(f"{self.words[word]} {word}" for word in ("late", "quiet") if self.words[word])
            return (f"no source is broken, {slow}" if slow else "every source is well") + waits
        found = f"{self.broken} of {self.sources} sources {'is' if self.broken == 1 else 'are'} broken{waits}"
        unconnected = self.words["unreachable"] == self.sources > 1
        return (
            f"{found}: none can be reached; perhaps this machine is not connected to the web" if unconnected else found
        )


def overview_of(lines: Sequence[SourceLine], found: Polling, now: datetime) -> Overview:
    """How these sources do as a whole."""
    words = Counter(line.word for line in lines)
    return Overview(
        len(lines),
        sum(line.broken for line in lines),
        {word: words[word] for word in WORDS},
        found,
        found.stalled(now),
        sum(bool(line.held) for line in lines),
    )


def metrics(overview: Overview, counted: Counters) -> str:
    """The numbers in the text format of Prometheus."""
    return "".join(_families(overview, counted))


def _families(overview: Overview, counted: Counters) -> Iterator[str]:
    polls: list[Sample] = [("", {"outcome": name}, counted.polls.get(name, 0)) for name in OUTCOMES]
    words: list[Sample] = [("", {"health": word}, number) for word, number in overview.words.items()]
    took: list[Sample] = [("_sum", {}, counted.seconds), ("_count", {}, sum(counted.polls.values()))]
    yield _family("convenor_polls_total", "counter", "Polls made, by what came of them.", polls)
    yield _family("convenor_items_new_total", "counter", "Items that polls brought.", [("", {}, counted.items_new)])
    yield _family("convenor_poll_duration_seconds", "summary", "How long polls took.", took)
    yield _family("convenor_sources", "gauge", "Sources switched on, by their health.", words)
    yield _family("convenor_sources_broken", "gauge", "Sources that somebody must look at.", _one(overview.broken))
    yield _family("convenor_sources_held", "gauge", "Sources of which a poll is held aside.", _one(overview.held))
    yield _family(
        "convenor_sources_overdue", "gauge", "Sources due for more than a day.", _one(overview.polling.overdue)
    )
    yield _family("convenor_queue_items", "gauge", "Items waiting for a first decision.", _one(counted.queue))
    yield _family("convenor_database_bytes", "gauge", "Size of the working database.", _one(counted.database_bytes))
    for name, at, which in (
        ("convenor_last_poll_timestamp_seconds", overview.polling.polled_at, "newest poll"),
        ("convenor_last_successful_poll_timestamp_seconds", overview.polling.worked_at, "newest poll that worked"),
    ):
        if at is not None:
            yield _family(name, "gauge", f"When the {which} began.", _one(at.timestamp()))


def _one(value: float) -> list[Sample]:
    return [("", {}, value)]


def _family(name: str, kind: Kind, help_: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {name} {help_}", f"# TYPE {name} {kind}"]
    for suffix, labels, value in samples:
        told = ",".join(f'{label}="{text}"' for label, text in labels.items())
        lines.append(f"{name}{suffix}{{{told}}} {value:.15g}" if told else f"{name}{suffix} {value:.15g}")
    return "\n".join(lines) + "\n"
