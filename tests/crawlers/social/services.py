"""Small stand-ins for social networks, on loopback: each answers in the form that its service documents.

A service has an account with posts, newest last, and can be told to fail. The forms: docs.joinmastodon.org (accounts,
statuses), docs.bsky.app (getAuthorFeed), YouTube's Atom feeds, Telegram's preview pages, the Graph API
(published_posts, error codes) and the RSS of Naver's blogs.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct
from msgspec.structs import replace

FACEBOOK_TOKEN = "EAAB-page-token-0123456789"


class Post(Struct, frozen=True):
    number: int
    text: str
    at: str = "2021-02-09T20:00:00Z"  # in Ulaanbaatar the next day
    link: str = ""
    link_title: str = ""
    by_others: bool = False  # passed on
    answers: bool = False  # a reply


@dataclass(frozen=True)
class Reply:
    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Service:
    """What all have in common; the fields are changed by tests between two polls."""

    kind = ""
    content_type = "application/json; charset=utf-8"
    page_size = 100
    posts: list[Post] = field(default_factory=list)
    fault: Reply | None = None  # given instead of posts
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    address: str = ""

    def limited(self) -> Reply:
        """What is answered for an hour and a half once too much was asked."""
        return Reply(429, "{}", {"Retry-After": "5400"})

    @property
    def profile(self) -> str:
        raise NotImplementedError

    @property
    def options(self) -> dict[str, Any]:
        return {}

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        raise NotImplementedError

    def newest(self, before: int | None = None) -> list[Post]:
        return [post for post in reversed(self.posts) if before is None or post.number < before][: self.page_size]


class Mastodon(Service):
    kind = "mastodon"
    page_size = 3

    def limited(self) -> Reply:
        reset = (datetime.now(UTC) + timedelta(minutes=90)).isoformat()  # counted from the answer's own Date
        used = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        return Reply(429, '{"error":"Too many requests"}', used)

    @property
    def profile(self) -> str:
        return f"{self.address}/@library"

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        if path == "/api/v1/accounts/lookup" and query.get("acct") == "library":
            return Reply(200, json.dumps({"id": "109", "username": "library", "acct": "library"}))
        if path == "/@library":
            feed = '<link href="/@library.rss" rel="alternate" type="application/rss+xml">'
            return Reply(200, f"<html><head>{feed}</head><body></body></html>", {"Content-Type": "text/html"})
        if path == "/@library.rss":
            return Reply(200, self._rss(), {"Content-Type": "application/rss+xml; charset=utf-8"})
        if path != "/api/v1/accounts/109/statuses":
            return Reply(404, '{"error":"Record not found"}')
        posts = self.newest(int(query["max_id"]) if "max_id" in query else None)
        posts = [post for post in posts if post.number > int(query.get("since_id", 0))]
        if query.get("exclude_reblogs"):
            posts = [post for post in posts if not post.by_others]
        if query.get("exclude_replies"):
            posts = [post for post in posts if not post.answers]
        return Reply(200, json.dumps([self._status(post) for post in posts], ensure_ascii=False))

    def _rss(self) -> str:
        entries = "".join(
            f"<item><guid isPermaLink='true'>{self.address}/@library/{post.number}</guid>"
            f"<link>{self.address}/@library/{post.number}</link><pubDate>Tue, 09 Feb 2021 20:00:00 +0000</pubDate>"
            f"<description>{escape(f'<p>{escape(post.text)}</p>')}</description></item>"
            for post in self.newest()
        )
        return f"<rss version='2.0'><channel><title>Library</title>{entries}</channel></rss>"

    def _status(self, post: Post) -> dict[str, Any]:
        words = "</p><p>".join(escape(line) for line in post.text.split("\n"))
        link = (
            f'<a href="{escape(post.link)}" rel="nofollow"><span class="invisible">https://</span>…</a>'
            if post.link
            else ""
        )
        status: dict[str, Any] = {
            "id": str(post.number),
            "created_at": post.at.replace("Z", ".000Z"),
            "in_reply_to_id": "7" if post.answers else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": "mn",
            "uri": f"{self.address}/users/library/statuses/{post.number}",
            "url": f"{self.address}/@library/{post.number}",
            "content": f'<p>{words}{link} <a href="{self.address}/tags/ном" class="mention hashtag">#ном</a></p>',
            "reblog": None,
            "media_attachments": [],
            "card": {"url": post.link, "title": post.link_title, "type": "link", "image": None} if post.link else None,
        }
        if post.by_others:
            return status | {"content": "", "reblog": status | {"url": "https://other.example/@x/1"}}
        return status


class Bluesky(Service):
    kind = "bluesky"

    def limited(self) -> Reply:
        used = {"RateLimit-Limit": "3000", "RateLimit-Remaining": "0", "RateLimit-Policy": "3000;w=300"}
        reset = str(int((datetime.now(UTC) + timedelta(minutes=90)).timestamp()))
        told = '{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}'
        return Reply(429, told, used | {"RateLimit-Reset": reset})

    @property
    def profile(self) -> str:
        return "https://bsky.app/profile/library.example"

    @property
    def options(self) -> dict[str, Any]:
        return {"api": self.address, "per_page": 3}

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        if path != "/xrpc/app.bsky.feed.getAuthorFeed" or query.get("actor") != "library.example":
            return Reply(400, '{"error":"InvalidRequest","message":"Profile not found"}')
        before = int(query["cursor"]) if "cursor" in query else None
        posts = [post for post in self.newest(before) if query["filter"] != "posts_no_replies" or not post.answers]
        posts = posts[: int(query["limit"])]
        told: dict[str, Any] = {"feed": [self._entry(post) for post in posts]}
        if posts:
            told["cursor"] = str(posts[-1].number)
        return Reply(200, json.dumps(told, ensure_ascii=False))

    def _entry(self, post: Post) -> dict[str, Any]:
        did = "did:plc:abc" if not post.by_others else "did:plc:other"
        record: dict[str, Any] = {
            "$type": "app.bsky.feed.post",
            "text": post.text,
            "createdAt": post.at,
            "langs": ["mn"],
        }
        if post.answers:
            record["reply"] = {"parent": {"uri": "at://did:plc:x/app.bsky.feed.post/1"}}
        shown: dict[str, Any] = {
            "uri": f"at://{did}/app.bsky.feed.post/3k{post.number}",
            "cid": f"bafy{post.number}",
            "author": {"did": did, "handle": "library.example"},
            "record": record,
            "indexedAt": post.at,
        }
        if post.link:
            external = {"uri": post.link, "title": post.link_title, "description": "", "thumb": f"{self.address}/t.jpg"}
            shown["embed"] = {"$type": "app.bsky.embed.external#view", "external": external}
        entry: dict[str, Any] = {"post": shown}
        if post.by_others:
            entry["reason"] = {"$type": "app.bsky.feed.defs#reasonRepost", "by": {"did": "did:plc:abc"}}
        return entry


class YouTube(Service):
    kind = "youtube"
    content_type = "text/xml; charset=UTF-8"
    channel = "UCKjWKI1yRlzWfgnF98HZ_TA"
    page_size = 15

    @property
    def profile(self) -> str:
        return f"{self.address}/channel/{self.channel}"

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        if path == "/@library":
            return Reply(200, f'<html><script>var d = {{"externalId":"{self.channel}"}}</script></html>')
        playlists = (f"UULF{self.channel[2:]}", f"UUSH{self.channel[2:]}", f"UULV{self.channel[2:]}")
        asked = query.get("channel_id") == self.channel or query.get("playlist_id") in playlists
        if path != "/feeds/videos.xml" or not asked:
            return Reply(404, "Error 404 (Not Found)!!1")
        entries = "".join(map(self._entry, self.newest()))
        return Reply(
            200,
            '<?xml version="1.0" encoding="UTF-8"?><feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" '
            'xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">'
            f"<id>yt:channel:{self.channel[2:]}</id><title>Library</title>{entries}</feed>",
        )

    def _entry(self, post: Post) -> str:
        title, _, rest = post.text.partition("\n")
        return (
            f"<entry><id>yt:video:v{post.number:010}</id><yt:videoId>v{post.number:010}</yt:videoId>"
            f"<title>{escape(title)}</title>"
            f'<link rel="alternate" href="https://www.youtube.com/watch?v=v{post.number:010}"/>'
            f"<published>{post.at.replace('Z', '+00:00')}</published><updated>2021-02-10T01:00:00+00:00</updated>"
            f"<media:group><media:title>{escape(title)}</media:title>"
            f'<media:thumbnail url="https://i.ytimg.com/vi/v{post.number:010}/hqdefault.jpg" width="480" height="360"/>'
            f"<media:description>{escape(rest)}</media:description></media:group></entry>"
        )


class Telegram(Service):
    kind = "telegram"
    account = "library_mn"
    content_type = "text/html; charset=utf-8"
    page_size = 3

    @property
    def profile(self) -> str:
        return f"{self.address}/{self.account}"

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        if path != f"/s/{self.account}":
            return Reply(
                200, "<html><body><div class='tgme_page'>If you have Telegram, you can view …</div></body></html>"
            )
        posts = self.newest(int(query["before"]) if "before" in query else None)[::-1]
        older = posts and posts[0].number > min(post.number for post in self.posts)
        link = f'<link rel="prev" href="/s/{self.account}?before={posts[0].number}">' if older else ""
        messages = "".join(map(self._message, posts))
        return Reply(
            200,
            f"<!DOCTYPE html><html><head>{link}</head><body><div class='tgme_channel_info'>Library</div>"
            f"<section class='tgme_channel_history js-message_history'>{messages}</section></body></html>",
        )

    def _message(self, post: Post) -> str:
        words = "<br/>".join(escape(line) for line in post.text.split("\n"))
        twice = escape(escape(post.link))
        link = f' <a href="{twice}" target="_blank" rel="noopener">{twice}</a>' if post.link else ""
        preview = (
            f'<a class="tgme_widget_message_link_preview" href="{twice}"><div class="link_preview_title">'
            f"{escape(post.link_title)}</div></a>"
            if post.link
            else ""
        )
        forwarded = "<div class='tgme_widget_message_forwarded_from'>Forwarded from X</div>" if post.by_others else ""
        return (
            "<div class='tgme_widget_message_wrap js-widget_message_wrap'>"
            f'<div class="tgme_widget_message text_not_supported_wrap" data-post="{self.account}/{post.number}">'
            f"{forwarded}"
            f'<div class="tgme_widget_message_text js-message_text" dir="auto">{words}{link}</div>{preview}'
            f'<a class="tgme_widget_message_date" href="https://t.me/{self.account}/{post.number}">'
            f'<time datetime="{post.at.replace("Z", "+00:00")}" class="time">20:00</time></a></div></div>'
        )


class Facebook(Service):
    kind = "facebook"
    account = "national.library"
    page_size = 3

    def limited(self) -> Reply:
        return Reply(
            400,
            '{"error":{"message":"(#32) Page request limit reached","type":"OAuthException","code":32}}',
            {"X-Business-Use-Case-Usage": '{"1":[{"type":"pages","estimated_time_to_regain_access":90}]}'},
        )

    @property
    def profile(self) -> str:
        return f"https://www.facebook.com/{self.account}"

    @property
    def options(self) -> dict[str, Any]:
        return {"api": f"{self.address}/v25.0"}

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        if headers.get("Authorization") != f"Bearer {FACEBOOK_TOKEN}":
            error = {"message": "An access token is required", "type": "OAuthException", "code": 190}
            return Reply(400, json.dumps({"error": error}))
        if path != f"/v25.0/{self.account}/published_posts":
            return Reply(404, '{"error":{"message":"Unknown path","code":2500}}')
        posts = self.newest(int(query["after"]) if "after" in query else None)
        paging: dict[str, Any] = {"cursors": {"before": "x", "after": str(posts[-1].number) if posts else "0"}}
        if posts and posts[-1].number > min(post.number for post in self.posts):
            paging["next"] = f"{self.address}{path}?access_token={FACEBOOK_TOKEN}&after={posts[-1].number}"
        return Reply(200, json.dumps({"data": [self._post(post) for post in posts], "paging": paging}))

    def _post(self, post: Post) -> dict[str, Any]:
        shared = {"title": post.link_title, "type": "share", "unshimmed_url": post.link}
        return {
            "id": f"100_{post.number}",
            "message": post.text,
            "created_time": post.at.replace("Z", "+0000"),
            "permalink_url": f"https://www.facebook.com/100/posts/{post.number}",
            **({"attachments": {"data": [shared]}} if post.link else {}),
        }


class Naver(Service):
    kind = "naver"
    content_type = "text/xml;charset=UTF-8"
    page_size = 50

    @property
    def profile(self) -> str:
        return f"{self.address}/dibrary1004.xml"

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        if path != "/dibrary1004.xml":
            return Reply(404, "")
        entries = "".join(map(self._entry, self.newest()))
        return Reply(
            200, f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{entries}</channel></rss>'
        )

    def _entry(self, post: Post) -> str:
        title, _, rest = post.text.partition("\n")
        address = f"https://blog.naver.com/dibrary1004/{post.number}"
        return (
            f"<item><title><![CDATA[{title}]]></title><link><![CDATA[{address}?fromRss=true&trackingCode=rss]]></link>"
            f"<guid>{address}</guid><pubDate>Wed, 10 Feb 2021 05:00:00 +0900</pubDate>"
            f"<description><![CDATA[<p>{rest}</p>]]></description></item>"
        )


SERVICES: tuple[type[Service], ...] = (Mastodon, Bluesky, YouTube, Telegram, Facebook, Naver)


class ServiceServer:
    """The service on a loopback port for as long as the `with` block lasts."""

    def __init__(self, service: Service) -> None:
        class Handler(_Handler):
            pass

        Handler.service = service
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        service.address = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exc_info: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    service: Service
    timeout = 10

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/robots.txt":
            self._send(Reply(404, ""))
            return
        self.service.asked.append(self.path)
        self.service.headers.append(dict(self.headers.items()))
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self._send(self.service.fault or self.service.answer(parts.path, query, dict(self.headers.items())))

    def _send(self, reply: Reply) -> None:
        body = reply.body.encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": self.service.content_type, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the service remembers what it was asked."""


def edited(service: Service, number: int, text: str) -> None:
    """The post reads differently from now on."""
    service.posts = [replace(post, text=text) if post.number == number else post for post in service.posts]
