"""Bytes to text, by the order that gets East Asian library pages right.

Byte order mark > valid UTF-8 with a multi-byte sequence > HTTP header > meta in the first 8 kB > XML declaration >
detector > UTF-8 with replacements. Declared names are read as their supersets, as browsers do (WHATWG Encoding).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "euc_kr": "cp949",
    "johab": "johab",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
}
_SPELLINGS = {
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "windows-874": "cp874",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "unicode": "utf-16",
}
# Codecs of Python that no page means; UTF-7 hides markup from whoever checks it.
_NO_CHARSETS = frozenset(("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7", "charmap"))
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Later metas exist in the wild: Miniflux keeps a fixture beyond the 1,024 bytes that the HTML standard looks at.
_META_BYTES = 8192
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)")
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text with the encoding that was used and how many characters could not be read."""

    text: str
    encoding: str
    replaced: int


def decode(body: bytes, content_type: str = "") -> Decoded:
    """The text of a fetched body; never fails: what cannot be read is U+FFFD, and counted."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], encoding)
    if not body.isascii() and (text := _valid_utf8(body)) is not None:
        return Decoded(text, "utf-8", text.count("\ufffd"))
    declared = _declared(body, content_type)
    # A declaration of UTF-8 that the bytes contradict says nothing: the detector may know better.
    if declared and not (declared == "utf-8" and _detected(body)):
        return _decoded(body, declared)
    return _decoded(body, "utf-8" if body.isascii() else _detected(body) or "utf-8")


def _valid_utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _decoded(body: bytes, encoding: str) -> Decoded:
    text = body.decode(encoding, "replace")
    return Decoded(text, encoding, text.count("\ufffd"))


def _declared(body: bytes, content_type: str) -> str | None:
    header = _HEADER.search(content_type)
    names = [header[1]] if header else []
    for pattern in (_META, _XML):
        if match := pattern.search(body[:_META_BYTES]):
            names.append(match[1].decode("ascii", "replace"))
    return next((encoding for encoding in map(_superset, names) if encoding), None)


def _superset(name: str) -> str | None:
    """The Python codec that reads what is declared under this name; None when nobody knows the name."""
    name = name.lower()
    if name in _SPELLINGS:
        return _SPELLINGS[name]
    try:
        known = codecs.lookup(name).name
        b"\xff-".decode(known, "replace")  # base64 and other codecs that are no character set refuse
    except (LookupError, ValueError):
        return None
    return None if known in _NO_CHARSETS else _SUPERSETS.get(known, known)


def _detected(body: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(body[:65536]).best()
    return _superset(best.encoding) if best else None
