"""The one form of an address by which items are compared, and the name of a host for politeness.

Pure and total: whatever is not a web address comes back as it came. Applying `canonical_url` twice is applying it once.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import SplitResult, quote, unquote_plus, urlsplit

# Visits, campaigns and days of asking, never an article: what Miniflux strips, and the session keys of Korean boards.
_TRACKING = re.compile(
    r"(utm|mtm|campaign)_.*|(fbc|gc|dc|msclk|twc|yc)lid|gbraid|wbraid|srsltid|igshid|mc_[ce]id|mkt_tok|_hsenc|_hsmi|_ga"
    r"|phpsessid|jsessionid|aspsessionid.*|zipencode|srchbegindt|srchenddt",
    re.IGNORECASE,
)
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_TEXT_FRAGMENT = ":~:text="
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE = "%/:@!$&'()*+,;=-._~?"


def canonical_url(
    url: str,
    *,
    keep_params: Collection[str] | None = None,
    drop_params: Collection[str] = (),
    keep_fragment: bool = False,
) -> str:
    """The address without what may differ between two links to one page: scheme, host spelling, sessions, tracking.

    With `keep_params` only these query parameters survive, in that order and only with a value. A fragment is dropped
    unless it points at a text (`#:~:text=`) or `keep_fragment` says that it tells two items of one page apart.
    """
    parts = _split(url)
    if parts is None:
        return url.strip()
    path = _escaped(_SESSION_IN_PATH.sub("", parts.path)) or "/"
    query = _query(parts.query, keep_params, drop_params)
    fragment = parts.fragment if keep_fragment or parts.fragment.startswith(_TEXT_FRAGMENT) else ""
    return f"{_origin(parts)}{path}" + (f"?{query}" if query else "") + (f"#{_escaped(fragment)}" if fragment else "")


def host_of(url: str) -> str:
    """The host that answers for this address, with its port where that is not the usual one; '' for no web address."""
    parts = _split(url)
    return _origin(parts).partition("://")[2] if parts is not None else ""


def is_web_address(url: str) -> bool:
    """Whether this is a complete http or https address."""
    return _split(url) is not None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and (parts.port is None or parts.port >= 0)
        return parts if usable and _host(parts) else None
    except ValueError:
        return None


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        return f"[{host}]"
    return "" if re.search(r"[\s%/\\\[\]@<>\"^`{|}]", host) else _ascii_host(host)


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii").rstrip(".")
    except UnicodeError as error:
        raise ValueError(f"no host name: {host!r}") from error


def _origin(parts: SplitResult) -> str:
    if parts.port in (None, 80, 443):
        return f"https://{_host(parts)}"
    return f"{parts.scheme}://{_host(parts)}:{parts.port}"


def _query(query: str, keep: Collection[str] | None, drop: Collection[str]) -> str:
    pairs = [(unquote_plus(pair.partition("=")[0]), pair) for pair in query.split("&") if pair]
    if keep is not None:
        order = {name: position for position, name in enumerate(keep)}
        pairs = sorted(
            (pair for pair in pairs if pair[0] in order and pair[1].partition("=")[2]), key=lambda pair: order[pair[0]]
        )
    return "&".join(_escaped(pair) for name, pair in pairs if name not in drop and not _TRACKING.fullmatch(name))


def _escaped(text: str) -> str:
    """Percent-encoding in one spelling: letters as themselves, everything else as upper-case UTF-8 escapes."""
    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(re.sub(r"%([0-9A-Fa-f]{2})", _escape, text), safe=_SAFE, errors="replace")


def _escape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def words_of(url: str) -> str:
    """A title for an address that nothing else is known of: the words of its last part, else the whole path."""
    parts = _split(url)
    path = unquote_plus(parts.path if parts else url).rstrip("/")
    words = re.sub(r"[-_+\s]+", " ", re.sub(r"\.\w{2,5}$", "", path.rpartition("/")[2])).strip()
    return words if re.search(r"[^\W\d]", words) else path or url
