"""What the tags mean: every vocabulary with its terms, and from when to when it is in force."""

from __future__ import annotations

from typing import Any

from curation.cards import load_known
from curation.tags import tips
from curation.web import Visit


async def tags_view(visit: Visit) -> Any:
    """The page of the tags."""
    known = await visit.desk.read(load_known)
    groups = [(vocabulary, tips([vocabulary])) for vocabulary in known.vocabularies]
    return await visit.page("desk_tags.html", {"groups": groups, "here": "tags"})
