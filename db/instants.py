"""Instants and days as the database writes them: UTC, ISO 8601, to the second, so that they sort as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload

from msgspec import to_builtins


@overload
def to_text(instant: datetime) -> str: ...
@overload
def to_text(instant: None) -> None: ...
def to_text(instant: datetime | None) -> str | None:
    """The instant as stored; ValueError for a naive one, whose zone nobody knows."""
    if instant is None:
        return None
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return f"{to_builtins(instant.astimezone(UTC))[:19]}Z"  # isoformat would take four times as long


@overload
def from_text(text: str) -> datetime: ...
@overload
def from_text(text: None) -> None: ...
def from_text(text: str | None) -> datetime | None:
    """The instant that was stored, aware and in UTC."""
    return None if text is None else datetime.fromisoformat(text)
