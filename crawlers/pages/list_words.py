"""Words and forms by which parts of a list are told apart: dates, badges, links that say nothing, lists that are empty.

Cheap and wrong now and then: what counts is how many records of a list have them. Days are read in `dates`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.html import HtmlElement

from crawlers.pages.plain import weight
from crawlers.pages.tree import text_blocks

LONGEST_HEADING = 60  # weight of a line above records that is there to date them

_EMPTY = re.compile(
    r"(?:(?:현재|아직)\s)?(?:등록된\s?|작성된\s?|검색된\s?|조회된\s?)?(?:게시물|게시글|자료|내용|데이터|글|결과"
    r"|내역|공지사항|소식|뉴스|목록|정보)(?:[이가]|\s)?\s?(?:없습니다|존재하지 않습니다|없음).?"
    r"|(?:조회|검색)된?\s?(?:결과|내역)가?\s?없습니다.?"
    r"|(?:对不起|抱歉|很抱歉)?[，,]?(?:目前|当前|當前|該?该?栏目|本栏目|此分類)?\s?(?:暂无|没有|暫無|查無|尚無"
    r"|目前無|无|沒有)(?:任何|相关|相關|符合条件的|最新)?(?:数据|數據|資料|资料|内容|內容|信息|訊息|记录|紀錄|记錄"
    r"|相关\S{0,6}|消息|新闻|新聞|公告|文章)[。.!！]?|無資料|该?栏目暂无\S{0,8}"
    r"|(?:現在[、,]?)?(?:該当する|表示する|新しい)?\S{0,12}(?:記事|データ|お知らせ|情報|ニュース|新着情報|投稿"
    r"|項目)?[はが](?:まだ)?(?:ありません|見つかりません(?:でした)?|ございません|登録されていません)[。.]?"
    r"|(?:sorry,?\s)?(?:there\s(?:is|are)\s)?(?:currently\s)?no\s(?:current\s|recent\s|matching\s|more\s"
    r"|new\s)?(?:results?|data|posts?|news|items?|articles?|entries|records?|content|announcements?|notices?"
    r"|events?|opinions?)"
    r"(?:\s(?:items?|articles?|posts?|records?))?(?:\s(?:found|available|to display|yet|at this time|were found"
    r"|at the moment|have been published.{0,12}|posted))?.?|nothing (?:found|to show|here yet).?"
    r"|(?:одоогоор )?(?:мэдээ(?:лэл)?|зар|бичлэг|өгөгдөл) (?:алга|байхгүй|олдсонгүй)(?: байна)?.?|илэрц олдсонгүй.?"
    r"|(?:hiện )?(?:chưa|không) (?:có|tìm thấy) (?:dữ liệu|bài viết|tin(?: tức| bài)?|kết quả|thông báo|bản ghi"
    r"|nội dung)(?: nào)?(?: phù hợp)?.?|(?:đang cập nhật|dữ liệu đang cập nhật).{0,3}"
    r"|(?:maaf,? )?(?:belum|tidak) ada (?:data|berita|artikel|pengumuman|hasil|konten"
    r"|informasi)(?: (?:yang )?\S{3,12}){0,2}.?|data tidak ditemukan.?"
    r"|(?:ขออภัย\s?)?(?:ยัง)?ไม่(?:มี|พบ)(?:ข้อมูล|ข่าว|รายการ|ผลลัพธ์|ประกาศ|บทความ)\S{0,20}"
    r"|(?:هیچ )?(?:خبری|موردی|مطلبی|نتیجه‌?\s?ای|اطلاعاتی|رکوردی|داده‌ای)(?: برای نمایش)? (?:یافت نشد|وجود ندارد"
    r"|پیدا نشد|موجود نیست).?|لا (?:توجد|يوجد) (?:\S{2,12} ?){1,3}.?|لم يتم العثور على (?:\S{2,12} ?){1,3}.?",
    re.IGNORECASE,
)
# A date that begins with a digit, one that begins with a word, one in Han numbers, and one told from today.
_IN_DIGITS = (
    r"(?:19|20|2[45]|1[34])\d\d\s?(?:[-./]\s?(?:\d{1,2}(?!\d)|[^\W\d]{3,9}[\s.-]{1,2}\d)|(?:[年년]|он|жыл)\s?\S{0,4}\s?\d)"
    r"|\d{1,2}\s?[월月]\s?\d"
    r"|(?<!\d)(?:(?<![.-])\d{1,4}(?:-\s?\d{1,2}-|/\s?\d{1,2}/|\.\s?\d{1,2}\.)\s?\d{1,4}(?!\d)"
    r"|(?<![/.-])[01]?\d[-/.][0-3]\d(?![\d/.-]|\s?(?:%|kg|cm|MB|KB))|(?<!/)[0-3]?\d/[01]?\d(?![\d/])"
    r"|(?:19|20)\d\d[01]\d[0-3]\d(?!\d)|[0-2]?\d:[0-5]\d(?!\d)"
    r"|[0-3]?\d(?:st|nd|rd|th)?[\s.,-]{0,2}[^\W\d][^\s\d,]{1,13}[\s.,'’-]{0,2}(?:(?:19|20|2[45]|1[34])\d\d"
    r"|\d\d)(?!\d)"
    r"|[0-3]?\d\s(?:[^\W\d]\S{1,12}\s){1,3}(?:(?:19|20|2[45]|1[34])\d\d)(?!\d)"
    r"|\d{1,2}\s/\s?\d{1,2}\s?/\s?(?:19|20)\d\d)|\d\sсарын\s\d"
    r"|20\d\d\s(?:साल\s)?[\u0900-\u097f]{2,12}\s[0-3]?\d(?!\d)"
    r"|(?<!\d)[0-3]?\d\s(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"|\d{2,3}年\d"
    r"|\d\s?(?=[hmdw시분일天小分時日цмөgnjชวسر])"  # what each of these begins with
    r"(?:hours?|minutes?|mins?|days?|weeks?|시간|분|일|天|小时|小時|分钟|分鐘|時間|分|日|цаг\w{0,3}|минут\w{0,3}"
    r"|өдр\w*|giờ|ngày|jam|hari|menit|ชั่วโมง|วัน|ساعت|روز)"
    r"\s?(?:ago|전|前|өмнө|trước|lalu|ที่แล้ว|پیش)"
)
_BY_NAME = (
    r"(?<!\w)(?:[^\W\d]{3,12}\.?\s[0-3]?\d(?:st|nd|rd|th)?,?\s(?:19|20)\d\d"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s(?:[0-3]?\d|(?:19|20)\d\d)(?!\d))"
)
_IN_HAN = r"[〇零一二三四五六七八九]{4}年|元年"
_FROM_TODAY = (
    r"(?:yesterday|today|昨天|今天|어제|오늘|hôm (?:qua|nay)|kemarin|hari ini|өнөөдөр|өчигдөр|уржигдар|前天"
    r"|今日|昨日|วันนี้|เมื่อวาน)"
)
_TODAYS = ("昨天", "今天", "어제", "오늘")
_TODAY_BEHIND = rf"[-\s](?:{'|'.join(_TODAYS)})\s*$"
_DATE_LIKE = re.compile(rf"{_IN_DIGITS}|{_BY_NAME}|{_IN_HAN}|^\s*{_FROM_TODAY}|{_TODAY_BEHIND}", re.IGNORECASE)
# The same, one by one, the most usual first: what begins with a digit is looked for at digits alone.
_DATE_IN_NUMBERS = re.compile(r"(?:19|20)\d\d[-./]\d{1,2}(?!\d)")
_DIGIT = re.compile(r"\d")
_DATE_AT_DIGIT = re.compile(rf"\d(?<=(?={_IN_DIGITS})\d)", re.IGNORECASE)
_BEHIND_A_NAME = re.compile(r"\s(?:[0-3]?\d|(?:19|20)\d\d)(?!\d)")
_DATE_BY_NAME = re.compile(_BY_NAME, re.IGNORECASE)
_DATE_IN_HAN = re.compile(_IN_HAN)
_DATE_FROM_TODAY = re.compile(_FROM_TODAY, re.IGNORECASE)
_DATE_FROM_TODAY_BEHIND = re.compile(_TODAY_BEHIND)
# Looked for at the letters that one of these words begins with alone.
_MOST_READ = re.compile(
    r"[mMpPtT많인조热熱排點点最ラ人иИэЭđĐxXnNยอนดپاчЧпПоО\u1c82кК](?<=(?=(?i:"
    r"most.{0,6}(?:read|viewed|popular|commented|shared|visited)|\bpopular|trending|top (?:stories|news|\d+)"
    r"|많이 (?:본|읽은)|인기|조회\s?(?:순|수 높은)|热门|熱門|热点排行|排行|點閱|点击(?:量|率|排)"
    r"|最多(?:人|瀏覽|阅读|閱讀)|ランキング|人気"
    r"|их (?:уншсан|уншигдсан|үзсэн|сэтгэгдэлтэй)|эрэлттэй|đọc nhiều|xem nhiều|nhiều người (?:đọc|xem)|phổ biến"
    r"|terpopuler|populer|paling (?:banyak|sering)|terbanyak|ยอดนิยม|(?:อ่าน|นิยม|ดู)มาก|پربازدید|پربیننده|پرمخاطب|پربحث"
    r"|الأكثر|الاكثر|читаем(?:ое|ые)|популярн|обсуждаем|көп (?:оқы|қара|пікір)"
    r")).)"
)
# Arabic-Indic, Persian, Devanagari, Bengali, Thai, Lao, Tibetan, Myanmar, Khmer and full-width digits.
_ZEROS = "\u0660\u06f0\u0966\u09e6\u0e50\u0ed0\u0f20\u1040\u17e0\uff10"
_DIGITS = {ord(zero) + digit: str(digit) for zero in _ZEROS for digit in range(10)}
_OTHER_DIGIT = re.compile(f"[{''.join(map(chr, _DIGITS))}]")
_SAYS_NOTHING = re.compile(
    r"\W*(?:(?:read|see|view|show|learn|find out)?\s?(?:more|all|details?)(?:\sabout)?"
    r"|(?:continue\s)?reading|detail|view|link|open"
    r"|download(?:\spdf)?|listen|watch|play|audio|video|mp[34]|share|print|hide|reply"
    r"|pdf|doc[x]?|hwpx?|html?|xls[x]?|zip|file|attachment|click here|here|next|prev(?:ious)?|list"
    r"|자세히(?:\s?보기)?|더\s?보기|바로가기|상세보기|다운로드|첨부(?:파일)?|미리보기|새창|详细|詳細|详情|详细内容"
    r"|更多|查看(?:详情|更多|全文)?|阅读(?:全文|更多)?|全文|下载|下載|閱讀(?:全文|更多)"
    r"|続きを(?:読む|見る)|詳しくはこちら|詳細はこちら|詳細を見る|もっと見る|一覧(?:を見る)?|дэлгэрэнгүй"
    r"|цааш(?:\sунших)?|xem (?:thêm|chi tiết)|chi tiết|đọc (?:tiếp|thêm)"
    r"|selengkapnya|baca (?:selengkapnya|lebih lanjut|juga)|lihat (?:semua|detail)|lainnya|อ่าน(?:ต่อ|เพิ่มเติม)"
    r"|ดู(?:เพิ่มเติม|ทั้งหมด|รายละเอียด)|รายละเอียด|เพิ่มเติม"
    r"|ادامه(?:\s(?:مطلب|خبر))?|بیشتر|المزيد|اقرأ المزيد|قراءة المزيد|مشاهده|[\W\d_]*)\W*",
    re.IGNORECASE,
)

_AROUND_DATES = re.compile(
    r"\d+|\b(?:(?:posted|published|updated|added|filed|issued|decided|on|at|the|from|to|until|am|pm|gmt|utc)\b"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b)|年|月|日|년|월|일|등록|发布|發布|時|时|分|시",
    re.IGNORECASE,
)

# Groups of capitals and digits apart by marks, "and" or "No.": no word is among them.
_PART = r"(?:[A-Z]{0,5}\d[\dA-Z]*|[A-Z]{1,5}|[Nn]os?|and|cv|cr)"
_FILE = re.compile(r"\.(?:pdf|hwpx?|docx?|xlsx?|pptx?|zip|jpe?g|png|mp[34]|m4a|wav)\s*$", re.IGNORECASE)
_TWO_DIGITS = re.compile(r"\d\d")
_NUMBER = re.compile(rf"\W*{_PART}(?:[\s.,;:/&()#–-]+{_PART})*\W*")


@lru_cache(maxsize=4096)
def says_nothing(label: str) -> bool:
    """Whether these words of a link ("read more", 详情, a number) say nothing about what it leads to."""
    return len(label) <= 60 and _SAYS_NOTHING.fullmatch(label) is not None


def names_file(label: str) -> bool:
    """Whether these words are the name of a file, as attachments are called."""
    return _FILE.search(label[-8:]) is not None


def is_number(label: str) -> bool:
    """Whether these words are only the number of something: a docket, a file, an opinion (SC18942, 2014 ME 74)."""
    return len(label) <= 60 and _NUMBER.fullmatch(label) is not None and _TWO_DIGITS.search(label) is not None


def names_most_read(heading: str) -> bool:
    """Whether the words above a block say that it holds what is often read or talked of."""
    return _MOST_READ.search(heading) is not None


@lru_cache(maxsize=4096)
def is_date_like(text: str) -> bool:
    """Whether something like a date stands in the text; cheap, and wrong now and then."""
    if _DATE_IN_NUMBERS.search(text) is not None:
        return True
    if _DIGIT.search(text) is not None:
        text = _in_plain_digits(text)
        if _DATE_AT_DIGIT.search(text) is not None:
            return True
        if _BEHIND_A_NAME.search(text) is not None and _DATE_BY_NAME.search(text) is not None:
            return True
    if "年" in text and _DATE_IN_HAN.search(text) is not None:
        return True
    line = text.strip()
    if _DATE_FROM_TODAY.match(line) is not None:
        return True
    return line.endswith(_TODAYS) and _DATE_FROM_TODAY_BEHIND.search(text) is not None


def _in_plain_digits(text: str) -> str:
    return text if text.isascii() or not _OTHER_DIGIT.search(text) else text.translate(_DIGITS)


@lru_cache(maxsize=4096)
def says_only_when(label: str) -> bool:
    """Whether these words are a date and nothing else ("Nov 19, 2020 — Posted Nov 16, 2020 3:23 PM")."""
    text = _in_plain_digits(label)
    return len(text) <= 80 and is_date_like(text) and weight(_AROUND_DATES.sub("", _DATE_LIKE.sub("", text))) < 2


def without_dates(line: str) -> str:
    """The line without what looks like a date in it and without the numbers before its first word."""
    words = _DATE_LIKE.sub(" ", line).split()
    start = next((place for place, word in enumerate(words) if not re.fullmatch(r"[\W\d]*", word)), len(words))
    return " ".join(words[start:])


def says_empty(root: HtmlElement) -> bool:
    """Whether the page says in so many words that its list has no entries."""
    return bool(root.xpath("//*[@id='noData' or @id='nodata']")) or any(
        _EMPTY.fullmatch(block) for block in text_blocks(root) if len(block) <= 60
    )
