"""Where answers lead: loops, other schemes, private addresses at any hop, names that change or do not exist."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Sequence

import pytest

from crawlers.fetch import MAX_REDIRECTS
from tests.crawlers.faults.fault_server import Say, Wire
from tests.crawlers.faults.survival import PUBLIC, Desk, good_feed

NEWS = good_feed("faulty")
SECRET = "http://inside.example/secret"


def away(location: str) -> Say:
    return lambda wire: wire.answer("", "302 Found", f"Location: {location}")


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        pytest.param("/feed", "more than 5 redirects", id="to itself"),
        pytest.param("file:///etc/passwd", "not an http or https address", id="to a file"),
        pytest.param("ftp://library.example/feed", "not an http or https address", id="to ftp"),
        pytest.param("gopher://library.example/", "not an http or https address", id="to gopher"),
        pytest.param("data:text/xml,x", "address", id="to data"),
        pytest.param("javascript:alert(1)", "address", id="to a script"),
        pytest.param("http://127.0.0.1:631/", "has a private address (127.0.0.1)", id="to loopback"),
        pytest.param("http://[::1]/", "has a private address (::1)", id="to loopback of IPv6"),
        pytest.param("http://2130706433/", "private address", id="to loopback as one number"),
        pytest.param("http://169.254.169.254/latest/meta-data/", "has a private address", id="to a cloud's metadata"),
        pytest.param(SECRET, "inside.example has a private address (10.0.0.5)", id="to a name inside"),
        pytest.param("http://nowhere.example/", "the name nowhere.example is not known (DNS)", id="to no name"),
        pytest.param("http://faulty.example:70000/", "", id="to a port that cannot be"),
        pytest.param("http://a..b.example/", "", id="to a name that cannot be"),
        pytest.param("http://" + "a" * 300 + ".example/", "", id="to a name too long"),
    ],
)
def test_answer_that_leads_astray_is_refused(desk: Desk, location: str, sentence: str) -> None:
    numeric = {name: (lambda: ["127.0.0.1"]) for name in ("127.0.0.1", "2130706433")}
    desk.internet.names |= numeric | {"::1": lambda: ["::1"], "169.254.169.254": lambda: ["169.254.169.254"]}
    desk.internet.names |= {"inside.example": lambda: ["10.0.0.5"], "nowhere.example": _unknown}
    row = desk.after(away(location))
    assert (row.outcome, row.items) == ("failed", ())
    assert sentence in row.error and row.error
    assert desk.internet.connected == {PUBLIC}


def _unknown() -> Sequence[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_two_addresses_that_lead_to_each_other_are_left(desk: Desk) -> None:
    row = desk.after(lambda wire: away("/there" if wire.path == "/here" else "/here")(wire), path="/here")
    assert (row.outcome, row.items) == ("failed", ()) and "more than 5 redirects" in row.error


@pytest.mark.parametrize("hops", [1, 2, MAX_REDIRECTS])
def test_private_address_is_refused_at_every_hop(desk: Desk, hops: int) -> None:
    desk.internet.names["inside.example"] = lambda: ["192.168.1.1"]

    def lead(wire: Wire) -> None:
        number = int(wire.path[1:])
        away(f"/{number + 1}" if number < hops else SECRET)(wire)

    row = desk.after(lead, path="/1")
    assert "inside.example has a private address (192.168.1.1)" in row.error
    assert desk.internet.connected == {PUBLIC}


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.5", "::1", "::ffff:127.0.0.1", "fd00::1"])
def test_name_that_turns_private_between_two_requests_gains_nothing(desk: Desk, inside: str) -> None:
    """DNS rebinding: public when robots.txt is asked for, private when the page is."""
    answers = itertools.chain([[PUBLIC]], itertools.repeat([inside]))
    desk.internet.names["faulty.example"] = lambda: next(answers)
    row = desk.after(lambda wire: wire.answer(NEWS))
    assert f"has a private address ({inside})" in row.error
    assert desk.internet.connected == {PUBLIC}


def test_name_with_a_private_and_a_public_address_is_asked_at_the_public_one(desk: Desk) -> None:
    desk.internet.names["faulty.example"] = lambda: ["127.0.0.1", PUBLIC]
    assert desk.after(lambda wire: wire.answer(NEWS)).items == ("Story of faulty",)
    assert desk.internet.connected == {PUBLIC}


def test_unknown_name_is_told(desk: Desk) -> None:
    desk.internet.names["faulty.example"] = _unknown
    row = desk.after(lambda wire: wire.answer(NEWS))
    assert (row.outcome, row.http_status) == ("failed", None)
    assert "the name faulty.example is not known (DNS)" in row.error


def test_closed_port_is_told(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    desk.crawl(f"http://faulty.example:{port}/feed")
    assert "the server refuses connections" in desk.survived().error


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted", "403 Forbidden", "412 Precondition Failed", "503 Busy"])
def test_challenge_is_recorded_and_not_bypassed(desk: Desk, status: str) -> None:
    page = "<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script><a href='/go'>go</a></html>"
    row = desk.after(lambda wire: wire.answer(page, status, "Content-Type: text/html", "Set-Cookie: pass=1"))
    assert (row.outcome, row.http_status, row.items) == ("challenged", int(status.split()[0]), ())
    assert "the server asks for proof of a person" in row.error


def test_challenge_is_asked_once_and_answered_with_nothing(desk: Desk) -> None:
    asked: list[Wire] = []

    def challenge(wire: Wire) -> None:
        asked.append(wire)
        wire.answer("<title>Just a moment...</title>", "403 Forbidden", "Content-Type: text/html", "Set-Cookie: pass=1")

    desk.after(challenge)
    assert [(wire.path, "cookie" in wire.headers) for wire in asked] == [("/feed", False)]
