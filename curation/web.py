"""Between HTTP and the views: forms, answers, and the one place where an error becomes a status and a sentence."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from datasette import Response
from datasette.utils.sqlite import sqlite3 as datasettes_sqlite  # pysqlite3 where that is installed
from itsdangerous import BadSignature
from msgspec import Struct
from msgspec.structs import replace

from curation.assets import static_address
from curation.desk import Desk
from curation.keys import COMMANDS, keys_of
from curation.languages import COOKIE as LANGUAGE_COOKIE
from curation.languages import LANGUAGES, chosen_language, gettext, language, marked, script_messages, speak, speaking
from curation.sessions import COOKIE, SEEN_EVERY, session_user
from curation.told import told
from curation.wording import ROLES, in_a_row, zone_of
from db.errors import AccessError, DecisionError, NewsError, StoreError
from db.records import Session, User
from db.sessions import note_seen
from db.users import operators

RETRY_SECONDS = 5
ZONE_COOKIE = "desk_zone"
BUSY = marked("The database is busy just now and nothing was changed. Try again in a few seconds.")
BROKEN = marked("Something went wrong at the desk and nothing was changed. What happened is in the log of the server.")


class MissingError(NewsError):
    """There is no such page or item."""


class Form(Struct, frozen=True):
    """The fields of a posted form or of an address; a missing field reads as empty."""

    fields: Mapping[str, Sequence[str]]

    def text(self, name: str) -> str:
        """The field's first value."""
        return next(iter(self.fields.get(name, ())), "")

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of the field, in the order of the form."""
        return tuple(self.fields.get(name, ()))

    def number(self, name: str) -> int:
        """The number in this field; 0 when there is none that could be an id, a version or a rank."""
        text = self.text(name).strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0

    def __contains__(self, name: str) -> bool:
        return name in self.fields


class Visit(Struct, frozen=True):
    """One request to one desk, with the person whose session came with it (None: nobody is signed in)."""

    desk: Desk
    request: Any
    user: User | None
    session: Session | None = None  # the one that this browser holds

    @property
    def person(self) -> User:
        """The person who is signed in; AccessError when nobody is."""
        if self.user is None:
            raise AccessError(gettext("Sign in first."))
        return self.user

    @property
    def asked(self) -> Form:
        """The fields in the address."""
        try:
            return Form(parse_qs(self.request.query_string, keep_blank_values=True, max_num_fields=100))
        except ValueError:
            return Form({})

    @property
    def wants_json(self) -> bool:
        """Whether the page's script asks, rather than the browser for a page."""
        return "application/json" in self.request.headers.get("accept", "")

    async def posted(self) -> Form:
        """The form in the body; DecisionError when it is none."""
        body = await self.request.post_body()
        try:
            return Form(parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=2_000))
        except ValueError as error:
            raise DecisionError(gettext("The form could not be read.")) from error

    @property
    def zone(self) -> tzinfo:
        """The time zone of the browser, as its script told; UTC until it did."""
        return zone_of(self.request.cookies.get(ZONE_COOKIE, ""))

    @property
    def base(self) -> str:
        """What stands before the paths of this desk as the browser knows it, such as `https://desk.example`."""
        return f"{self.request.scheme}://{self.request.host}"

    async def fragment(self, template: str, context: Mapping[str, Any]) -> str:
        """The template as text."""
        shared = {
            "static": lambda name: self.desk.path(static_address(name)),
            "user": self.user,
            "keys": keys_of(self.user),
            "commands": COMMANDS,
            "languages": LANGUAGES,
            "role_name": gettext(ROLES[self.user.role]) if self.user else "",
            "script_messages": script_messages(language()),
            "in_work": self.desk.in_work.of_others(self.user, self.desk.now()) if self.user else {},
            "spare": self.request.headers.get("save-data") == "on",  # a slow or dear line: no pictures
            "drawn": {},  # what a page draws many times over, such as the tags of every card, drawn once
        }
        datasette = self.desk.datasette
        found = datasette.desk_templates.get_template(template)
        return str(await datasette.render_template(found, {**shared, **context}, request=self.request))

    async def page(self, template: str, context: Mapping[str, Any], *, status: int = 200) -> Any:
        """The template as a page."""
        return Response.html(await self.fragment(template, context), status=status)

    def say(self, sentence: str) -> None:
        """The next page that this browser shows begins with the sentence."""
        self.desk.datasette.add_message(self.request, sentence)


View = Callable[[Visit], Awaitable[Any]]


def local_path(text: str, otherwise: str) -> str:
    """The path when it stays on this site, else `otherwise`: nobody is sent elsewhere by an address we accepted."""
    plain = text.isprintable() and " " not in text and "\\" not in text
    if not plain or not text.startswith("/") or text.startswith("//"):
        return otherwise
    try:
        parts = urlsplit(text)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else quote(text, safe="/%?=&;:@!$'()*+,~-._#")


def redirect(address: str) -> Any:
    """See the result at this address (a reload does not post again)."""
    return Response.redirect(address, status=303)


async def answer(visit: Visit, view: View | None, *, signed_in: bool) -> Any:
    """The view's answer in the visitor's language, or the page that says why there is none."""
    cookie, header = visit.request.cookies.get(LANGUAGE_COOKIE), visit.request.headers.get("accept-language", "")
    with speaking(chosen_language(cookie, header)):
        response = await _answer(visit, view, signed_in=signed_in)
        response.headers.setdefault("Content-Language", language())
        return response


async def _answer(visit: Visit, view: View | None, *, signed_in: bool) -> Any:
    log = logging.getLogger(__name__)
    try:
        visit = await _with_session(visit)
        if visit.user and visit.user.language:
            speak(visit.user.language)
        if view is None:
            return await refusal(visit, 405, gettext("This address does not work that way."))
        if signed_in and visit.user is None:
            return _ask_to_sign_in(visit)
        return await view(visit)
    except NewsError as error:
        sentence = await _with_operators(visit, error)
        return await refusal(visit, status_of(error), sentence, retry_after=_retry_after(error))
    except datasettes_sqlite.OperationalError as error:
        log.warning("the database refused: %s", error)
        return await refusal(visit, 503, gettext(BUSY), retry_after=RETRY_SECONDS)
    except Exception:
        log.exception("a page of the desk failed: %s", visit.request.path)
        return await refusal(visit, 500, gettext(BROKEN))


async def _with_session(visit: Visit) -> Visit:
    """Our own cookie alone counts: whom Datasette would take for its actor has no meaning here."""
    desk, cookie = visit.desk, visit.request.cookies.get(COOKIE)
    if cookie is None:
        return visit
    try:
        named = desk.datasette.unsign(cookie, COOKIE)
    except BadSignature:
        return visit
    now = desk.now()
    found = await desk.read(session_user(named, now))
    if found is None:
        return visit
    user, session = found
    # Only what is posted counts: it writes anyway, and a page never waits for another one that writes.
    if visit.request.method == "POST" and now - session.seen_at >= SEEN_EVERY:
        await desk.write(lambda conn: note_seen(conn, session.id, now))
    return replace(visit, user=user, session=session)


def status_of(error: NewsError) -> int:
    """The HTTP status for an error of the family."""
    if isinstance(error, AccessError):
        return 403 if error.retry_after_seconds is None else 429
    if isinstance(error, DecisionError):
        return 409 if error.conflict else 400
    if isinstance(error, MissingError):
        return 404
    return 503 if isinstance(error, StoreError) else 400


async def refusal(visit: Visit, status: int, sentence: str, *, retry_after: int | None = None) -> Any:
    """The sentence as a page, or as JSON for the script."""
    if visit.wants_json:
        response = Response.json({"ok": False, "error": sentence}, status=status)
    else:
        response = await visit.page("desk_error.html", {"sentence": sentence, "status": status}, status=status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


async def _with_operators(visit: Visit, error: NewsError) -> str:
    """The sentence; for a signed-in person who may not do something also the names of those who can change that."""
    if visit.user is None or status_of(error) != 403 or not (names := await visit.desk.read(operators)):
        return told(str(error)).text
    listed = in_a_row(names)
    operators_here = gettext("Operators of this desk: {names}.").format(names=listed)
    return f"{error} {operators_here}"


def _retry_after(error: NewsError) -> int | None:
    return error.retry_after_seconds if isinstance(error, AccessError) else None


def signed_in_as_another(visit: Visit, wanted: str) -> Any:
    """The refusal of what one person's page sends while another one is signed in in the same browser."""
    sentence = gettext("{who} is signed in in this browser now. What {other} decided waits for {other}.").format(
        who=visit.person.name, other=wanted[:80]
    )
    return Response.json({"ok": False, "error": sentence, "other": True}, status=401)


def _page_of_form(visit: Visit) -> str:
    """Where the form stands that was posted, so that what was typed there is found again; empty when nobody tells."""
    try:
        page = urlsplit(visit.request.headers.get("referer", ""))
    except ValueError:
        return ""
    return local_path(urlunsplit(("", "", page.path, page.query, "")), "") if page.netloc == visit.request.host else ""


def _ask_to_sign_in(visit: Visit) -> Any:
    address = visit.desk.path("/-/login")
    if visit.wants_json:
        body = {
            "ok": False,
            "error": gettext("Your session has ended. Sign in again, then repeat this."),
            "sign_in": address,
        }
        return Response.json(body, status=401)
    wanted = visit.request.full_path if visit.request.method == "GET" else _page_of_form(visit)
    return redirect(f"{address}?next={quote(wanted, safe='')}" if wanted not in ("", visit.desk.path("/")) else address)
