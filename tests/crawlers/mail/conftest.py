"""A real IMAP server where there is one, and a desk that polls newsletters."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from crawlers.access import Access
from crawlers.crawl import CrawlRequest, crawl
from crawlers.guard import guarded_transport
from crawlers.tally import CrawlEvent
from tests.crawlers.mail.dovecot import PASSWORD, USER, MailServer, mail_server, program
from tests.crawlers.small_web import SimulatedTime, source, source_file

Poll = Callable[..., CrawlEvent]
SECRETS = {"NEWSLETTER_USER": USER, "NEWSLETTER_PASSWORD": PASSWORD}


@pytest.fixture(scope="session")
def dovecot() -> Iterator[int]:
    if program() is None:
        pytest.skip("there is no Dovecot on this machine; `make test` installs it where it may")
    with mail_server() as port:
        yield port


@pytest.fixture
def server(dovecot: int, request: pytest.FixtureRequest) -> MailServer:
    """A new folder of the server, for one test."""
    found = MailServer(dovecot, f"box-{abs(hash(request.node.nodeid))}")
    found.deliver()
    return found


@pytest.fixture
def poll(conn: sqlite3.Connection) -> Poll:
    """Polls a mailbox as one source, a day later each time."""
    time = SimulatedTime()

    def once(url: str, secrets: dict[str, str] = SECRETS, **options: Any) -> CrawlEvent:
        events: list[CrawlEvent] = []
        time.pass_by(timedelta(days=1))
        crawl(
            conn,
            source_file(source("letters", url, "newsletter", articles="none", **options)),
            CrawlRequest(all_=True),
            connect=partial(guarded_transport, True),
            clock=time.clock,
            on_event=events.append,
            access=Access(secrets, allow_private=True),
        )
        return next(event for event in events if event.kind == "poll")

    return once
