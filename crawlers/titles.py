"""What a title and a summary say, without what changes while they say the same. Pure.

Spelling of letters, case, spaces, punctuation, badges and the marks of a cut are no part of what a title says; counters
of visits and words such as "today" are no part of what a summary says.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

from crawlers.pages.plain import weight

STEM_LETTERS = 8  # two titles are compared in full only if they begin with the same letters
DISTINCTIVE = 16  # weight from which a title names one thing: "Monthly report", "お知らせ" and "휴관 안내" are below it
_CUT = re.compile(r"\s*(?:…|\.{3,}|⋯|\[(?:…|\.{3})\]|&hellip;)\s*$")
_CUT_ENDS = ("…", "...", "⋯", "[…]", "[...]", "&hellip;")  # what ends with none of these needs no closer look
_BADGE = r"(?:new|hot|n|up|updated?|notice|pinned|공지|새\s?글|置顶|置頂|新着|最新|шинэ)"
_BADGES = re.compile(rf"^(?:[\[(【<（]\s*{_BADGE}\s*[\])】>）]\s*)+|(?:\s*[\[(【<（]\s*{_BADGE}\s*[\])】>）])+$", re.I)
_BRACKETS = frozenset("[(【<（])】>）")  # of a badge
_LAST_BADGE = re.compile(r"(?<=[^\s])\s+(?:new!?|new|hot|n|새\s?글|新着|шинэ)\s*$", re.IGNORECASE)
_LAST_BADGES = ("new", "new!", "hot", "n", "글", "新着", "шинэ")  # what ends with none of these has none at its end
_NUMBER = r"\d[\d,.  ]*\s?(?:k|万|만)?"
_VISITS = re.compile(
    rf"(?:조회\s?수?|hits?|views?|viewed|read(?:s|ers)?|閲覧(?:数|回数)?|浏览(?:次数|量)?|瀏覽(?:次數|量|人次)?"
    rf"|点击(?:率|量|次数|数)?|點閱(?:率|次數)?|阅读(?:量|数|次数)?|үзсэн|үзэлт|просмотр\w*)\s*[:：]?\s*{_NUMBER}(?:times|次|回|회)?"
    rf"|{_NUMBER}(?:views?|hits?|times\s+(?:viewed|read)|회\s?조회|次(?:浏览|阅读|点击)|人次|回閲覧|удаа үзсэн)",
    re.IGNORECASE,
)
_TODAY = re.compile(
    r"(?:\b(?:an?|\d+)\s(?:second|minute|hour|day|week|month)s?\sago\b|\b(?:today|yesterday|just now)\b"
    r"|\d+\s?(?:秒|分鐘|分钟|分|小時|小时|時間|天|日)之?前|(?:今天|昨天|今日|昨日|本日)"
    r"|\d+\s?(?:초|분|시간|일)\s?전|오늘|어제|өнөөдөр|өчигдөр)(?:[\s,]*\d{1,2}:\d{2}(?::\d{2})?)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def folded(title: str) -> str:
    """What a title says, in one spelling: for comparing, not for showing."""
    text = unicodedata.normalize("NFKC", title).casefold()
    if (words := text.replace(" ", "")).isalnum() and not text.rstrip().endswith(_LAST_BADGES):
        return words  # no reference, mark of a cut, bracket or badge is in it
    plain = _plain(title)
    text = unicodedata.normalize("NFKC", _CUT.sub("", plain) if _ends_cut(plain) else plain).casefold()
    bare = _BADGES.sub("", text) if text[:1] in _BRACKETS or text[-1:] in _BRACKETS else text
    bare = _LAST_BADGE.sub("", bare) if bare.rstrip().endswith(_LAST_BADGES) else bare
    return _letters(bare) or _letters(text) or text.strip()


def is_cut(title: str) -> bool:
    """Whether the title ends with the mark of one that goes on elsewhere."""
    return _ends_cut(_plain(title))


def _ends_cut(plain: str) -> bool:
    return plain.rstrip().endswith(_CUT_ENDS)


def stem_of(fold: str) -> str:
    """The beginning by which folded titles are looked up."""
    return fold[:STEM_LETTERS]


def is_distinctive(fold: str) -> bool:
    """Whether a folded title is long enough to name one thing, not a kind of thing."""
    return weight(fold) >= DISTINCTIVE


def alike(one: str, other: str) -> bool:
    """Whether two folded titles share most of their pairs of letters, or one stands in the other."""
    if one in other or other in one:
        return bool(one and other) or one == other
    pairs, others = _pairs(one), _pairs(other)
    return len(pairs & others) >= 0.4 * min(len(pairs), len(others))


def same_title(one: str, other: str) -> bool:
    """Whether two titles say the same, or one is the other cut short."""
    if one == other:
        return True
    first, second = folded(one), folded(other)
    return first == second or (is_cut(one) and second.startswith(first)) or (is_cut(other) and first.startswith(second))


def says(summary: str) -> str:
    """What a summary says, in one spelling, without counters of visits and words that are true for one day only."""
    text = unicodedata.normalize("NFKC", _plain(summary))
    return _letters(_TODAY.sub(" ", _VISITS.sub(" ", text)).casefold())


def _plain(text: str) -> str:
    """The text without character references, also where a page wrote them twice."""
    return html.unescape(html.unescape(text)) if "&" in text else text


def _letters(text: str) -> str:
    """Letters, their marks and digits alone: the vowel signs of Indic and Thai scripts belong to them."""
    if (words := text.replace(" ", "")).isalnum():
        return words
    if text.isascii():
        return text.encode().translate(None, _SIGNS).decode()
    run = "".join(text.split())
    return run if run.isalnum() else run.translate(_KEPT)


_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum())  # of ASCII: for bytes this costs a tenth


class _Kept(dict[int, int | None]):
    """A table for str.translate that drops all but letters, marks and digits; what it was asked once it knows."""

    def __missing__(self, code: int) -> int | None:
        self[code] = code if unicodedata.category(chr(code))[0] in "LMN" else None
        return self[code]


_KEPT = _Kept()


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)} or {text}
