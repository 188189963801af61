"""How an impact note in its parts is written into the database, and read from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec import to_builtins

from db.records import NO_STORY, ImpactNote, Quote


def story_text(story: ImpactNote) -> str | None:
    """The note as JSON; None for an empty one."""
    return None if story == NO_STORY else json.dumps(to_builtins(story), ensure_ascii=False)


def story_of(raw: Mapping[str, Any] | None) -> ImpactNote:
    """The note of what was read; the empty one for None."""
    if raw is None:
        return NO_STORY
    quotes = tuple(Quote(**quote) for quote in raw["quotes"])
    return ImpactNote(raw["need"], raw["done"], raw["result"], quotes)
