"""How long it takes to find the list of a page by its structure alone, against only reading its HTML with lxml.

    python bench/induction.py [rounds]

Prints medians in milliseconds and their ratio to the bare lxml parse. The ratios compare like with like on one machine;
the milliseconds depend on it.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from lxml.html import document_fromstring

from bench.pages import SavedPage, read, saved_pages
from crawlers.kinds import Page
from crawlers.kinds.list_page import Options, parse
from crawlers.sources import Source
from db.errors import ParseError

TODAY = date(2021, 2, 15)
SAVED = "50–80 kB, saved"  # the pages of that size in the page set, each by itself, the median of them
URL = "https://www.library.example/news/list.do"
LIMITS = {SAVED: 25.0, "5 MB, long list": 2000.0, "5 MB, 40,000 links": 2000.0, "5 MB, parted by <br>": 2000.0}
SOURCE = Source(
    id="bench", name="B", institution="B", country="KR", sub_region="x", language="ko", kind="list_page", url=URL
)
MENU = "".join(f'<li><a href="/menu/{n}.do">도서관 메뉴 {n}</a></li>' for n in range(60))
PROSE = '<div class="box"><p>도서관은 시민 모두에게 열려 있으며 다양한 프로그램을 운영합니다.</p><ul>{}</ul></div>'


def row(number: int) -> str:
    day = TODAY - timedelta(days=number % 900)
    return (
        f'<tr><td class="num">{number}</td><td class="subject"><a href="view.do?id={number}&amp;page=1">'
        f'<span>도서관 이용 시간 변경 안내 제{number}호</span><em class="new">N</em></a></td>'
        f"<td>관리자</td><td>{day}</td>"
        f'<td class="hit">{number * 7}</td></tr>'
    )


def page(rows: int, *, boxes: int = 0) -> bytes:
    """A notice board with navigation and as many blocks of other text as asked for."""
    other = "".join(PROSE.format(f'<li><a href="/b/{n}">바로가기 {n}</a></li>' * 5) for n in range(boxes))
    table = "".join(map(row, range(rows)))
    return (
        f"<html><head><title>공지사항</title></head><body><nav><ul>{MENU}</ul></nav>{other}"
        f'<table class="board"><tr><th>번호</th><th>제목</th><th>작성자</th><th>등록일</th><th>조회</th></tr>'
        f'{table}</table><div class="paging"><strong>1</strong><a href="?page=2">2</a></div></body></html>'
    ).encode()


def many_links() -> bytes:
    return (
        b"<html><body>"
        + b"".join(b'<div><a href="/x/%d">A link of many links number %d</a></div>' % (n, n) for n in range(40_000))
        + b" " * 2_400_000
        + b"</body></html>"
    )


def lines(number: int) -> bytes:
    """A list whose records are nothing but lines of one block."""
    line = '<a href="/news/{0}.html">The library opened reading room number {0} for all</a> 2021-02-{1:02}<br>\n'
    return f"<html><body><div>{''.join(line.format(n, n % 28 + 1) for n in range(number))}</div></body></html>".encode()


PAGES: dict[str, Callable[[], bytes]] = {
    "20 rows": lambda: page(20),
    "300 rows": lambda: page(300),
    "60 rows, 470 links": lambda: page(60, boxes=70),
    "5 MB, long list": lambda: page(17_500),
    "5 MB, 40,000 links": many_links,
    "5 MB, parted by <br>": lambda: lines(48_000),
}


def induced(body: bytes) -> str:
    """What the page is read as."""
    try:
        return f"{len(parse(Page(URL, body), SOURCE, Options(), TODAY).items)} items"
    except ParseError as error:
        return f"refused: {error.message}"


def median_ms(work: Callable[[bytes], object], body: bytes, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work(body)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def main() -> int:
    """Prints the table; 1 when a page takes longer than its limit."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print(f"{'page':20}{'kB':>8}{'induction ms':>14}{'lxml ms':>10}{'ratio':>8}  read as")
    late = False
    for name, make in PAGES.items():
        body = make()
        often = max(rounds if len(body) < 1_000_000 else rounds // 5, 1)
        told = induced(body)
        took, bare = median_ms(induced, body, often), median_ms(document_fromstring, body, often)
        late = late or took > LIMITS.get(name, float("inf"))
        print(f"{name:20}{len(body) // 1000:8}{took:14.1f}{bare:10.1f}{took / bare:8.1f}  {told}")
    return int(saved_pages_take_ms(rounds) > LIMITS[SAVED] or late)


def _read_saved(page: SavedPage, _body: bytes) -> object:
    return read(page)


def saved_pages_take_ms(rounds: int) -> float:
    """The median over the larger pages of the page set, printed as one more row."""
    pages = [page for page in saved_pages() if 50_000 <= len(page.body) <= 80_000]
    took = statistics.median(median_ms(partial(_read_saved, page), page.body, rounds) for page in pages)
    bare = statistics.median(median_ms(document_fromstring, page.body, rounds) for page in pages)
    size = statistics.mean(len(page.body) for page in pages) / 1000
    print(f"{SAVED:20}{size:8.0f}{took:14.1f}{bare:10.1f}{took / bare:8.1f}  {len(pages)} pages")
    return took


if __name__ == "__main__":
    sys.exit(main())
