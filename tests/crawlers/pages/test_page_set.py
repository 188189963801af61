"""The page set looks at itself: every form is there, every expectation can be read on its page. Then it is read."""

from __future__ import annotations

import html
import re
from collections import Counter
from datetime import date
from functools import cache
from urllib.parse import urlsplit

import pytest

from bench.pages import DATES, F1, SavedPage, Score, folded, saved_pages, score
from crawlers.pages.charset import decode

LANGUAGES = [["zh-Hans"], ["zh-Hant"], ["ja"], ["ko"], ["mn"], ["en"], ["th"], ["vi"], ["id"], ["fa", "ar"]]
FORMS = {
    "": """
        relative-dot relative-up protocol-relative base-href onclick-current-path onclick-several-arguments
        onclick-url-argument data-id-form-action javascript-href onclick-on-cell onclick-page-script
        onclick-location-href xe-document-srl id-query-only session-parameters secret-posts other-hosts
        unlinked-titles
        table-board pinned-rows list-with-date-span cut-title-attribute cards split-date headings-with-siblings
        definition-list mobile-twin title-badges datastore-script next-data initial-state json-ld microformats
        empty-placeholder competing-lists no-list-login no-list-article no-list-not-found two-row-records
        div-table undated few-items repeated-titles bad-markup
        day-is-the-link rows-of-a-body no-list-contact number-like-a-day row-dates-several preformatted
        docket-links documents-in-rows rule-separated leading-story lines-in-link two-links-a-record
        streamed-script script-notation title-attribute-says-more table-in-row table-for-each file-name-links
        summary-is-a-link leading-story-undated ranking-beside rows-of-a-record links-of-votes data-with-markup
        page-parameter page-zero-based page-path paged-parameter index-underscore Page-dash list-number
        start-parameter offset-parameter before-id cursor fn_egov_link_page fnLinkPage goPage doPostBack
        rel-next
        yearly-folders event-dates-in-titles fiscal-year two-date-columns br-separated handmade data-href
    """,
    "date-": """
        iso iso-unpadded with-time bracketed zh-words han-digits eight-digits month-day slash-month-day relative
        ja-weekday ja-full-width reiwa reiwa-first-year heisei era-letter suffixed-text prefixed-text
        numeric-dots ko-dots ko-words ko-spaced ko-am-pm two-digit-year time-only roc-words roc-dashes
        roc-slashes roc-dots lunar-refused mn-words mn-long kk-year-first thai-buddhist thai-short thai-digits
        thai-numeric jalali-words jalali-digits jalali-iso levantine-months arabic-digits hijri-with-gregorian
        bengali-year nepali-year juche day-month-year vi-words id-words id-short en-month-first en-weekday
        two-digit-year-month-first month-day going-on day-under-month heading-of-several-lines on-a-button
        weekday-and-time in-title-attribute words-in-brackets-behind
        month-only time-element in-url headings hi-words ru-words uz-words ms-words km-words lo-words my-words
        ur-words si-words ky-words
    """,
    "charset-": """
        big5 euc-jp euc-kr gb2312 gbk latin-1 shift-jis tis-620 undeclared windows-1256 windows-1258 windows-874
        undeclared-legacy wrongly-declared byte-order-mark
    """,
}

PAGES = saved_pages()
each_page = pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])


@cache
def total() -> Score:
    return sum((score(page) for page in PAGES), Score())


def text_of(page: SavedPage) -> str:
    """The page with its references resolved; tags end words nowhere, as in `<b>ti</b>tle`."""
    return folded(re.sub(r"<[^>]*>", "", html.unescape(decode(page.body).text)))


def test_every_language_has_five_pages() -> None:
    pages = Counter(page.language for page in PAGES)
    assert len(PAGES) >= 64
    assert [names for names in LANGUAGES if sum(pages[name] for name in names) < 5] == []


def test_every_form_of_links_lists_paging_dates_and_letters_is_there() -> None:
    covered = {form for page in PAGES for form in page.expected["forms"]}
    wanted = {prefix + name for prefix, names in FORMS.items() for name in names.split()}
    assert sorted(wanted - covered) == []


@each_page
def test_expectation_is_well_formed(page: SavedPage) -> None:
    expected = page.expected
    today = date.fromisoformat(expected["today"])
    addresses = [expected["url"], *(item["url"] for item in expected["items"])]
    assert all(urlsplit(url).hostname for url in addresses)
    assert str(urlsplit(expected["url"]).hostname).endswith(".example")
    assert len(set(addresses)) == len(addresses)
    assert bool(expected["items"]) + expected["empty"] + expected["error"] == 1
    assert page.name.startswith(expected["language"] + "-")
    for item in expected["items"]:
        day, precision = item["published_on"], item["date_precision"]
        assert (day is None) == (precision == "none")
        assert day is None or date(1990, 1, 1) <= date.fromisoformat(day) <= today
        assert precision in ("day", "none") or day.endswith("-01")


@each_page
def test_every_expected_title_stands_on_the_page(page: SavedPage) -> None:
    markup, text = folded(html.unescape(decode(page.body).text)), text_of(page)
    titles = [folded(item["title"]) for item in page.expected["items"]]
    assert [title for title in titles if title not in text and title not in markup] == []


def test_page_is_as_long_as_real_ones() -> None:
    sizes = {page.name: len(page.body) for page in PAGES}
    assert {name: size for name, size in sizes.items() if not 7_000 <= size <= 80_000} == {}


def test_items_are_found_on_pages_never_seen() -> None:
    assert total().f1 >= F1, total().misses


def test_days_are_read_as_a_person_reads_them() -> None:
    assert total().date_accuracy >= DATES, total().misses
