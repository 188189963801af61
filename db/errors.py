"""The one family of errors. Every sentence here may be shown to a person; anything outside the family is a bug.

NewsError
├── SourceError     sources.yaml is wrong: the run stops before it starts
├── FetchError      no page: this poll failed, the others go on
├── ParseError      a page, but not the one we know: the same, and louder
├── StoreError      the database is missing, locked, damaged or refuses
├── DecisionError   not allowed now: shown to the convenor
├── AccessError     this person may not do that, or is not who they say
└── ReportError     the report cannot be drafted as asked
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class NewsError(Exception):
    """The root: rendered as message, subject and cause in one line."""

    hint = ""  # what helps, in words of the command line: said at a terminal, never at the desk

    def __init__(self, message: str, *, subject: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject

    def __str__(self) -> str:
        parts = [f"{self.subject}: {self.message}" if self.subject else self.message]
        if cause := _words(self.__cause__):
            parts.append(f"({cause})")
        return " ".join(parts)

    def __reduce__(self) -> tuple[Callable[..., NewsError], tuple[Any, ...]]:
        """Between processes: each kind asks for other arguments, so what it is made of travels instead."""
        return _remade, (type(self), self.args, self.__dict__)


def _words(cause: BaseException | None) -> str:
    """What went wrong, for a person: of the system's errors the words alone, since the sentence names the file."""
    told = cause.strerror if isinstance(cause, OSError) and cause.strerror and cause.errno else None
    return (told or str(cause or "")).strip()


def _remade(kind: type[NewsError], args: tuple[Any, ...], fields: dict[str, Any]) -> NewsError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class SourceError(NewsError):
    """A block of sources.yaml is wrong."""

    def __init__(self, message: str, *, source_id: str | None = None, key: str | None = None) -> None:
        subject = " ".join(
            filter(None, (f"source {source_id}" if source_id else "sources.yaml", f"key {key}" if key else ""))
        )
        super().__init__(message, subject=subject)
        self.source_id = source_id
        self.key = key


def no_such_source(source_id: str, known: Iterable[str]) -> SourceError:
    """What is said of an id that no source has, with those that there are."""
    return SourceError(f"there is no such source; there are: {', '.join(sorted(known))}", source_id=source_id)


class FetchError(NewsError):
    """No page came back. `status` is None when there was no HTTP answer at all.

    `body` is what came all the same: a page that refuses us, or the beginning of one that broke off.
    """

    def __init__(
        self,
        message: str,
        *,
        url: str,
        status: int | None = None,
        retry_after_seconds: int | None = None,
        timed_out: bool = False,
    ) -> None:
        super().__init__(message, subject=url)
        self.url = url
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.timed_out = timed_out
        self.body = b""
        self.content_type = ""


class ParseError(NewsError):
    """A page came back, but it is not what the source's kind can read."""

    def __init__(self, message: str, *, url: str) -> None:
        super().__init__(message, subject=url)
        self.url = url


class StoreError(NewsError):
    """The database is missing, locked, damaged, or refused a change."""


class DecisionError(NewsError):
    """A decision that the rules do not allow now. `current` is the item's present state, where that explains it."""

    def __init__(
        self, message: str, *, item_id: int | None = None, current: str | None = None, conflict: bool = False
    ) -> None:
        super().__init__(message)
        self.item_id = item_id
        self.current = current
        self.conflict = conflict


class AccessError(NewsError):
    """A person is not signed in, not allowed, or must wait (`retry_after_seconds`)."""

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ReportError(NewsError):
    """The report cannot be drafted as asked: unknown sub-region, period or format."""
