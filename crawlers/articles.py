"""The article pages of a pass: those that wait are read, each saved as it comes, a silent host left alone."""

from __future__ import annotations

import sqlite3
from collections import Counter
from functools import partial

from msgspec import Struct

from crawlers.clock import Clock
from crawlers.enrich import ArticleFailure, ArticleVisit, read_article_page, summary_of
from crawlers.fetch import limits_for
from crawlers.lanes import Job, Lanes
from crawlers.sources import Politeness, Source
from crawlers.tally import Tally
from crawlers.unread import UnreadArticles
from crawlers.urls import host_of, words_of
from db.items import save_article, save_article_failure
from db.records import Article, PollState

MAX_SILENCES = 3  # article pages of a host without an answer, one after the other, then it is left alone for this pass


class _Progress(Struct):
    total: int
    done: int = 0


class Articles:
    """The article pages of one pass, in the thread that owns the database."""

    def __init__(
        self, conn: sqlite3.Connection, politeness: Politeness, clock: Clock, lanes: Lanes, tally: Tally, *, all_: bool
    ) -> None:
        self._conn = conn
        self._politeness = politeness
        self._clock = clock
        self._lanes = lanes
        self._tally = tally
        self._unread = UnreadArticles(conn, all_=all_)
        self._silences: Counter[str] = Counter()

    def add(self, source: Source, state: PollState, *, lost: str, read: bool) -> None:
        """What waits of this source is going to be read; `lost` is said where nobody knows what came of it.

        Nothing came since the pass began where its list was not `read`.
        """
        unread = self._unread.of(source, state, read=read)
        self._tally.articles_waiting += unread.left
        if not unread.wanted:
            return
        limits, today = limits_for(unread.options, self._politeness), self._clock.now().date()
        progress = _Progress(len(unread.wanted))
        for article in unread.wanted:
            visit = ArticleVisit(source, unread.options, article, limits, today)
            self._lanes.add(
                Job(
                    host_of(article.url),
                    partial(partial, read_article_page, visit),
                    partial(self._save, visit, progress),
                    partial(self._broken, visit, progress),
                    optional=True,
                    lost=partial(self._save, visit, progress, ArticleFailure(lost, busy=True)),
                )
            )

    def _save(self, visit: ArticleVisit, progress: _Progress, answer: Article | ArticleFailure) -> None:
        item_id, host = visit.article.item_id, host_of(visit.article.url)
        if isinstance(answer, Article):
            save_article(
                self._conn,
                item_id,
                answer,
                now=self._clock.now(),
                summary=summary_of(answer.text),
                stopgap_title=words_of(visit.article.url),
            )
            self._tell(visit, progress, None)
        else:
            if not answer.busy:
                save_article_failure(self._conn, item_id, answer.error)
            self._tell(visit, progress, answer.error)
        silent = isinstance(answer, ArticleFailure) and answer.no_answer
        self._silences[host] = self._silences[host] + 1 if silent else 0
        if self._silences[host] >= MAX_SILENCES or (isinstance(answer, ArticleFailure) and answer.busy):
            self._tally.articles_left += self._lanes.drop_optional(host)

    def _broken(self, visit: ArticleVisit, progress: _Progress, error: Exception) -> None:
        sentence = self._tally.break_down(error)
        save_article_failure(self._conn, visit.article.item_id, sentence)
        self._tell(visit, progress, sentence)

    def _tell(self, visit: ArticleVisit, progress: _Progress, error: str | None) -> None:
        progress.done += 1
        self._tally.article(visit.source.id, visit.article.url, done=progress.done, total=progress.total, error=error)
