"""The article page behind an item: fetched like any other page, read for its text, day and picture."""

from __future__ import annotations

import re
from datetime import date
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from crawlers.challenge import ChallengeError
from crawlers.fetch import Fetched, Limits
from crawlers.hosts import HeldError
from crawlers.kinds import Page
from crawlers.politeness import PoliteWeb
from crawlers.sources import CommonOptions, Source
from db.errors import FetchError, ParseError
from db.records import Article, UnreadArticle

MAX_SUMMARY_CHARACTERS = 300
_SHORTEST_SUMMARY = 80  # a first sentence shorter than this says too little to end with
_SENTENCE_END = re.compile(r"[。！？]|[.!?…](?=\s|$)")
_TEXT_FRAGMENT = "#:~:text="
_READABLE = re.compile(r"^\s*($|text/|application/(xhtml\+)?xml)", re.IGNORECASE)


class ArticleVisit(Struct, frozen=True):
    """An article page to be read, with all that it is read by."""

    source: Source
    options: CommonOptions
    article: UnreadArticle
    limits: Limits
    today: date


class ArticleFailure(Struct, frozen=True):
    """An article page that could not be had or read."""

    error: str
    no_answer: bool = False  # the host did not answer at all
    busy: bool = False  # the host's fault and not the page's, so it is not counted against the page


def read_article_page(visit: ArticleVisit, web: PoliteWeb) -> Article | ArticleFailure:
    """What the article page says, with the surer of its day and the list's; an error page is a failure."""
    from crawlers.pages.article import read_article
    from crawlers.pages.dates import better_date

    if _TEXT_FRAGMENT in visit.article.url:  # a paragraph of a watched page: it has no page of its own
        return Article()
    try:
        answer = web.get(visit.article.url, visit.limits)
        assert isinstance(answer, Fetched)  # nothing conditional was asked
        if not _READABLE.match(answer.content_type):
            raise ParseError(f"not a page to read but {answer.content_type[:60]}", url=answer.url)
        page = Page(answer.url, answer.body, answer.content_type)
        article = web.parse(partial(read_article, page, visit.source, visit.options, visit.today))
        return replace(article, published=better_date(visit.article.listed, article.published))
    except FetchError as error:
        busy = isinstance(error, ChallengeError | HeldError) or error.status in (429, 503)
        return ArticleFailure(str(error), no_answer=error.status is None, busy=busy)
    except ParseError as error:
        return ArticleFailure(str(error))


def summary_of(text: str) -> str:
    """The beginning of a text in at most 300 characters, ending with a sentence or at least with a word."""
    flat = " ".join(text.split())
    if len(flat) <= MAX_SUMMARY_CHARACTERS:
        return flat
    ends = [match.end() for match in _SENTENCE_END.finditer(flat[: MAX_SUMMARY_CHARACTERS + 1])]
    ends = [end for end in ends if _SHORTEST_SUMMARY <= end <= MAX_SUMMARY_CHARACTERS]
    if ends:
        return flat[: ends[-1]]
    words = flat[:MAX_SUMMARY_CHARACTERS].rpartition(" ")[0]
    return (words if len(words) >= _SHORTEST_SUMMARY else flat[: MAX_SUMMARY_CHARACTERS - 1]).rstrip() + "…"
