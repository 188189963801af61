"""The `reader` library on the same feeds: python bench/farm/reader_update.py add|update DATABASE ADDRESSES"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from reader import make_reader

logging.disable(logging.ERROR)
what, database, addresses = sys.argv[1:]
with make_reader(database) as reader:
    if what == "add":
        for url in Path(addresses).read_text().split():
            reader.add_feed(url, exist_ok=True)
    else:
        reader.update_feeds(workers=8, scheduled=False)
