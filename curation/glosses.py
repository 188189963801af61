"""Machine glosses of titles: made behind the pages, kept, always marked as a machine's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

from curation.languages import LANGUAGES
from db.connect import transaction
from db.glosses import languages_wanted, save_glosses, titles_without_gloss

AT_ONCE = 100  # titles that one pass has translated into each language
IN_ONE_REQUEST = 25

Translate = Callable[[Sequence[str], str], Sequence[str]]  # texts, language → the same in it; none: not spoken


def gloss_titles(conn: sqlite3.Connection, translate: Translate, *, now: datetime) -> int:
    """The newest waiting titles have a gloss in the languages in which the desk is read; how many were made.

    What the translator raises goes on to the caller; what was made until then is kept.
    """
    made = 0
    for language in languages_wanted(conn, known=tuple(LANGUAGES)):
        titles = titles_without_gloss(conn, language, limit=AT_ONCE)
        for start in range(0, len(titles), IN_ONE_REQUEST):
            some = titles[start : start + IN_ONE_REQUEST]
            glosses = translate([title for _, title in some], language)
            if not glosses:
                break
            with transaction(conn):
                save_glosses(
                    conn, language, [(item, gloss) for (item, _), gloss in zip(some, glosses, strict=True)], now
                )
            made += len(glosses)
    return made
