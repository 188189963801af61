"""A web of several hosts on one loopback port, with whatever people paste: articles, documents, walls, dead ends.

The real guard stands before it: only names that resolve to a public address come here at all.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from crawlers.guard import guarded_transport
from crawlers.messages import Transport
from crawlers.sockets import Stream, connected

PUBLIC = "93.184.216.34"
INSIDE = {"inside.example": "10.0.0.5", "metadata.example": "169.254.169.254"}
HOSTILE = '<script>document.title="hit"</script><img src=x onerror="document.title=\'hit\'">'


def story(title: str, day: str, language: str, sentence: str, *, coding: str = "utf-8", said: str = "") -> bytes:
    """An article as a site of a library has it, in this character set; `said` is the one that the page names."""
    named = f'<meta charset="{said}">' if said else ""
    head = f'<title>{escape(title)}</title><meta property="og:title" content="{escape(title)}">'
    return (
        f'<html lang="{language}"><head>{named}{head}</head><body><main><h1>{escape(title)}</h1>'
        f"<p class=date>{day}</p><article>{f'<p>{escape(sentence) * 8}</p>' * 3}</article></main></body></html>"
    ).encode(coding)


JA = ("国立図書館の新しい閲覧室", "2021年2月1日", "ja", "新しい閲覧室が開室し、多くの利用者が訪れました。")
KO = ("국립중앙도서관 새 열람실 개관", "2021.02.03", "ko", "새 열람실이 문을 열어 많은 이용자가 찾았다. ")
ZH = ("国家图书馆新阅览室开放", "2021-02-04", "zh-CN", "新的阅览室向读者开放，当天来了许多读者。")
MN = ("Үндэсний номын сангийн шинэ танхим", "2021-02-05", "mn", "Шинэ танхим нээгдэж, олон уншигч ирлээ. ")
EN = ("A new reading room", "5 February 2021", "en", "The new reading room was opened and many readers came. ")
WECHAT = (
    "<!DOCTYPE html><html><head><meta property='og:title' content='读书会通知'><meta property='og:site_name' "
    "content='微信公众平台'></head><body><h1 id='activity-name'>读书会通知</h1><div id='js_content'>"
    f'{"<p>图书馆将于本周六举办读书会，欢迎参加。</p>" * 6}</div><script>var ct = "1612137600";</script></body></html>'
)
HTML = "text/html; charset=utf-8"
PAGES: dict[str, tuple[str, bytes]] = {
    "library.example/ja": (HTML, story(*JA)),
    "library.example/known": (HTML, story(*EN)),
    "library.example/sjis": ("text/html", story(*JA, coding="cp932", said="Shift_JIS")),
    "library.example/euc": ("text/html; charset=euc-kr", story(*KO, coding="cp949")),
    "library.example/gb": ("text/html", story(*ZH, coding="gb18030")),
    "library.mn/medee/1": (HTML, story(*MN)),
    "library.example/undated": (HTML, story(EN[0], "", "en", EN[3])),
    "library.example/hostile": (HTML, story(HOSTILE, "2021-02-05", "en", HOSTILE)),
    "library.example/report.pdf": ("application/pdf", b"%PDF-1.7 ..."),
    "library.example/disguised": (HTML, b"%PDF-1.7 ..."),
    "library.example/poster.png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "library.example/film": ("video/mp4", b"...."),
    "library.example/annual-report.docx": ("application/octet-stream", b"PK\x03\x04..."),
    "library.example/empty": (HTML, b""),
    "library.example/huge": (HTML, b"<p>" + b"x" * 5_000_100),
    "mp.weixin.qq.com/s": (HTML, WECHAT.encode()),
    "closed.example/robots.txt": ("text/plain", b"User-agent: *\nDisallow: /"),
    "closed.example/page": (HTML, story(*EN)),
    "social.example/api/v1/accounts/lookup": ("application/json", b'{"id": "109", "acct": "library"}'),
    "social.example/api/v1/accounts/109/statuses": (
        "application/json",
        json.dumps(
            [
                {
                    "id": str(n),
                    "url": f"http://social.example/@library/{n}",
                    "created_at": "2021-02-05T08:00:00Z",
                    "language": "mn",
                    "content": f"<p>Шинэ мэдээ {n}</p>",
                }
                for n in (3, 2, 1)
            ]
        ).encode(),
    ),
    "social.example/@library": (HTML, b"<html><title>Library (@library)</title><body></body></html>"),
}
REDIRECTS = {
    "library.example/moved": "http://library.example/ja",
    "short.example/a": "http://library.example/moved",
    "short.example/known": "http://library.example/known?utm_source=short",
    "short.example/loop": "http://short.example/loop",
    "short.example/inside": "http://inside.example/",
    "short.example/file": "file:///etc/passwd",
}
STATUSES = {"library.example/refused": 403, "library.example/busy": 503}
WALL = "library.example/wall"  # opens for browsers, not for us


@dataclass
class PasteWeb:
    """The running server."""

    port: int
    over: threading.Event = field(default_factory=threading.Event)

    def transport(self) -> Transport:
        """The guarded network, in which every public address is this server."""
        return guarded_transport(False, resolve=resolve, connect=self._connect)

    def _connect(self, host: str, port: int, timeout_seconds: float) -> Stream:
        assert host == PUBLIC, f"{host} was let through"
        return connected("127.0.0.1", self.port, timeout_seconds)


def resolve(host: str, port: int) -> list[str]:
    """What a name server would say."""
    if host.replace(".", "").isdigit():
        return [host]
    if host.startswith("no-such-name"):
        raise OSError("Name or service not known")
    return [INSIDE.get(host, PUBLIC)]


class _Handler(BaseHTTPRequestHandler):
    timeout = 10

    def __init__(self, web: PasteWeb, *args: object) -> None:
        self._web = web
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        place = f"{self.headers['Host'].partition(':')[0]}{self.path.partition('?')[0]}"
        if place == "library.example/slow":
            self._web.over.wait(10)  # longer than anybody is willing to wait
        elif place == WALL and "Mozilla" in self.headers.get("User-Agent", ""):
            self._send(200, HTML, story("Behind a wall", "", "en", EN[3]))
        elif place in REDIRECTS:
            self._send(302, HTML, b"", Location=REDIRECTS[place])
        elif place in PAGES:
            self._send(200, *PAGES[place])
        else:
            self._send(403 if place == WALL else STATUSES.get(place, 404), HTML, b"")

    def _send(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *words: object) -> None:
        """Nothing is printed."""


@contextmanager
def paste_web() -> Iterator[PasteWeb]:
    """The web answers as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    web = PasteWeb(port)
    with ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, web)) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield web
        web.over.set()
        server.shutdown()
        thread.join()
