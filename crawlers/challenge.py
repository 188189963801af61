"""Telling a page that wants to know whether we are a robot from a page of news. Pure and conservative.

Scripts of such services also stand in ordinary pages of the sites that use them, so a marker alone proves nothing in
a page that answers 200 and has links to follow. What is recognised is recorded, never bypassed.
"""

from __future__ import annotations

from collections.abc import Mapping

from db.errors import FetchError

EXAMINED_BYTES = 65_536
_REFUSING = frozenset({202, 403, 412, 429, 503})  # 202 and 412: what 瑞数 answers with
_FEW_LINKS = 3
_MARKERS = (
    b"_cf_chl_opt",  # Cloudflare
    b"cf-challenge",
    b"<title>Just a moment...</title>",
    b"<title>Attention Required! | Cloudflare</title>",
    b"<title>DDoS-Guard</title>",
    b"/.within.website/x/cmd/anubis/",  # Anubis
    b"_Incapsula_Resource",  # Imperva
    b"acw_sc__v2",  # Aliyun
    b"window['$_ts']",  # 瑞数 (Riversecurity)
    b'window["$_ts"]',
    b"$_ts=window",
)


class ChallengeError(FetchError):
    """The server wants proof of a person before it shows the page."""


def is_challenge(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether this answer asks for proof of a person instead of giving the page."""
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return True
    if status not in _REFUSING and not (_is_html(headers) and body.count(b"<a ") < _FEW_LINKS):
        return False
    start = body[:EXAMINED_BYTES]
    return any(marker in start for marker in _MARKERS)


def _is_html(headers: Mapping[str, str]) -> bool:
    content_type = headers.get("content-type", "")
    return not content_type or "html" in content_type.lower()
