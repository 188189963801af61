"""Article pages: read politely, saved one by one, and never mistaken for what they are not."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.crawl import CrawlRequest
from crawlers.enrich import MAX_SUMMARY_CHARACTERS, summary_of
from crawlers.fetch import Limits, limits_for
from crawlers.messages import ConnectTimeoutError, ReadTimeoutError, Response
from db.items import MAX_ARTICLE_ATTEMPTS
from tests.crawlers.fake_network import reply
from tests.crawlers.small_web import SmallWeb, crawl_web, feed, source, source_file

FEED = "https://library.example/feed"
RSS = "application/rss+xml"
TEXT = "The reading room of the library was opened again after a long winter, and many readers came on the first day."
ARTICLE = f"<html><title>One</title><body><article><h1>One</h1><p>{TEXT}</p><p>{TEXT}</p></article></body></html>"
ALL = CrawlRequest(all_=True)
READ_ALL = source_file(source(articles="all"))


def article(conn: sqlite3.Connection, title: str = "One") -> sqlite3.Row:
    found: sqlite3.Row = conn.execute("SELECT * FROM items WHERE title = ?", (title,)).fetchone()
    return found


def test_article_text_is_saved(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    web.put("https://library.example/one", ARTICLE)
    crawled = crawl_web(conn, web, READ_ALL)
    assert TEXT in article(conn)["text"]
    assert article(conn)["summary"] == "About One."
    assert crawled.summary.articles_read == 1
    assert [(event.kind, event.done, event.total) for event in crawled.events] == [("poll", 0, 0), ("article", 1, 1)]


def test_day_printed_on_the_page_beats_a_month_in_the_list(conn: sqlite3.Connection, web: SmallWeb) -> None:
    rows = "".join(
        f"<li><a href='/{n}.html'>News number {n} of the library</a><span>2021-02</span></li>" for n in range(6)
    )
    web.put("https://library.example/news", f"<ul>{rows}</ul>")
    web.put("https://library.example/1.html", ARTICLE.replace("<h1>", "<p>Date: 2021-02-11</p><h1>"))
    crawl_web(conn, web, source_file(source(kind="list_page", url="https://library.example/news")))
    found = article(conn, "News number 1 of the library")
    assert (found["published_on"], found["date_precision"], found["date_source"]) == ("2021-02-11", "day", "text")


def test_missing_summary_is_the_beginning_of_the_text(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One").replace("About One.", ""), content_type=RSS)
    web.put("https://library.example/one", ARTICLE)
    crawl_web(conn, web, source_file(source()))
    assert article(conn)["summary"].startswith(TEXT)


@pytest.mark.parametrize(
    ("articles", "asked"),
    [
        pytest.param("all", ["https://library.example/bare", "https://library.example/full"], id="all"),
        pytest.param("missing", ["https://library.example/bare"], id="those without summary or day"),
        pytest.param("none", [], id="none"),
    ],
)
def test_option_says_which_articles_are_read(
    conn: sqlite3.Connection, web: SmallWeb, articles: str, asked: list[str]
) -> None:
    web.put(FEED, feed("Full", "Bare").replace("About Bare.", ""), content_type=RSS)
    crawl_web(conn, web, source_file(source(articles=articles)))
    assert sorted(url for url in web.asked() if url != FEED) == asked


def test_pass_without_articles_reads_those_alone_whose_item_has_no_day(conn: sqlite3.Connection, web: SmallWeb) -> None:
    dated, bare = feed("Full", "Bare").replace("About Bare.", ""), feed("Undated").replace("pubDate", "noDate")
    web.put(FEED, dated, content_type=RSS)
    web.put("https://library.example/feed2", bare, content_type=RSS)
    sources = source_file(source(), source("other", "https://library.example/feed2"))
    first = crawl_web(conn, web, sources, CrawlRequest(articles=False))
    assert [url for url in web.asked() if "feed" not in url] == ["https://library.example/undated"]
    assert (first.summary.items_new, first.summary.articles_waiting) == (3, 1)
    assert crawl_web(conn, web, sources).summary.articles_waiting == 0
    assert "https://library.example/bare" in web.asked()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply(404, html=ARTICLE), id="an error page"),
        pytest.param(reply(200, html=f"<title>Just a moment...</title><p>{TEXT}</p>"), id="a challenge"),
        pytest.param(reply(200, content=b"%PDF", headers={"Content-Type": "application/pdf"}), id="a PDF file"),
        pytest.param(ReadTimeoutError("slow"), id="no answer"),
    ],
)
def test_what_is_no_article_is_never_saved_as_text(
    conn: sqlite3.Connection, web: SmallWeb, answer: Response | Exception
) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    web.pages["https://library.example/one"] = answer
    crawled = crawl_web(conn, web, READ_ALL)
    assert (article(conn)["text"], article(conn)["article_read_at"]) == ("", None)
    assert crawled.summary.articles_failed == 1
    assert crawled.events[-1].error
    assert crawled.summary.outcomes == {"new": 1}


def test_unread_article_is_read_by_the_next_pass_though_nothing_is_due(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    web.put("https://library.example/one", status=500)
    crawl_web(conn, web, READ_ALL)
    web.put("https://library.example/one", ARTICLE)
    web.requests.clear()
    crawled = crawl_web(conn, web, READ_ALL)
    assert (crawled.polls, web.asked()) == ({}, ["https://library.example/one"])
    assert TEXT in article(conn)["text"]


def test_article_that_never_works_is_left_alone_in_the_end(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    for _ in range(MAX_ARTICLE_ATTEMPTS + 2):
        crawl_web(conn, web, READ_ALL)
    assert web.asked().count("https://library.example/one") == MAX_ARTICLE_ATTEMPTS
    assert "there is no such page" in article(conn)["article_error"]


def test_article_once_read_is_not_asked_again(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    web.put("https://library.example/one", ARTICLE)
    for _ in range(3):
        crawl_web(conn, web, READ_ALL, ALL)
    assert web.asked().count("https://library.example/one") == 1


def test_silent_host_is_left_alone_after_a_few_articles(conn: sqlite3.Connection, web: SmallWeb) -> None:
    names = [f"Number {number}" for number in range(8)]
    web.put(FEED, feed(*names, host="slow.example"), content_type=RSS)
    web.put("https://slow.example/robots.txt", "", content_type="text/plain")
    for number in range(8):
        web.pages[f"https://slow.example/number-{number}"] = ConnectTimeoutError("silence")
    summary = crawl_web(conn, web, READ_ALL).summary
    assert (summary.articles_failed, summary.articles_left) == (3, 5)


def test_busy_host_is_left_alone_at_once_and_the_article_not_blamed(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One", "Two", "Three"), content_type=RSS)
    for name in ("one", "two", "three"):
        web.put(f"https://library.example/{name}", status=429)
    summary = crawl_web(conn, web, READ_ALL).summary
    assert (summary.articles_failed, summary.articles_left) == (1, 2)
    assert [row[0] for row in conn.execute("SELECT article_attempts FROM items")] == [0, 0, 0]


def test_failed_poll_asks_for_no_articles(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    web.put("https://library.example/one", status=500)
    crawl_web(conn, web, READ_ALL)
    web.pages[FEED] = reply(500)
    web.requests.clear()
    crawl_web(conn, web, READ_ALL, ALL)
    assert web.asked() == [FEED]


def test_paragraph_of_a_watched_page_has_no_page_of_its_own(conn: sqlite3.Connection, web: SmallWeb) -> None:
    text = "On the occasion a meeting of readers was held in the great hall of the house, with lectures for all."
    page = "https://house.example/news"
    web.put(page, f"<html><body><main><p>Juche 109(2020). 12. 5: {text}</p></main></body></html>")
    watched = source("house", page, "page_watch", articles="all")
    assert crawl_web(conn, web, source_file(watched)).polls["house"].items_new == 1
    assert web.asked() == [page]
    assert article(conn, conn.execute("SELECT title FROM items").fetchone()[0])["article_read_at"] is not None


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param(" A short\n\ntext. ", "A short text.", id="short"),
        pytest.param(
            "A sentence of some length that says what happened in the library that day. " * 6,
            ("A sentence of some length that says what happened in the library that day. " * 4).strip(),
            id="cut after a sentence",
        ),
        pytest.param(
            "国家图书馆举办了一场面向公众的讲座，介绍古籍保护的最新成果。" * 12,
            "国家图书馆举办了一场面向公众的讲座，介绍古籍保护的最新成果。" * 10,
            id="cut after a Chinese one",
        ),
        pytest.param("word " * 100, "word " * 59 + "word…", id="cut after a word"),
        pytest.param("字" * 400, "字" * 299 + "…", id="cut where nothing else can be done"),
    ],
)
def test_summary_ends_with_a_sentence_or_a_word(text: str, summary: str) -> None:
    assert summary_of(text) == summary


@given(st.text(max_size=2_000))
def test_summary_is_never_too_long(text: str) -> None:
    assert len(summary_of(text)) <= MAX_SUMMARY_CHARACTERS


def test_limits_of_a_source_reach_its_articles() -> None:
    loaded = source_file(source(timeout_seconds=90, connect_timeout_seconds=40), max_bytes=1000)
    options = loaded.sources[0].parsed_options()
    assert limits_for(options, loaded.politeness) == Limits(40, 90, 1000)
