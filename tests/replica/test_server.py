from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from replica.server import ReplicaServer
from replica.web import ReplicaWeb

_PAGES = [
    "www.ndl.go.jp/en/news/index.html",
    "www.nlc.cn/newen/nlcnews/index_1.htm",
    "www.gpsh.edu.kp:8080/thismonth.lecture!2",
    "library.num.edu.mn/?feed=rss2&paged=2",
    "www.nl.go.kr/EN/contents/EN1070000000.do?schM=view&id=37660",
]


@pytest.fixture(scope="module")
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer() as running:
        yield running


@pytest.fixture
def direct() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.mark.parametrize("page", _PAGES)
def test_the_path_names_the_page(page: str, server: ReplicaServer, direct: httpx.Client, web: ReplicaWeb) -> None:
    response = direct.get(f"{server.address}/{page}")
    assert response.content == web.answer("GET", f"http://{page}").body


@pytest.mark.parametrize("page", _PAGES)
def test_the_host_header_names_it(page: str, server: ReplicaServer, direct: httpx.Client, web: ReplicaWeb) -> None:
    host, _, path = page.partition("/")
    response = direct.get(f"{server.address}/{path}", headers={"Host": host})
    assert response.content == web.answer("GET", f"http://{page}").body


@pytest.mark.parametrize("page", _PAGES)
def test_it_is_a_proxy_for_plain_http(page: str, server: ReplicaServer, web: ReplicaWeb) -> None:
    with httpx.Client(proxy=server.address, trust_env=False) as client:
        response = client.get(f"http://{page}")
    assert response.content == web.answer("GET", f"http://{page}").body


def test_conditions_reach_the_pages(server: ReplicaServer, direct: httpx.Client) -> None:
    url = f"{server.address}/{_PAGES[0]}"
    first = direct.get(url)
    assert direct.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_head_sends_no_body(server: ReplicaServer, direct: httpx.Client) -> None:
    response = direct.head(f"{server.address}/{_PAGES[0]}")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "[::"])
def test_another_host_is_a_bad_gateway(host: str, server: ReplicaServer, direct: httpx.Client) -> None:
    response = direct.get(f"{server.address}/", headers={"Host": host})
    assert response.status_code == 502


def test_the_port_is_free_again_after_the_block(direct: httpx.Client) -> None:
    with ReplicaServer() as short:
        port = short.port
        assert direct.get(f"{short.address}/{_PAGES[0]}").status_code == 200
    with ReplicaServer(port=port) as again:
        assert again.port == port
