"""One address, one form."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.urls import (
    address_key,
    at_host,
    canonical_url,
    host_of,
    is_bare,
    is_web_address,
    joined,
    place_of,
    split_address,
    tail_of,
    tongue_of,
)

NLK = "https://www.nl.go.kr/EN/contents/EN10700000000.do"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        pytest.param("http://www.nlc.cn/web/a.shtml", "https://www.nlc.cn/web/a.shtml", id="http is https"),
        pytest.param("https://WWW.NDL.go.JP./en/", "https://www.ndl.go.jp/en/", id="host case and trailing dot"),
        pytest.param("http://library.num.edu.mn:80/?p=5235", "https://library.num.edu.mn/?p=5235", id="default port"),
        pytest.param("http://gpsh.edu.kp:8080/en", "http://gpsh.edu.kp:8080/en", id="other port stays"),
        pytest.param("http://gpsh.edu.kp:8080/a!2#b", "http://gpsh.edu.kp:8080/a!2", id="exclamation mark stays"),
        pytest.param("https://a.example", "https://a.example/", id="empty path"),
        pytest.param("https://a.example/x;jsessionid=1A2B?id=3", "https://a.example/x?id=3", id="session in the path"),
        pytest.param("https://a.example/x;jsessionid=1A2B/y", "https://a.example/x/y", id="session inside the path"),
        pytest.param("https://a.example/?PHPSESSID=q&id=3", "https://a.example/?id=3", id="session in the query"),
        pytest.param("https://a.example/?utm_source=x&id=3&fbclid=y", "https://a.example/?id=3", id="tracking"),
        pytest.param("https://a.example/?b=1&a=2", "https://a.example/?b=1&a=2", id="order is kept"),
        pytest.param("https://a.example/?a=&b", "https://a.example/?a=&b", id="empty values are kept"),
        pytest.param("https://a.example/#top", "https://a.example/", id="fragment"),
        pytest.param("https://a.example/#:~:text=A%201", "https://a.example/#:~:text=A%201", id="text fragment stays"),
        pytest.param("https://a.example/공?값=1", "https://a.example/%EA%B3%B5?%EA%B0%92=1", id="hangul"),
        pytest.param("https://a.example/%ea%b3%b5%41", "https://a.example/%EA%B3%B5A", id="escapes in one spelling"),
        pytest.param("https://user:pw@a.example/", "https://a.example/", id="no password is kept"),
        pytest.param("https://例え.jp/", "https://xn--r8jz45g.jp/", id="international host"),
        pytest.param(" https://a.example/x \n", "https://a.example/x", id="white space around"),
        pytest.param("javascript:void(0)", "javascript:void(0)", id="no web address"),
    ],
)
def test_canonical_form(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


def test_only_kept_parameters_survive_and_only_with_a_value() -> None:
    url = f"{NLK}?schM=view&page=1&viewCount=9&id=42008&schBdcode=&schBcid="
    assert canonical_url(url, keep_params=("schM", "id", "schBcid")) == f"{NLK}?schM=view&id=42008"


def test_kept_parameters_come_in_one_order() -> None:
    keep = ("schM", "id")
    forms = {canonical_url(NLK + query, keep_params=keep) for query in ("?id=1&schM=view", "?schM=view&id=1")}
    assert forms == {f"{NLK}?schM=view&id=1"}


def test_dropped_parameters_are_gone() -> None:
    assert canonical_url("https://a.example/?id=1&lang=en", drop_params=("lang",)) == "https://a.example/?id=1"


def test_fragment_is_kept_on_request() -> None:
    assert canonical_url("http://a.example/x#b", keep_fragment=True) == "https://a.example/x#b"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param("http://WWW.nlc.cn/", "www.nlc.cn", id="http"),
        pytest.param("https://www.nlc.cn:443/x", "www.nlc.cn", id="https with its port"),
        pytest.param("http://gpsh.edu.kp:8080/", "gpsh.edu.kp:8080", id="own port"),
        pytest.param("http://[::1]:81/", "[::1]:81", id="number address"),
        pytest.param("mailto:a@b.example", "", id="no web address"),
    ],
)
def test_host_is_independent_of_the_scheme(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize("url", ["http://[::1", "http://a.example:99999/", "//a.example/", "http:///x", "ftp://a/"])
def test_broken_address_is_no_web_address(url: str) -> None:
    assert not is_web_address(url)


@given(st.text(max_size=80))
def test_any_text_is_stable_after_one_pass(text: str) -> None:
    for url in (text, f"http://a.example/{text}", f"https://A.example.:80/x?{text}", f"http://{text}/"):
        once = canonical_url(url)
        assert canonical_url(once) == once
        once = canonical_url(url, keep_params=("b", "a"), keep_fragment=True)
        assert canonical_url(once, keep_params=("b", "a"), keep_fragment=True) == once


ONE_PAGE = [
    ("scheme and www", "http://www.library.example/a", "https://library.example/a"),
    ("usual port", "https://library.example:443/a", "http://library.example:80/a"),
    ("slash at the end", "https://library.example/a/", "https://library.example/a"),
    ("the folder's own page", "https://library.example/a/index.html", "https://library.example/a"),
    ("another name of it", "https://library.example/a/Default.aspx", "https://library.example/a/"),
    ("two slashes", "https://library.example//a", "https://library.example/a"),
    ("case of the host and a dot", "https://LIBRARY.example./a", "https://library.example/a"),
    ("order of parameters", "https://library.example/a?b=2&a=1", "https://library.example/a?a=1&b=2"),
    ("parameters without a value", "https://library.example/a?id=5&bcid=", "https://library.example/a?id=5"),
    ("a campaign", "https://library.example/a?utm_source=x&spm=1.2", "https://library.example/a"),
]
OTHER_PAGES = [
    ("another path", "https://library.example/a", "https://library.example/b"),
    ("case of the path", "https://library.example/a", "https://library.example/A"),
    ("another value", "https://library.example/a?id=1", "https://library.example/a?id=2"),
    ("a bare parameter", "https://library.example/?12345", "https://library.example/?12346"),
    ("another port", "https://library.example:8443/a", "https://library.example/a"),
    ("a text fragment", "https://library.example/a#:~:text=one", "https://library.example/a#:~:text=two"),
    ("another tongue", "https://library.example/en/a", "https://library.example/jp/a"),
]


@pytest.mark.parametrize(("what", "one", "other"), ONE_PAGE)
def test_spellings_of_one_address_have_one_key(what: str, one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(("what", "one", "other"), OTHER_PAGES)
def test_addresses_of_two_pages_have_two_keys(what: str, one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@given(st.text())
def test_a_key_is_the_key_of_its_own_address(text: str) -> None:
    url = canonical_url(f"https://library.example/{text}")
    if is_web_address(url):
        assert address_key(f"https://{address_key(url)}") == address_key(url)


def test_a_key_can_be_told_for_another_host() -> None:
    assert at_host(address_key("https://www.nlc.cn/a?b=1"), "WWW.nlc.gov.cn") == "nlc.gov.cn/a?b=1"


TAILS = [
    ("https://www.nlc.cn/web/gtxw/20210202_199415.shtml", "20210202_199415.shtml"),
    ("https://nl.example/n1.do?id=37596", "id=37596"),
    ("https://nl.example/news/view.html", ""),
    ("https://nl.example/news/a?lang=en", ""),
    ("https://nl.example/", ""),
]


@pytest.mark.parametrize(("url", "tail"), TAILS)
def test_the_tail_names_a_page_inside_its_section(url: str, tail: str) -> None:
    assert tail_of(url) == tail


TONGUES = [
    ("https://ndl.example/en/news/1", "en"),
    ("https://ndl.example/jp/news/1", "ja"),
    ("https://en.ndl.example/news/1", "en"),
    ("https://ndl.example/news?lang=ko", "ko"),
    ("https://ndl.example/zh_TW/news/1", "zh-hant"),
    ("https://ndl.example/news/en", ""),
    ("no address", ""),
]


@pytest.mark.parametrize(("url", "tongue"), TONGUES)
def test_an_address_may_name_its_tongue(url: str, tongue: str) -> None:
    assert tongue_of(url) == tongue


@given(st.from_regex(r"https?://[a-z0-9.:-]{1,12}(/[!-~ -]{0,12})?(\?[!-~]{0,8})?(#[!-~]{0,8})?", fullmatch=True))
def test_usual_address_is_taken_apart_as_by_the_standard_library(url: str) -> None:
    found = split_address(url)
    assert found is None or found == urlsplit(url.strip())
    assert found is not None or not is_bare(url)


PIECES = st.sampled_from(
    [
        *"/?#:.;&=~%é ",
        "..",
        "./",
        "//",
        "news",
        "view.do",
        "id=5",
        "a:b",
        "[",
        "http:",
        "https://",
        "%2e",
        "tag:a.example,2021:1",
    ]
)


@given(
    st.sampled_from(["https://a.example", "http://a.example:81/", "https://a.example/b/c.do?d=/e/f", "no address"]),
    st.lists(PIECES, max_size=4).map("".join),
    st.lists(PIECES, max_size=6).map("".join),
)
def test_addresses_are_joined_as_by_the_standard_library(site: str, path: str, address: str) -> None:
    for base, told in ((site + path, address), (site, f"/{address}"), (site, site + path), (f"{site}/{path}", address)):
        try:
            expected = urljoin(base, told)
        except ValueError:
            continue
        assert joined(base, told) == expected


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        pytest.param("http://library.example", "http://library.example/", id="no path"),
        pytest.param("HTTP://Library.Example:80/A?b#c", "http://library.example/A?b", id="usual port, fragment"),
        pytest.param("https://library.example:8443/a?", "https://library.example:8443/a?", id="its own port"),
        pytest.param("https://me:secret@library.example/", "https://library.example/", id="a password"),
        pytest.param("http://[::1]:8080/x", "http://[::1]:8080/x", id="IPv6"),
        pytest.param("http://例え.jp/ニュース?q=図 書", "http://xn--r8jz45g.jp/%E3%83%8B%E3%83%A5%E3%83%BC%E3%82%B9"
                     "?q=%E5%9B%B3%20%E6%9B%B8", id="letters"),
        pytest.param("http://a.example/%e3%7E/%zz/%", "http://a.example/%e3%7E/%zz/%", id="escapes as they stand"),
        pytest.param("http://a.example/a/./b/../c/..", "http://a.example/a", id="steps to here and up"),
        pytest.param("http://a.example/{x}?{y}=[1]|^", "http://a.example/%7Bx%7D?{y}=[1]|^", id="brackets"),
    ],
)  # fmt: skip
def test_address_as_it_is_sent(url: str, sent: str) -> None:
    assert str(place_of(url)) == sent


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "http://", "http://a.example/\r\nX: 1", "http://a:x/", "/news", ""]
)
def test_what_cannot_be_sent_is_told(url: str) -> None:
    with pytest.raises(ValueError):
        place_of(url)


@given(st.text(max_size=30), st.text(max_size=30))
def test_address_is_sent_in_plain_letters_and_the_same_when_sent_again(path: str, query: str) -> None:
    try:
        sent = str(place_of(f"http://library.example/{path}?{query}"))
    except ValueError:
        return
    assert sent.isascii() and sent.isprintable() and " " not in sent
    assert str(place_of(sent)) == sent
