"""Forty days of a machine that polls the scripted web: passes of the real crawl, kills, restarts, clocks that jump.

`Evidence` is what comes of it: the servers' log, what the database says in the end, and what the operator is shown.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from msgspec import Struct

from crawlers.crawl import CrawlRequest, crawl
from crawlers.guard import guarded_transport
from crawlers.health import health_of
from crawlers.messages import Request, Response
from crawlers.sockets import Stream, connected
from crawlers.sources import Source, SourceFile
from db.connect import integrity, open_database
from db.health import source_facts, waiting_proposal
from db.hosts import HostDay, host_days, known_hosts
from db.records import PollState
from db.sources import poll_states
from tests.politeness.pages import (
    DAY,
    Feed,
    between,
    expiring,
    feed,
    liar,
    redirect,
    sitemap,
    sitemap_index,
    text,
    wait_by_date,
)
from tests.politeness.scripted_web import Asked, Logged, Reply, ScriptedWeb
from tests.politeness.simulated_clock import START, Killed, SimulatedMachine

DAYS = 40
SHORTEST_STEP, LONGEST_STEP = 30 * 60.0, 7200.0
CONTACT = "https://convenor.example/about"


@dataclass(frozen=True, slots=True)
class Known:
    """A source of the world."""

    id: str
    address: str
    every_hours: float = 12.0
    kind: str = "feed"
    options: Mapping[str, object] = field(default_factory=dict)


class Evidence(Struct, frozen=True):
    """What can be judged."""

    log: tuple[Logged, ...]
    sources: tuple[Known, ...]
    starts: tuple[float, ...]  # true seconds at which a process began after an event
    clock_changes: tuple[float, ...]
    killed_runs: frozenset[int]
    states: Mapping[str, PollState]
    items: Mapping[str, int]
    ledger: Mapping[tuple[str, str], HostDay]  # by host and day
    days: float
    damage: tuple[str, ...]  # what SQLite finds wrong in the end
    proposed: frozenset[str]  # sources for which another address waits for a yes
    gone: frozenset[str]  # sources that the operator is told are gone
    named: frozenset[str]  # addresses that a page leads to
    outcomes: Mapping[tuple[str, str], int]  # how many polls of a source ended so
    proposed_after: Mapping[str, int]  # polls that a source had when another address was first proposed
    first_due: Mapping[str, float]  # true seconds at which a source was due for the second time
    connections: Mapping[str, int]  # the most that were open to a host at once, idle ones included

    def of(self, address: str) -> list[Logged]:
        """The requests for one page, or for every page of a host."""
        return [line for line in self.log if line.address == address or line.host == address]


SOURCES = (
    Known("strong", "strong.example/feed", every_hours=6.0),
    Known("weak", "weak.example/feed"),
    Known("modified-only", "modified.example/feed"),
    Known("dropping", "dropping.example/feed"),
    Known("omitting", "omitting.example/feed"),
    Known("plain", "plain.example/feed"),
    Known("liar", "liar.example/feed"),
    Known("steady", "steady.example/feed"),
    Known("max-age", "maxage.example/feed"),
    Known("expires", "expires.example/feed"),
    Known("short-age", "shortage.example/feed"),
    Known("busy", "busy.example/feed"),
    Known("busy-sister", "busy.example/other"),
    Known("busy-port", "busy.example/2/feed"),
    Known("repair", "repair.example/feed"),
    Known("month", "month.example/feed"),
    Known("slow-down", "slowdown.example/feed"),
    Known("moved", "moved.example/old"),
    Known("temporary", "temporary.example/feed"),
    Known("chain", "chain.example/first"),
    Known("gone", "gone.example/feed"),
    Known("missing", "missing.example/feed"),
    Known("down", "down.example/feed"),
    Known("choking", "choking.example/feed"),
    Known("twin-one", "twin.example/feed"),
    Known("twin-two", "twin.example/feed", every_hours=24.0),
    *(Known(f"crowd-{number}", f"crowd.example/feed{number}") for number in range(6)),
    Known("slow-one", "slow.example/one"),
    Known("slow-two", "slow.example/two"),
    Known("forbidden", "forbidding.example/private/feed"),
    Known("allowed", "forbidding.example/feed"),
    Known("secret-robots", "secretive.example/feed"),
    Known("broken-robots", "brokenrobots.example/feed"),
    Known("robots-elsewhere", "elsewhere.example/feed"),
    Known("brotli", "brotli.example/feed"),
    Known("gzip", "gzip.example/feed"),
    Known("unreadable", "unreadable.example/feed"),
    Known("empty", "empty.example/feed"),
    Known("map", "map.example/sitemap.xml", kind="sitemap", options={"link_pattern": "/news/"}),
    Known("rare", "rare.example/feed"),
    Known("stories", "stories.example/feed", options={"articles": "all"}),
)


def pages(web: ScriptedWeb) -> dict[str, Callable[[Asked], Reply]]:
    """What each address answers."""
    ages = Feed(headers=(("Cache-Control", "public, max-age=172800"),))
    waiting = Reply(429, b"too many", (("Retry-After", str(3 * DAY)),))
    no_robots = {f"{known.address.partition('/')[0]}/robots.txt": text("User-agent: *\nAllow: /") for known in SOURCES}
    found: dict[str, Callable[[Asked], Reply]] = {
        **no_robots,
        "strong.example/feed": Feed(),
        "weak.example/feed": Feed(etag=lambda v: f'W/"é {v}--gzip"', modified=lambda v: None),
        "modified.example/feed": Feed(etag=lambda v: None),
        "dropping.example/feed": Feed(etag=lambda v: f'"{v}"' if v % 2 == 0 else None, modified=lambda v: None),
        "omitting.example/feed": Feed(also_on_304=False),
        "plain.example/feed": Feed(etag=lambda v: None, modified=lambda v: None),
        "liar.example/feed": liar,
        "steady.example/feed": Feed(every_days=1000.0),
        "maxage.example/feed": ages,
        "expires.example/feed": expiring,
        "shortage.example/feed": Feed(headers=(("Cache-Control", "max-age=60"),)),
        "busy.example/feed": between(2, 3.5, waiting, Feed()),
        "busy.example/other": Feed(),
        "busy.example/2/feed": Feed(),
        "repair.example/feed": between(3, 4.5, wait_by_date(6, timedelta(days=2)), Feed()),
        "month.example/feed": between(5, 6.5, Reply(503, b"", (("Retry-After", str(400 * DAY)),)), Feed()),
        "slowdown.example/feed": between(3, 10, Reply(429, b"slower, please"), Feed()),
        "moved.example/old": redirect(301, "/new"),
        "moved.example/new": Feed(),
        "temporary.example/feed": redirect(302, "/today"),
        "temporary.example/today": Feed(),
        "chain.example/first": redirect(308, web.url("moved.example/second")),
        "moved.example/second": redirect(307, web.url("chain.example/last")),
        "chain.example/last": Feed(),
        "gone.example/feed": between(5, 1000, Reply(410, b"gone"), Feed()),
        "missing.example/feed": between(3, 1000, Reply(404, b"missing"), Feed()),
        "down.example/feed": between(2, 20, Reply(500, b"fault"), Feed()),
        "choking.example/feed": between(2, 20, Reply(503, b"busy"), Feed()),
        "twin.example/feed": Feed(),
        **{f"crowd.example/feed{number}": Feed() for number in range(6)},
        "crowd.example/robots.txt": text("User-agent: *\nCrawl-delay: 10"),
        "slow.example/one": Feed(took=8.0),
        "slow.example/two": Feed(took=3.0),
        "forbidding.example/robots.txt": text("User-agent: *\nDisallow: /private/"),
        "forbidding.example/private/feed": Feed(),
        "forbidding.example/feed": Feed(),
        "secretive.example/robots.txt": lambda asked: Reply(403, b"not for you"),
        "secretive.example/feed": Feed(),
        "brokenrobots.example/robots.txt": between(0, 4, Reply(500, b"fault"), text("User-agent: *\nAllow: /")),
        "brokenrobots.example/feed": Feed(),
        "elsewhere.example/robots.txt": redirect(301, web.url("strong.example/elsewhere-robots.txt")),
        "strong.example/elsewhere-robots.txt": text("User-agent: *\nCrawl-delay: 3"),
        "elsewhere.example/feed": Feed(),
        "brotli.example/feed": Feed(pack="br"),
        "gzip.example/feed": Feed(pack="gzip"),
        "unreadable.example/feed": text("<html><body>This is no feed.</body></html>"),
        "empty.example/feed": text(feed(0, items=0).decode()),
        "map.example/sitemap.xml": sitemap_index(web.url("map.example/sitemap-1.xml")),
        "map.example/sitemap-1.xml": sitemap,
        "rare.example/feed": Feed(every_days=30.0),
        "stories.example/feed": stories(web),
    }
    story = text("<html><title>News</title><body><article><p>" + "A long story. " * 60 + "</p></article></body></html>")
    return found | {f"stories.example/news/{1000 + number}": story for number in range(-20, 60)}


def stories(web: ScriptedWeb) -> Callable[[Asked], Reply]:
    """A feed whose items have pages of their own on the same host."""

    def script(asked: Asked) -> Reply:
        given = Feed(every_days=4.0)(asked)
        links = given.body.replace(b"http://stories.example/", web.url("stories.example/").encode())
        return Reply(given.status, links, given.headers)

    return script


class _Connections:
    """Counts the connections that are open to each host."""

    def __init__(self) -> None:
        self.most: Counter[str] = Counter()
        self._open: Counter[str] = Counter()
        self._asked = threading.local()  # the name whose address is connected to next
        self._lock = threading.Lock()

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self._asked.host = f"{host}:{port}"
        return ["127.0.0.1"]

    def connect(self, address: str, port: int, timeout_seconds: float) -> Stream:
        stream, host = connected(address, port, timeout_seconds), self._asked.host
        self._count(host, 1)
        close, closed = stream.close, threading.Event()

        def closing() -> None:
            close()
            if not closed.is_set():
                closed.set()
                self._count(host, -1)

        stream.close = closing  # type: ignore[method-assign]  # this one connection tells of its end
        return stream

    def _count(self, host: str, more: int) -> None:
        with self._lock:
            self._open[host] += more
            self.most[host] = max(self.most[host], self._open[host])

    def killed(self) -> None:
        """The connections of a process end with it."""
        with self._lock:
            self._open.clear()


class _OneTransport:
    """The real one, made once: it reads the certificates of the world anew for each pass otherwise."""

    def __init__(self) -> None:
        self.connections = _Connections()
        net = self.connections
        self._real = guarded_transport(allow_private=True, resolve=net.resolve, connect=net.connect)

    def send(self, request: Request) -> Response:
        return self._real.send(request)

    def close(self) -> None:
        """It outlives the pass."""

    def shut(self) -> None:
        """Its connections are closed."""
        self._real.close()


@dataclass
class World:
    """The machine, the web, and the process that is started on it again and again."""

    folder: Path
    machine: SimulatedMachine = field(default_factory=SimulatedMachine)
    starts: list[float] = field(default_factory=list)
    clock_changes: list[float] = field(default_factory=list)
    killed: set[int] = field(default_factory=set)
    transport: _OneTransport = field(default_factory=lambda: _OneTransport())
    proposed_after: dict[str, int] = field(default_factory=dict)
    first_due: dict[str, float] = field(default_factory=dict)

    def live(self, days: float = DAYS) -> Evidence:
        """So many days have passed; what can be judged."""
        self.web = ScriptedWeb(self.machine)
        with self.web.serving():
            self.web.pages = dict(pages(self.web))
            self.loaded = self._sources()
            conn = self._start(create=True)
            events = [event for event in self._events() if event[0] < days]
            while self.machine.true_seconds < days * DAY:
                while events and self.machine.true_seconds >= events[0][0] * DAY:
                    conn.close()
                    events.pop(0)[1]()
                    conn = self._start()
                conn = self._pass(conn)
                self.machine.sleep(self._step(conn))
            self.transport.shut()
            return self._evidence(conn, days)

    def _sources(self) -> SourceFile:
        regions = {"asia": {"name": "Asia", "countries": {"MN": "Mongolia"}}}
        return SourceFile.checked(
            {
                "politeness": {"contact": CONTACT, "max_hosts_at_once": 4},
                "sub_regions": regions,
                "sources": [self._source(known) for known in SOURCES],
            }
        )

    def _source(self, known: Known) -> Source:
        options = {"articles": "none", "every_hours": known.every_hours, **known.options}
        block = {"name": known.id, "institution": "Library", "country": "MN", "sub_region": "asia", "language": "en"}
        return Source.checked(
            {**block, "id": known.id, "kind": known.kind, "url": self.web.url(known.address), "options": options}
        )

    def _events(self) -> Sequence[tuple[float, Callable[[], None]]]:
        """On which day what happens to the machine; after each the process is started anew."""
        return (
            (0.2, lambda: None),
            (2.3, lambda: self._kill_at("strong.example/feed")),
            (4.0, lambda: self._set_wall(timedelta(days=3))),
            (4.3, lambda: self._set_wall(timedelta())),
            (8.0, lambda: self._set_wall(timedelta(days=-2), reboot=True)),
            (9.0, lambda: self._set_wall(timedelta())),
            (11.0, self.machine.reboot),
            (13.0, self._upgrade),
            (15.0, lambda: self._kill_at("crowd.example/feed3")),
            (16.0, self._crash_loop),
            (18.0, lambda: self.machine.sleep(3 * DAY)),  # nobody polls for three days
            (25.0, lambda: self._kill_at("weak.example/feed")),
        )

    def _start(self, *, create: bool = False) -> sqlite3.Connection:
        self.starts.append(self.machine.true_seconds)
        return open_database(self.folder / "convenor.db", create=create)

    def _pass(self, conn: sqlite3.Connection) -> sqlite3.Connection:
        self.web.run += 1
        try:
            crawl(conn, self.loaded, CrawlRequest(), connect=lambda: self.transport, clock=self.machine.clock)
        except Killed:
            for thread in threading.enumerate():
                if thread.name.startswith("crawl"):
                    thread.join()
            conn.close()
            self.killed.add(self.web.run)
            self.transport.connections.killed()
            return self._pass(self._start())  # something starts it again at once
        self._note(conn)
        return conn

    def _note(self, conn: sqlite3.Connection) -> None:
        """What can be seen after a pass and no more in the end."""
        if not self.first_due:
            due = {name: state.next_poll_at for name, state in poll_states(conn).items()}
            self.first_due = {name: (at - START).total_seconds() for name, at in due.items() if at is not None}
        proposed = conn.execute(
            "SELECT source_id, count(*) FROM polls JOIN repair_proposals USING (source_id) GROUP BY source_id"
        )
        for name, polls in proposed:
            self.proposed_after.setdefault(name, polls)

    def _step(self, conn: sqlite3.Connection) -> float:
        """Until the next source is due, as a service would wait."""
        now = self.machine.clock.now()
        waits = [
            (state.next_poll_at - now).total_seconds() + 2
            for state in poll_states(conn).values()
            if state.next_poll_at is not None and state.next_poll_at > now
        ]
        return max(min([*waits, LONGEST_STEP]), SHORTEST_STEP)

    def _kill_at(self, address: str) -> None:
        """The process dies right after the next answer of this address, before anything of it is saved."""

        def on_request(asked: str) -> None:
            if asked == address:
                self.web.on_request = lambda asked: None
                self.machine.doom()

        self.web.on_request = on_request

    def _crash_loop(self) -> None:
        """The process is started again and again, a second after it ended."""
        for _ in range(20):
            self._pass(self._start()).close()
            self.machine.sleep(1.0)

    def _set_wall(self, off: timedelta, *, reboot: bool = False) -> None:
        self.clock_changes.append(self.machine.true_seconds)
        self.machine.wall_off = off
        if reboot:
            self.machine.reboot()

    def _upgrade(self) -> None:
        """The rows are as a version left them that did not know of moments."""
        with closing(open_database(self.folder / "convenor.db")) as conn:
            conn.execute("UPDATE poll_states SET begun_at = NULL, begun_uptime = NULL, begun_boot = NULL")

    def _evidence(self, conn: sqlite3.Connection, days: float) -> Evidence:
        ledger = {(host, day): sums for host in known_hosts(conn) for day, sums in host_days(conn, host)}
        items = dict(conn.execute("SELECT source_id, count(*) FROM items GROUP BY source_id").fetchall())
        polls = conn.execute("SELECT source_id, outcome, count(*) FROM polls GROUP BY 1, 2")
        outcomes = {(name, outcome): number for name, outcome, number in polls}
        damage = integrity(conn)
        states = poll_states(conn)
        facts = source_facts(conn)
        proposed = frozenset(fact.source.id for fact in facts if waiting_proposal(conn, fact.source.id) is not None)
        now = self.machine.clock.now()
        gone = frozenset(fact.source.id for fact in facts if health_of(fact, now).word == "gone")
        conn.close()
        return Evidence(
            tuple(sorted(self.web.log, key=lambda line: line.began)),
            SOURCES,
            tuple(self.starts),
            tuple(self.clock_changes),
            frozenset(self.killed),
            states,
            items,
            {(self._host(host), day): sums for (host, day), sums in ledger.items()},
            days,
            damage,
            proposed,
            gone,
            frozenset(address for address in self.web.pages if not address.endswith("robots.txt")),
            outcomes,
            self.proposed_after,
            self.first_due,
            {self._host(host): number for host, number in self.transport.connections.most.items()},
        )

    def _host(self, host: str) -> str:
        name, _, port = host.partition(":")
        return name if int(port) == self.web.ports[0] else f"{name}/2"
