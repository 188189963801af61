"""The language of a text, told from its script: for screen readers, fonts and hyphenation. Pure."""

from __future__ import annotations

import re

_KANA = re.compile("[\u3040-\u30fa\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
# Languages of the region whose own text is not in Latin letters.
_NOT_LATIN = re.compile("ar|bn|dv|dz|el|fa|he|hi|hy|ja|ka|kk|km|ko|ky|lo|mn|my|ne|ps|ru|si|ta|tg|th|ur|zh")


def east_asian_language(text: str, hint: str | None = None) -> str | None:
    """`zh`, `ja` or `ko` (or the more exact `hint`) when the text holds such characters, else None."""
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    if _HAN.search(text):
        return hint if hint is not None and hint[:2] in ("zh", "ja", "ko") else "zh"
    return None


def language_of(text: str, hint: str | None = None) -> str | None:
    """The language of most of the text, told from its script; `hint` decides where a script serves many languages."""
    east = len(_KANA.findall(text)) + len(_HANGUL.findall(text)) + len(_HAN.findall(text))
    latin = len(_LATIN.findall(text))
    others = sum(map(str.isalpha, text)) - east - latin
    if 3 * east > latin + others:  # one such character carries about as much as three letters
        return east_asian_language(text, hint)
    own_script = hint is not None and _NOT_LATIN.fullmatch(hint.partition("-")[0]) is not None
    if others > latin:
        return hint if own_script else None
    return "en" if own_script else hint or "en"
