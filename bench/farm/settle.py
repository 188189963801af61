"""What passes put off is done: stories compared, tags suggested for all items. python bench/farm/settle.py DATABASE"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from curation.stories import fold_sightings
from curation.suggestions import suggest_tags
from db.connect import open_database
from db.stories import items_to_compare


def main() -> None:
    """Nothing waits any more."""
    conn = open_database(Path(sys.argv[1]))
    now = datetime.now(UTC)
    while items_to_compare(conn, limit=1):
        fold_sightings(conn, now=now)
    while suggest_tags(conn, now=now):
        pass
    conn.close()


main()
