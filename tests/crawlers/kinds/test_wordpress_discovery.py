"""Where a WordPress site says that its posts are."""

from __future__ import annotations

import json
import sqlite3

import pytest

from crawlers.kinds import Page
from crawlers.kinds.wordpress import discovered_feeds, well_known_feeds
from tests.crawlers.small_web import SmallWeb, crawl_web, source, source_file

HOME = "https://library.example/news/"


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        pytest.param(
            '<link rel="https://api.w.org/" href="https://library.example/wp-json/" />',
            ("https://library.example/wp-json/wp/v2/posts",),
            id="pretty addresses",
        ),
        pytest.param(
            "<link rel='https://api.w.org/' href='/index.php?rest_route=/&amp;lang=mn'>",
            ("https://library.example/index.php?rest_route=/wp/v2/posts&lang=mn",),
            id="plain addresses",
        ),
        pytest.param('<link rel="https://api.w.org/" href="javascript:x">', (), id="hostile address"),
        pytest.param('<link rel="alternate" href="/feed/">', (), id="no WordPress"),
        pytest.param("", (), id="empty page"),
    ],
)
def test_home_page_names_its_interface(markup: str, found: tuple[str, ...]) -> None:
    assert discovered_feeds(Page(HOME, markup.encode())) == found


def test_usual_places_are_known() -> None:
    assert well_known_feeds(HOME) == (
        "https://library.example/wp-json/wp/v2/posts",
        "https://library.example/?rest_route=/wp/v2/posts",
    )


def test_source_finds_its_posts_from_the_home_page(conn: sqlite3.Connection, web: SmallWeb) -> None:
    posts = "https://library.example/wp-json/wp/v2/posts?per_page=2"
    web.put(HOME, '<html><link rel="https://api.w.org/" href="/wp-json/"><body>Welcome</body></html>')
    story = {"id": 1, "link": "/1", "title": "One", "date": "2021-02-01T10:00:00"}
    web.put(posts, json.dumps([story, story | {"id": 2, "link": "/2"}]))
    web.put(f"{posts}&page=2", json.dumps([story | {"id": 3, "link": "/3"}]))
    used = source("wp", HOME, "wordpress", autodiscover=True, per_page=2, articles="none")
    assert crawl_web(conn, web, source_file(used)).polls["wp"].items_new == 3
    assert web.asked() == [HOME, posts, f"{posts}&page=2"]
