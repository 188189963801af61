"""The one form of an address by which items are compared, and the name of a host for politeness.

Pure and total: whatever is not a web address comes back as it came. Applying `canonical_url` twice is applying it once.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote_plus, urljoin, urlsplit

from msgspec import Struct

# Visits, campaigns and days of asking, never an article: what Miniflux strips, and the session keys of Korean boards.
_TRACKING = re.compile(
    r"(utm|mtm|pk|campaign)_.*|(fbc|gc|dc|msclk|twc|yc)lid|gbraid|wbraid|srsltid|igshid|mc_[ce]id|mkt_tok|_hsenc|_hsmi"
    r"|_g[al]|spm|mibextid|ysclid|_openstat|xtor"
    r"|phpsessid|jsessionid|aspsessionid.*|zipencode|srchbegindt|srchenddt",
    re.IGNORECASE,
)
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_TEXT_FRAGMENT = ":~:text="
_FOLDER_PAGE = re.compile(r"/(index|default)\.(s?html?|php\d?|aspx?|jsp|do)$", re.IGNORECASE)
# Which tongue of a site an address leads to, where it says so: a folder, the first part of the host, or a parameter.
_TONGUES = {
    **dict.fromkeys(("en", "eng", "english", "enweb", "newen"), "en"),
    **dict.fromkeys(("ja", "jp", "jpn", "japanese"), "ja"),
    **dict.fromkeys(("ko", "kr", "kor", "korean"), "ko"),
    **dict.fromkeys(("zh", "cn", "chi", "chinese", "zh-cn", "zh-hans", "sc", "gb"), "zh-hans"),
    **dict.fromkeys(("tw", "zh-tw", "zh-hant", "tc", "big5"), "zh-hant"),
    **dict.fromkeys(("mn", "mon", "mongolian"), "mn"),
    **{name: name for name in ("ar", "az", "fa", "fr", "hi", "hy", "id", "ka", "kk", "km", "ky", "lo", "ms", "my")},
    **{name: name for name in ("ne", "pt", "ru", "si", "ta", "tet", "tg", "th", "tk", "tr", "ur", "uz", "vi")},
}
_NAMING = 10  # letters of the last part of a path that names one page; "view.html" has fewer
_TONGUE_PARAMETERS = frozenset({"lang", "language", "locale", "hl", "lng"})
_USUAL_PORTS = {"http": 80, "https": 443}
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE = "%/:@!$&'()*+,;=-._~?"
_PLAIN = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=._~?-]*")
# What needs no care to be taken apart: `urlsplit` gives the same for ten times the time.
_USUAL = re.compile(r"(https?)://([a-z0-9.-]+(?::[1-9][0-9]{3})?)(/[^\s?#]*)?(?:\?([^\s#]*))?(?:#(\S*))?")
_BARE = re.compile(r"(https?)://([a-z0-9][a-z0-9.-]*(?::[1-9][0-9]{3})?)(/[A-Za-z0-9/._~-]*)")  # no form but one
# Addresses that joining takes apart and puts together again: nothing in them leads up, stays, or is empty.
_PART = r"[A-Za-z0-9_~%-][A-Za-z0-9._~%-]*"
_PARAMETERS = r"(?:\?[A-Za-z0-9._~%=&/-]+)?"
_WHOLE = re.compile(rf"https?://[a-z0-9.:-]+(?:/{_PART})*/?{_PARAMETERS}")
_ROOTED = re.compile(rf"(?:/{_PART})+/?{_PARAMETERS}")
_BESIDE = re.compile(rf"{_PART}(?:/{_PART})*/?{_PARAMETERS}")
_OTHER = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:[A-Za-z0-9._~%:,/=&-]*")  # of a scheme that web addresses have not
_BASE = re.compile(rf"((https?://[a-z0-9.:-]+)(?:(?:/{_PART})*/))(?:{_PART})?{_PARAMETERS}")
# What is sent of an address as it stands, besides letters and digits (https://url.spec.whatwg.org).
_SENT = "!$%&'()*+,-./:;=?@[\\]^_|~"
_SENT_IN_QUERY = "`{}"
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def joined(base: str, address: str) -> str:
    """What `urljoin` gives, for a tenth of its time where nothing needs care; ValueError where it raises one."""
    if address.startswith("http") and _WHOLE.fullmatch(address):
        return address
    if place := _place(base):
        host, folder = place
        if _ROOTED.fullmatch(address):
            return host + address
        if _OTHER.fullmatch(address):
            return address
        if _BESIDE.fullmatch(address):
            return folder + address
    return urljoin(base, address)


@lru_cache(maxsize=64)  # the few pages whose links are followed
def _place(base: str) -> tuple[str, str] | None:
    """How the addresses begin that stand at the host, and in the folder, of an address; None where it needs care."""
    found = _BASE.fullmatch(base)
    return (found[2], found[1]) if found else None


def canonical_url(
    url: str,
    *,
    keep_params: tuple[str, ...] | None = None,
    drop_params: tuple[str, ...] = (),
    keep_fragment: bool = False,
) -> str:
    """The address without what may differ between two links to one page: scheme, host spelling, sessions, tracking.

    With `keep_params` only these query parameters survive, in that order and only with a value. A fragment is dropped
    unless it points at a text (`#:~:text=`) or `keep_fragment` says that it tells two items of one page apart.
    """
    if bare := _bare(url):
        return bare[0] + bare[1]
    return _canonical(url, keep_params, drop_params, keep_fragment)


@lru_cache(maxsize=4096)  # a page is asked for its links by who lists them, who pages on and who guards it
def _canonical(url: str, keep_params: tuple[str, ...] | None, drop_params: tuple[str, ...], keep_fragment: bool) -> str:
    parts = split_address(url)
    if parts is None:
        return url.strip()
    path = _escaped(_SESSION_IN_PATH.sub("", parts.path) if ";" in parts.path else parts.path) or "/"
    query = _query(parts.query, keep_params, drop_params) if parts.query else ""
    fragment = parts.fragment if keep_fragment or parts.fragment.startswith(_TEXT_FRAGMENT) else ""
    return f"{_origin(parts)}{path}" + (f"?{query}" if query else "") + (f"#{_escaped(fragment)}" if fragment else "")


@lru_cache(maxsize=8192)
def address_key(url: str) -> str:
    """What tells the page behind a canonical address from every other: all spellings of one address have one key.

    Besides what `canonical_url` folds, the scheme, `www.`, the name of a folder's own page, a slash at the end, the
    order of parameters, and parameters without a value make no difference.
    """
    if bare := _bare(url):
        return bare[0].partition("://")[2].removeprefix("www.") + _key_path(bare[1])
    parts = split_address(url)
    if parts is None:
        return url.strip()
    canonical = canonical_url(url, keep_fragment=True)
    whole = split_address(canonical) or urlsplit(canonical)
    host = whole.netloc.removeprefix("www.")
    path = _key_path(whole.path)
    if not whole.query and not whole.fragment:
        return f"{host}{path}"
    pairs = sorted(pair for pair in whole.query.split("&") if pair and pair.partition("=")[1:] != ("=", ""))
    fragment = f"#{whole.fragment}" if whole.fragment else ""
    return f"{host}{path}" + (f"?{'&'.join(pairs)}" if pairs else "") + fragment


def _key_path(path: str) -> str:
    return _FOLDER_PAGE.sub("/", re.sub("//+", "/", path) if "//" in path else path).rstrip("/")


def at_host(key: str, host: str) -> str:
    """The key that the same page has at another host."""
    return host.lower().removeprefix("www.").rstrip(".") + key[len(key_host(key)) :]


def key_host(key: str) -> str:
    """The host in a key made by `address_key`."""
    return re.split(r"[/?#]", key, maxsplit=1)[0]


def tail_of(url: str) -> str:
    """What names a page inside its section: its parameters, else the last part of its path; '' when that says little.

    The same story in two sections of a site has two addresses with one tail: `/news/20210202_1994.html` and
    `/notices/20210202_1994.html`, or `board1.do?id=37596` and `board2.do?id=37596`.
    """
    path, _, query = address_key(url).partition("?")
    if query:
        return query if re.search(r"=[^&]*\d{3}", query) else ""
    name = path.rpartition("/")[2] if "/" in path else ""
    return name if len(name) >= _NAMING else ""


def tongue_of(url: str) -> str:
    """The tongue that an address names (`/en/`, `jp.library.example`, `?lang=ko`); '' when it names none."""
    parts = split_address(url)
    if parts is None:
        return ""
    asked = [pair.partition("=") for pair in parts.query.lower().split("&")]
    named = [value for name, _, value in asked if name in _TONGUE_PARAMETERS]
    folders = parts.path.lower().split("/")[1:-1][:2]
    names = (name.replace("_", "-") for name in (*named, *folders, _host(parts).partition(".")[0]))
    return next((_TONGUES[name] for name in names if name in _TONGUES), "")


@lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    """The host that answers for this address, with its port where that is not the usual one; '' for no web address."""
    if bare := _bare(url):
        return bare[0].partition("://")[2]
    parts = split_address(url)
    return _origin(parts).partition("://")[2] if parts is not None else ""


def path_and_query(url: str) -> tuple[str, str]:
    """The two parts of an address, of which web addresses have the one or the other."""
    if bare := _bare(url):
        return bare[1], ""
    parts = split_address(url) or urlsplit(url)
    return parts.path, parts.query


class Place(Struct, frozen=True):
    """Where an address leads, in the letters that can be sent; user names and fragments are left out."""

    scheme: str
    host: str
    port: int | None  # None: the usual one
    target: str  # path and query

    @property
    def site(self) -> str:
        """The host as a request names it, with its port where that is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.site}{self.target}"


def place_of(url: str) -> Place:
    """Where this web address leads; ValueError where it is none, or none that can be sent."""
    parts = split_address(url)
    if parts is None or _CONTROL.search(url):
        raise ValueError(f"not a web address: {url[:100]!r}")
    path = _without_dots(_sendable(parts.path)) or "/"
    asks = parts.query or url.partition("#")[0].endswith("?")
    query = f"?{_sendable(parts.query, _SENT_IN_QUERY)}" if asks else ""
    return Place(parts.scheme, *_server(parts.scheme, parts.netloc), path + query)


@lru_cache(maxsize=4096)
def _server(scheme: str, netloc: str) -> tuple[str, int | None]:
    """The host that is connected to, and its port where that is not the usual one."""
    parts = SplitResult(scheme, netloc, "", "", "")
    return _host(parts).strip("[]"), None if parts.port == _USUAL_PORTS[scheme] else parts.port


def sent_fragment(url: str) -> str:
    """The fragment of an address with its mark, in the letters that can be sent; '' without one."""
    _, mark, fragment = url.partition("#")
    return mark + _sendable(fragment)


def _sendable(text: str, also: str = "") -> str:
    """The text with escapes for all that cannot be sent; a per cent sign stays as it is, be it of an escape or not."""
    return text if _PLAIN.fullmatch(text) else quote(text, safe=_SENT + also, errors="replace")


def _without_dots(path: str) -> str:
    """The path without steps to here and up (RFC 3986, 5.2.4)."""
    steps = path.split("/")
    if "." not in steps and ".." not in steps:
        return path
    taken: list[str] = []
    for step in steps:
        if step == ".." and taken not in ([], [""]):
            taken.pop()
        elif step not in (".", ".."):
            taken.append(step)
    return "/".join(taken)


def is_bare(url: str) -> bool:
    """Whether this is a complete web address that is written in one way alone: a usual host, and a path of letters."""
    return _bare(url) is not None


@lru_cache(maxsize=8192)  # of what a list links it is asked again and again
def _bare(url: str) -> tuple[str, str] | None:
    """How all addresses at its host begin, and its path, of a web address that is written in one way alone."""
    found = _BARE.fullmatch(url)
    return (_site(found[1], found[2])[1], found[3]) if found else None


def is_web_address(url: str) -> bool:
    """Whether this is a complete http or https address."""
    return is_bare(url) or split_address(url) is not None


@lru_cache(maxsize=4096)  # the few addresses of a poll are asked about again and again
def split_address(url: str) -> SplitResult | None:
    """The parts of a complete http or https address; None for everything else."""
    usual = _USUAL.fullmatch(url)
    try:
        parts = SplitResult(*usual.groups("")) if usual else urlsplit(url.strip())
        return parts if parts.scheme in ("http", "https") and _host(parts) else None
    except ValueError:
        return None


def _host(parts: SplitResult) -> str:
    return _site(parts.scheme, parts.netloc)[0]


def _origin(parts: SplitResult) -> str:
    return _site(parts.scheme, parts.netloc)[1]


@lru_cache(maxsize=4096)
def _site(scheme: str, netloc: str) -> tuple[str, str]:
    """The name of the host, and how its addresses begin; ValueError where the port is none."""
    parts = SplitResult(scheme, netloc, "", "", "")
    host, port = _clean_host(parts.hostname or ""), parts.port
    return host, f"https://{host}" if port in (None, 80, 443) else f"{scheme}://{host}:{port}"


def _clean_host(host: str) -> str:
    host = host.rstrip(".")
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
    if _PLAIN.fullmatch(text):
        return text
    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(re.sub(r"%([0-9A-Fa-f]{2})", _escape, text), safe=_SAFE, errors="replace")


def _escape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def words_of(url: str) -> str:
    """A title for an address that nothing else is known of: the words of its last part, else the whole path."""
    parts = split_address(url)
    path = unquote_plus(parts.path if parts else url).rstrip("/")
    words = re.sub(r"[-_+\s]+", " ", re.sub(r"\.\w{2,5}$", "", path.rpartition("/")[2])).strip()
    return words if re.search(r"[^\W\d]", words) else path or url
