"""What a terminal shows of a pass: one line for each poll, and how far the article pages are while they are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import IO, TYPE_CHECKING
from unicodedata import east_asian_width

from msgspec import Struct, to_builtins

from db.instants import to_text

if TYPE_CHECKING:
    from crawlers.preview import Preview
    from crawlers.tally import CrawlEvent, CrawlProgress, CrawlSummary
    from db.figures import Extent
    from db.health import Proposal
    from db.records import PublishedDate


SLOW_SECONDS = 5.0  # under way for so long, a source is named
SHOWN_SLOW = 2


class CrawlPrinter(Struct):
    """Prints events as they come: sentences, or with `as_json` one JSON object a line."""

    say: Callable[[str], None]  # one line of the result
    progress: IO[str] | None = None  # a terminal on which one line is written over and over; None: there is none
    as_json: bool = False
    aside: Callable[[str], None] = lambda sentence: None  # what should be known besides the results
    articles: int = 0
    shown: int = 0

    def begin(self) -> None:
        """The screen says that work has begun: the first answer may take half a minute."""
        self._over("  asking the sources …")

    def event(self, event: CrawlEvent) -> None:
        """The event is on the screen."""
        if self.as_json:
            self.say(json.dumps({"event": event.kind, **_filled(to_builtins(event), "kind")}, ensure_ascii=False))
        elif event.kind == "poll":
            self._line(poll_line(event))
        elif event.kind == "held":
            self._line(f"{event.source_id}: not asked, {event.note}")
        else:
            self.articles += 1
            self._over(f"  {event.source_id}: article page {event.done} of {event.total} ({self.articles} in all)")

    def serving(self, address: str) -> None:
        """The desk's address has been said."""
        if self.as_json:
            self.say(json.dumps({"event": "serving", "url": address}))
        else:
            self._line(f"The desk is at {address} (stop with Ctrl-C)")

    def note(self, sentence: str) -> None:
        """Something that is no result has been said."""
        self._over("")
        self.aside(sentence)

    def progressed(self, progress: CrawlProgress) -> None:
        """The screen shows how far the pass is."""
        self._over(progress_line(progress))

    def summary(self, summary: CrawlSummary) -> None:
        """The last line says what came of the pass."""
        if self.as_json:
            record = to_builtins(summary)
            record["next_due_at"] = summary.next_due_at and summary.next_due_at.isoformat()
            self.say(json.dumps({"event": "summary", **record}, ensure_ascii=False))
        else:
            self._line(summary_line(summary))

    def _line(self, text: str) -> None:
        self._over("")
        self.say(text)

    def _over(self, text: str) -> None:
        if self.progress is not None and (text or self.shown):
            self.progress.write("\r" + text.ljust(self.shown) + ("" if text else "\r"))
            self.progress.flush()
            self.shown = len(text)


def progress_line(progress: CrawlProgress) -> str:
    """How far a pass is, with what takes long just now."""
    line = f"  {progress.done} of {progress.total} sources, {counted(progress.items_new, 'new item')}"
    slow = [f"{source_id} ({seconds:.0f} s)" for source_id, seconds in progress.asking if seconds >= SLOW_SECONDS]
    return f"{line}; waiting for {', '.join(slow[:SHOWN_SLOW])}" if slow else line


class Waiting(Struct):
    """One line on a terminal that says what is waited for, gone when that is over."""

    stream: IO[str] | None = None  # None: there is no terminal

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        """The line stands there while this lasts."""
        line = f"  {what[:100]} …"
        if self.stream is not None:
            self.stream.write(f"\r{line}\r")
            self.stream.flush()
        try:
            yield
        finally:
            if self.stream is not None:
                self.stream.write(f"\r{' ' * len(line)}\r")
                self.stream.flush()


def poll_line(event: CrawlEvent) -> str:
    """One sentence about one poll."""
    took = f"{event.seconds:.1f} s"
    worked = {
        "new": f"{event.items_new} new of {event.items_seen} items",
        "unchanged": f"nothing new among {event.items_seen} items" if event.items_seen else "the same page as before",
        "not_modified": "not modified",
        "empty": "the page says that it has no news",
    }
    if event.outcome in worked:
        note = f" — {event.note}" if event.note else ""
        return f"{event.source_id}: {worked[event.outcome]} ({took}){note}"
    return f"{event.source_id}: {event.outcome} ({took}) — {event.error}"


def summary_line(summary: CrawlSummary) -> str:
    """One sentence about the whole pass."""
    polls = sum(summary.outcomes.values())
    parts = [f"{counted(polls, 'source')} polled in {summary.seconds:.1f} s", counted(summary.items_new, "new item")]
    if summary.articles_read or summary.articles_failed:
        parts.append(f"{counted(summary.articles_read, 'article page')} read")
    if summary.articles_failed:
        parts.append(f"{summary.articles_failed} could not be read")
    if summary.articles_left:
        parts.append(f"{summary.articles_left} left for the next pass")
    if summary.articles_waiting:
        parts.append(f"{summary.articles_waiting} article pages wait (--articles reads them)")
    if summary.not_due:
        due = f", the next at {summary.next_due_at:%Y-%m-%d %H:%M} UTC" if summary.next_due_at else ""
        parts.append(f"{summary.not_due} not due{due} (--all polls them now)")
    if summary.held:
        parts.append(
            f"{summary.held} not asked, because {'its host wants' if summary.held == 1 else 'their hosts want'}"
            " to be left alone"
        )
    if summary.unpolled:
        parts.append(f"stopped before {summary.unpolled} more {'was' if summary.unpolled == 1 else 'were'} polled")
    if summary.off:
        parts.append(f"switched off: {', '.join(summary.off)}")
    if summary.failed:
        parts.append(f"not working: {', '.join(summary.failed)}")
    if summary.unanswered == polls > 1:
        parts.append("no server answered: perhaps this machine is not connected to the web")
    return "; ".join(parts) + "."


def counted(number: int, what: str) -> str:
    """The number with its noun: "1 page", "2 pages", "2 activities"."""
    if number != 1 and what.endswith("y"):
        return f"{number} {what[:-1]}ies"
    return f"{number} {what}{'' if number == 1 else 's'}"


def extent_words(extent: Extent) -> str:
    """How much a database holds, and up to when."""
    words = f"{counted(extent.items, 'item')}, {counted(extent.decisions, 'decision')}"
    newest = {"polled last": extent.polled_at, "decided last": extent.decided_at}
    return ", ".join([words, *(f"{what} on {at:%Y-%m-%d %H:%M} UTC" for what, at in newest.items() if at)])


def extent_record(extent: Extent) -> dict[str, object]:
    """The same for programs."""
    instants = {"polled_at": to_text(extent.polled_at), "decided_at": to_text(extent.decided_at)}
    return {"items": extent.items, "decisions": extent.decisions, **instants}


def preview_table(found: Preview, at_most: int = 10) -> list[str]:
    """What a page would give as a source, for a person who decides whether that looks right."""
    undated = sum(item.published.on is None for item in found.items)
    lines = [f"{found.kind}, {found.encoding}, {found.country}, {found.language}: {counted(len(found.items), 'item')}"]
    if not found.items:
        return [f"{lines[0]}; the page says that it has no news"]
    lines[0] += f", {undated} without a date" if undated else ", all dated"
    for item in found.items[:at_most]:
        lines += [f"  {_day(item.published):10}  {item.title}", f"  {'':10}  {item.url}"]
    left = len(found.items) - at_most
    return [*lines, f"  … and {left} more"] if left > 0 else lines


def compared(proposal: Proposal, width: int = 48) -> list[str]:
    """What was read before beside what would be read now, and how."""
    lines = [f"{proposal.kind} {proposal.url}: {proposal.why}", f"{'before':{width}} | now"]
    for before, now in zip_longest(proposal.before, proposal.after):
        left, right = (f"{item.on or 'no date':10} {item.title}" if item else "" for item in (before, now))
        lines.append(f"{_cut(left, width)} | {_cut(right, width).rstrip()}")
    return lines


def _cut(text: str, width: int) -> str:
    """The text in as many columns; East Asian letters take two."""
    shown, used = "", 0
    for character in text:
        used += 2 if east_asian_width(character) in "WF" else 1
        if used > width:
            return shown.ljust(len(shown) + width - used + (2 if east_asian_width(character) in "WF" else 1))
        shown += character
    return shown + " " * (width - used)


def _day(published: PublishedDate) -> str:
    length = {"day": 10, "month": 7, "year": 4, "none": 0}[published.precision]
    return (published.on or "")[:length] or "no date"


def _filled(record: dict[str, object], *left_out: str) -> dict[str, object]:
    return {key: value for key, value in record.items() if key not in left_out and value is not None}
