"""The sample web as the network of a crawl: real addresses, and not one socket."""

from __future__ import annotations

import socket

import pytest

from crawlers.fetch import Client, Fetched, Limits, NotModified
from db.errors import FetchError
from demo import ReplicaTransport
from replica.samples import LANGUAGES, samples
from replica.web import ReplicaWeb


def client_of(web: ReplicaWeb | None = None) -> Client:
    return Client(ReplicaTransport(web), "convenor/1", Limits())


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    def refuse(*args: object, **named: object) -> None:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return client_of()


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_real_addresses_are_answered_without_a_socket(source_id: str, client: Client, web: ReplicaWeb) -> None:
    address = samples(source_id)[0].address
    found = client.fetch(address)
    assert isinstance(found, Fetched)
    assert found.body == web.answer("GET", address).body


def test_another_host_cannot_be_reached(client: Client) -> None:
    with pytest.raises(FetchError, match=r"no connection to the server .*no server at https://example\.org"):
        client.fetch("https://example.org/")


def test_redirects_and_conditions_pass_through(client: Client) -> None:
    first = client.fetch("http://www.nlc.cn/")
    assert isinstance(first, Fetched)
    assert first.url == "http://www.nlc.cn/web/dsb_zx/gtxw/index.shtml"
    assert isinstance(client.fetch(first.url, first.validators), NotModified)


def test_a_shared_web_serves_several_clients(web: ReplicaWeb) -> None:
    with client_of(web) as one, client_of(web) as two:
        assert one.fetch("https://www.ifla.org/news/") == two.fetch("https://www.ifla.org/news/")
