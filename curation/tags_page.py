"""What the tags mean: every vocabulary with its terms, when it is in force, and how its tags are suggested."""

from __future__ import annotations

from typing import Any

from curation.cards import load_known
from curation.suggestions import ENOUGH_DECIDED
from curation.tags import first_level_tips
from curation.web import Visit
from db.suggestions import list_figures


async def tags_view(visit: Visit) -> Any:
    """The page of the tags."""
    known, figures = await visit.desk.read(lambda conn: (load_known(conn), list_figures(conn)))
    groups = [
        (vocabulary, first_level_tips([vocabulary]), figures.get(vocabulary.id)) for vocabulary in known.vocabularies
    ]
    return await visit.page("desk_tags.html", {"groups": groups, "enough": ENOUGH_DECIDED, "here": "tags"})
