"""What stands around a date, and what it makes of it: a day of publication, of a change, or of an event.

Pages print many days: when something was posted, when it takes place, until when one may apply. Only the first is the
day of an item; a day that is labelled as another is none.
"""

from __future__ import annotations

import re

from crawlers.pages.date_forms import Match
from crawlers.pages.month_names import names_a_month

PUBLISHED, CHANGED, PLAIN, SPAN, REFUSED = -2, -1, 0, 1, 2

_AT = r"\s*[:：\])|】]?\s*\Z"
_PUBLISHED = re.compile(
    r"(?:(?:[发發]布|[发發]表|刊登|刊载|公告|公布|上传|添加|入库|掲載|公開|発行|発表|登録|投稿|配信)\s?(?:于|於|日期|时间|時間|日時?)"
    r"|(?:등록|작성|게시|게재|입력|공고)\s?일?[자시]?|огноо|нийтэлсэн|оруулсан"
    r"|(?:registration|posted|published|publication|release|posting)\s?(?:date|on|at)?|date (?:posted|published)"
    r"|(?:fil(?:ing|ed)|issued?|decision|decided|opinion) (?:date|on)"
    r"|date (?:filed|issued|decided|of (?:issue|decision))"
    r"|ngày\s(?:đăng|xuất bản|cập nhật)|đăng (?:ngày|lúc)|(?:diposting|diterbitkan|dipublikasikan)(?: pada)?"
    r"|(?:วันที่)?(?:เผยแพร่|โพสต์|ลงประกาศ)(?:เมื่อ|วันที่)?|(?:تاریخ|زمان)\s?(?:انتشار|درج|ثبت|خبر)|تاریخ\s?النشر"
    r"|дата публикации|опубликовано|жарияланған|प्रकाशित(?: तिथि)?|প্রকাশ(?:িত|কাল)?)" + _AT,
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"(?:(?:更新|修正|修改|改訂)\s?(?:于|於|日期|时间|時間|日時?)|수정\s?일[자시]?"
    r"|(?:last\s)?(?:updated?|modified|revised)\s?(?:date|on|at)?|обновлено|diperbarui|(?:อัพเดท|อัปเดต|ปรับปรุง)\S{0,10}?(?:วันที่|เมื่อ)?)"
    + _AT,
    re.IGNORECASE,
)
# At the beginning or before a colon, for many a title ends with such a word and is followed by its own date.
_EVENT = re.compile(
    r"(?:\A|(?<=\W))(?:(?:活动|活動|会议|會議|开标|開標|投标|投標|考试|考試|讲座|講座|展览|展覽|举办|舉辦|报名|報名|开放|培训|演出|征稿)(?:日期|时间|時間|期间|期間)"
    r"|展期|时间|時間|(?:開催|開館|実施|申込|募集|受付|応募|展示)?(?:期間|期限|会期)|(?:開催|実施|休館|申込)日時?|日時"
    r"|(?:행사|교육|접수|신청|모집|전시|운영|공연|강연|대회|강좌)?\s?(?:기간|일시|일정)|(?:행사|교육|강연|공연|접수)일"
    r"|event date|date and time|when|valid from|starts?|ends?|thời gian|дата проведения"
    r"|date of (?:the )?(?:event|meeting))"
    r"\s*(?P<colon>[:：\])|】])?\s*\Z",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"(?:截止(?:日期|时间|時間|至|于)?|截至|締切日?|締め切り|마감일?[자시]?"
    r"|(?<![a-z])(?:deadline|due(?: date| by)?|closing date|held on"
    r"|takes place on|until|till|before|expires?(?: on)?)|hạn (?:chót|nộp)|รับสมัคร\S{0,8}|مهلت)" + _AT,
    re.IGNORECASE,
)
# Pages greet with the day on which they are read.
_TODAY = re.compile(
    r"(?:今天是?|今日は?|오늘(?:은|날짜)?|(?<![a-z])today(?: is|'s date)?|hôm nay(?: là)?|өнөөдөр"
    r"|วันนี้|hari ini|сегодня|امروز|الیوم)"
    r"\W{0,3}(?:[^\W\d]{2,12}\W{1,3})?\Z",
    re.IGNORECASE,
)
_LUNAR = re.compile(
    r"(?:農曆|农历|夏曆|夏历|阴历|陰曆|陰歷|舊曆|旧历|음력|旧暦|(?<![a-z])lunar|âm lịch)\D{0,6}\Z", re.IGNORECASE
)
_IS_LUNAR = re.compile(r"\s?\(?(?:農曆|农历|陰曆|阴历|음력|旧暦|âm lịch|lunar)\s?(?:\)|\Z)", re.IGNORECASE)
_FROM = re.compile(
    r"\s?(?:\([^()]{1,8}\)\s?)?(?:\d{1,2}:\d\d\s?)?(?:~|〜|-|to|until|bis|至|到|から|부터)\s?[\d'’]", re.IGNORECASE
)
_WORD = r"[^\W\d_](?:[^\W\d_]|[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]){2,12}\.?"
_TO = r"\s?(?:~|〜|-|to|until|till|and|&|至|到)\s?\Z"
# The end of a span is no day of publication: 28 February - 2 March 2021; 2020-12-08 ~ 2020-12-10.
_NAMED_TILL = re.compile(
    rf"(?<!\d)(?:\d{{1,2}}(?:st|nd|rd|th)?(?:\s?{_WORD})?|{_WORD}\s?\d{{1,2}}),?{_TO}", re.IGNORECASE
)
_NUMBERED_TILL = re.compile(rf"\d(?:[-./]\s?\d{{1,2}}\.?|[日일])\s?(?:\([^()]{{1,8}}\)\s?)?(?:\d{{1,2}}:\d\d)?{_TO}")
_MONTH_BEFORE = re.compile(r"([^\W\d_]{3,12})\.?\s?(?:[-/&~]|and|to)\s?(?:\d{1,2}(?:st|nd|rd|th)?\s)?\Z", re.IGNORECASE)
# Vol. 10, February 2020 is no tenth of February, but a month.
_ISSUE = r"(?<![a-z])(?:nos?|vol(?:ume)?|issue|number|nr|part|№|#)\.?\s?"
_IS_ISSUE = re.compile(rf"{_ISSUE}\Z", re.IGNORECASE)
_NUMBER_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:nos?\.?|number|docket|case|file|id|ref)|№|#|번호|문서|编号|編號|文号|番号)\s*[:：.#]?\s*\Z",
    re.IGNORECASE,
)
_DAY_BEFORE = re.compile(r"(?<!\d)\d{1,2}(?:st|nd|rd|th)?[\s,./-]{0,3}(?:of\s)?\Z", re.IGNORECASE)
_NO_DAY_BEFORE = re.compile(rf"(?:{_ISSUE}|\d\s?[-~]\s?)\d{{1,2}}(?:st|nd|rd|th)?[\s,./-]{{0,3}}\Z", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"\d{4}")
_LOOKED_AT = 48  # characters on each side


def rank(match: Match, folded: str) -> int:
    """How likely a date is the day of publication, the surest lowest; REFUSED for what cannot be it."""
    before = folded[: match.start]
    before = before if len(before) <= _LOOKED_AT else f"…{before[-_LOOKED_AT:]}"
    after = folded[match.end : match.end + _LOOKED_AT]
    if not before:
        return REFUSED if _IS_LUNAR.match(after) else SPAN if match.day and _FROM.match(after) else PLAIN
    if _LUNAR.search(before) or _IS_LUNAR.match(after) or _TODAY.search(before):
        return REFUSED
    if _PUBLISHED.search(before):
        return PUBLISHED
    if _CHANGED.search(before):
        return CHANGED
    if _is_event(before) or _LIMIT.search(before) or _belongs_elsewhere(match, folded, before):
        return REFUSED
    return SPAN if match.day and _FROM.match(after) else PLAIN


def _is_event(before: str) -> bool:
    found = _EVENT.search(before)
    return found is not None and (found["colon"] is not None or found.start() == 0)


def _belongs_elsewhere(match: Match, folded: str, before: str) -> bool:
    """Whether this is the end of a span, the number of an issue, or the month of a day that was refused."""
    year_first = _YEAR_FIRST.match(folded, match.start) is not None
    if match.day is None:
        month = _MONTH_BEFORE.search(before)
        spans_months = month is not None and names_a_month(month[1])
        has_day = not year_first and _DAY_BEFORE.search(before) and not _NO_DAY_BEFORE.search(before)
        return spans_months or bool(has_day)
    if year_first:
        numbered = folded[match.start : match.end].isdecimal() and _NUMBER_BEFORE.search(before) is not None
        return numbered or _NUMBERED_TILL.search(before) is not None
    return _NAMED_TILL.search(before) is not None or _IS_ISSUE.search(before) is not None
