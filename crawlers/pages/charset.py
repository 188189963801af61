"""Bytes to text, by the order that gets East Asian library pages right.

Byte order mark > valid UTF-8 with a multi-byte sequence > HTTP header > meta in the first 8 kB > XML declaration >
detector > UTF-8 with replacements. Declared names are read as their supersets, as browsers do (WHATWG Encoding). A
declaration that the bytes contradict gives way to the next.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from msgspec import Struct

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
    "iso8859-9": "cp1254",
    "iso2022_jp": "iso2022_jp_ext",
}
_SPELLINGS = {
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-sjis": "cp932",
    "x-euc-jp": "euc_jp",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "windows-874": "cp874",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "eucjp-ms": "euc_jp",
    "cp51932": "euc_jp",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "dos-874": "cp874",
    "csiso2022jp": "iso2022_jp_ext",
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


# What a reader need not notice; beyond it a declaration is contradicted by the bytes.
TOLERATED_SHARE = 0.005
_MULTI_BYTE = frozenset(("gb18030", "big5hkscs", "cp950", "cp932", "euc_jp", "cp949", "utf-8"))
_SECOND_CHOICE = {"big5hkscs": "cp950"}  # the euro sign and a few line drawings
_HIGH_RUN = re.compile(rb"[\x80-\xff]{6}")  # no Western text has so many letters beyond ASCII in a row
_EUC_ROWS = "japanese-rows"


class Decoded(Struct, frozen=True):
    """A text with the encoding that was used and how many characters could not be read."""

    text: str
    encoding: str
    replaced: int

    @property
    def replaced_share(self) -> float:
        """The part of the text that could not be read, between 0 and 1."""
        return self.replaced / len(self.text) if self.text else 0.0


@lru_cache(maxsize=1)  # a page is read, and then looked at
def decode(body: bytes, content_type: str = "") -> Decoded:
    """The text of a fetched body; never fails: what cannot be read is U+FFFD, and counted."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], encoding)
    if not body.isascii() and (text := _valid_utf8(body)) is not None:
        return Decoded(text, "utf-8", text.count("\ufffd"))
    if body.startswith((b"<\x00", b"\x00<")):
        return _decoded(body, "utf-16-le" if body[:1] == b"<" else "utf-16-be")
    tried = []
    for encoding in _declared(body, content_type):
        found = _decoded(body, encoding)
        if found.replaced_share <= TOLERATED_SHARE:
            return found
        tried.append(found)
    detected = _detected(body) or "utf-8"
    # An encoding of single bytes reads everything, so that it reads this is no evidence against a declaration.
    if not tried or detected in _MULTI_BYTE:
        tried.append(_decoded(body, detected))
    return min(tried, key=lambda found: found.replaced)


def _valid_utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _decoded(body: bytes, encoding: str) -> Decoded:
    text = body.decode(encoding, _EUC_ROWS if encoding == "euc_jp" else "replace")
    replaced = text.count("\ufffd")
    if replaced and (other := _SECOND_CHOICE.get(encoding)):
        again = body.decode(other, "replace")
        if again.count("\ufffd") < replaced:
            return Decoded(again, other, again.count("\ufffd"))
    return Decoded(text, encoding, replaced)


def _vendor_rows(error: UnicodeError) -> tuple[str, int]:
    """What EUC-JP of Windows has in rows that the standard leaves empty (①, ㈱): those of Shift_JIS, in its order."""
    assert isinstance(error, UnicodeDecodeError)
    pair = error.object[error.start : error.start + 2]
    if len(pair) < 2 or min(pair) < 0xA1 or max(pair) > 0xFE:
        return "\ufffd", error.start + 1
    row, cell = pair[0] - 0xA1, pair[1] - 0xA1
    lead = row // 2 + (0x81 if row < 62 else 0xC1)
    trail = cell + 0x9F if row % 2 else cell + (0x40 if cell < 63 else 0x41)
    return bytes((lead, trail)).decode("cp932", "replace")[:1], error.start + 2


codecs.register_error(_EUC_ROWS, _vendor_rows)


def _declared(body: bytes, content_type: str) -> list[str]:
    """The encodings that are declared, the most binding first."""
    header = _HEADER.search(content_type)
    told = [_superset(header[1])] if header else []
    for pattern in (_META, _XML):
        if match := pattern.search(body[:_META_BYTES]):
            name = _superset(match[1].decode("ascii", "replace"))
            told.append(None if name and name.startswith("utf-16") else name)  # it could not have been read so
    names = [name for name in told if name]
    if not names and b"\x1b$" in body:
        return ["iso2022_jp_ext"]
    # Western is what servers and editors declare when nobody told them, so what else is declared goes before it.
    western = [name for name in names if name == "cp1252" and not _HIGH_RUN.search(body)]
    # A declaration of UTF-8 that the bytes contradict says nothing.
    return [name for name in names if name != "cp1252" and (name != "utf-8" or body.isascii())] + western


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
    if body.isascii():
        return None
    if _looks_like_shift_jis(body):
        return "cp932"
    from charset_normalizer import from_bytes

    best = from_bytes(body[:65536]).best()
    return _superset(best.encoding) if best else None


def _looks_like_shift_jis(body: bytes) -> bool:
    """Whether these can be the bytes of Japanese words in Shift_JIS, and hardly those of another encoding.

    A general detector needs more text than a short page has; Shift_JIS is known by the bytes that begin its characters:
    0x82 and 0x83 for kana, 0x88 to 0x9F for most characters, where others have none or rare ones.
    """
    try:
        text = body[:65536].decode("cp932", "ignore" if len(body) > 65536 else "strict")
    except UnicodeDecodeError:
        return False
    leads = [character.encode("cp932")[0] for character in text[:4000] if character > "\x7f"]
    usual = sum(lead in (0x81, 0x82, 0x83) or 0x88 <= lead <= 0x9F for lead in leads)
    return len(leads) > 1 and usual >= 0.9 * len(leads)
