"""The title of one record: the words that name it, whole, without badges, dates and labels for screen readers."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import islice

from lxml.html import HtmlElement

from crawlers.pages.list_boxes import Record, has_no_box, link_words
from crawlers.pages.list_words import is_date_like, is_number, names_file, says_nothing, says_only_when, without_dates
from crawlers.pages.plain import one_line, weight
from crawlers.pages.tree import BLOCKS, text_blocks, visible_text

_BADGES = frozenset(
    word
    for words in (
        "new|n|hot|h|up|top|notice|pinned|sticky|featured|important|updated|pdf|new!",
        "공지|공지사항|새글|새 글|중요|필독|첨부|첨부파일|파일첨부|첨부파일 있음|비밀글|제목|신규",
        "置顶|置頂|热|熱|新|最新|推荐|推薦|头条|顶|頂|标题|標題|公告|新着|重要|注目|更新|タイトル|件名",
        "шинэ|чухал|онцлох|mới|nổi bật|ghim|baru|terbaru|penting|ใหม่|ใหม่!|สำคัญ|ปักหมุด|ประกาศ",
        "جدید|مهم|جديد|هام|ویژه|عاجل",
    )
    for word in words.split("|")
)
_BRACKETED = "공지|공지사항|새글|NEW|置顶|置頂|新着|NOTICE|ใหม่|mới|baru|шинэ|جدید|جديد"
_LEADING_BADGE = re.compile(
    rf"(?:[\[【(（〔［](?:{_BRACKETED})[\]】)）〕］]\s*|(?:공지|새글|置顶|置頂|新着|(?-i:NEW)!?|ใหม่)\s+)+",
    re.IGNORECASE,
)
_TRAILING_BADGE = re.compile(
    rf"(?:\s*[\[【(（](?:{_BRACKETED}|N)[\]】)）]|\s+(?-i:NEW!?|새글|新着|ใหม่!?|N|HOT)|(?<=[^\x00-\x7f])(?:NEW!?"
    rf"|ใหม่!))+$",
    re.IGNORECASE,
)
_BADGE_ENDS = (
    "]",
    "】",
    ")",
    "）",
    "new",
    "new!",
    "새글",
    "新着",
    "ใหม่",
    "ใหม่!",
    "n",
    "hot",
)  # the ends of all of these
_UNHEARD = re.compile(
    r"(?:^|[\s_-])(?:blind|sr-only|screen-?reader(?:-text)?|assistive-?text|visually-?hidden|hidden|hide|skip|mTit|badge|label-new"
    r"|ico(?:n)?(?:_?new)?|comment(?:s|-?count|_cnt)?|cmt"
    r"|replyNum|reply_?(?:cnt|count))(?:$|[\s_-])",
    re.IGNORECASE,
)
_NUMBER_CLASS = re.compile(r"(?:^|[\s_-])(?:num(?:ber)?|no|docket|idx)(?:$|[\s_-])", re.IGNORECASE)
_DATE_CLASS = re.compile(r"date|time|day|month|meta|posted|info", re.IGNORECASE)
_DATE_ALONE = re.compile(r"[\[(（【]?\s*[\d\s./\-:年月日년월일,〜~]{4,}[\])）】]?")
_COUNT = re.compile(r"[\[(（]\s*\d{1,4}\s*[\])）]|\+\d{1,3}")
_BRACKETED_WORD = re.compile(r"\[[^\[\]]{1,12}\]")
_DIGITS = re.compile(r"\d+")
_BULLET = re.compile(r"(?:[·•・▪■□◆◇●▶►»›]|\.(?=[^\x00-\x7f]|(?:19|20)\d\d))\s*(?=\S)")
_CUT = re.compile(r"(?:…|\.\.\.?|⋯+)\s*$")
_CUT_ENDS = ("…", "..", "⋯")  # the ends of all of these
_TITLE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:tit|title|subject|headline|subtit|subj|tt|bt|ttl)(?:$|[\s_-])|tit(?:le)?(?:$|\s)|(?:^|\s)tit"
    r"|(?:Title|Subject|Headline)|[a-z]{3}Tit(?:$|\s)",
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BOLD = ("strong", "b")
_BOLD_STYLE = re.compile(r"font-weight:\s*(?:bold|[6-9]00)")
_TITLE_COLUMN = re.compile(
    r"제\s*목|标题|標題|主旨|题名|件\s*名|タイトル|題名|title|subject|headline|case name|caption|name of|tiêu đề"
    r"|trích yếu|judul|perihal|หัวข้อ|เรื่อง|ชื่อ|عنوان|гарчиг|нэр"
    r"|^(?:name|meeting|matter|parties|party|style|description|document|notice|topic|appellant.{0,12}"
    r"|case(?: name| style| title)?)s?$",
    re.IGNORECASE,
)
_BETWEEN = " *•·-–—:;,|"  # what stands between a number and the name behind it
_EMPTIED = re.compile(r"\s*[\[(]\s*[\])]")  # brackets around a link that was left out
_DAY_BEFORE = re.compile(r"([^:–—]{6,40}?)\s?[:–—]\s?(?=\S)")
_DAY_BEHIND = re.compile(r"\s*[|(\[–—·;]\s*([^|()\[\]–—·;]{6,40}?)\s*[)\]]?\s*\Z")
_DOCKET_LINE = re.compile(r"(?:[^\W\d]{2,12}\.?\s){0,3}(?:[Nn]os?\.?|#)\s?[\dA-Z][\dA-Z:/-]{3,}[.:,;]?")
_PARTIES = re.compile(r"\w\s(?:v|vs)\.?\s\w")  # what names a case, however short
_GOES_ON = re.compile(r"(?:\bv\.?|[,;&–-])$")  # the name is told on the next line, too
_DOCKET_BEFORE = re.compile(r"(?!(?:19|20)\d\d\s)[A-Z]{0,4}\d[\dA-Z/-]{3,}[.,:;]?\s+[*•·–—-]?\s*(?=[^\W\d])")
_SENTENCE_ENDS = (".", "。", "…", "!", "?", "！", "？", "।")
_HEADERS = 3  # rows at the top of a table that may name its columns
_LONGEST_HEADER = 40  # characters
_NAMES = 8  # weight from which words name a record
_LONGEST_NAME = 60  # weight of a line that is one


def without_badges(title: str) -> str:
    """The title without words such as [공지], 置顶 or NEW at its ends."""
    leading = _LEADING_BADGE.match(title)
    words = title[leading.end() :] if leading else title
    return (_TRAILING_BADGE.sub("", words) if words.lower().endswith(_BADGE_ENDS) else words).strip() or title


def without_day_behind(words: str) -> tuple[str, str]:
    """The words without a day behind their last mark ("… | January 5, 2021", "… (filed January 5, 2021)"), and that."""
    behind = _DAY_BEHIND.search(words)
    return (words[: behind.start()], behind[1]) if behind and says_only_when(behind[1]) else (words, "")


def title_of(record: Record) -> tuple[HtmlElement, str]:
    """The element that carries a record's title, and its words; '' when nothing names the record."""
    headed = _headed(record.links) if len(record.links) > 1 else ()
    named, words = _longest([_named_part(link) for link in headed or record.links])
    of_file = names_file(words)
    silent = says_nothing(words) or is_number(words) or says_only_when(words)
    if words and not silent and not of_file and not record.unnamed:
        heading = _heading_of_lead(record, words)
        return (named, words) if heading is None else (heading, label(heading))
    if (is_number(words) or of_file or record.unnamed) and has_no_box(record.boxes[0]) and len(record.boxes) == 1:
        beside = without_dates(one_line(record.loose)).strip(_BETWEEN)
        if weight(beside) >= _NAMES:
            return named, beside
    found = _other_name(record, named)
    told = _words_beside(found, record.links) if found is not None else ""
    if found is not None and (not of_file or weight(told) > min(weight(words), weight(_DIGITS.sub("", words)) + 1)):
        return found, told
    if words and not says_nothing(words):
        return named, words
    texts = [named.get("title"), *(image.get("alt") for image in named.iter("img")), named.get("aria-label")]
    return named, next((told for text in texts if (told := one_line(text or "")) and not says_nothing(told)), "")


def _heading_of_lead(record: Record, words: str) -> HtmlElement | None:
    """The heading that is linked nowhere and stands above the sentence that is linked; None where there is none."""
    if not words.endswith(_SENTENCE_ENDS) or weight(words) <= _LONGEST_NAME:
        return None
    for part in record.boxes[0].iter():
        if part in record.links:
            return None
        if part.tag in HEADINGS and not says_only_when(visible_text(part)):
            told = _named_weight(part)
            linked = next(part.iter("a"), None) is not None
            return part if not linked and _NAMES <= told < weight(words) else None
    return None


def _words_beside(found: HtmlElement, links: Sequence[HtmlElement]) -> str:
    """The words of an element beside the links, without other links that say nothing, and a day or number before."""
    skip = {*links, *(link for link in found.iter("a", "button") if says_nothing(visible_text(link)))}
    lines = _told_lines(found, skip)
    told = _first_name(lines, found) if len(lines) > 1 else label(found, skip)
    told = _EMPTIED.sub("", told).lstrip(_BETWEEN)
    day, docket = _DAY_BEFORE.match(told), _DOCKET_BEFORE.match(told)
    if day and says_only_when(day[1]):
        told = told[day.end() :]
    elif docket:
        told = told[docket.end() :]
    return told


def _first_name(lines: Sequence[str], found: HtmlElement) -> str:
    """The lines without the number of a case above them, and of a cell only the first where this is a name."""
    named = lines[1:] if _DOCKET_LINE.fullmatch(lines[0]) else lines
    long_enough = weight(named[0]) >= _NAMES or _PARTIES.search(named[0])
    is_name = found.tag in ("td", "th") and long_enough and not _GOES_ON.search(named[0])
    return named[0] if is_name else " ".join(named)


def _headed(links: Sequence[HtmlElement]) -> list[HtmlElement]:
    """The links in headings, in bold type or called titles, that say something: others repeat the summary."""
    return [link for link in links if _is_headed(link) and _named_weight(link) >= _NAMES]


def _is_headed(link: HtmlElement) -> bool:
    above = link.getparent()
    if any(_TITLE_CLASS.search(part.get("class") or "") for part in (link, above) if part is not None):
        return True
    within = next(link.iterancestors(*HEADINGS, *_BOLD), None)
    return within is not None or any(map(_named_weight, link.iterdescendants(*HEADINGS, *_BOLD)))


def _longest(parts: Sequence[HtmlElement]) -> tuple[HtmlElement, str]:
    """The part that says most and its words; one that another repeats behind "Read more:" is left to the other."""
    told = [(part, label(part)) for part in parts]
    if len(told) > 1:
        told.sort(key=lambda pair: -_words_weight(pair[1]))
    best, words = told[0]
    for part, shorter in told[1:]:
        if _words_weight(shorter) >= _NAMES and words.endswith(shorter):
            best, words = part, shorter
    return best, words


def _words_weight(words: str) -> int:
    return 0 if says_nothing(words) else weight(words)


def _named_weight(part: HtmlElement) -> int:
    return _words_weight(label(part))


def _other_name(record: Record, named: HtmlElement) -> HtmlElement | None:
    """A heading, a part called title, the cell under such a header, or the part that says most."""
    cells = _titled_cells(record)
    boxes = (*cells, *(_row_around(record) if is_number(label(named)) else record.boxes))
    parts = [part for box in boxes for part in box.iter() if isinstance(part.tag, str)]
    told = {part: _words_weight(label(part, record.links)) for part in parts}
    for chosen in (
        cells,
        [
            part
            for part in parts
            if part.tag in (*HEADINGS, *_BOLD, "dt") or _BOLD_STYLE.search(part.get("style") or "")
        ],
        [part for part in parts if _TITLE_CLASS.search(part.get("class") or "")],
    ):
        best = max(chosen, key=lambda part: told[part], default=None)
        words = "" if best is None else label(best, record.links)
        if (
            best is not None
            and weight(words) > 1
            and not (_only_date(best) or is_number(words) or says_only_when(words))
        ):
            return _with_what_follows(best)
    inside = set(named.iter()) if says_only_when(label(named)) else {named}
    own = [part for part in parts if part.tag != "a" and _has_words(part) and part not in inside]
    worded = [part for part in own if told[part] >= _NAMES and not says_only_when(visible_text(part))]
    undated = [part for part in worded if not is_date_like(visible_text(part)[:60])]
    best = max(undated or worded, key=lambda part: told[part], default=None)
    linked = _linked_before(best, parts, record) if record.unnamed else None
    return best if linked is None else linked


def _with_what_follows(part: HtmlElement) -> HtmlElement:
    """The cell or line whose first words in bold type are no whole title."""
    line = part.getparent()
    begins = part.tag in _BOLD and line is not None and not (line.text or "").strip() and line[0] is part
    goes_on = begins and len(line) == 1 and "," in ((part.text or "").rstrip()[-1:], (part.tail or "")[:1])
    return line if goes_on and weight(visible_text(line)) <= _LONGEST_NAME else part


def _linked_before(best: HtmlElement | None, parts: Sequence[HtmlElement], record: Record) -> HtmlElement | None:
    """A link to elsewhere that stands first in a record: the body that met, before "Agenda" and the room."""
    for part in parts:
        if part is best:
            return None
        own = part.tag == "a" and part not in record.links and link_words(part) not in record.common
        words = label(part) if own else ""
        if _words_weight(words) >= _NAMES and not is_date_like(words):
            return part
    return None


def _row_around(record: Record) -> Sequence[HtmlElement]:
    """The innermost row or block around the first link that has other words: beside a number stands its name."""
    for above in record.links[0].iterancestors():
        if above in record.boxes or above.getparent() is None:
            break
        if _words_weight(label(above, record.links)) >= _NAMES:
            return (above,)
    return record.boxes


def _titled_cells(record: Record) -> list[HtmlElement]:
    """The first cell under a header like "title" that holds a name, for the column of cases may hold their numbers."""
    row = record.boxes[0]
    columns = zip(column_names(row), (cell for cell in row if cell.tag in ("td", "th")), strict=False)
    titled = (cell for name, cell in columns if _TITLE_COLUMN.search(name))
    return [cell for cell in titled if not is_number(visible_text(cell))][:1]


def column_names(row: HtmlElement) -> list[str]:
    """The words of the header cells of the table that a row stands in; [] for what is no row."""
    table = next(row.iterancestors("table"), None) if row.tag == "tr" else None
    if table is None:
        return []
    for header in islice(table.iter("tr"), _HEADERS):
        if header is row:
            break
        names = [visible_text(cell) for cell in header if cell.tag in ("th", "td")]
        if len(names) > 1 and not any(len(name) > _LONGEST_HEADER or is_date_like(name) for name in names):
            return names
    return []


def _named_part(link: HtmlElement) -> HtmlElement:
    """The part of a card-like link that carries its title; the link itself where there is none."""
    parts = [part for part in link.iterdescendants() if isinstance(part.tag, str)] if len(link) else ()
    if not parts:
        return link
    headings = [part for part in parts if part.tag in HEADINGS]
    called = [part for part in parts if _TITLE_CLASS.search(part.get("class") or "")]
    innermost = [
        part for part in called if not any(other is not part and part in other.iterancestors() for other in called)
    ]
    for titled in (headings[:1], sorted(innermost, key=_named_weight, reverse=True), headings):
        named = next((part for part in titled if weight(visible_text(part)) > 1 and not _only_date(part)), None)
        if named is not None:
            return named
    return _first_line(link, parts)


def _first_line(link: HtmlElement, parts: Sequence[HtmlElement]) -> HtmlElement:
    """Of the lines that a link consists of the first that names it; the link itself when it is one line."""
    lines = [
        part
        for part in parts
        if part.tag in BLOCKS and part.tag != "br" and not any(below.tag in BLOCKS for below in part.iterdescendants())
    ]
    if len(lines) < 2 and not _has_words(link) and any(_only_date(part) for part in link):
        lines = [part for part in link if isinstance(part.tag, str)]
    worded = [part for part in lines if _named_weight(part) > 1 and not says_only_when(visible_text(part))]
    if len(lines) < 2 or not worded:
        return link
    return next((part for part in worded if weight(label(part)) >= _NAMES), worded[0])


def _has_words(part: HtmlElement) -> bool:
    return bool(part.text and part.text.strip()) or any(child.tail and child.tail.strip() for child in part)


def label(element: HtmlElement, but: Collection[HtmlElement] = ()) -> str:
    """The words of a title element without badges and what is left out; its `title` attribute where they are cut."""
    parts = element.iterdescendants() if len(element) else ()
    skip = {part for part in parts if isinstance(part.tag, str) and (part in but or _is_extra(part))}
    text = " ".join(_told_lines(element, skip))
    text = text[bullet.end() :] if (bullet := _BULLET.match(text)) else text
    if not text and skip and not but:
        text = visible_text(element)
    told = _full_title(element)
    full = one_line(told) if told else ""
    if not full or full == text:
        return text
    stem = _CUT.sub("", text).rstrip() if text.endswith(_CUT_ENDS) else text
    was_cut = stem != text and full[:5] == stem[:5]
    if text.endswith(full) and weight(full) >= _NAMES:  # behind the name of a board
        return full
    goes_on = bool(stem) and full.startswith(stem) and not says_nothing(full[len(stem) :])
    return full if len(full) > len(stem) and (was_cut or goes_on) else text


def _told_lines(element: HtmlElement, skip: Collection[HtmlElement]) -> list[str]:
    """The lines of an element without those at its end that only say when ("0 | 16 minutes ago")."""
    lines = text_blocks(element, skip)
    while len(lines) > 1 and says_only_when(lines[-1]):
        lines.pop()
    return lines


def _full_title(element: HtmlElement) -> str:
    """The `title` attribute of an element, of a link around it, or of the only element in it."""
    if own := element.get("title"):
        return str(own)
    around = element.getparent()
    while around is not None and around.tag != "a":
        around = around.getparent()
    if around is not None and (told := around.get("title")):
        return str(told)
    inner = next(element.iterdescendants("a", "span"), None) if len(element) else None
    return "" if inner is None else inner.get("title") or ""


def _is_extra(part: HtmlElement) -> bool:
    """Whether a part of a title is no word of it: a badge, a count, a date, a label for screen readers."""
    if part.tag in ("time", "img", "svg", "i") and not (part.tag == "i" and part.text and weight(part.text) > 8):
        return True
    if len(part):
        return _UNHEARD.search(part.get("class") or "") is not None
    text = one_line(part.text or "")
    if not text:
        return False
    if text.strip("[]【】()（）<>〈〉·: ").lower() in _BADGES or _COUNT.fullmatch(text):
        return True
    if _BRACKETED_WORD.fullmatch(text) and part.getnext() is None and not (part.tail or "").strip():
        return True
    named = part.get("class") or ""
    return bool(_UNHEARD.search(named) or (_NUMBER_CLASS.search(named) and is_number(text))) or _only_date(part)


def _only_date(part: HtmlElement) -> bool:
    text = visible_text(part)
    dated = weight(text) < 30 and (part.tag == "time" or _DATE_CLASS.search(part.get("class") or "") is not None)
    return is_date_like(text) and (dated or _DATE_ALONE.fullmatch(text) is not None)
