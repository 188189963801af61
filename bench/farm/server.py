"""A loopback stand-in for N sources: feeds and list pages by turns, 30 items each, in five character sets, on 50 hosts.

python bench/farm/server.py SOURCES PORT      prints "ready" and serves until its standard input ends

It knows validators, counts nothing and forgets nothing. `POST /tick` changes one source in ten: three new items each.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
from datetime import datetime, timedelta
from functools import lru_cache

HOSTS = 50
ITEMS = 30
# language, character set, words
TONGUES = (
    ("zh", "utf-8", "国家 图书馆 公告 展览 古籍 数字 资源 活动 培训 文献 阅读 馆藏 服务 年会 研究 合作"),
    ("zh", "gb18030", "国家 图书馆 公告 展览 古籍 数字 资源 活动 培训 文献 阅读 馆藏 服务 年会 研究 合作"),
    ("ko", "euc-kr", "국립 도서관 공지 전시 자료 행사 강연 디지털 열람 이용 안내 교육 연구 소장 협력 사업"),
    ("ja", "shift_jis", "国立 図書館 お知らせ 展示 資料 催し 講演会 デジタル 閲覧 利用 案内 研修 調査 所蔵 連携 開催"),
    (
        "en",
        "iso-8859-1",
        "national library notice exhibition collection digital reading event lecture archive café users",
    ),
)
EPOCH = datetime(2026, 1, 1)


class Farm:
    """What each source says now."""

    def __init__(self, sources: int, port: int) -> None:
        self.sources = sources
        self.port = port
        self.rounds = [0] * sources
        self.ticks = 0

    def tick(self) -> None:
        """One feed in ten and one list in ten have three new items, others each time."""
        for number in range(self.sources):
            self.rounds[number] += number // 2 % 10 == self.ticks % 10
        self.ticks += 1

    def page(self, number: int) -> tuple[bytes, bytes]:
        """Head and body of a source's page, without the status line."""
        return _page(number, self.rounds[number], self.port)


@lru_cache(maxsize=4096)
def _page(number: int, changes: int, port: int) -> tuple[bytes, bytes]:
    language, charset, vocabulary = TONGUES[number // 2 % len(TONGUES)]
    host = f"http://127.0.1.{number % HOSTS + 1}:{port}"
    items = [_item(number, count, vocabulary.split(), host) for count in range(3 * changes, ITEMS + 3 * changes)]
    feed = number % 2 == 0
    text = (_atom if number % 4 else _rss)(items, charset) if feed else _list(items, charset, language)
    body = text.encode(charset, "xmlcharrefreplace")
    kind = "application/xml" if feed else f"text/html; charset={charset}"
    head = f'Content-Type: {kind}\r\nETag: "{number}-{changes}"\r\n'
    return head.encode(), body


def _item(number: int, count: int, words: list[str], host: str) -> tuple[str, str, datetime, str]:
    chance = random.Random(number * 1000 + count)
    title = f"{' '.join(chance.choices(words, k=6))} {number}-{count}"
    text = "".join(f"<p>{' '.join(chance.choices(words, k=40))}.</p>" for _ in range(3))
    return title, f"{host}/{number}/news/{count}.html", EPOCH + timedelta(hours=8 * count, minutes=number % 60), text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _rss(items: list[tuple[str, str, datetime, str]], charset: str) -> str:
    entries = "".join(
        f"<item><title>{_escaped(title)}</title><link>{url}</link><guid>{url}</guid>"
        f"<pubDate>{day:%a, %d %b %Y %H:%M:%S} GMT</pubDate><description>{_escaped(text)}</description></item>"
        for title, url, day, text in reversed(items)
    )
    feed = f'<rss version="2.0"><channel><title>T</title>{entries}</channel></rss>'
    return f'<?xml version="1.0" encoding="{charset}"?>{feed}'


def _atom(items: list[tuple[str, str, datetime, str]], charset: str) -> str:
    entries = "".join(
        f'<entry><title>{_escaped(title)}</title><link href="{url}"/><id>{url}</id>'
        f"<published>{day:%Y-%m-%dT%H:%M:%SZ}</published><updated>{day:%Y-%m-%dT%H:%M:%SZ}</updated>"
        f'<summary type="html">{_escaped(text)}</summary></entry>'
        for title, url, day, text in reversed(items)
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>t</id>{entries}</feed>'
    return f'<?xml version="1.0" encoding="{charset}"?>{feed}'


def _list(items: list[tuple[str, str, datetime, str]], charset: str, language: str) -> str:
    menu = "".join(f'<li><a href="/menu/{number}">Menu {number}</a></li>' for number in range(25))
    rows = "".join(
        f'<li><a href="{url}">{title}</a><span class="date">{day:%Y-%m-%d}</span></li>'
        for title, url, day, _ in reversed(items)
    )
    padding = "".join(f'<div class="banner"><img src="/i/{n}.png" alt=""><p>© {n}</p></div>' for n in range(60))
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="{charset}"><title>News</title></head><body>'
        f'<ul class="menu">{menu}</ul><div id="content"><ul class="news">{rows}</ul></div>{padding}</body></html>'
    )


class Connection(asyncio.Protocol):
    """Answers GET of a source's page, conditional or not, robots.txt, and POST /tick."""

    def __init__(self, farm: Farm) -> None:
        self.farm = farm
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            request, self.buffer = self.buffer[:end], self.buffer[end + 4 :]
            self.transport.write(self.answer(request))

    def answer(self, request: bytes) -> bytes:
        path = request.split(b" ", 2)[1].decode("ascii", "replace")
        if path == "/tick":
            self.farm.tick()
            return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        if (match := re.fullmatch(r"/(\d+)/(feed|list)", path)) and int(match[1]) < self.farm.sources:
            head, body = self.farm.page(int(match[1]))
            tag = re.search(rb'ETag: (".*?")', head)
            if tag and b"if-none-match: " + tag[1] in request.lower():
                return b"HTTP/1.1 304 Not Modified\r\n" + head + b"\r\n"
            return b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        if path == "/robots.txt":
            return b"HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\nUser-agent: *\nDisallow: /private/\nAllow: /"
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


async def serve(sources: int, port: int) -> None:
    """The farm answers on every loopback address until the standard input ends."""
    farm = Farm(sources, port)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(farm), "0.0.0.0", port)
    for number in range(sources):
        farm.page(number)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
