"""Records for tests that need no database."""

from __future__ import annotations

from datetime import UTC, datetime

from db.records import NO_DATE, Curation, DeskItem, PublishedDate

LANGUAGES = {"CN": "zh", "JP": "ja", "KP": "ko", "KR": "ko", "MN": "mn"}


def desk_item(
    item_id: int,
    country: str,
    curation: Curation | None = None,
    *,
    title: str = "",
    summary: str = "Text.",
    published: PublishedDate = NO_DATE,
    url: str = "",
) -> DeskItem:
    """An item as the desk gives it, impactful and without edits unless told otherwise."""
    address = url or f"https://{country.lower()}.example/{item_id}"
    return DeskItem(
        id=item_id,
        source_id=country.lower(),
        source_name="News",
        institution="Library",
        sub_region="north-east-asia",
        url=address,
        canonical_url=address,
        title=title or f"Title {item_id}",
        summary=summary,
        text="",
        language=LANGUAGES.get(country, "en"),
        country=country,
        published=published,
        image_url=None,
        first_seen_at=datetime(2021, 1, 1, tzinfo=UTC),
        version=1,
        curation=curation or Curation(state="impactful"),
    )
