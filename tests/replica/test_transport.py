from __future__ import annotations

import socket

import httpx
import pytest

from replica.samples import LANGUAGES, samples
from replica.transport import ReplicaTransport
from replica.web import ReplicaWeb


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> httpx.Client:
    def refuse(*args: object, **named: object) -> None:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return httpx.Client(transport=ReplicaTransport())


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_real_addresses_are_answered_without_a_socket(source_id: str, client: httpx.Client, web: ReplicaWeb) -> None:
    address = samples(source_id)[0].address
    with client:
        response = client.get(address)
    assert response.status_code == 200
    assert response.content == web.answer("GET", address).body


def test_another_host_cannot_be_reached(client: httpx.Client) -> None:
    with client, pytest.raises(httpx.ConnectError, match=r"no server at https://example\.org"):
        client.get("https://example.org/")


def test_redirects_and_conditions_pass_through(client: httpx.Client) -> None:
    with client:
        first = client.get("http://www.nlc.cn/", follow_redirects=True)
        second = client.get(first.url, headers={"If-None-Match": first.headers["ETag"]})
    assert first.url.path == "/web/dsb_zx/gtxw/index.shtml"
    assert (second.status_code, second.content) == (304, b"")


def test_a_body_can_be_streamed(client: httpx.Client) -> None:
    with client, client.stream("GET", "https://www.ifla.org/news/feed/") as response:
        assert b"".join(response.iter_bytes(1000)).endswith(b"</rss>\n")


def test_a_shared_web_serves_several_clients(web: ReplicaWeb) -> None:
    with httpx.Client(transport=ReplicaTransport(web)) as one, httpx.Client(transport=ReplicaTransport(web)) as two:
        assert one.get("https://www.ifla.org/news/").content == two.get("https://www.ifla.org/news/").content
