"""Days told from the time of reading: "2 hours ago", 昨天, 3일 전. Only whole texts: a title may speak of today too.

What is rounded is not taken for sure: "2 weeks ago" may be any of seven days, so it tells their month, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from crawlers.pages.calendars import common_part
from crawlers.pages.date_text import fold, fold_letters

# How many days ago, by word, in fifteen languages. Hindi's कल is yesterday and tomorrow, so it stands nowhere.
_WORDS = (
    (
        0,
        "today|just now|now|今天|今日|本日|刚刚|剛剛|刚才|たった今|오늘|방금|방금 전|өнөөдөр|hôm nay|vừa xong"
        "|hari ini|baru saja|วันนี้|сегодня|только что|бүгін|бүгүн|bugun|امروز|اليوم|आज|আজ|ថ្ងៃនេះ|ມື້ນີ້",
    ),
    (
        1,
        "yesterday|昨天|昨日|前日|어제|өчигдөр|hôm qua|kemarin|เมื่อวาน|เมื่อวานนี้|вчера|кеше|кечээ|kecha|دیروز|أمس"
        "|গতকাল|ម្សិលមិញ|ມື້ວານນີ້|ມື້ວານ",
    ),
    (2, "the day before yesterday|前天|一昨日|おととい|그저께|그제|уржигдар|hôm kia|позавчера|پریروز"),
)
_SECOND, _HOUR, _DAY, _WEEK, _MONTH, _YEAR = "second", "hour", "day", "week", "month", "year"
_LONGEST = {_DAY: 1, _WEEK: 7, _MONTH: 31, _YEAR: 366}  # days
# Word after or before the number, then the units: seconds and minutes, hours, days, weeks, months, years.
_UNITS = (
    r"{n}\s?(?:(sec\w*|min\w*)|(h(?:ou)?rs?)|(days?)|(weeks?|wks?)|(months?)|(years?|yrs?))\s?ago",
    r"{n}\s?(?:(秒钟?|秒鐘|分钟|分鐘|分|秒間|分間)|(个?小时|個?小時|时|時間)|(天|日|日間)|(周|週|个?星期|個?星期|週間)"
    r"|(个月|個月|[かヶカケヵ]月)|(年|年間))\s?[之以]?前",
    r"{n}\s?(?:(초|분)|(시간)|(일)|(주|주일)|(개월|달)|(년))\s?전",
    r"{n}\s?(?:(секунд\w*|минут\w*)|(цаг\w*)|(хоног\w*|өдр\w*|өдөр\w*)|(долоо хоног\w*)|(сар\w*)|(жил\w*))\s?өмнө",
    r"{n}\s?(?:(giây|phút)|(giờ|tiếng)|(ngày)|(tuần)|(tháng)|(năm))\s?trước",
    r"{n}\s?(?:(detik|saat|menit|minit)|(jam)|(hari)|(minggu)|(bulan)|(tahun))\s?(?:yang\s)?(?:lalu|lepas)",
    r"{n}\s?(?:(วินาที|นาที)|(ชั่วโมง|ชม\.)|(วัน)|(สัปดาห์)|(เดือน)|(ปี))\s?(?:ที่แล้ว|ที่ผ่านมา|ก่อน)",
    r"{n}\s?(?:(секунд\w?|минут\w?)|(час\w{0,2})|(день|дня|дней)|(недел\w)|(месяц\w{0,2})|(год\w?|лет))\s?назад",
    r"{n}\s?(?:(секунд|минут|мүнөт)|(сағат|саат)|(күн)|(апта|жума)|(ай)|(жыл))\s?(?:бұрын|мурун)",
    r"{n}\s?(?:(soniya|daqiqa)|(soat)|(kun)|(hafta)|(oy)|(yil))\s?(?:oldin|avval)",
    r"{n}\s?(?:(ثانیه|دقیقه)|(ساعت)|(روز)|(هفته)|(ماه)|(سال))\s?(?:پیش|قبل)",
    r"(?:منذ|قبل)\s?{n}\s?(?:(ثانية|ثواني|دقيقة|دقائق)|(ساعة|ساعات)|(يوم|يوما|أيام)|(أسبوع|أسابيع)|(شهر|أشهر|شهور)"
    r"|(سنة|سنوات|عام|أعوام))",
    r"{n}\s?(?:(सेकंड|मिनट)|(घंटे|घंटा)|(दिन)|(सप्ताह|हफ्ते)|(महीने|महीना|माह)|(साल|वर्ष))\s?(?:पहले|पूर्व)",
    r"{n}\s?(?:(সেকেন্ড|মিনিট)|(ঘণ্টা|ঘন্টা)|(দিন)|(সপ্তাহ)|(মাস)|(বছর))\s?(?:আগে|পূর্বে)",
)
_NAMES = (_SECOND, _HOUR, _DAY, _WEEK, _MONTH, _YEAR)
_LABEL = (
    r"(?:(?:posted|published|updated|发布于?|發佈於?|发表于?|更新于?|등록|작성|投稿|公開|опубликовано|diposting|đăng|нийтэлсэн)"
    r"\s?[:：]?\s?)?"
)
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_HALF = r"(?:(?:오전|오후|上午|下午|am|pm)\s?)?"
_NUMBER = r"(?P<n>\d{1,3}|an?|one)"
_AGO = tuple(re.compile(_LABEL + fold_letters(units).replace("{n}", _NUMBER), re.IGNORECASE) for units in _UNITS)
_TOLD = {fold_letters(word): days for days, words in _WORDS for word in words.split("|")}
_WORD = re.compile(
    rf"{_LABEL}(?P<word>{'|'.join(sorted(map(re.escape, _TOLD), key=len, reverse=True))})"
    rf"(?:\s?,?\s?(?:at\s|в\s|lúc\s|pukul\s)?{_HALF}{_CLOCK}(?:\s?[ap]m)?)?",
    re.IGNORECASE,
)
_TIME_ONLY = re.compile(rf"{_HALF}(?:[01]\d|2[0-3]|(?<=[전후]\s)\d|(?<=[전후])\d):[0-5]\d(?::[0-5]\d)?")
_LONGEST_TEXT = 48  # characters
_MAYBE = re.compile(
    fold_letters(
        "ago|前|전|өмнө|trước|lalu|lepas|แล้ว|มา|ก่อน|назад|бұрын|мурун|oldin|avval|پیش|قبل|منذ|पहले|पूर्व|আগে|পূর্বে"
    ),
    re.IGNORECASE,
)
Numbers = tuple[int, int | None, int | None]


def relative_day(folded: str, language: str, today: date) -> Numbers | None:
    """Year, month and day, as far as they are sure, of a text that tells nothing but how long ago something was."""
    text = folded.strip(" []()【】·|,.")
    if len(text) > _LONGEST_TEXT:
        return None
    if word := _WORD.fullmatch(text):
        return _ago(today, _DAY, _TOLD[word["word"].lower()])
    # Korean boards print the time of what was posted today; elsewhere it may be the length of a film.
    if language.startswith("ko") and _TIME_ONLY.fullmatch(text):
        return _ago(today, _DAY, 0)
    return next(iter(_rounded(text, today)), None) if _MAYBE.search(text) else None


def is_relative(printed: str) -> bool:
    """Whether a printed date is told from the time of reading."""
    return relative_day(fold(printed), "ko", date(2000, 1, 1)) is not None


def _rounded(text: str, today: date) -> Iterator[Numbers]:
    for pattern in _AGO:
        if match := pattern.fullmatch(text):
            number = int(match["n"]) if match["n"].isdigit() else 1
            unit = next(name for name, found in zip(_NAMES, match.groups()[1:], strict=True) if found)
            if numbers := _ago(today, unit, number):
                yield numbers


def _ago(today: date, unit: str, number: int) -> Numbers | None:
    if unit == _SECOND or (unit == _HOUR and number < 12):  # near midnight it may have been yesterday
        return today.year, today.month, today.day
    if unit == _HOUR:
        return common_part(today - timedelta(days=number // 24 + 1), today - timedelta(days=number // 24))
    longest = _LONGEST[unit]
    shortest = 30 if unit == _MONTH else 365 if unit == _YEAR else longest
    first, last = today - timedelta(days=(number + 1) * longest - 1), today - timedelta(days=number * shortest)
    return common_part(first, last)
