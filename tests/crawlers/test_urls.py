"""One address, one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.urls import canonical_url, host_of, is_web_address

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
