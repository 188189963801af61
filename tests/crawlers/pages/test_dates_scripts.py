"""Days of every script: formatted, then read back; and whatever is written, nothing impossible comes out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pages.calendars import (
    bangla_day,
    common_part,
    hijri_day,
    sambat_day,
    solar_hijri_day,
    solar_hijri_month,
)
from crawlers.pages.dates import DateRules, date_of_line, labelled_date, read_date, split_title_date, year_is_inferred
from crawlers.pages.event_days import event_days
from db.records import NO_DATE

TODAY = date(2026, 11, 23)
DAYS = st.dates(date(1991, 1, 1), TODAY)
DIGITS = {
    "ar": "٠١٢٣٤٥٦٧٨٩",
    "fa": "۰۱۲۳۴۵۶۷۸۹",
    "hi": "०१२३४५६७८९",
    "bn": "০১২৩৪৫৬৭৮৯",
    "th": "๐๑๒๓๔๕๖๗๘๙",
    "km": "០១២៣៤៥៦៧៨៩",
    "lo": "໐໑໒໓໔໕໖໗໘໙",
    "my": "၀၁၂၃၄၅၆၇၈၉",
    "bo": "༠༡༢༣༤༥༦༧༨༩",
    "ja": "０１２３４５６７８９",
}
MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "ms": "Januari Februari Mac April Mei Jun Julai Ogos September Oktober November Disember",
    "fil": "Enero Pebrero Marso Abril Mayo Hunyo Hulyo Agosto Setyembre Oktubre Nobyembre Disyembre",
    "uz": "yanvar fevral mart aprel may iyun iyul avgust sentabr oktabr noyabr dekabr",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "ky": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "fa": "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر",
    "ur": "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
    "hi": "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
    "bn": "জানুয়ারি ফেব্রুয়ারি মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর",
    "km": "មករា កុម្ភៈ មីនា មេសា ឧសភា មិថុនា កក្កដា សីហា កញ្ញា តុលា វិច្ឆិកា ធ្នូ",
    "lo": "ມັງກອນ ກຸມພາ ມີນາ ເມສາ ພຶດສະພາ ມິຖຸນາ ກໍລະກົດ ສິງຫາ ກັນຍາ ຕຸລາ ພະຈິກ ທັນວາ",
    "my": "ဇန်နဝါရီ ဖေဖော်ဝါရီ မတ် ဧပြီ မေ ဇွန် ဇူလိုင် ဩဂုတ် စက်တင်ဘာ အောက်တိုဘာ နိုဝင်ဘာ ဒီဇင်ဘာ",
    "si": "ජනවාරි පෙබරවාරි මාර්තු අප්‍රේල් මැයි ජූනි ජූලි අගෝස්තු සැප්තැම්බර් ඔක්තෝබර් නොවැම්බර් දෙසැම්බර්",
}
LEVANTINE = "كانون الثاني,شباط,آذار,نيسان,أيار,حزيران,تموز,آب,أيلول,تشرين الأول,تشرين الثاني,كانون الأول"
THAI = {
    "long": "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม",
    "short": "ม.ค. ก.พ. มี.ค. เม.ย. พ.ค. มิ.ย. ก.ค. ส.ค. ก.ย. ต.ค. พ.ย. ธ.ค.",
}
SOLAR = {
    "IR": "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند",
    "AF": "حمل ثور جوزا سرطان اسد سنبله میزان عقرب قوس جدی دلو حوت",
}
HIJRI = "محرم,صفر,ربيع الأول,ربيع الآخر,جمادى الأولى,جمادى الآخرة,رجب,شعبان,رمضان,شوال,ذو القعدة,ذو الحجة"
SAMBAT = "बैशाख जेठ असार साउन भदौ असोज कार्तिक मंसिर पुस माघ फागुन चैत"
BANGLA = "বৈশাখ জ্যৈষ্ঠ আষাঢ় শ্রাবণ ভাদ্র আশ্বিন কার্তিক অগ্রহায়ণ পৌষ মাঘ ফাল্গুন চৈত্র"
HAN = "〇一二三四五六七八九"
MONGOLIAN = "нэг,хоёр,гурав,дөрөв,тав,зургаа,долоо,найм,ес,арав,арван нэг,арван хоёр"
VIETNAMESE = "Một,Hai,Ba,Tư,Năm,Sáu,Bảy,Tám,Chín,Mười,Mười Một,Mười Hai"


def read(text: str, language: str, country: str = "INT") -> str | None:
    found = read_date(text, "list", DateRules(language, country, TODAY))
    return found.on if found.precision == "day" else found.precision


def han(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{HAN[tens]}十") + (HAN[ones] if ones else "")


@pytest.mark.parametrize("language", DIGITS)
@given(day=DAYS)
def test_digits_of_every_script_are_read_back(language: str, day: date) -> None:
    text = day.isoformat().translate(str.maketrans("0123456789", DIGITS[language]))
    assert read(text, language) == day.isoformat()


@pytest.mark.parametrize("language", MONTHS)
@given(day=DAYS)
def test_month_names_of_every_language_are_read_back(language: str, day: date) -> None:
    name = MONTHS[language].split()[day.month - 1]
    assert read(f"{day.day} {name} {day.year}", language) == day.isoformat()
    assert read(f"({day.day:02} {name}, {day.year})", language) == day.isoformat()


@given(day=DAYS)
def test_levantine_months_are_read_back(day: date) -> None:
    assert read(f"{day.day} {LEVANTINE.split(',')[day.month - 1]} {day.year}", "ar", "SY") == day.isoformat()


@pytest.mark.parametrize("names", THAI.values(), ids=THAI)
@given(day=DAYS)
def test_thai_days_are_read_back(names: str, day: date) -> None:
    name = names.split()[day.month - 1]
    assert read(f"{day.day} {name} {day.year + 543}", "th", "TH") == day.isoformat()
    assert read(f"{day.day} {name} {(day.year + 543) % 100:02}", "th", "TH") == day.isoformat()
    assert read(f"{day.day:02}/{day.month:02}/{day.year + 543}", "th", "TH") == day.isoformat()


@pytest.mark.parametrize("country", SOLAR)
@given(year=st.integers(1369, 1404), month=st.integers(1, 12), number=st.integers(1, 29))
def test_solar_hijri_days_are_read_back(country: str, year: int, month: int, number: int) -> None:
    day = solar_hijri_day(year, month, number)
    assert day is not None
    assert read(f"{number} {SOLAR[country].split()[month - 1]} {year}", "fa", country) == day.isoformat()
    assert read(f"{year}/{month:02}/{number:02}", "fa", country) == day.isoformat()


@given(day=st.dates(date(1925, 3, 22), date(2100, 1, 1)))
def test_every_day_has_one_solar_hijri_day(day: date) -> None:
    year = day.year - 621 - (day < date(day.year, 3, 19))
    months = [solar_hijri_month(number, month) for number in (year - 1, year, year + 1) for month in range(1, 13)]
    assert sum(span is not None and span[0] <= day <= span[1] for span in months) == 1


def _printed(number: int, language: str) -> str:
    return str(number).translate(str.maketrans("0123456789", DIGITS[language]))


@given(year=st.integers(1411, 1447), month=st.integers(1, 12), number=st.integers(1, 29))
def test_hijri_days_are_read_back(year: int, month: int, number: int) -> None:
    day = str(hijri_day(year, month, number))
    name = HIJRI.split(",")[month - 1]
    assert read(f"{_printed(number, 'ar')} {name} {_printed(year, 'ar')} هـ", "ar", "SA") == day
    assert read(f"{year}/{month:02}/{number:02}هـ", "ar", "QA") == day


@given(year=st.integers(2048, 2082), month=st.integers(1, 12), number=st.integers(1, 29))
def test_days_of_nepal_are_read_back(year: int, month: int, number: int) -> None:
    day = str(sambat_day(year, month, number))
    name = SAMBAT.split()[month - 1]
    assert read(f"{_printed(year, 'hi')} {name} {_printed(number, 'hi')} गते", "ne", "NP") == day
    assert read(f"{year}-{month:02}-{number:02}", "ne", "NP") == day


@given(year=st.integers(1398, 1432), month=st.integers(1, 12), number=st.integers(1, 29))
def test_days_of_bangladesh_are_read_back(year: int, month: int, number: int) -> None:
    name = BANGLA.split()[month - 1]
    day = str(bangla_day(year, month, number))
    assert read(f"{_printed(number, 'bn')} {name} {_printed(year, 'bn')}", "bn", "BD") == day


@given(day=st.dates(date(1988, 4, 14), date(2090, 1, 1)))
def test_every_day_has_one_in_bangladesh(day: date) -> None:
    year = day.year - 593 - (day < date(day.year, 4, 14))
    assert [bangla_day(year, month, number) for month in range(1, 13) for number in range(1, 32)].count(day) == 1


@given(day=DAYS)
def test_han_numbers_are_read_back(day: date) -> None:
    year = "".join(HAN[int(digit)] for digit in str(day.year))
    assert read(f"{year}年{han(day.month)}月{han(day.day)}日", "zh", "CN") == day.isoformat()


@given(day=DAYS)
def test_years_of_eras_and_republics_are_read_back(day: date) -> None:
    assert read(f"民國{day.year - 1911}年{day.month}月{day.day}日", "zh-Hant", "TW") == day.isoformat()
    assert read(f"{day.year - 1911}/{day.month:02}/{day.day:02}", "zh-Hant", "TW") == day.isoformat()
    assert read(f"平成{day.year - 1988}年{day.month}月{day.day}日", "ja", "JP") == day.isoformat()
    assert read(f"H{day.year - 1988}.{day.month}.{day.day}", "ja", "JP") == day.isoformat()
    assert read(f"주체{day.year - 1911}({day.year})년 {day.month}월 {day.day}일", "ko", "KP") == day.isoformat()


@given(day=DAYS)
def test_months_in_words_are_read_back(day: date) -> None:
    mongolian, vietnamese = (names.split(",")[day.month - 1] for names in (MONGOLIAN, VIETNAMESE))
    ending = "дүгээр" if mongolian.endswith(("нэг", "дөрөв", "ес")) else "дугаар"
    assert read(f"{day.year} оны {mongolian}{ending} сарын {day.day}", "mn", "MN") == day.isoformat()
    assert read(f"{day.day} Tháng {vietnamese}, {day.year}", "vi", "VN") == day.isoformat()
    assert read(f"ngày {day.day} tháng {vietnamese.lower()} năm {day.year}", "vi", "VN") == day.isoformat()


LETTERS = [*"/.-,:() 年月日전", "ago", "令和", "民國", "Juche", "พ.ศ.", "2 ", "11", "64", "2021", "2564", "1399", "110"]
LETTERS += ["سال", "жылғы", "оны", "сарын", "ngày ", "tháng ", "昨天", "10:30", "農曆", "二十"]
LETTERS += [
    name for names in (*MONTHS.values(), *THAI.values(), *SOLAR.values(), SAMBAT, BANGLA) for name in names.split()[::5]
]
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(LETTERS), max_size=9).map("".join))
LANGUAGES = st.sampled_from([*MONTHS, *DIGITS, "zh", "ko", "mn", "vi", "en", "tr", "xx"])
COUNTRIES = st.sampled_from(["TW", "JP", "KR", "TH", "IR", "AF", "NP", "BD", "SA", "MN", "VN", "US", "INT"])


@given(text=TEXTS, language=LANGUAGES, country=COUNTRIES)
def test_any_text_of_any_script_gives_a_plausible_day_or_none(text: str, language: str, country: str) -> None:
    rules = DateRules(language, country, TODAY)
    split_title_date(text, "list", rules)
    for found in (
        read_date(text, "text", rules),
        labelled_date(text, "text", rules),
        date_of_line(text, "text", rules),
    ):
        assert found == NO_DATE or date(1990, 1, 1) <= date.fromisoformat(str(found.on)) <= TODAY + timedelta(days=2)
        assert isinstance(year_is_inferred(found), bool)
    event = event_days(text, rules)
    assert event is None or event.start_on <= event.end_on <= str(TODAY + timedelta(days=732))


@given(first=DAYS, last=DAYS)
def test_common_part_is_what_both_days_share(first: date, last: date) -> None:
    part = common_part(first, last)
    shared = [a if a == b else None for a, b in zip(first.timetuple()[:3], last.timetuple()[:3], strict=True)]
    assert part == (None if shared[0] is None else (shared[0], shared[1], shared[2] if shared[1] else None))
