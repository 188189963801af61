"""Which links of a newsletter are articles, and what they are called. Pure.

Links come in three: what the letter tells of, what its sender must offer (leave the list, see it in a browser), and
buttons of networks. Only the first are news. An article is often linked by picture, headline and "read more": one item.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from crawlers.urls import canonical_url, is_web_address

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_LINKS = 500  # of one letter that are looked at
_SERVICE_WORDS = re.compile(
    r"unsubscrib|opt[\s-]?out|\b(?:update|manage|change|edit)\b.{0,20}\b(?:preference|profile|subscription|settings)"
    r"|(?:e-?mail|subscription) preferences|(?:in|with) (?:your |a |the )?(?:web )?browser|web ?version|online version"
    r"|view (?:it|this|online)|\bforward\b.{0,20}\b(?:friend|e-?mail)|privacy (?:policy|notice)"
    r"|terms of (?:use|service)"
    r"|why did i get this|add us to your address book|powered by|^subscribe\b|confirm your"
    r"|수신\s?거부|구독\s?(?:해지|취소|하기|신청|정보)|웹에서\s?보기|웹으로\s?보기|브라우저|나도 뉴스레터"
    r"|개인정보|공유하기"
    r"|配信(?:停止|解除)|購読(?:解除|停止|中止)|退会|ブラウザ|個人情報|プライバシー|登録内容"
    r"|退订|取消订阅|退訂|取消訂閱|浏览器|瀏覽器|网页版|網頁版|隐私|隱私"
    r"|захиалга\w* (?:цуцл|болиул)|татгалз|браузер|hủy đăng ký|huỷ đăng ký|trình duyệt|berhenti berlangganan|peramban"
    r"|ยกเลิกการ(?:รับ|สมัคร)|เบราว์เซอร์|لغو (?:عضویت|اشتراک)|إلغاء الاشتراك|مرورگر|المتصفح",
    re.IGNORECASE,
)
_SERVICE_PATH = re.compile(
    r"unsub(?:scribe)?\b|opt-?out|/(?:vcard|profile|preferences)(?:[/?]|$)|mailto|list-manage\.com/(?:about|unsubscribe)"
    r"|campaign-archive\.com|mailchi\.mp|/mailing/(?:view|online)|forward-to-a-friend",
    re.IGNORECASE,
)
_WEB_VERSION = re.compile(
    r"(?:in|with) (?:your |a |the )?(?:web )?browser|web ?version|online version|view (?:it|this)?\s?online"
    r"|웹(?:에서|으로)\s?보기|브라우저에서|ブラウザ|(?:浏览器|瀏覽器|网页版|網頁版)|браузер"
    r"|trình duyệt|peramban|เบราว์เซอร์|مرورگر|المتصفح",
    re.IGNORECASE,
)
_NETWORKS = re.compile(
    r"(?:^|\.)(?:facebook|fb|instagram|twitter|x|linkedin|pinterest|tiktok|weibo|whatsapp|threads|kakao|line|band"
    r"|addtoany|addthis|bsky)\.(?:com|net|me|us|app)$|^(?:t|wa|fb|m)\.me$|^t\.co$|^pf\.kakao\.com$"
)
_VIDEOS = re.compile(r"(?:^|\.)(?:youtube\.com|youtu\.be|vimeo\.com)$")
# Hosts whose addresses only count a reading and lead on: what the senders of newsletters use, and shorteners.
_TRACKERS = re.compile(
    r"(?:^|\.)list-manage\.com$|(?:^|\.)stibee\.com$|(?:^|\.)sendgrid\.net$|(?:^|\.)mandrillapp\.com$|^c?mail\d+\.com$"
    r"|(?:^|\.)createsend\d*\.com$|(?:^|\.)rs6\.net$|(?:^|\.)mlsend\d*\.com$|(?:^|\.)sendibt\d*\.com$"
    r"|(?:^|\.)(?:hubspotlinks|hs-sites|hubspotemail)\.\w+$|(?:^|\.)mjt\.lu$|(?:^|\.)awstrack\.me$|(?:^|\.)mailgun\.\w+$"
    r"|(?:^|\.)sparkpostmail\.com$|(?:^|\.)convertkit-mail\d*\.com$|(?:^|\.)maillist-manage\.\w+$|^email\.[\w.-]+$"
    r"|^(?:click|clicks|links?|trk|track|tracking|ct|url\d*|u\d{4,})\.[\w-]+\.[\w.-]+$"
    r"|^(?:bit\.ly|tinyurl\.com|goo\.gl|is\.gd|ow\.ly|buff\.ly|eepurl\.com|me2\.do|han\.gl|vo\.la|lnkd\.in|t\.ly)$",
    re.IGNORECASE,
)
_TRACKER_PATH = re.compile(r"/(?:track/click|ls/click|click/|c/eJ|t/[a-z]-|tr/cl|tn\.jsp|CL0/|e3t/)", re.IGNORECASE)
_TARGET_KEYS = ("url", "u", "target", "redirect", "redirect_url", "link", "to", "goto", "dest", "destination", "q", "r")
_LONGEST_SERVICE = 80  # characters; a longer text tells of something
_FEWEST_LETTERS = 6  # as `weight` counts; less names a button


class ArticleLink(Struct, frozen=True):
    """An article that a letter tells of."""

    url: str
    title: str


class Linked(Struct, frozen=True):
    """What a letter links: articles in its order, and where the letter itself stands on the web ('' when nowhere)."""

    articles: tuple[ArticleLink, ...]
    web_version: str = ""


def linked_articles(html: str, text: str = "") -> Linked:
    """The articles that a letter links; those of its plain text where it has no HTML."""
    from crawlers.pages.tree import markup_tree

    root = markup_tree(html) if html.strip() else None
    found = list(_in_text(text)) if root is None else list(_in_tree(root))
    web = next((link.url for link in found if _WEB_VERSION.search(link.words)), "")
    wanted = [link for link in found if link.url != web and _tells(link)]
    return Linked(merged(ArticleLink(link.url, _named(link)) for link in wanted), web)


def merged(links: Iterable[ArticleLink]) -> tuple[ArticleLink, ...]:
    """Each article once, with the longest of its titles; what has no title at all is left out."""
    from crawlers.pages.plain import weight

    titles: dict[str, ArticleLink] = {}
    for link in links:
        key = canonical_url(link.url)
        before = titles.get(key)
        if before is None or weight(link.title) > weight(before.title):
            titles[key] = ArticleLink(before.url if before else link.url, link.title)
    return tuple(link for link in titles.values() if weight(link.title) >= _FEWEST_LETTERS)


def is_article(url: str) -> bool:
    """Whether the address may be that of an article: no front page, no service of the sender, no network's button."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if not is_web_address(url) or _NETWORKS.search(host) or _SERVICE_PATH.search(url):
        return False
    if _VIDEOS.search(host):
        return bool(re.search(r"/watch|/live/|/shorts/|/\d{5,}", parts.path)) or host.endswith("youtu.be")
    return parts.path.strip("/") != "" or parts.query != ""


def is_tracked(url: str) -> bool:
    """Whether the address only counts the reading and leads on to another."""
    parts = urlsplit(url)
    return bool(_TRACKERS.search(parts.hostname or "") or _TRACKER_PATH.search(parts.path))


def target_inside(url: str) -> str | None:
    """The address that a tracking one carries openly, so that nobody has to be asked for it."""
    for name, value in parse_qsl(urlsplit(url).query):
        if name.lower() in _TARGET_KEYS:
            for told in (value, _unpacked(value)):
                if is_web_address(told):
                    return told
    return None


def _unpacked(value: str) -> str:
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode("utf-8")
    except (ValueError, UnicodeDecodeError):
        return ""


class _Link(Struct, frozen=True):
    url: str
    words: str  # of the link itself, or of the picture in it
    before: str  # the text above it


def _in_tree(root: HtmlElement) -> Iterator[_Link]:
    from crawlers.pages.plain import one_line, weight
    from crawlers.pages.tree import visible_text

    before = ""
    count = 0
    for element in root.iter("a", "h1", "h2", "h3", "h4", "h5", "h6", "p", "td", "div", "span", "strong", "b"):
        if element.tag != "a":
            own = one_line(element.text or "", 300)
            if weight(own) >= _FEWEST_LETTERS:
                before = own
            continue
        url = _address(element.get("href") or "")
        if not url:
            continue
        count += 1
        if count > MAX_LINKS:
            return
        pictures = [image.get("alt") or image.get("title") or "" for image in element.iter("img")]
        words = visible_text(element) or one_line(" ".join(filter(None, [*pictures, element.get("title") or ""])))
        yield _Link(url, one_line(words, 500), before)


def _address(href: str) -> str:
    from crawlers.pages.links import absolute

    return absolute(href, "") or ""


def _in_text(text: str) -> Iterator[_Link]:
    """The addresses of a plain letter, each called by its line or the one above."""
    from crawlers.pages.plain import one_line, weight

    before = ""
    for line in text.splitlines():
        addresses = re.findall(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}、。」』）]", line)
        words = one_line(re.sub(r"https?://\S+", " ", line), 500)
        for url in addresses[:MAX_LINKS]:
            if is_web_address(url):
                yield _Link(url, words if weight(words) >= _FEWEST_LETTERS else before, before)
        if weight(words) >= _FEWEST_LETTERS:
            before = words


def _tells(link: _Link) -> bool:
    service = len(link.words) <= _LONGEST_SERVICE and _SERVICE_WORDS.search(link.words)
    return not service and (is_tracked(link.url) or is_article(link.url))


def _named(link: _Link) -> str:
    from crawlers.pages.list_words import says_nothing
    from crawlers.pages.plain import weight

    nothing = says_nothing(link.words) or weight(link.words) < _FEWEST_LETTERS or is_web_address(link.words)
    return link.before if nothing else link.words
