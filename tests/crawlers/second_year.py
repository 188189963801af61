"""A second replayed year, made apart from the first and after the thresholds were set: page-set sources, other rhythms.

Each saved list page is taken apart into its records and filled anew for every day of a year, from a rhythm and from
ordinary changes that are drawn for the source. Only pages that read back right when filled so take part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, partial
from html import escape
from itertools import islice
from random import Random

from babel.dates import format_date
from lxml import etree
from lxml import html as lxml_html
from msgspec import Struct
from msgspec.structs import replace

from crawlers.guardian import Memory, judge, remember
from crawlers.health import health_of
from crawlers.kinds import Page
from crawlers.pages.charset import decode
from crawlers.repair import read_so
from crawlers.titles import folded
from db.health import MAX_DAYS, SourceFacts
from tests.crawlers.broken_pages import records_of
from tests.crawlers.guardian_trial import PAGES, Subject, Year, morning_of, page_subject

SOURCES = 60  # a page that is read by two of them tells two stories
START = date(2022, 5, 9)
BEFORE = 400  # days of news that are known when the year begins
_NAMED = ("id", "ar", "ru", "hi", "vi", "ms", "uz", "km", "lo", "my", "ur", "si")
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def _named(pattern: str, language: str, on: date) -> str:
    """The day as this language prints it."""
    said = format_date(on, pattern, language)
    return said.translate(_ARABIC) if language == "ar" else said


_FORMS: tuple[Callable[[date], str], ...] = (
    lambda on: f"{on:%Y-%m-%d}",
    lambda on: f"{on:%Y/%m/%d}",
    lambda on: f"{on:%Y.%m.%d}",
    lambda on: f"{on:%Y%m%d}",
    lambda on: f"{on:%Y年%m月%d日}",
    lambda on: f"{on.year}年{on.month}月{on.day}日",
    lambda on: f"{on.year}년 {on.month}월 {on.day}일",
    lambda on: f"{on.year}. {on.month}. {on.day}",
    lambda on: f"{on.year}.{on.month}.{on.day}",
    lambda on: f"{on.year}-{on.month}-{on.day}",
    lambda on: f"{on.year}/{on.month}/{on.day}",
    lambda on: f"{on.year} оны {on.month} дугаар сарын {on.day}",
    lambda on: f"{on.year} оны {on.month} сарын {on.day}",
    lambda on: f"{on.year} оны {on:%m} сарын {on:%d}",
    lambda on: f"{on:%d/%m/%Y}",
    lambda on: f"{on:%d-%m-%Y}",
    lambda on: f"{on:%d.%m.%Y}",
    lambda on: f"{on.day}/{on.month}/{on.year}",
    lambda on: f"{on:%B} {on.day}, {on.year}",
    lambda on: f"{on.day} {on:%B} {on.year}",
    lambda on: f"{on:%b} {on.day}, {on.year}",
    lambda on: f"{on.day} {on:%b} {on.year}",
    lambda on: f"令和{on.year - 2018}年{on.month}月{on.day}日",
    lambda on: f"{on.year - 1911}-{on:%m-%d}",
    lambda on: f"{on.year - 1911}/{on:%m/%d}",
    lambda on: f"{on.year - 1911}年{on.month}月{on.day}日",
    lambda on: f"{on:%A}, {on.day} {on:%B} {on.year}",
    lambda on: (
        f"{on:%B} {on.day}{'th' if 10 < on.day < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(on.day % 10, 'th')}, {on.year}"
    ),
    *(partial(_named, pattern, language) for language in _NAMED for pattern in ("d MMMM y", "d MMM y", "MMMM d, y")),
    lambda on: f"{on.day} {format_date(on, 'MMMM', 'th')} {on.year + 543}",
    lambda on: f"{on.day} {format_date(on, 'MMM', 'th')} {on.year + 543}",
    lambda on: f"{on:%d/%m}/{on.year + 543}",
    lambda on: f"{on:%y.%m.%d}",
    lambda on: f"{on:%y-%m-%d}",
    lambda on: f"{on:%Y-%m}",
    lambda on: f"{on:%Y.%m}",
    lambda on: f"{on:%m-%d}",
    lambda on: f"{on:%m/%d}",
    lambda on: f"{on:%m.%d}",
)


class News(Struct, frozen=True):
    """One piece of news of the year."""

    day: int  # of the year on which it appears
    number: int
    title: str

    @property
    def on(self) -> date:
        return START + timedelta(days=self.day)


@dataclass(frozen=True)
class Record:
    """The markup of one entry, with marks for its title, its number and its day."""

    markup: str

    def filled(self, news: News, *, dated: bool = True) -> str:
        def day(match: re.Match[str]) -> str:
            return _FORMS[int(match[1])](news.on) if dated else ""

        text = self.markup.replace("@T@", escape(news.title)).replace("@N@", str(news.number))
        return re.sub(r"@D(\d+)@", day, text)


@dataclass(frozen=True)
class Template:
    """A list page with a mark for each of its records."""

    subject: Subject
    markup: str
    records: Sequence[Record]
    first_number: int

    def page(self, shown: Sequence[str]) -> Page:
        """The page with these entries, of which there may be fewer than marks."""
        text = re.sub(
            r"<!--@(\d+)@-->", lambda match: shown[int(match[1])] if int(match[1]) < len(shown) else "", self.markup
        )
        return Page(self.subject.page.url, text.encode(), "text/html; charset=utf-8")


def template_of(subject: Subject) -> Template | None:
    """The page taken apart; None where its records cannot be told or do not read back right."""
    text = decode(subject.page.body, subject.page.content_type).text
    tree = lxml_html.document_fromstring(text.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    records: list[Record] = []
    numbers = []
    for item in subject.look.items:
        runs = re.findall(r"\d{3,9}", item.url)
        found = [node for node in records_of(tree, item.title) if node.getparent() is not None]
        if not runs or len(found) == 0 or (item.on is None) != (subject.look.items[0].on is None):
            return None
        node, marked = found[0], None
        for node in [found[0], *islice(found[0].iterancestors("div", "article", "li", "dl", "section"), 2)]:
            markup = lxml_html.tostring(node, encoding="unicode", with_tail=False)
            if "<!--@" in markup:
                return None
            if (marked := _marked(markup, item.title, runs[-1], item.on)) is not None:
                break
        if marked is None:
            return None
        records.append(Record(marked))
        numbers.append(int(runs[-1]))
        mark = etree.Comment(f"@{len(records) - 1}@")
        mark.tail = node.tail
        node.getparent().replace(node, mark)
    width = min(len(str(number)) for number in numbers)
    first = max(10**width + 1, max(numbers) - 40)
    template = Template(subject, lxml_html.tostring(tree, encoding="unicode"), records, first)
    return template if all(_reads_back(template, seed) for seed in range(3)) else None


def _marked(markup: str, title: str, number: str, on: str | None) -> str | None:
    text = markup.replace(escape(title), "@T@").replace(escape(title, quote=False), "@T@").replace(title, "@T@")
    if "@T@" not in text:
        return None
    if on is not None:
        for place, form in enumerate(_FORMS):
            said = form(date.fromisoformat(on))
            text = re.sub(rf"(?<![\d@D]){re.escape(said)}(?!\d)", f"@D{place}@", text)
        if not re.search(r"@D\d+@", text):
            return None
    return re.sub(rf"(?<![\d@D]){number}(?!\d)", "@N@", text)


def _reads_back(template: Template, seed: int) -> bool:
    random = Random(f"{template.subject.name} {seed}")
    rows = [
        News(300 - 3 * n - random.randrange(3), template.first_number + 500 - n, title)
        for n, title in enumerate(_titles(template.subject.source.language, len(template.records), random))
    ]
    page = template.page([record.filled(news) for record, news in zip(template.records, rows, strict=True)])
    subject = template.subject
    look = read_so(subject.source, subject.rung, page, START + timedelta(days=301))
    if look is None or len(look.items) != len(rows):
        return False
    dated = subject.look.items[0].on is not None
    wanted = {(folded(news.title), news.on.isoformat()[:8] if dated else "") for news in rows}
    read = {(folded(item.title), (item.on or "")[:8] if dated else "") for item in look.items}
    return wanted == read


@cache
def _pool(language: str) -> tuple[str, ...]:
    """The titles of all saved pages in this language."""
    told = [json.loads(path.read_text("utf-8")) for path in sorted(PAGES.glob("*/expected.json"))]
    same = [one for one in told if one["language"][:2] == language[:2]]
    return tuple(item["title"] for one in same for item in one["items"] if len(item["title"]) > 7)


def _titles(language: str, count: int, random: Random) -> list[str]:
    """Titles that nobody has seen: the beginning of one and the end of another."""
    pool, made = _pool(language), dict[str, None]()
    while len(made) < count:
        one, other = random.choice(pool), random.choice(pool)
        made[f"{one[: len(one) // 2].strip()} {other[len(other) // 2 :].strip()} {len(made) + 1}"] = None
    return list(made)


@dataclass
class Story:
    """What one source publishes and changes in its year, drawn from its name."""

    template: Template
    random: Random
    news: list[News] = field(default_factory=list)
    edited: dict[int, tuple[int, str]] = field(default_factory=dict)  # number → from which day, which title
    withdrawn: dict[int, int] = field(default_factory=dict)
    undated: dict[int, range] = field(default_factory=dict)

    def __post_init__(self) -> None:
        random, days = self.random, sorted(self._days())
        titles = _titles(self.template.subject.source.language, len(days), random)
        first = self.template.first_number
        self.news = [News(day, first + n, title) for n, (day, title) in enumerate(zip(days, titles, strict=True))]
        for piece in self.news:
            if random.random() < 0.04:
                self.edited[piece.number] = piece.day + random.randrange(1, 9), f"{piece.title} {random.choice('①②③')}"
            if random.random() < 0.01:
                self.withdrawn[piece.number] = piece.day + random.randrange(1, 20)
            if random.random() < 0.02:
                self.undated[piece.number] = range(piece.day, piece.day + random.randrange(1, 4))
        rows = len(self.template.records)
        self.pinned = range(start := random.randrange(20, 250), start + random.randrange(14, 60))
        self.resized = random.randrange(60, 300), max(round(rows * random.uniform(0.8, 1.0)), 3)
        self.anew = random.choice((None, None, None, random.randrange(200, 300)))  # a list by years begins again
        self.badges = random.random() < 0.3
        self.banner = range(begun := random.randrange(330), begun + 25)
        self.menu_from = random.randrange(365)

    def _days(self) -> Iterator[int]:
        random, rhythm = self.random, self.random.choice(("steady", "batches", "seldom", "busy", "by term"))
        silent = range(away := random.randrange(30, 300), away + random.randrange(14, 50))
        rate = {"steady": 0.3, "batches": 0.0, "seldom": 0.06, "busy": 1.6, "by term": 0.5}[rhythm]
        for day in range(-BEFORE, 365):
            if rhythm == "by term" and (day // 60) % 3 == 2:
                continue
            if day in silent and rhythm != "seldom":
                continue
            if rhythm == "batches" and day % 30 == random.choice((3, 4, 5)):
                yield from [day] * random.randrange(2, 7)
            if random.random() < 0.006:
                yield from [day] * len(self.template.records)  # a burst: nothing that is known remains
            whole = int(rate)
            yield from [day] * (whole + (random.random() < rate - whole))

    def page(self, day: int) -> Page:
        """What the site shows on this day."""
        rows = self.resized[1] if day >= self.resized[0] else len(self.template.records)
        begun = self.anew if self.anew is not None and day >= self.anew else -BEFORE
        told = [one for one in self.news if one.day <= day and self.withdrawn.get(one.number, 999) > day]
        known = [one for one in told if one.day >= begun] or told
        shown = known[::-1][:rows]
        if day in self.pinned and len(known) > rows:
            shown = [known[-rows - 1], *shown[:-1]]
        entries = [self._entry(piece, day) for piece in shown]
        page = self.template.page(entries)
        return replace(page, body=self._around(page.body, day))

    def _entry(self, piece: News, day: int) -> str:
        since, title = self.edited.get(piece.number, (999, ""))
        told = replace(piece, title=title) if day >= since else piece
        record = self.template.records[piece.number % len(self.template.records)]
        entry = record.filled(told, dated=day not in self.undated.get(piece.number, ()))
        fresh = self.badges and day - piece.day <= 3
        return entry.replace("</a>", '<span class="new">NEW</span></a>', 1) if fresh else entry

    def _around(self, body: bytes, day: int) -> bytes:
        if day in self.banner:
            banner = b'<div class="layer"><a href="/campaign/"><img src="/c.png" alt="Campaign"></a></div>'
            body = re.sub(rb"(<body[^>]*>)", lambda match: match[1] + banner, body, count=1)
        if day >= self.menu_from:
            body = body.replace(b"</body>", b'<p><a href="/privacy/">Privacy</a> <a href="/rss/">RSS</a></p></body>')
        return body

    def facts(self, day: int) -> SourceFacts:
        """What the polls have told of the source until this day."""
        days = sorted({one.on.isoformat() for one in self.news if one.day <= day}, reverse=True)[:MAX_DAYS]
        now = morning_of(START + timedelta(days=day))
        return SourceFacts(self.template.subject.source.row(), now, "new", 200, items=9, days=tuple(days))


def second_year(template: Template, story_of: int = 0, every: int = 1) -> Year:
    """A year of polls, `every` so many days; an alarm that lasts counts once."""
    subject = template.subject
    story, year = Story(template, Random(f"second year {story_of} of {subject.name}")), Year(subject.name)
    memory: Memory | None = None
    alarmed, late, last = False, False, b""
    for day in range(0, 365, every):
        today = START + timedelta(days=day)
        word = health_of(story.facts(day), morning_of(today)).word
        year.alarms += [f"day {day}: {word}"] if word not in ("ok", "quiet") and not late else []
        late, page = word not in ("ok", "quiet"), story.page(day)
        if page.body == last:
            continue
        last, year.polls = page.body, year.polls + 1
        look = read_so(subject.source, subject.rung, page, today)
        doubt = "cannot be read" if look is None else (judge(memory, look) if memory else None)
        if doubt is None and look is not None:
            memory = remember(memory, look, subject.rung.fingerprint)
        elif not alarmed:
            year.alarms.append(f"day {day}: {doubt}")
        alarmed = doubt is not None
    return year


def second_years(sources: int = SOURCES, every: int = 1) -> Iterator[Year]:
    """A year of each of so many sources."""
    found = list(templates(sources))
    for number in range(sources):
        yield second_year(found[number % len(found)], number // len(found), every)


def templates(at_most: int = SOURCES) -> Iterator[Template]:
    """The pages of the set that can be filled anew, in an order of no meaning, at most so many."""
    folders = sorted(path.parent for path in PAGES.glob("*/page.html"))
    Random("second year").shuffle(folders)
    subjects = filter(None, map(page_subject, folders))
    return islice(filter(None, map(template_of, subjects)), at_most)
