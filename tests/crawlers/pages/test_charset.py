"""Bytes to text, declared well, badly or not at all."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pages.charset import decode

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
    ],
)
def test_declared_name_is_read_as_its_superset(text: str, declared: str, written: str, used: str) -> None:
    found = decode(page(text, declared).encode(written))
    assert (found.encoding, found.replaced) == (used, 0)
    assert text in found.text


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
