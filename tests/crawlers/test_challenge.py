"""Challenge pages are told from news, also where the news page carries the same script."""

from __future__ import annotations

import pytest

from crawlers.challenge import is_challenge

HTML = {"content-type": "text/html; charset=utf-8"}
LINKS = b"<a href=/1>one</a><a href=/2>two</a><a href=/3>three</a>"


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        pytest.param(403, HTML, b"<title>Just a moment...</title>", id="cloudflare refuses"),
        pytest.param(503, HTML, b"<script>window._cf_chl_opt={}</script>", id="cloudflare says busy"),
        pytest.param(200, HTML, b"<title>Just a moment...</title>", id="cloudflare says all is well"),
        pytest.param(403, {"cf-mitigated": "challenge"}, b"", id="cloudflare says so in a header"),
        pytest.param(412, HTML, b"<script>$_ts=window['$_ts'];if(!$_ts)$_ts={};</script>", id="riversecurity"),
        pytest.param(202, HTML, b"<script>$_ts=window['$_ts'];</script>", id="riversecurity accepted"),
        pytest.param(200, HTML, b"<script>var arg1='A';document.cookie='acw_sc__v2='</script>", id="aliyun"),
    ],
)
def test_challenge_is_recognised(status: int, headers: dict[str, str], body: bytes) -> None:
    assert is_challenge(status, headers, body)


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        pytest.param(200, HTML, b"<p>News of the library</p>", id="a page"),
        pytest.param(403, HTML, b"<h1>Forbidden</h1>", id="a plain refusal"),
        pytest.param(503, HTML, b"<h1>Under repair</h1>", id="a plain repair"),
        pytest.param(
            200, HTML, b"<script>$_ts=window['$_ts'];</script>" + LINKS, id="a page with links and the script"
        ),
        pytest.param(200, {"content-type": "application/rss+xml"}, b"<rss>about cf-challenge pages</rss>", id="a feed"),
        pytest.param(200, HTML, b"", id="nothing"),
    ],
)
def test_ordinary_answer_is_no_challenge(status: int, headers: dict[str, str], body: bytes) -> None:
    assert not is_challenge(status, headers, body)
