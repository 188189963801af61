"""Pasting an address: what it gives is shown, asked about and written down, over real connections to this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from convenor import main
from crawlers.sources import load_sources
from db.connect import open_database
from tests.crawlers.small_web import feed

TITLES = [f"The story number {number} of the library" for number in range(1, 6)]
ROWS = "".join(f"<li><a href='/n/{n}'>{title}</a> <b>2021-02-0{n}</b></li>" for n, title in enumerate(TITLES, 1))
HEAD = '<title>What is new — Library</title><meta property="og:site_name" content="The Library">'
PAGE = f'<html lang="mn"><head>{HEAD}</head><body><ul>{ROWS}</ul></body></html>'
RSS = feed(*TITLES)
POSTS = json.dumps(
    [{"id": n, "link": f"/{n}", "title": title, "date": f"2021-02-0{n}T10:00:00"} for n, title in enumerate(TITLES, 1)]
)
NEWS_MAP = "".join(
    f"<url><loc>http://a.example/{n}</loc><news:news><news:title>{title}</news:title></news:news></url>"
    for n, title in enumerate(TITLES)
)
OTHER_MAP = "".join(f"<url><loc>http://a.example/{n}</loc></url>" for n in range(9))


@dataclass
class Web:
    """A server of this machine whose pages a test puts there."""

    port: int
    pages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def web() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            body = served.pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Web(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `convenor sources WORDS` in a folder with a sources.yaml."""
    monkeypatch.chdir(tmp_path)
    for name in ("CONVENOR_DB", "CONVENOR_SOURCES"):
        monkeypatch.delenv(name, raising=False)
    Path("sources.yaml").write_text(
        "politeness: {pause_seconds: 0}\n# mine\nsub_regions:\n  asia: {name: Asia, countries: [MN]}\nsources: []\n"
    )
    return lambda *words, **kept: CliRunner().invoke(main, ["sources", *map(str, words)], **kept)


ADD = ("--allow-private", "--country", "MN")


@pytest.mark.parametrize(
    ("pages", "start", "kind", "path"),
    [
        pytest.param({"/feed.xml": RSS}, "/feed.xml", "feed", "/feed.xml", id="a feed itself"),
        pytest.param(
            {
                "/": PAGE.replace("<title>", '<link rel="alternate" type="application/rss+xml" href="/f"><title>'),
                "/f": RSS,
            },
            "/",
            "feed",
            "/f",
            id="a feed that the page names",
        ),
        pytest.param({"/news/": PAGE, "/news/rss.xml": RSS}, "/news/", "feed", "/news/rss.xml", id="a usual place"),
        pytest.param({"/news/": PAGE, "/feed/": RSS}, "/news/", "feed", "/feed/", id="a usual place at the root"),
        pytest.param(
            {"/": '<link rel="https://api.w.org/" href="/wp-json/"><p>Welcome</p>', "/wp-json/wp/v2/posts": POSTS},
            "/",
            "wordpress",
            "/wp-json/wp/v2/posts",
            id="WordPress that the page names",
        ),
        pytest.param(
            {"/": '<img src="/wp-content/a.png"><p>Welcome</p>', "/?rest_route=/wp/v2/posts": POSTS},
            "/",
            "wordpress",
            "/?rest_route=/wp/v2/posts",
            id="WordPress without pretty addresses",
        ),
        pytest.param(
            {"/": PAGE, "/robots.txt": "Sitemap: /maps/news.xml", "/maps/news.xml": f"<urlset>{NEWS_MAP}</urlset>"},
            "/",
            "sitemap",
            "/maps/news.xml",
            id="a sitemap of news",
        ),
        pytest.param(
            {"/": PAGE, "/sitemap.xml": f"<urlset>{OTHER_MAP}</urlset>"}, "/", "list_page", "/", id="the list itself"
        ),
    ],
)
def test_best_way_is_found(web: Web, run: Run, pages: dict[str, str], start: str, kind: str, path: str) -> None:
    web.pages |= pages
    done = run("add", web.url(start), *ADD, "--yes")
    assert done.exit_code == 0, done.output
    added = load_sources(Path("sources.yaml")).sources[-1]
    assert (added.kind, added.url, added.country, added.sub_region) == (kind, web.url(path), "MN", "asia")
    assert added.parsed_options()
    assert TITLES[2] in done.output
    assert "# mine" in Path("sources.yaml").read_text()


def test_added_source_is_polled(web: Web, run: Run) -> None:
    web.pages["/news"] = PAGE
    assert run("add", web.url("/news"), *ADD, "--yes").exit_code == 0
    crawled = CliRunner().invoke(main, ["crawl", "--allow-private", "--json"])
    poll = json.loads(crawled.output.splitlines()[0])
    assert (poll["outcome"], poll["items_new"]) == ("new", 5)


def test_what_is_asked_has_sensible_answers(web: Web, run: Run) -> None:
    web.pages["/news"] = PAGE
    done = run("add", web.url("/news"), *ADD, input="y\nnum-news\n\nNUM Library\n\n\n")
    assert done.exit_code == 0, done.output
    added = load_sources(Path("sources.yaml")).sources[-1]
    assert (added.id, added.name, added.institution) == ("num-news", "What is new — Library", "NUM Library")
    assert (added.language, added.sub_region) == ("mn", "asia")


def test_no_leads_to_the_next_way(web: Web, run: Run) -> None:
    web.pages |= {"/news/": PAGE, "/news/rss.xml": RSS}
    done = run("add", web.url("/news/"), *ADD, input="n\ny\n" + "\n" * 6)
    assert done.exit_code == 0, done.output
    assert load_sources(Path("sources.yaml")).sources[-1].kind == "list_page"


@pytest.mark.parametrize(
    ("body", "answers", "sentence"),
    [
        pytest.param("<p>Welcome</p>", "", "nothing is added", id="no list"),
        pytest.param(PAGE, "n\n", "nothing is added", id="no is said to all"),
        pytest.param("", "", "there is no such page (404)", id="no page"),
    ],
)
def test_nothing_is_written_when_nothing_is_taken(web: Web, run: Run, body: str, answers: str, sentence: str) -> None:
    web.pages["/news"] = body
    before = Path("sources.yaml").read_text()
    done = run("add", web.url("/news"), *ADD, input=answers)
    assert (done.exit_code, sentence in done.output) == (1, True), done.output
    assert Path("sources.yaml").read_text() == before


def test_robots_are_heeded(web: Web, run: Run) -> None:
    web.pages |= {"/news": PAGE, "/robots.txt": "User-agent: *\nDisallow: /"}
    done = run("add", web.url("/news"), *ADD, "--yes")
    assert done.exit_code == 1 and "robots.txt asks us not to" in done.output
    assert web.asked == ["/robots.txt"]


def test_country_of_no_sub_region_is_a_sentence(web: Web, run: Run) -> None:
    web.pages["/news"] = PAGE
    done = run("add", web.url("/news"), "--allow-private", "--country", "FR", "--yes")
    assert done.exit_code == 1 and "no sub-region has the country FR" in done.output


def test_private_address_is_refused(web: Web, run: Run) -> None:
    web.pages["/news"] = PAGE
    for command in ("add", "preview"):
        done = run(command, web.url("/news"))
        assert done.exit_code == 1 and "private address" in done.output and "--allow-private" in done.output
    assert web.asked == []


def test_added_source_is_listed_before_it_was_polled(web: Web, run: Run) -> None:
    web.pages["/news"] = PAGE
    open_database(Path("convenor.db"), create=True).close()
    added = run("add", web.url("/news"), "--yes", *ADD)
    assert added.exit_code == 0, added.output
    name = load_sources(Path("sources.yaml")).sources[0].id
    assert run("list").output == f"{name}: never polled\n"


def test_shipped_file_is_never_changed(run: Run) -> None:
    Path("sources.yaml").unlink()
    done = run("add", "http://127.0.0.1:1/")
    assert done.exit_code == 1 and "there is no sources.yaml" in done.output


def test_preview_of_an_address_keeps_nothing(web: Web, run: Run) -> None:
    web.pages["/news"] = PAGE
    done = run("preview", web.url("/news"), "--allow-private", "--sources", "sources.yaml", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert list(told) == ["kind", "encoding", "items"]
    assert told["items"][0] == {
        "title": TITLES[0],
        "url": web.url("/n/1"),
        "published_on": "2021-02-01",
        "date_precision": "day",
        "summary": "",
    }
    assert {path.name for path in Path().iterdir()} == {"sources.yaml"}


def test_preview_of_a_file_asks_nobody(web: Web, run: Run) -> None:
    Path("page.html").write_bytes(PAGE.replace("library", "图书馆").replace('lang="mn"', 'lang="zh"').encode("gb18030"))
    done = run("preview", web.url("/news"), "--html", "page.html", "--json")
    assert (done.exit_code, web.asked) == (0, [])
    told = json.loads(done.stdout)
    assert (told["encoding"], told["items"][0]["title"]) == ("gb18030", "The story number 1 of the 图书馆")


@pytest.mark.parametrize(
    ("body", "code", "items"),
    [
        pytest.param("<div><p>No results found.</p></div>", 0, [], id="empty list"),
        pytest.param("<p>Welcome</p>", 1, None, id="no list"),
        pytest.param("", 1, None, id="no page"),
    ],
)
def test_preview_tells_empty_from_nothing(run: Run, body: str, code: int, items: list[str] | None) -> None:
    Path("page.html").write_text(body)
    done = run("preview", "https://library.example/", "--html", "page.html", "--json")
    assert done.exit_code == code
    assert (json.loads(done.stdout)["items"] if done.stdout else None) == items
    assert (items is None) == done.stderr.startswith("Error: https://library.example/: ")


def test_preview_for_people_is_a_table(run: Run) -> None:
    Path("page.html").write_text(PAGE)
    done = run("preview", "https://library.mn/", "--html", "page.html")
    assert done.output.splitlines()[:3] == [
        "list_page, utf-8, MN, mn: 5 items, all dated",
        f"  2021-02-01  {TITLES[0]}",
        "              https://library.mn/n/1",
    ]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["preview", "library.example"], id="no address"),
        pytest.param(["preview", "file:///etc/passwd"], id="a file as an address"),
        pytest.param(["preview", "https://a.example/", "--country", "Korea"], id="no country code"),
        pytest.param(["add", "https://a.example/", "--language", "Korean"], id="no language code"),
    ],
)
def test_wrong_words_are_wrong_usage(run: Run, words: list[str]) -> None:
    assert run(*words).exit_code == 2


NOTICES = ROWS.replace("/n/", "/notices/").replace("story", "notice")
TWO = f"<html><body><h2>News</h2><ul>{ROWS}</ul><h2>Notices</h2><ul>{NOTICES}</ul></body></html>"


def test_one_list_of_a_page_with_two_can_be_taken_alone(web: Web, run: Run) -> None:
    web.pages["/news"] = TWO
    done = run("add", web.url("/news"), *ADD, input="n\ny\n" + "\n" * 6)
    assert done.exit_code == 0, done.output
    assert "10 items" in done.output and "one list of the page alone" in done.output
    crawled = CliRunner().invoke(main, ["crawl", "--allow-private", "--json"])
    assert json.loads(crawled.output.splitlines()[0])["items_seen"] == 5
    assert load_sources(Path("sources.yaml")).sources[-1].options["link_pattern"]


def test_further_ways_to_the_same_news_are_alternatives(web: Web, run: Run) -> None:
    named = (
        '<link rel="alternate" type="application/rss+xml" href="/f"><link rel="https://api.w.org/" href="/wp-json/">'
    )
    web.pages |= {"/": PAGE.replace("<title>", f"{named}<title>"), "/f": RSS, "/wp-json/wp/v2/posts": POSTS}
    done = run("add", web.url("/"), *ADD, "--yes")
    assert done.exit_code == 0 and "kept as an alternative" in done.output
    added = load_sources(Path("sources.yaml")).sources[-1]
    ways = [(rung.kind, rung.url) for rung in added.rungs]
    assert ways == [
        ("feed", web.url("/f")),
        ("wordpress", web.url("/wp-json/wp/v2/posts")),
        ("list_page", web.url("/")),
    ]


def test_a_way_that_gives_other_news_is_no_alternative(web: Web, run: Run) -> None:
    other = feed(*(f"Job offer number {n}" for n in range(5)))
    named = '<link rel="alternate" type="application/rss+xml" href="/f">'
    web.pages |= {"/": PAGE.replace("<title>", f"{named}<title>"), "/f": other}
    assert run("add", web.url("/"), *ADD, "--yes").exit_code == 0
    assert load_sources(Path("sources.yaml")).sources[-1].alternatives == ()


def test_an_address_that_is_a_source_already_is_named(web: Web, run: Run) -> None:
    web.pages["/news"] = PAGE
    assert run("add", web.url("/news"), *ADD, "--yes", "--id", "first").exit_code == 0
    before = Path("sources.yaml").read_text()
    done = run("add", web.url("/news#top"), *ADD, "--yes")
    assert done.exit_code == 1 and "belongs to the source first (What is new — Library)" in done.output
    assert Path("sources.yaml").read_text() == before


def test_what_was_tried_in_vain_is_told(web: Web, run: Run) -> None:
    web.pages["/news/"] = "<p>Welcome</p>"
    done = run("add", web.url("/news/"), *ADD)
    assert f"  {web.url('/news/rss.xml')}: there is no such page (404)" in done.output.splitlines()
    assert f"  {web.url('/sitemap.xml')}: there is no such page (404)" in done.output.splitlines()


def test_an_empty_list_is_said_to_be_empty_and_may_be_added(web: Web, run: Run) -> None:
    web.pages["/news/"] = "<table><tr><th>제목</th></tr><tr><td>게시물이 없습니다.</td></tr></table>"
    done = run("add", web.url("/news/"), *ADD, input="y\n" + "\n" * 6)
    assert done.exit_code == 0 and "the page says that it has no news" in done.output


def test_the_language_of_the_page_is_that_of_its_feed(web: Web, run: Run) -> None:
    web.pages |= {"/news/": PAGE.replace('lang="mn"', 'lang="en"'), "/news/rss.xml": RSS}
    assert run("add", web.url("/news/"), *ADD, "--yes").exit_code == 0
    assert load_sources(Path("sources.yaml")).sources[-1].language == "en"
