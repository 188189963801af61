"""What a letter says, read from its bytes. Pure; whatever arrives is read as far as it can be, and nothing raises.

Character sets are read as their supersets, as for pages: mailers write gb2312 and use GBK, ks_c_5601 and use UHC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import blake2b

from msgspec import Struct

from crawlers.pages.charset import decode
from crawlers.pages.plain import one_line
from crawlers.urls import is_web_address

MAX_PARTS = 200  # of one letter that are looked at
MAX_DEPTH = 20  # of parts within parts
_ANGLED = re.compile(r"<([^<>]*)>")
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bq]\?[^?\s]*\?=", re.IGNORECASE)
_CONFIRM = re.compile(
    r"confirm your (?:e-?mail|subscription|registration|sign-?up)|please confirm|verify your e-?mail"
    r"|activate your subscription|subscription confirmation"
    r"|구독\s?(?:신청)?을?\s?(?:확인|승인|인증)|이메일\s?(?:주소)?\s?(?:확인|인증)"
    r"|(?:購読|登録|配信)の?(?:確認|承認)|本登録|仮登録|确认(?:您的)?订阅|订阅确认|確認(?:您的)?訂閱|訂閱確認"
    r"|(?:захиалга|бүртгэл)\w* баталгаажуул|xác nhận đăng ký|konfirmasi (?:langganan|pendaftaran)"
    r"|ยืนยันการ(?:สมัคร|รับ)|تأیید (?:عضویت|اشتراک)|تأكيد الاشتراك",
    re.IGNORECASE,
)
_SHORT_LETTER = 2_500  # characters; what asks for a confirmation says little else


class Letter(Struct, frozen=True):
    """One letter; '' for what it does not say."""

    message_id: str  # without brackets; made of what it says where it has none
    subject: str
    sender: str  # the address alone
    list_id: str  # RFC 2919, without brackets
    sent_at: datetime | None
    archived_at: str  # RFC 5064: where the sender keeps it on the web
    html: str
    text: str

    @property
    def asks_to_confirm(self) -> bool:
        """Whether the letter asks to confirm a subscription and has no news."""
        if _CONFIRM.search(self.subject):
            return True
        said = self.text or re.sub(r"<[^<>]*>", " ", self.html)
        return len(said) <= _SHORT_LETTER and _CONFIRM.search(said) is not None and not self.list_id


def read_letter(raw: bytes) -> Letter:
    """The letter; a part that cannot be read is left out."""
    message = _parsed(raw)
    html, text = _bodies(message)
    subject = one_line(_header(message, "Subject"), 500)
    archived = _angled(_header(message, "Archived-At"))
    return Letter(
        message_id=_message_id(message) or _made_id(message, html or text),
        subject=subject,
        sender=_sender(message),
        list_id=_list_id(message),
        sent_at=_sent_at(message),
        archived_at=archived if is_web_address(archived) else "",
        html=html,
        text=text,
    )


def _parsed(raw: bytes) -> Message:
    try:
        return message_from_bytes(raw)
    except RecursionError:  # parts within parts without end: its head alone is read
        return BytesHeaderParser().parsebytes(raw)


def _message_id(message: Message) -> str:
    return _angled(_header(message, "Message-ID"))[:500]


def _made_id(message: Message, body: str) -> str:
    """The same for the same letter however often it is read: nothing in it depends on where it was found."""
    said = "\n".join([_header(message, "From"), _header(message, "Date"), _header(message, "Subject"), body])
    return f"{blake2b(said.encode('utf-8', 'replace'), digest_size=16).hexdigest()}@no-message-id.invalid"


def _list_id(message: Message) -> str:
    return _angled(_header(message, "List-Id")).lower()[:255]


def _angled(value: str) -> str:
    found = _ANGLED.search(value)
    return "".join((found[1] if found else value).split())


def _sender(message: Message) -> str:
    try:
        addresses = [address for _, address in getaddresses([_header(message, "From")])]
    except RecursionError:  # comments within comments without end
        return ""
    return next((address.lower()[:255] for address in addresses if "@" in address), "")


def _sent_at(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(_header(message, "Date"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError, RecursionError):
        return None


def _header(message: Message, name: str) -> str:
    """The header as people read it: encoded words (RFC 2047) decoded, bytes that are not encoded guessed."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    unfolded = re.sub(r"\r?\n[ \t]*", " ", raw)
    if not _ENCODED_WORD.search(unfolded):
        return _guessed(unfolded)
    try:
        parts = decode_header(unfolded)
    except (HeaderParseError, ValueError):  # base64 that is none
        return _guessed(unfolded)
    return "".join(_word(part, charset) for part, charset in parts)


def _word(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return _guessed(part)
    if charset is None or charset == "unknown-8bit":
        return _guessed(part.decode("ascii", "surrogateescape"))
    return decode(part, f"text/plain; charset={charset}").text


def _guessed(text: str) -> str:
    body = text.encode("utf-8", "surrogateescape")
    return text if text.isascii() else decode(body).text


def _bodies(message: Message) -> tuple[str, str]:
    """The first readable HTML part and the first readable plain part."""
    html = text = ""
    for part in _readable(message):
        kind = part.get_content_type()
        if kind == "text/html" and not html:
            html = _content(part)
        elif kind == "text/plain" and not text:
            text = _content(part)
    return html, text


def _readable(message: Message) -> Iterator[Message]:
    """The parts that are the letter itself: no attachments, and no letters within it unless there is nothing else."""
    waiting: list[tuple[Message, int]] = [(message, 0)]
    inner: list[tuple[Message, int]] = []
    seen = 0
    while waiting or inner:
        part, depth = waiting.pop() if waiting else inner.pop()
        seen += 1
        if seen > MAX_PARTS:
            return
        children = part.get_payload() if part.is_multipart() else None
        if isinstance(children, list):
            nested = [child for child in reversed(children) if isinstance(child, Message) and depth < MAX_DEPTH]
            below = [(child, depth + 1) for child in nested]
            if part.get_content_type() == "message/rfc822":
                inner += below
            else:
                waiting += below
        elif part.get_content_disposition() != "attachment":
            yield part


def _content(part: Message) -> str:
    try:
        body = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):  # a transfer encoding that is none
        return ""
    charset = part.get_param("charset", "")
    if isinstance(charset, tuple):  # RFC 2231
        charset = charset[2]
    return decode(body, f"{part.get_content_type()}; charset={charset}").text if isinstance(body, bytes) else ""
