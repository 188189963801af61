"""Bytes to text, declared well, badly or not at all."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pages.charset import TOLERATED_SHARE, decode

CHINESE = "中国国家图书馆举办古籍保护展览，责任编辑：李瑄、王镕、陈喆"
KOREAN = "국립중앙도서관 똠방각하 전시회를 개최합니다"
JAPANESE = "国立国会図書館からのお知らせ①㈱ 研究会の開催"
THAI = "หอสมุดแห่งชาติ"


def page(text: str, charset: str = "", padding: int = 0) -> str:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    return f"<html><head>{'<!-- -->' * padding}{meta}<title>{text}</title></head><body>{text * 5}</body></html>"


@pytest.mark.parametrize(
    ("text", "declared", "written", "used"),
    [
        pytest.param(CHINESE, "gb2312", "gbk", "gb18030", id="gb2312 that is gbk"),
        pytest.param(CHINESE, "GBK", "gbk", "gb18030", id="gbk"),
        pytest.param(CHINESE, "x-gbk", "gbk", "gb18030", id="x-gbk"),
        pytest.param(KOREAN, "euc-kr", "cp949", "cp949", id="euc-kr that is cp949"),
        pytest.param(KOREAN, "ks_c_5601-1987", "cp949", "cp949", id="the oldest Korean name"),
        pytest.param(JAPANESE, "Shift_JIS", "cp932", "cp932", id="shift_jis that is cp932"),
        pytest.param(JAPANESE, "x-sjis", "cp932", "cp932", id="x-sjis"),
        pytest.param("香港圖書館啫嘅", "big5", "big5hkscs", "big5hkscs", id="big5 of Hong Kong"),
        pytest.param("Café “quoted”", "iso-8859-1", "cp1252", "cp1252", id="latin-1 that is cp1252"),
        pytest.param(THAI, "tis-620", "cp874", "cp874", id="thai"),
        pytest.param("図書館", "euc-jp", "euc_jp", "euc_jp", id="euc-jp"),
        pytest.param("図書館", "eucJP-ms", "euc_jp", "euc_jp", id="eucJP-ms"),
        pytest.param("図書館", "x-euc-jp", "euc_jp", "euc_jp", id="x-euc-jp"),
        pytest.param("図書館ｶﾅ", "iso-2022-jp", "iso2022_jp_ext", "iso2022_jp_ext", id="iso-2022-jp with narrow kana"),
        pytest.param("圖書館的公告", "big5", "cp950", "big5hkscs", id="big5 of Taiwan"),
        pytest.param("啫嘅喺", "big5-hkscs", "big5hkscs", "big5hkscs", id="declared hkscs"),
        pytest.param("똠방각하", "ks_c_5601-1987", "cp949", "cp949", id="a syllable beyond euc-kr"),
        pytest.param("똠방각하", "cp949", "cp949", "cp949", id="declared cp949"),
        pytest.param("𠮷野家㐀", "gb18030", "gb18030", "gb18030", id="four bytes of gb18030"),
        pytest.param("朱镕基", "gb_2312-80", "gb18030", "gb18030", id="oldest Chinese name"),
        pytest.param(THAI, "windows-874", "cp874", "cp874", id="windows-874"),
        pytest.param(THAI, "iso-8859-11", "cp874", "cp874", id="iso-8859-11"),
        pytest.param("کتابخانه ملي", "windows-1256", "cp1256", "cp1256", id="persian windows"),
        pytest.param("مكتبة", "iso-8859-6", "iso8859-6", "iso8859-6", id="arabic"),
        pytest.param("Thư viện".replace("ệ", "ê\u0323"), "windows-1258", "cp1258", "cp1258", id="vietnamese windows"),
        pytest.param("Номын сан", "windows-1251", "cp1251", "cp1251", id="cyrillic windows"),
        pytest.param("Библиотека", "koi8-r", "koi8-r", "koi8-r", id="koi8-r"),
        pytest.param("Kütüphane", "iso-8859-9", "cp1254", "cp1254", id="turkish that is cp1254"),
    ],
)
def test_declared_name_is_read_as_its_superset(text: str, declared: str, written: str, used: str) -> None:
    found = decode(page(text, declared).encode(written))
    assert (found.encoding, found.replaced) == (used, 0)
    assert text in found.text


@pytest.mark.parametrize(
    ("text", "header", "meta", "written", "used"),
    [
        pytest.param(CHINESE, "iso-8859-1", "gb2312", "gbk", "gb18030", id="what a server says by default"),
        pytest.param(CHINESE, "", "iso-8859-1", "gbk", "gb18030", id="what an editor says by default"),
        pytest.param(CHINESE, "big5", "gb2312", "gbk", "gb18030", id="header contradicted, meta right"),
        pytest.param(JAPANESE, "", "euc-kr", "cp932", "cp932", id="meta contradicted"),
        pytest.param(KOREAN, "utf-8", "euc-kr", "cp949", "cp949", id="header says utf-8"),
        pytest.param(CHINESE, "utf-8", "utf-8", "gb18030", "gb18030", id="both say utf-8"),
        pytest.param(CHINESE, "", "utf-16", "gb18030", "gb18030", id="a meta cannot say utf-16"),
        pytest.param("Café à Nouméa", "iso-8859-1", "", "cp1252", "cp1252", id="western after all"),
        pytest.param("图书馆€", "", "", "utf-16-le", "utf-16-le", id="utf-16 without a mark"),
        pytest.param("图书馆€", "", "", "utf-16-be", "utf-16-be", id="utf-16 the other way round"),
        pytest.param("国会図書館", "", "", "iso2022_jp", "iso2022_jp_ext", id="escape sequences alone"),
        pytest.param("圖書館€", "", "big5", "cp950", "cp950", id="euro sign of Taiwan"),
    ],
)
def test_contradicted_declaration_gives_way(text: str, header: str, meta: str, written: str, used: str) -> None:
    found = decode(page(text, meta).encode(written), f"text/html; charset={header}" if header else "text/html")
    assert (found.encoding, found.replaced) == (used, 0)
    assert text in found.text


def test_euc_jp_of_windows_is_read_whole() -> None:
    circled, company = b"\xad\xa1", b"\xad\xea"
    body = page("図書館", "euc-jp").encode("euc_jp").replace(b"<body>", b"<body>" + circled + company)
    found = decode(body)
    assert "<body>①㈱図書館" in found.text
    assert found.replaced == 0


def test_broken_euc_jp_is_counted() -> None:
    found = decode("図書館".encode("euc_jp") * 200 + b"\xad\x20\xff", "text/html; charset=euc-jp")
    assert (found.encoding, found.replaced) == ("euc_jp", 2)


@pytest.mark.parametrize(
    "text", ["図書館", "お知らせ", "国立国会図書館からのお知らせ", "令和3年1月28日 休館のお知らせ", "ニュース"]
)
def test_short_undeclared_shift_jis_is_read(text: str) -> None:
    found = decode(f"<html><title>{text}</title><p>{text}</p></html>".encode("cp932"), "text/html")
    assert found.encoding == "cp932"
    assert text in found.text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (CHINESE, "gb18030"),
        (KOREAN, "cp949"),
        ("香港圖書館公告及最新消息", "big5"),
        ("国立国会図書館からのお知らせ", "euc_jp"),
        (THAI, "cp874"),
        ("Номын сангийн мэдээ", "cp1251"),
    ],
)
def test_other_undeclared_bytes_are_not_taken_for_shift_jis(text: str, written: str) -> None:
    assert decode(page(text).encode(written), "text/html").encoding != "cp932"


def test_share_of_unreadable_characters_is_told() -> None:
    assert decode(b"<p>caf\xff</p>" * 3, "text/html; charset=euc-kr").replaced_share == pytest.approx(1 / 11)
    assert decode(b"").replaced_share == 0
    assert decode(page(CHINESE).encode()).replaced_share <= TOLERATED_SHARE


def test_utf8_bytes_win_over_a_wrong_declaration() -> None:
    assert CHINESE in decode(page(CHINESE, "gb2312").encode(), "text/html; charset=iso-8859-1").text


def test_http_header_wins_over_meta() -> None:
    assert decode(page(KOREAN, "gb2312").encode("cp949"), "text/html; charset=EUC-KR").encoding == "cp949"


def test_late_meta_is_found() -> None:
    assert decode(page(CHINESE, "gbk", padding=700).encode("gbk")).encoding == "gb18030"


def test_xml_declaration_is_read() -> None:
    assert decode(f'<?xml version="1.0" encoding="euc-kr"?><rss>{KOREAN}</rss>'.encode("cp949")).encoding == "cp949"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_byte_order_mark_wins(mark: bytes, encoding: str) -> None:
    found = decode(mark + CHINESE.encode(encoding), "text/html; charset=euc-kr")
    assert (found.text, found.encoding) == (CHINESE, encoding)


@pytest.mark.parametrize(("text", "written"), [(CHINESE, "gb18030"), (KOREAN, "cp949"), (JAPANESE[:13], "cp932")])
def test_undeclared_bytes_are_detected(text: str, written: str) -> None:
    assert text in decode(page(text).encode(written)).text


def test_wrong_utf8_declaration_gives_way_to_the_detector() -> None:
    assert CHINESE in decode(page(CHINESE, "utf-8").encode("gb18030"), "text/html; charset=utf-8").text


def test_unreadable_bytes_are_counted() -> None:
    assert decode(b"<p>caf\xff</p>" * 3, "text/html; charset=euc-kr").replaced == 3


@pytest.mark.parametrize("name", ["nonsense", "base64", "rot13", "", "idna", "undefined", "punycode", "unicode_escape"])
def test_name_that_is_no_charset_is_passed_over(name: str) -> None:
    assert "caf" in decode(b"<p>caf\xe9</p>", f"text/html; charset={name}").text


@given(st.binary(max_size=300), st.sampled_from(["", "charset=utf-16", "charset=utf-7", "charset=hz"]))
def test_any_bytes_become_text(body: bytes, content_type: str) -> None:
    found = decode(body, content_type)
    assert isinstance(found.text, str)
    assert found.replaced == found.text.count("\ufffd")
