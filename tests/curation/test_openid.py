"""Signing in through an OpenID Connect provider: one that answers on loopback, well and badly."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from curation.desk import DeskServices
from curation.openid import Provider
from curation.openid_page import PATIENCE
from curation.sessions import COOKIE
from db.errors import NewsError
from db.openids import link_openid, openid_of
from db.users import set_disabled, set_email
from tests.curation.conftest import NOW, ORIGIN, Browser, MakeRoom, Room

pytestmark = pytest.mark.anyio
CLIENT, SECRET = "the desk", "quiet : secret"
KEY, FOREIGN = (RSAKey.generate_key(2048, {"kid": "k1"}) for _ in range(2))


@dataclass
class Institution:
    """A provider; whoever is sent there is signed in at once. What it claims can be changed."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)  # in place of what it would say
    missing: tuple[str, ...] = ()
    key: Any = field(default_factory=lambda: KEY)
    header: dict[str, str] = field(default_factory=lambda: {"alg": "RS256", "kid": "k1"})
    unsigned: bool = False
    discovered: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    codes: dict[str, dict[str, str]] = field(default_factory=dict)  # code → what was asked for it
    exchanged: list[str] = field(default_factory=list)

    def discovery(self) -> dict[str, Any]:
        place = {name: f"{self.issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        return {"issuer": self.issuer, **place, **self.discovered}

    def authorize(self, asked: dict[str, str]) -> str:
        assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", CLIENT, "openid email")
        assert asked["code_challenge_method"] == "S256"
        code = f"code {len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        name, _, password = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        asked = self.codes.get(form.get("code", ""), {})
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        good = (unquote(name), unquote(password)) == (CLIENT, SECRET) and form["code"] not in self.exchanged
        if not good or challenge != asked.get("code_challenge") or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        self.exchanged.append(form["code"])
        return self.status, {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(NOW.timestamp())
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "s-1",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "Ying@library.example",
            "email_verified": True,
            **self.claims,
        }
        told = {name: value for name, value in told.items() if name not in self.missing}
        if self.unsigned:
            parts = (json.dumps(part).encode() for part in ({"alg": "none"}, told))
            return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        return jwt.encode(self.header, told, self.key)


@contextmanager
def answering(institution: Institution) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place, _, query = self.path.partition("?")
            if place == "/authorization_endpoint":
                asked = {name: values[0] for name, values in parse_qs(query).items()}
                self.send_response(302)
                self.send_header("Location", institution.authorize(asked))
                self.end_headers()
                return
            keys = KeySet([KEY]).as_dict(private=False)
            found = {"/jwks_uri": keys, "/.well-known/openid-configuration": institution.discovery()}
            self.answer(200, found[place])  # type: ignore[arg-type]

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            fields = {name: values[0] for name, values in form.items()}
            self.answer(*institution.token(fields, self.headers.get("authorization", "")))

        def answer(self, status: int, body: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        institution.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Place:
    room: Room
    institution: Institution

    async def sent_back(self, browser: Browser, wanted: str = "/") -> str:
        """The address with which the provider sends the browser back."""
        there = (await browser.get(f"/-/openid?{urlencode({'next': wanted})}")).headers["location"]
        async with httpx.AsyncClient() as client:
            back = (await client.get(there)).headers["location"]
        assert back.startswith(f"{ORIGIN}/-/openid/back?")
        return str(back.removeprefix(ORIGIN))

    async def signed_in(self, browser: Browser | None = None) -> httpx.Response:
        browser = browser or self.room.browser()
        return await browser.get(await self.sent_back(browser))


@pytest.fixture
def place(make_room: MakeRoom) -> Iterator[Place]:
    institution = Institution()
    with answering(institution):
        clock: list[Any] = []
        provider = Provider(institution.issuer, CLIENT, lambda: clock[0](), SECRET, "The Library")
        room = make_room(DeskServices(openid=provider.services()))
        clock.append(room.clock)
        set_email(room.conn, "ying", "ying@library.example")
        yield Place(room, institution)


async def test_person_is_let_in_and_goes_where_she_wanted(place: Place) -> None:
    browser = place.room.browser()
    page = (await browser.get("/-/login?next=/-/history")).text
    assert "Sign in through The Library" in page and 'href="/-/openid?next=/-/history"' in page
    done = await browser.get(await place.sent_back(browser, "/-/history"))
    assert (done.status_code, done.headers["location"]) == (303, "/-/history")
    assert ">ying <" in (await browser.get("/-/you")).text
    assert openid_of(place.room.conn, 5, place.institution.issuer) == "s-1"
    assert "convenor_openid" not in browser.client.cookies


async def test_it_is_the_subject_that_counts_once_it_is_known(place: Place) -> None:
    await place.signed_in()
    place.institution.claims = {"email": "married@library.example", "email_verified": False}
    assert (await place.signed_in()).status_code == 303
    place.institution.claims = {"sub": "s-2"}  # somebody who got her old address
    refused = await place.signed_in()
    assert refused.status_code == 403 and "linked to another person" in refused.text


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        pytest.param({"email_verified": False}, "does not vouch for your e-mail address", id="not verified"),
        pytest.param({"email_verified": "true"}, "does not vouch for your e-mail address", id="verified in words"),
        pytest.param({"email": None}, "does not vouch for your e-mail address", id="no address"),
        pytest.param({"email": "su@library.example"}, "There is no account with your e-mail address", id="unknown"),
    ],
)
async def test_nobody_gets_an_account(place: Place, claims: dict[str, Any], sentence: str) -> None:
    place.institution.claims = claims
    before = place.room.conn.execute("SELECT count(*) FROM users").fetchone()[0]
    refused = await place.signed_in()
    assert (
        refused.status_code == 403 and sentence in refused.text and COOKIE not in refused.headers.get("set-cookie", "")
    )
    assert place.room.conn.execute("SELECT count(*) FROM users").fetchone()[0] == before


async def test_no_operator_is_made_or_linked_by_an_address(place: Place) -> None:
    set_email(place.room.conn, "olga", "olga@library.example")
    place.institution.claims = {"email": "olga@library.example", "sub": "s-9"}
    refused = await place.signed_in()
    assert refused.status_code == 403 and "linked by another operator" in refused.text
    link_openid(place.room.conn, 8, place.institution.issuer, "s-9")
    assert (await place.signed_in()).status_code == 303


async def test_who_is_switched_off_stays_out(place: Place) -> None:
    await place.signed_in()
    set_disabled(place.room.conn, "ying", True)
    refused = await place.signed_in()
    assert refused.status_code == 403 and "switched off" in refused.text


NOW_SECONDS = int(NOW.timestamp())
LIES = [
    pytest.param({"claims": {"iss": "https://evil.example"}}, id="another issuer"),
    pytest.param({"claims": {"aud": "another desk"}}, id="for another client"),
    pytest.param({"claims": {"aud": [CLIENT, "x"]}}, id="for several, and nobody says for whom"),
    pytest.param({"claims": {"azp": "another desk"}}, id="given to another client"),
    pytest.param({"claims": {"nonce": "of another time"}}, id="another nonce"),
    pytest.param({"claims": {"exp": NOW_SECONDS - 61}}, id="expired"),
    pytest.param({"claims": {"iat": NOW_SECONDS + 61}}, id="of the future"),
    *(pytest.param({"missing": (name,)}, id=f"no {name}") for name in ("iss", "aud", "sub", "exp", "iat", "nonce")),
    pytest.param({"key": FOREIGN}, id="signed with another key"),
    pytest.param({"unsigned": True}, id="not signed"),
    pytest.param({"key": OctKey.import_key(SECRET), "header": {"alg": "HS256"}}, id="signed with the secret"),
    pytest.param({"discovered": {"token_endpoint": "http://evil.example/"}}, id="an address without TLS"),
    pytest.param({"discovered": {"jwks_uri": None}}, id="no keys"),
    pytest.param({"status": 400}, id="no token"),
]


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("lie", LIES)
async def test_answer_that_does_not_fit_lets_nobody_in(place: Place, lie: dict[str, Any]) -> None:
    for name, value in lie.items():
        setattr(place.institution, name, value)
    browser = place.room.browser()
    refused = await place.signed_in(browser)
    assert refused.status_code == 403 and "cannot be believed" in refused.text
    assert (await browser.get("/")).status_code == 303 and openid_of(
        place.room.conn, 5, place.institution.issuer
    ) is None


@pytest.mark.parametrize(
    "found", [{"issuer": "https://evil.example"}, {"authorization_endpoint": "http://evil.example"}]
)
async def test_browser_is_sent_nowhere_else(place: Place, found: dict[str, str]) -> None:
    place.institution.discovered = found
    refused = await place.room.browser().get("/-/openid")
    assert refused.status_code == 403 and "cannot be believed" in refused.text


async def test_answer_counts_in_the_browser_that_asked_and_once(place: Place) -> None:
    ours, other = place.room.browser(), place.room.browser()
    back = await place.sent_back(ours)
    for browser, address in (
        (other, back),  # the attacker's code in the victim's browser
        (ours, back.replace("state=", "state=x")),
        (ours, back.split("&state=")[0]),
        (ours, back.replace(urlencode({"iss": place.institution.issuer}), "iss=https://evil.example")),
        (ours, "/-/openid/back?error=access_denied&" + back.split("&", 1)[1]),
    ):
        assert (await browser.get(address)).status_code == 403, address
        assert (await browser.get("/")).status_code == 303
    assert (await ours.get(back)).status_code == 303
    assert (await ours.get(back)).status_code == 403
    late = place.room.browser()
    back = await place.sent_back(late)
    place.room.clock.advance(PATIENCE + timedelta(seconds=1))
    assert "too long ago" in (await late.get(back)).text


async def test_code_is_worth_nothing_without_the_verifier(place: Place) -> None:
    first, second = place.room.browser(), place.room.browser()
    stolen = parse_qs(urlsplit(await place.sent_back(first)).query)["code"][0]
    own = await place.sent_back(second)
    mixed = own.replace(urlencode({"code": parse_qs(urlsplit(own).query)["code"][0]}), urlencode({"code": stolen}))
    assert mixed != own and "cannot be believed" in (await second.get(mixed)).text


async def test_redirect_after_it_stays_here(place: Place) -> None:
    for wanted in ("//evil.example", "https://evil.example/"):
        browser = place.room.browser()
        assert (await browser.get(await place.sent_back(browser, wanted))).headers["location"] == "/"


async def test_provider_that_does_not_answer_is_a_sentence(make_room: MakeRoom) -> None:
    provider = Provider("http://127.0.0.1:1", CLIENT, lambda: NOW)
    refused = await make_room(DeskServices(openid=provider.services())).browser().get("/-/openid")
    assert refused.status_code == 403 and "does not answer" in refused.text and "127.0.0.1:1" not in refused.text


@pytest.mark.parametrize("issuer", ["http://login.example", "login.example", "", "ftp://x"])
def test_issuer_must_be_safe(issuer: str) -> None:
    with pytest.raises(NewsError, match="must be an https address"):
        Provider(issuer, CLIENT, lambda: NOW)


def test_secret_is_in_no_trace() -> None:
    assert SECRET not in repr(Provider("https://login.example", CLIENT, lambda: NOW, SECRET))


async def test_desk_without_a_provider_has_no_such_page(room: Room) -> None:
    assert "openid" not in (await room.browser().get("/-/login")).text
    for address in ("/-/openid", "/-/openid/back"):
        assert (await room.browser().get(address)).status_code == 404


def test_nothing_of_it_is_imported_where_none_is_configured() -> None:
    program = (
        "import sys, workplace, curation.app; sys.exit('joserfc' in sys.modules or 'curation.openid' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
