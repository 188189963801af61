"""The least that a pass costs: every address asked once by this project's own client, and the bytes thrown away.

python bench/farm/bare.py ADDRESSES [VALIDATORS]

ADDRESSES has an address a line. VALIDATORS is where the ETags are kept between two runs: with it requests are
conditional once it exists. Pages of lists are parsed once by lxml.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crawlers.fetch import Client, Fetched, Limits
from crawlers.guard import guarded_transport
from db.records import Validators


def main() -> None:
    """Every address has been asked."""
    addresses = Path(sys.argv[1]).read_text().split()
    kept = Path(sys.argv[2])
    known = json.loads(kept.read_text()) if kept.exists() else {}
    with Client(guarded_transport(allow_private=True), "bare/1 (+http://127.0.0.1)", Limits()) as client:
        for url in addresses:
            answer = client.fetch(url, Validators(known.get(url)))
            if isinstance(answer, Fetched) and url.endswith("/list"):
                from lxml import html

                html.document_fromstring(answer.body)
            known[url] = answer.validators.etag
    kept.write_text(json.dumps(known))


main()
