"""What a site of the replica is: a host, and a function from path and query to a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from msgspec import Struct, field

ENCODINGS = {"gb2312": "gb18030"}  # what such pages declare → what they are written in; others are what they declare

NOTES = {
    "zh-Hans": "本页是 convenor 演示网的样例页面，并非该机构的网站。Sample page of the convenor replica.",
    "ja": "convenor のサンプルページであり、当該機関のサイトではありません。Sample page of the convenor replica.",
    "mn": "Энэ бол convenor-ийн жишээ хуудас, тус байгууллагын сайт биш. Sample page of the convenor replica.",
    "en": "Sample page of the convenor replica, not the site of the institution.",
}


class Document(Struct, frozen=True):
    """One page as the site sends it."""

    body: bytes
    content_type: str
    status: int = 200
    modified_on: str | None = None  # ISO day; None: the site sends no Last-Modified
    etag: bool = True  # False: the page is made anew each time, without a validator
    headers: Mapping[str, str] = field(default_factory=dict)


class Site(Struct, frozen=True):
    """One host with its pages."""

    host: str  # with the port where it is not the usual one
    language: str
    render: Callable[[str, Mapping[str, str]], Document | None]  # path and query → page; None: there is none
    robots: str
    home: str = "/"  # where / leads to
    schemes: tuple[str, ...] = ("http", "https")
    not_found: str = "404 Not Found"
    answers_head: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """The part that all pages of a site share."""

    language: str
    name: str
    menu: tuple[tuple[str, str], ...]  # label and address
    charset: str = "utf-8"  # as declared
    charset_in_header: bool = True
    before_charset: str = ""  # scripts and styles that some sites put before the declaration
    footer: str = ""
    semantic: bool = True  # False: an older page, whose header, menu and footer are `<div>`

    def html(self, title: str, main: str, head: str = "", language: str = "") -> str:
        """The whole page as text; `main` and `head` are markup."""
        links = "".join(f'<li><a href="{escape(address)}">{escape(label)}</a></li>' for label, address in self.menu)
        header = self._part("header", f'<div class="logo">{escape(self.name)}</div>')
        menu = self._part("nav", f'<ul class="menu">{links}</ul>')
        note = f'<p class="replica-note">{NOTES[self.language]}</p>'
        footer = self._part("footer", f"{self.footer}<p>{escape(self.name)}</p>{note}")
        return (
            f'<!DOCTYPE html>\n<html lang="{language or self.language}">\n<head>\n{self.before_charset}'
            f'<meta http-equiv="Content-Type" content="text/html; charset={self.charset}">\n'
            f"<title>{escape(title)}</title>\n{head}</head>\n<body>\n"
            f"{header}\n{menu}\n{main}\n{footer}\n</body>\n</html>\n"
        )

    def _part(self, name: str, content: str) -> str:
        return f"<{name}>{content}</{name}>" if self.semantic else f'<div id="{name}" class="{name}">{content}</div>'

    def document(self, title: str, main: str, head: str = "", language: str = "") -> Document:
        """The page, written in the character set that it declares."""
        body = self.html(title, main, head, language).encode(ENCODINGS.get(self.charset, self.charset))
        return Document(body, f"text/html; charset={self.charset}" if self.charset_in_header else "text/html")


def paragraphs(texts: tuple[str, ...]) -> str:
    """Plain paragraphs as markup."""
    return "\n".join(f"<p>{escape(text)}</p>" for text in texts)


def meta(**named: str) -> str:
    """`<meta>` elements, a colon in the name written as two underscores (`og__image`)."""
    lines = []
    for name, content in named.items():
        attribute = "property" if "__" in name else "name"
        lines.append(f'<meta {attribute}="{name.replace("__", ":")}" content="{escape(content)}">\n')
    return "".join(lines)
