"""Letters for the tests: newsletters of eight character sets in every form that mailers give them, and broken ones.

Each is made byte by byte, because what is tried here is what mailers really send and not what a library would write.
"""

from __future__ import annotations

import base64
import quopri
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

NEWS = "https://library.example/news"
SENT = datetime(2021, 2, 1, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Posted:
    """A letter with what must be read from it."""

    name: str
    raw: bytes
    subject: str
    articles: tuple[str, ...] = ()  # addresses
    words: str = ""  # that stand in its text
    is_task: bool = False
    has_id: bool = True


def encoded_word(text: str, charset: str, how: str = "b") -> bytes:
    body = text.encode(charset)
    packed = base64.b64encode(body) if how == "b" else b"".join(f"={byte:02X}".encode() for byte in body)
    return b"=?" + charset.encode() + b"?" + how.encode() + b"?" + packed + b"?="


def head(number: int, subject: bytes, *, list_id: str = "news.library.example", extra: bytes = b"") -> bytes:
    sent = format_datetime(SENT + timedelta(hours=number)).encode()
    lines = [
        b"From: Library <news@library.example>",
        b"To: desk@convenor.example",
        b"Subject: " + subject,
        b"Date: " + sent,
        b"Message-ID: <" + f"letter-{number}@library.example".encode() + b">",
        b"MIME-Version: 1.0",
    ]
    if list_id:
        lines.append(b"List-Id: News <" + list_id.encode() + b">")
    return b"\r\n".join(lines) + b"\r\n" + extra


def part(kind: str, text: str | bytes, charset: str, encoding: str = "base64") -> bytes:
    body = text.encode(charset) if isinstance(text, str) else text
    if encoding == "base64":
        body = base64.encodebytes(body)
    elif encoding == "quoted-printable":
        body = quopri.encodestring(body)
    declared = f"Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return declared.encode() + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def multipart(kind: str, parts: list[bytes], boundary: str = "b1") -> bytes:
    edge = f"--{boundary}".encode()
    body = b"".join(edge + b"\r\n" + one + b"\r\n" for one in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode() + body + edge + b"--\r\n"


def html(words: str, number: int, headline: str) -> str:
    return (
        f"<html><body><p><a href='https://us5.campaign-archive.com/?u=1&id={number}'>View this email in your browser"
        "</a></p>"
        f"<h2>{headline}</h2><p>{words}</p><a href='{NEWS}/{number}'><img src='x.png' alt=''></a>"
        f"<a href='{NEWS}/{number}'>{headline}</a><a href='{NEWS}/{number}'>Read more</a>"
        "<a href='https://www.facebook.com/library'><img src='f.png' alt='Facebook'></a>"
        "<a href='https://library.example/'>library.example</a>"
        "<a href='https://library.example/unsubscribe?u=1'>Unsubscribe</a></body></html>"
    )


LANGUAGES = (
    ("utf-8", "Номын сангийн мэдээ 2-р сар", "Уншигчдын өдөрлөг боллоо"),
    ("iso-2022-jp", "図書館だより　二月号", "新しい閲覧室が開室しました"),
    ("shift_jis", "図書館ニュース第103号", "資料のデジタル化を始めます"),
    ("euc-kr", "도서관 소식 2월호", "국립중앙도서관 새 전시 개막"),
    ("ks_c_5601-1987", "한국도서관협회 소식", "도서관 주간 행사 안내"),
    ("gb18030", "国家图书馆通讯（二月）", "新馆开馆仪式举行"),
    ("gb2312", "图书馆学会简报", "全民阅读活动启动"),
    ("big5", "圖書館電子報 第12期", "數位典藏計畫成果展"),
    ("windows-1251", "Номын мэдээ", "Дижитал номын сангийн нээлт"),
    ("iso-8859-1", "Bibliothèque nationale: février", "Une exposition à la médiathèque"),
)


def newsletters() -> list[Posted]:
    """Thirty letters: each language as HTML, as text and as both."""
    posted = []
    for number, (charset, subject, headline) in enumerate(LANGUAGES):
        body = html(headline, number, headline)
        raw = head(number, encoded_word(subject, charset)) + part("text/html", body, charset)
        posted.append(Posted(f"{charset} html", raw, subject, (f"{NEWS}/{number}",), headline))
        plain = f"{headline}\n{NEWS}/{100 + number}\n\nTo unsubscribe: https://library.example/unsubscribe?u=1\n"
        raw = head(100 + number, encoded_word(subject, charset, "q")) + part(
            "text/plain", plain, charset, "quoted-printable"
        )
        posted.append(Posted(f"{charset} text", raw, subject, (f"{NEWS}/{100 + number}",), headline))
        both = multipart(
            "alternative",
            [
                part("text/plain", f"{headline}\n{NEWS}/{200 + number}", charset, "8bit"),
                part("text/html", html(headline, 200 + number, headline), charset, "quoted-printable"),
            ],
        )
        raw = head(200 + number, encoded_word(subject, charset)) + both
        posted.append(Posted(f"{charset} both", raw, subject, (f"{NEWS}/{200 + number}",), headline))
    return posted


def peculiar() -> list[Posted]:
    """What mailers break, nest, attach, repeat or leave out."""
    words = "Шинэ номын танилцуулга"
    picture = (
        b"Content-Type: image/png\r\nContent-Disposition: attachment; filename*=utf-8''%D0%BD%D0%BE%D0%BC.png\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(b"\x89PNG" * 200)
    )
    page = part("text/html", html(words, 300, words), "utf-8")
    other = part("text/html", html(words, 302, words), "utf-8")
    cut = part("text/html", html(words, 308, words), "utf-8")
    nested = multipart("mixed", [multipart("related", [multipart("alternative", [page], "c3"), picture], "c2")], "c1")
    forwarded = multipart("mixed", [b"Content-Type: message/rfc822\r\n\r\n" + head(999, b"inner") + other], "f1")
    split = encoded_word("図書館だより", "iso-2022-jp") + b"\r\n " + encoded_word("二月号のお知らせ", "iso-2022-jp")
    text = part("text/plain", f"{words}\n{NEWS}/310", "utf-8")
    no_id = head(311, b"No identity").replace(b"Message-ID: <letter-311@library.example>\r\n", b"")
    confirm = part("text/plain", "Please click: https://library.example/confirm?token=1", "utf-8")
    attached = multipart("mixed", [part("text/plain", f"{words}\n{NEWS}/301", "utf-8"), picture, picture], "a1")
    rfc2231 = b"Content-Type: text/html; charset*=utf-8''utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    wrong = part("text/html", html(words, 306, words), "utf-8").replace(b"charset=utf-8", b"charset=utf-8888")
    closed = "The library is closed on Monday."
    broken = part("text/plain", f"{words}\n{NEWS}/307\n{words}", "utf-8")[:-3] + b"!!"
    confirm_ko = "구독 신청을 확인해 주세요"
    raw_subject = "도서관 소식".encode("euc-kr")
    joined = "図書館だより二月号のお知らせ"
    plain = (f"{NEWS}/310",)
    return [
        Posted("nested parts", head(300, b"Nested") + nested, "Nested", (f"{NEWS}/300",), words),
        Posted("attachments", head(301, b"Attached") + attached, "Attached", (f"{NEWS}/301",), words),
        Posted("a letter in a letter", head(302, b"Fwd") + forwarded, "Fwd", (f"{NEWS}/302",), words),
        Posted("subject in two words", head(303, split) + text, joined, plain, words),
        Posted("raw bytes in the subject", head(304, raw_subject) + text, "도서관 소식", plain),
        Posted(
            "charset as RFC 2231",
            head(305, b"RFC 2231") + rfc2231 + html(words, 305, words).encode(),
            "RFC 2231",
            (f"{NEWS}/305",),
            words,
        ),
        Posted("wrong charset name", head(306, b"Wrong") + wrong, "Wrong", (f"{NEWS}/306",), words),
        Posted("broken base64", head(307, b"Broken") + broken, "Broken", (f"{NEWS}/307",), words),
        Posted(
            "no end of the parts",
            head(308, b"Cut") + multipart("mixed", [cut], "e1")[:-30],
            "Cut",
            (f"{NEWS}/308",),
            words,
        ),
        Posted("no Message-ID", no_id + text, "No identity", plain, words, has_id=False),
        Posted(
            "no links", head(312, b"Dear readers") + part("text/plain", closed, "utf-8"), "Dear readers", (), closed
        ),
        Posted(
            "asks to confirm",
            head(313, b"Please confirm your subscription", list_id="") + confirm,
            "Please confirm your subscription",
            is_task=True,
        ),
        Posted(
            "asks to confirm in Korean",
            head(314, encoded_word(confirm_ko, "utf-8"), list_id="") + confirm,
            confirm_ko,
            is_task=True,
        ),
        Posted("bad date", head(315, b"Bad date").replace(b"Date: ", b"Date: yesterday, ") + text, "Bad date", plain),
    ]


def huge() -> Posted:
    """Twenty-five megabytes: a text with a picture behind it."""
    words = "Томоос том захидал"
    picture = b"Content-Type: image/tiff\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + (b"x" * 998 + b"\r\n") * 25_000
    raw = head(400, b"Huge") + multipart("mixed", [part("text/html", html(words, 400, words), "utf-8"), picture])
    return Posted("25 MB", raw, "Huge", (f"{NEWS}/400",), words)
