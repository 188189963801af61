"""OpenID Connect as its client: discovery, authorization code with PKCE, and an ID token that fits in every claim.

OpenID Connect Core 1.0, 3.1; RFC 7636; RFC 9207. Imported only where a provider is configured.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from curation.languages import gettext, marked
from curation.openid_services import Begun, Identity, OpenIdServices
from db.errors import AccessError, NewsError

ALGORITHMS = ("RS256", "PS256", "ES256", "RS384", "RS512", "ES384", "ES512", "PS384", "PS512", "Ed25519", "EdDSA")
LEEWAY_SECONDS = 60
TIMEOUT_SECONDS = 10.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")
UNREACHABLE = marked("The sign-in service of your institution does not answer. Try again, or use your password.")
STRANGE = marked(
    "The sign-in service of your institution gave an answer that cannot be believed, so nobody was let in."
)


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider at which this desk is known."""

    issuer: str
    client_id: str
    now: Callable[[], datetime]
    client_secret: str = field(default="", repr=False)
    name: str = ""
    transport: httpx.BaseTransport | None = None

    def __post_init__(self) -> None:
        if not _safe(self.issuer):
            raise NewsError("CONVENOR_OIDC_ISSUER must be an https address")

    def services(self) -> OpenIdServices:
        """What is lent to the desk."""
        return OpenIdServices(self.issuer, self.name or str(urlsplit(self.issuer).hostname), self.begin, self.finish)

    def begin(self, back: str) -> Begun:
        """Where to send the browser, which comes back to this address."""
        with self._client() as client:
            place = _address(self._discovered(client), "authorization_endpoint")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": back,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return Begun(f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}", state, nonce, verifier)

    def finish(self, begun: Begun, back: str, code: str) -> Identity:
        """Whom the provider vouches for; AccessError when it does not, or not for us, or not now."""
        with self._client() as client:
            found = self._discovered(client)
            asked = {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": back,
                "code_verifier": begun.verifier,
            }
            methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
            auth = None
            if self.client_secret and "client_secret_basic" in methods:  # RFC 6749, 2.3.1: both are form-encoded first
                auth = httpx.BasicAuth(quote(self.client_id, safe=""), quote(self.client_secret, safe=""))
            else:
                asked |= {"client_id": self.client_id, "client_secret": self.client_secret}
            asked = {name: value for name, value in asked.items() if value}
            tokens = _json(client.post, _address(found, "token_endpoint"), data=asked, auth=auth)
            keys = _json(client.get, _address(found, "jwks_uri"))
        return self._believed(tokens.get("id_token"), keys, begun.nonce)

    def _client(self) -> httpx.Client:
        return httpx.Client(transport=self.transport, timeout=TIMEOUT_SECONDS, follow_redirects=False)

    def _discovered(self, client: httpx.Client) -> Mapping[str, Any]:
        found = _json(client.get, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise AccessError(gettext(STRANGE))
        return found

    def _believed(self, id_token: object, keys: Any, nonce: str) -> Identity:
        wanted = jwt.JWTClaimsRegistry(
            now=int(self.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            if not isinstance(id_token, str):
                raise ValueError("no ID token")
            claims = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS)).claims
            wanted.validate(claims)
            several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
            if claims.get("azp", None if several else self.client_id) != self.client_id:
                raise ValueError("meant for another client")
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise AccessError(gettext(STRANGE)) from error
        email = claims.get("email")
        return Identity(
            self.issuer,
            claims["sub"],
            email if isinstance(email, str) else "",
            claims.get("email_verified") is True,
        )


def _safe(address: object) -> bool:
    try:
        parts = urlsplit(str(address))
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def _address(found: Mapping[str, Any], name: str) -> str:
    if not _safe(address := found.get(name)):
        raise AccessError(gettext(STRANGE))
    return str(address)


def _json(ask: Callable[..., httpx.Response], address: str, **options: Any) -> Mapping[str, Any]:
    """The object with which the provider answers."""
    try:
        answer = ask(address, headers={"accept": "application/json"}, **options)
    except httpx.HTTPError as error:
        raise AccessError(gettext(UNREACHABLE)) from error
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status_code >= 500:
        raise AccessError(gettext(UNREACHABLE))
    if answer.status_code != 200 or not isinstance(body, dict):
        raise AccessError(gettext(STRANGE))
    return body
