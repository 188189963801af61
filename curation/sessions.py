"""Signing in and the session that follows: who may try again when, and what the cookie says.

A session is a row of the database that a signed cookie names. It is looked up on each request, so that a new password,
a sign-out or a switched-off person ends it at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

from curation.languages import gettext, marked, ngettext
from curation.passwords import hash_password, needs_new_hash, password_matches
from db.errors import AccessError
from db.records import Session, User
from db.sessions import begin_session, find_session
from db.users import (
    failed_logins_since,
    find_user,
    forget_failed_logins,
    forget_failed_logins_before,
    password_hash,
    record_failed_login,
    set_password_hash,
    user_by_id,
)

# Mark → name; each browser also carries the marks of those after it.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
COOKIE = "convenor_session"
SESSION_LIFE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)  # no more often is it noted that somebody is still there
MAX_TRIES = 5
WINDOW = timedelta(minutes=15)
MAX_NAME = 100
WRONG = marked("This name and password do not go together.")


def begin_try(conn: sqlite3.Connection, name: str, now: datetime) -> str | None:
    """The hash to check the password against (None for nobody); AccessError when too many tries failed.

    The try counts as failed until `end_try` says otherwise, so that tries made all at once are counted too.
    """
    if not name or len(name) > MAX_NAME:
        raise AccessError(gettext(WRONG))
    failed = failed_logins_since(conn, name, now - WINDOW)
    if len(failed) >= MAX_TRIES:
        wait = failed[-MAX_TRIES] + WINDOW - now
        minutes = -(-wait // timedelta(minutes=1))
        raise AccessError(
            ngettext(
                "Too many wrong passwords for this name. Try again in {number} minute.",
                "Too many wrong passwords for this name. Try again in {number} minutes.",
                minutes,
            ).format(number=minutes),
            retry_after_seconds=-(-wait // timedelta(seconds=1)),
        )
    forget_failed_logins_before(conn, now - WINDOW)
    record_failed_login(conn, name, now)
    return password_hash(conn, name)


def check_password(stored: str | None, password: str) -> str | None:
    """A fresh hash when the stored one is of an older kind, else None; AccessError when the password is wrong. Slow."""
    if not password_matches(stored, password) or stored is None:
        raise AccessError(gettext(WRONG))
    return hash_password(password) if needs_new_hash(stored) else None


def end_try(conn: sqlite3.Connection, name: str, fresh_hash: str | None) -> User:
    """The person who is now signed in; her failed tries are forgotten."""
    user = find_user(conn, name)
    if user is None or user.disabled:
        raise AccessError(gettext(WRONG))
    forget_failed_logins(conn, name)
    if fresh_hash is not None:
        set_password_hash(conn, name, fresh_hash, end_sessions=False)
    return user


def open_session(conn: sqlite3.Connection, user: User, user_agent: str, now: datetime) -> dict[str, str]:
    """What the signed cookie of a new session carries."""
    device = device_words(user_agent)
    return {"s": begin_session(conn, user.id, device=device, now=now, ends_at=now + SESSION_LIFE).id}


def session_user(cookie: object, now: datetime) -> Callable[[sqlite3.Connection], tuple[User, Session] | None]:
    """How to find the person of this session; None when it has ended, was revoked, or is none."""

    def find(conn: sqlite3.Connection) -> tuple[User, Session] | None:
        match cookie:
            case {"s": str(session_id)}:
                session = find_session(conn, session_id, now)
                user = user_by_id(conn, session.user_id) if session else None
                return (user, session) if user and session and not user.disabled else None
        return None

    return find


def device_words(user_agent: str) -> str:
    """Browser and system, as far as a User-Agent tells: `Firefox, Windows`; empty when it tells nothing known."""
    found = (next((name for mark, name in marks if mark in user_agent), "") for marks in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, found))
