from __future__ import annotations

import threading
from io import BytesIO

import pytest
from PIL import Image

from replica.web import ReplicaWeb, UnknownHost

_PAGE = "https://www.ndl.go.jp/en/news/index.html"
_DYNAMIC = "https://www.nl.go.kr/EN/contents/EN1070000000.do?schM=list"


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("ETag", id="by etag"),
        pytest.param("Last-Modified", id="by date"),
    ],
)
def test_a_known_page_answers_304(header: str, web: ReplicaWeb) -> None:
    first = web.answer("GET", _PAGE)
    asked = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}[header]
    second = web.answer("GET", _PAGE, {asked: first.headers[header]})
    assert (second.status, second.body) == (304, b"")
    assert second.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"If-None-Match": '"other"'}, id="another etag"),
        pytest.param(
            {"If-None-Match": '"x"', "If-Modified-Since": "Fri, 01 Jan 2038 00:00:00 GMT"}, id="the etag decides"
        ),
        pytest.param({"If-Modified-Since": "Fri, 01 Jan 2016 00:00:00 GMT"}, id="older copy"),
        pytest.param({"If-Modified-Since": "yesterday"}, id="no date"),
    ],
)
def test_a_page_that_differs_is_sent_again(headers: dict[str, str], web: ReplicaWeb) -> None:
    assert web.answer("GET", _PAGE, headers).status == 200


@pytest.mark.parametrize("tags", ['"x", {}', "W/{}"])
def test_lists_and_weak_forms_of_etags_are_understood(tags: str, web: ReplicaWeb) -> None:
    etag = web.answer("GET", _PAGE).headers["ETag"]
    assert web.answer("GET", _PAGE, {"If-None-Match": tags.format(etag)}).status == 304


def test_a_page_made_anew_each_time_has_no_validators(web: ReplicaWeb) -> None:
    answer = web.answer("GET", _DYNAMIC, {"If-Modified-Since": "Fri, 01 Jan 2038 00:00:00 GMT"})
    assert answer.status == 200
    assert not {"ETag", "Last-Modified"} & set(answer.headers)


def test_two_webs_answer_the_same_bytes(web: ReplicaWeb) -> None:
    assert ReplicaWeb().answer("GET", _PAGE) == web.answer("GET", _PAGE)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://example.org/", id="another host"),
        pytest.param("https://www.ndl.go.jp:8443/en/news/index.html", id="another port"),
        pytest.param("http://www.gpsh.edu.kp/index.php/en", id="port left out"),
        pytest.param("https://www.gpsh.edu.kp:8080/index.php/en", id="a site without https"),
        pytest.param("ftp://www.ndl.go.jp/", id="another scheme"),
    ],
)
def test_an_unknown_server_is_refused(url: str, web: ReplicaWeb) -> None:
    with pytest.raises(UnknownHost, match="no server"):
        web.answer("GET", url)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://www.ndl.go.jp:80/en/news/index.html", id="usual port"),
        pytest.param("http://WWW.NDL.GO.JP./en/news/index.html", id="letters and dot"),
    ],
)
def test_other_spellings_of_a_host_are_the_same_site(url: str, web: ReplicaWeb) -> None:
    assert web.answer("GET", url).body == web.answer("GET", _PAGE).body


def test_head_has_the_headers_without_the_body(web: ReplicaWeb) -> None:
    head, get = web.answer("HEAD", _PAGE), web.answer("GET", _PAGE)
    assert (head.status, head.headers, head.body) == (200, get.headers, b"")


def test_head_fails_where_the_real_site_fails(web: ReplicaWeb) -> None:
    assert web.answer("HEAD", "http://www.gpsh.edu.kp:8080/index.php/en").status == 502


def test_nothing_can_be_sent_to_it(web: ReplicaWeb) -> None:
    assert web.answer("POST", _PAGE).status == 405


def test_pictures_are_pictures(web: ReplicaWeb) -> None:
    one, other = (web.answer("GET", f"https://www.ifla.org/wp-content/uploads/{n}.jpg").body for n in (1, 2))
    with Image.open(BytesIO(one), formats=["JPEG"]) as picture:
        assert picture.size == (480, 360)
    assert one != other


def test_threads_may_share_one_web() -> None:
    shared, bodies = ReplicaWeb(), []
    threads = [threading.Thread(target=lambda: bodies.append(shared.answer("GET", _PAGE).body)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies) == 8
    assert len(set(bodies)) == 1
