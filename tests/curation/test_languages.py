"""The desk speaks the visitor's language: hers, else her browser's, else English."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from curation.languages import chosen_language, gettext, language, speaking
from curation.wording import date_words, event_words, language_name, month_words
from db.records import EventDays, PublishedDate

CHOICES = [
    pytest.param(None, "", "en", id="nothing asked"),
    pytest.param(None, "ja", "ja", id="the browser's"),
    pytest.param(None, "ja-JP,ja;q=0.9,en;q=0.8", "ja", id="with a region"),
    pytest.param(None, "fr-FR,fr;q=0.9,ko;q=0.4", "ko", id="the best that is known"),
    pytest.param(None, "en;q=0.5, mn;q=0.9", "mn", id="by weight, not by place"),
    pytest.param(None, "zh-CN", "zh-Hans", id="China"),
    pytest.param(None, "zh-Hant-TW", "zh-Hans", id="traditional script: nearer than English"),
    pytest.param(None, "ko;q=0, en", "en", id="refused by weight 0"),
    pytest.param(None, "*", "en", id="anything"),
    pytest.param(None, "ja;q=zzz, ko", "ko", id="a weight that is none"),
    pytest.param(None, "ja;q=nan, ko;q=0.1", "ko", id="a weight that is no number"),
    pytest.param("mn", "ja", "mn", id="what was chosen comes first"),
    pytest.param("tlh", "ja", "ja", id="a language that the desk does not speak"),
]
DATES = [
    ("en", "16 December 2020", "December 2020", "8–10 December 2020"),
    ("zh-Hans", "2020年12月16日", "2020年12月", "2020年12月8日至10日"),
    ("ja", "2020年12月16日", "2020年12月", "2020年12月8日～10日"),
    ("ko", "2020년 12월 16일", "2020년 12월", "2020년 12월 8일~10일"),
    ("mn", "2020 оны 12-р сарын 16", "2020 оны 12-р сар", "2020 оны 12-р сарын 8 – 2020 оны 12-р сарын 10"),
]


@pytest.mark.parametrize(("chosen", "accepted", "spoken"), CHOICES)
def test_language_of_a_visit(chosen: str | None, accepted: str, spoken: str) -> None:
    assert chosen_language(chosen, accepted) == spoken


@pytest.mark.parametrize(("tag", "day", "month", "event"), DATES)
def test_dates_read_as_people_write_them(tag: str, day: str, month: str, event: str) -> None:
    with speaking(tag):
        assert date_words(PublishedDate("2020-12-16", "day", "meta")).replace("\u202f", " ") == day
        assert month_words("2020-12").replace("\u202f", " ") == month
        assert event_words(EventDays("2020-12-08", "2020-12-10")).replace("\u202f", " ") == event


def test_languages_are_named_in_the_language_spoken() -> None:
    with speaking("ja"):
        assert language_name("mn") == "モンゴル語"
    assert language_name("mn") == "Mongolian"


def test_another_thread_does_not_hear_it() -> None:
    with speaking("ko"), ThreadPoolExecutor(1) as pool:
        assert (language(), pool.submit(language).result()) == ("ko", "en")
        assert gettext("a sentence in no catalogue") == "a sentence in no catalogue"
