"""Sources and pages for the tests of the kinds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from crawlers.kinds import Listing, Page, kind_module
from crawlers.sources import Source

TODAY = date(2021, 2, 10)


@pytest.fixture
def read() -> Callable[..., Listing]:
    """Reads a body by a kind, as a source of a country and language would."""

    def parse(
        kind: str,
        body: str | bytes,
        url: str = "https://www.example.org/news/",
        *,
        country: str = "KR",
        language: str = "ko",
        content_type: str = "",
        **options: Any,
    ) -> Listing:
        source = Source(
            id="sample",
            name="Sample",
            institution="Sample",
            country=country,
            sub_region="x",
            language=language,
            kind=kind,
            url="https://www.example.org/",
            options=options,
        )
        page = Page(url, body if isinstance(body, bytes) else body.encode(), content_type)
        module = kind_module(kind)
        listing = module.parse(page, source, source.parsed_options(), TODAY)
        assert isinstance(listing, Listing)
        return listing

    return parse
