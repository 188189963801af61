"""What is read from letters of every character set and form, and which of their links are articles."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.mail.articles import ArticleLink, is_article, is_tracked, linked_articles, merged, target_inside
from crawlers.mail.letters import read_letter
from crawlers.mail.mailbox import packed, unpacked
from tests.crawlers.mail.post import Posted, huge, newsletters, peculiar

LETTERS = [*newsletters(), *peculiar()]


def test_there_are_forty_letters_in_eight_character_sets() -> None:
    assert len(LETTERS) >= 40
    assert len({letter.name.split()[0] for letter in newsletters()}) >= 8


@pytest.mark.parametrize("posted", LETTERS, ids=lambda posted: posted.name)
def test_letter_is_read(posted: Posted) -> None:
    letter = read_letter(posted.raw)
    assert letter.subject == " ".join(posted.subject.split())
    assert posted.words in letter.html + letter.text
    assert letter.asks_to_confirm == posted.is_task
    assert letter.message_id.endswith("@library.example") == posted.has_id
    assert letter.sender == "news@library.example"


@pytest.mark.parametrize("posted", LETTERS, ids=lambda posted: posted.name)
def test_articles_of_the_letter_are_found_and_nothing_else(posted: Posted) -> None:
    letter = read_letter(posted.raw)
    if not posted.is_task:
        assert tuple(link.url for link in linked_articles(letter.html, letter.text).articles) == posted.articles


def test_letter_without_identity_gets_the_same_one_each_time() -> None:
    raw = next(posted.raw for posted in LETTERS if not posted.has_id)
    assert read_letter(raw).message_id == read_letter(raw).message_id
    assert read_letter(raw).message_id != read_letter(raw.replace(b"No identity", b"Another")).message_id


def test_beginning_of_a_huge_letter_is_enough() -> None:
    posted = huge()
    letter = read_letter(posted.raw[:1_000_000])
    assert (letter.subject, linked_articles(letter.html).articles[0].url) == ("Huge", posted.articles[0])


def test_article_is_called_by_its_headline() -> None:
    letter = read_letter(LETTERS[0].raw)
    assert linked_articles(letter.html).articles == (
        ArticleLink("https://library.example/news/0", "Уншигчдын өдөрлөг боллоо"),
    )
    assert linked_articles(letter.html).web_version.startswith("https://us5.campaign-archive.com/")


def test_button_takes_the_headline_above_it() -> None:
    link = "<a href='https://a.example/n/1'>"
    page = f"<h3>Шинэ танхим</h3><p>.</p>{link}<img src='b.png'></a>{link}Дэлгэрэнгүй</a>"
    assert linked_articles(page).articles == (ArticleLink("https://a.example/n/1", "Шинэ танхим"),)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://library.example/news/1", True, id="article"),
        pytest.param("https://library.example/?id=5", True, id="article in the query"),
        pytest.param("https://library.example/", False, id="front page"),
        pytest.param("https://www.facebook.com/library", False, id="network"),
        pytest.param("https://x.com/library/status/1", False, id="post of a network"),
        pytest.param("https://pf.kakao.com/_xlLdnC", False, id="Kakao channel"),
        pytest.param("https://www.youtube.com/@library", False, id="video channel"),
        pytest.param("https://www.youtube.com/watch?v=1", True, id="video"),
        pytest.param("https://youtu.be/abc", True, id="short video address"),
        pytest.param("https://library.us5.list-manage.com/unsubscribe?u=1", False, id="leave the list"),
        pytest.param("https://us5.campaign-archive.com/?u=1&id=2", False, id="the letter itself"),
        pytest.param("mailto:a@b.example", False, id="mail"),
        pytest.param("javascript:alert(1)", False, id="script"),
    ],
)
def test_is_article(url: str, expected: bool) -> None:
    assert is_article(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://library.us5.list-manage.com/track/click?u=1&id=2&e=3", True, id="Mailchimp"),
        pytest.param("https://event.stibee.com/v2/click/MTIz/aHR0cHM", True, id="Stibee"),
        pytest.param("https://u123456.ct.sendgrid.net/ls/click?upn=abc", True, id="SendGrid"),
        pytest.param("https://mandrillapp.com/track/click/30/x", True, id="Mandrill"),
        pytest.param("https://cmail20.com/t/r-l-abc/", True, id="Campaign Monitor"),
        pytest.param("https://r20.rs6.net/tn.jsp?f=001", True, id="Constant Contact"),
        pytest.param("https://click.mlsend.com/link/c/abc", True, id="MailerLite"),
        pytest.param("https://bit.ly/3abc", True, id="shortener"),
        pytest.param("https://library.example/news/1", False, id="article"),
        pytest.param("https://news.library.example/click-and-collect", False, id="a word in an address"),
    ],
)
def test_is_tracked(url: str, expected: bool) -> None:
    assert is_tracked(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://t.example/click?url=https%3A%2F%2Fa.example%2Fn%2F1", "https://a.example/n/1", id="open"),
        pytest.param("https://t.example/c?u=aHR0cHM6Ly9hLmV4YW1wbGUvbi8x", "https://a.example/n/1", id="base64"),
        pytest.param("https://t.example/c?u=javascript:alert(1)", None, id="script"),
        pytest.param("https://t.example/c?id=12", None, id="none"),
    ],
)
def test_target_inside(url: str, expected: str | None) -> None:
    assert target_inside(url) == expected


def test_merged_keeps_the_longest_title() -> None:
    short = ArticleLink("https://a.example/1?utm_source=x", "Short one")
    found = merged([short, ArticleLink("https://a.example/1", "A longer title")])
    assert found == (ArticleLink("https://a.example/1?utm_source=x", "A longer title"),)


@given(st.lists(st.binary(max_size=50), max_size=5))
def test_packed_letters_come_out_as_they_went_in(letters: list[bytes]) -> None:
    assert list(unpacked(packed(letters))) == letters


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LETTERS), st.data())
def test_any_letter_is_read(posted: Posted, data: st.DataObject) -> None:
    raw = bytearray(posted.raw)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=12))
        if not raw:
            return
    letter = read_letter(bytes(raw))
    f"{letter.subject}{letter.html}{letter.text}{letter.message_id}".encode()
    linked_articles(letter.html, letter.text)


def test_thousand_nested_parts_are_no_trouble() -> None:
    body = b"Content-Type: text/plain\r\n\r\ndeep"
    for number in range(1_000):
        edge = f"e{number}".encode()
        kind = b'Content-Type: multipart/mixed; boundary="' + edge + b'"\r\n\r\n'
        body = kind + b"--" + edge + b"\r\n" + body + b"\r\n--" + edge + b"--"
    assert read_letter(b"Subject: Deep\r\n" + body).subject == "Deep"
