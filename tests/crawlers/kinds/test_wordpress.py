"""Posts by the REST interface of WordPress."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from crawlers.kinds import Listing
from crawlers.kinds.wordpress import Options, first_url
from db.errors import ParseError

Read = Callable[..., Listing]
URL = "https://library.num.edu.mn/wp-json/wp/v2/posts?per_page=2"


def post(number: int = 5235, **fields: object) -> dict[str, object]:
    return {
        "id": number,
        "date": "2020-12-11T10:00:00",
        "link": f"https://library.num.edu.mn/?p={number}",
        "title": {"rendered": "Readers&#8217; day &amp; <em>more</em>"},
        "excerpt": {"rendered": "<p>Masks were given &hellip; [&hellip;]</p>\n"},
    } | fields


def test_post_becomes_an_item(read: Read) -> None:
    item = read("wordpress", json.dumps([post()]), URL, country="MN").items[0]
    assert (item.title, item.summary) == ("Readers’ day & more", "Masks were given … […]")
    assert (item.source_item_id, item.url) == ("5235", "https://library.num.edu.mn/?p=5235")
    assert (item.published.on, item.published.source) == ("2020-12-11", "feed")


def test_day_is_made_local_where_only_utc_is_given(read: Read) -> None:
    body = json.dumps([post(date=None, date_gmt="2020-12-11T20:00:00")])
    assert read("wordpress", body, URL, country="MN").items[0].published.on == "2020-12-12"


def test_featured_picture_is_taken(read: Read) -> None:
    embedded = {"wp:featuredmedia": [{"source_url": "https://library.num.edu.mn/a.jpg"}]}
    body = json.dumps([post(_embedded=embedded), post(2, jetpack_featured_media_url="/b.jpg"), post(3)])
    pictures = [item.image_url for item in read("wordpress", body, URL).items]
    assert pictures == ["https://library.num.edu.mn/a.jpg", "https://library.num.edu.mn/b.jpg", None]


def test_full_page_has_a_next_one(read: Read) -> None:
    full = json.dumps([post(1), post(2)])
    assert read("wordpress", full, URL).next_url == f"{URL}&page=2"
    assert read("wordpress", full, f"{URL}&page=2").next_url == f"{URL}&page=3"
    assert read("wordpress", json.dumps([post(1)]), URL).next_url is None


def test_size_of_a_page_is_asked_for() -> None:
    asked = first_url("https://a.example/?rest_route=/wp/v2/posts", Options(per_page=20))
    assert asked == "https://a.example/?rest_route=/wp/v2/posts&per_page=20"
    assert first_url(asked, Options(per_page=20)) == asked


def test_page_beyond_the_end_is_empty(read: Read) -> None:
    body = json.dumps({"code": "rest_post_invalid_page_number", "message": "The page number …"})
    assert read("wordpress", body, URL) == Listing(())


def test_site_without_posts_is_empty(read: Read) -> None:
    assert read("wordpress", "[]", URL) == Listing(())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("<html>login</html>", "not the JSON", id="html"),
        pytest.param(json.dumps([post()])[:-20], "not the JSON", id="cut"),
        pytest.param('{"code": "rest_no_route", "message": "No route was found"}', "No route was found", id="no route"),
        pytest.param('"words"', "not a list of posts", id="text"),
        pytest.param('[{"a": 1}]', "no link and title", id="other list"),
        pytest.param("[" * 100_000, "not the JSON", id="deep"),
    ],
)
def test_what_is_no_list_of_posts_is_refused(read: Read, body: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        read("wordpress", body, URL)


def test_strange_values_are_no_crash(read: Read) -> None:
    body = json.dumps(
        [post(title=None, excerpt="Plain words."), post(7, id="x", title=7), post(8, link="javascript:x"), None]
    )
    assert [item.title for item in read("wordpress", body, URL).items] == ["Plain words.", "7"]
