"""Two addresses for those who watch over the desk: /-/health for everybody, /-/metrics for a Prometheus server."""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Sequence
from typing import Any

from datasette import Response

from curation.access import check_may_tend_sources
from curation.languages import gettext
from curation.overview import CONTENT_TYPE, Overview, metrics, overview_of
from curation.source_lines import SourceLine
from curation.web import MissingError, Visit
from db.errors import AccessError
from db.figures import counters, polling
from db.instants import to_text


async def health_view(visit: Visit) -> Any:
    """Whether all is well, in one word and counts; an operator also gets the word of each source."""
    lines, overview = await visit.desk.read(lambda conn: _seen(visit, conn))
    told: dict[str, Any] = {
        "status": overview.status,
        "sources": overview.sources,
        "broken": overview.broken,
        "stalled": overview.stalled,
        "health": dict(overview.words),
        "polled_at": to_text(overview.polling.polled_at),
    }
    if visit.user is not None and visit.user.role == "operator":
        told["why"] = overview.why
        told["by_source"] = {
            line.id: {"health": line.word, "since": line.since or None, "why": line.why} for line in lines
        }
    return Response.json(told)


async def metrics_view(visit: Visit) -> Any:
    """The counters, for an operator's session or for whoever knows the token."""
    if not _knows_token(visit):
        if visit.user is None:
            answer = Response.text(
                "Sign in as an operator, or send CONVENOR_METRICS_TOKEN as a bearer token.", status=401
            )
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        check_may_tend_sources(visit.user)
    text = await visit.desk.read(lambda conn: metrics(_seen(visit, conn)[1], counters(conn)))
    return Response(text, content_type=CONTENT_TYPE)


def _seen(visit: Visit, conn: sqlite3.Connection) -> tuple[Sequence[SourceLine], Overview]:
    services = visit.desk.services.sources
    if services is None:
        raise MissingError(gettext("This desk does not know how sources do."))
    lines, now = services.lines(conn), visit.desk.now()
    return lines, overview_of(lines, polling(conn, now), now)


def _knows_token(visit: Visit) -> bool:
    token, given = visit.desk.services.metrics_token, visit.request.headers.get("authorization", "")
    if token is None or not given.lower().startswith("bearer "):
        return False
    if not hmac.compare_digest(given[7:].strip().encode(), token.encode()):
        raise AccessError(gettext("This is not the token of this desk."))
    return True
