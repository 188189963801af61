"""People who may sign in. Passwords arrive here already hashed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

from db.connect import transaction
from db.errors import AccessError
from db.instants import from_text, to_text
from db.records import Role, User
from db.sessions import end_sessions_of

MAX_NAME_CHARACTERS = 80
DESK = "the desk"  # who folds sightings of one story into one card; nobody can have this name


def add_user(
    conn: sqlite3.Connection, name: str, password_hash: str, *, role: Role, sub_regions: Iterable[str], now: datetime
) -> User:
    """A new person who may sign in; AccessError where `check_new_user` raises it."""
    with transaction(conn):
        wanted = check_new_user(conn, name, role, sub_regions)
        cursor = conn.execute(
            "INSERT INTO users (name, password_hash, role, created_at) VALUES (?, ?, ?, ?)",
            (name, password_hash, role, to_text(now)),
        )
        _set_regions(conn, int(cursor.lastrowid or 0), wanted)
    return existing_user(conn, name)


def check_new_user(conn: sqlite3.Connection, name: str, role: Role, sub_regions: Iterable[str]) -> tuple[str, ...]:
    """The sub-regions of somebody to be added; AccessError for an unusable or taken name and an unknown sub-region."""
    check_name(name)
    if find_user(conn, name):
        raise AccessError(f"there is a user {name!r} already")
    return _known_regions(conn, role, sub_regions)


def check_name(name: str) -> None:
    """AccessError for a name that nobody can have."""
    if not name.strip() or name != name.strip() or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise AccessError(f"a name has 1 to {MAX_NAME_CHARACTERS} printed characters and no space at its ends")
    if name.casefold() == DESK:
        raise AccessError(f"{name!r} is what the history calls the program itself")


def _known_regions(conn: sqlite3.Connection, role: Role, sub_regions: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(sorted(set(sub_regions)))
    known = {row[0] for row in conn.execute("SELECT id FROM sub_regions")}
    for region in wanted:
        if region not in known:
            raise AccessError(f"there is no sub-region {region!r}; there are: {', '.join(sorted(known)) or 'none'}")
    if not wanted and role in ("nominator", "convenor"):
        raise AccessError(f"a {role} needs at least one sub-region")
    return wanted


def _set_regions(conn: sqlite3.Connection, user_id: int, sub_regions: Iterable[str]) -> None:
    conn.execute("DELETE FROM user_sub_regions WHERE user_id = ?", (user_id,))
    conn.executemany(
        "INSERT INTO user_sub_regions (user_id, sub_region) VALUES (?, ?)",
        [(user_id, region) for region in sub_regions],
    )


def set_role(conn: sqlite3.Connection, name: str, role: Role, sub_regions: Iterable[str]) -> User:
    """The person has this role in these sub-regions from her next click on; AccessError when that cannot be."""
    with transaction(conn):
        user, wanted = existing_user(conn, name), _known_regions(conn, role, sub_regions)
        if role != "operator":
            _check_not_the_only_operator(conn, user)
        conn.execute("UPDATE users SET role = ? WHERE id = ?", (role, user.id))
        _set_regions(conn, user.id, wanted)
    return existing_user(conn, name)


def is_email(address: str) -> bool:
    """Whether it has the form of an e-mail address."""
    form = re.fullmatch(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+", address)
    return form is not None and address.isprintable() and len(address) < 255


def set_email(conn: sqlite3.Connection, name: str, email: str) -> User:
    """The person has this e-mail address, or none when it is empty; AccessError when it is none or somebody else's."""
    if email and not is_email(email):
        raise AccessError(f"{email!r} is no e-mail address")
    with transaction(conn):
        user = existing_user(conn, name)
        other = user_of_email(conn, email) if email else None
        if other is not None and other.id != user.id:
            raise AccessError(f"{other.name} has the address {email} already")
        conn.execute("UPDATE users SET email = ? WHERE id = ?", (email or None, user.id))
    return existing_user(conn, name)


def user_of_email(conn: sqlite3.Connection, email: str) -> User | None:
    """The person with this e-mail address, whatever its case; None when there is none."""
    row = conn.execute("SELECT * FROM users WHERE email = ?", (email,)).fetchone()
    return _user(conn, row) if row else None


def set_letters(conn: sqlite3.Connection, user_id: int, wanted: bool) -> None:
    """The person wants the weekly letter, or does not."""
    with transaction(conn):
        conn.execute("UPDATE users SET letters = ? WHERE id = ?", (int(wanted), user_id))


def operators(conn: sqlite3.Connection) -> tuple[str, ...]:
    """The names of those who may change what others may do."""
    rows = conn.execute("SELECT name FROM users WHERE role = 'operator' AND disabled = 0 ORDER BY name")
    return tuple(row[0] for row in rows)


def _check_not_the_only_operator(conn: sqlite3.Connection, user: User) -> None:
    if operators(conn) == (user.name,):
        raise AccessError(f"{user.name} is the only operator; make somebody else one first")


def existing_user(conn: sqlite3.Connection, name: str) -> User:
    """The person of this name, whatever its case; AccessError when there is none."""
    user = find_user(conn, name)
    if user is None:
        raise AccessError(f"there is no user {name!r}")
    return user


def find_user(conn: sqlite3.Connection, name: str) -> User | None:
    """The person of this name, whatever its case; None when there is none."""
    row = conn.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchone()
    return _user(conn, row) if row else None


def user_by_id(conn: sqlite3.Connection, user_id: int) -> User | None:
    """The person with this id; None when there is none."""
    row = conn.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
    return _user(conn, row) if row else None


def list_users(conn: sqlite3.Connection) -> tuple[User, ...]:
    """Everybody, by name."""
    return tuple(_user(conn, row) for row in conn.execute("SELECT * FROM users ORDER BY name").fetchall())


def _user(conn: sqlite3.Connection, row: sqlite3.Row) -> User:
    regions = conn.execute(
        "SELECT sub_region FROM user_sub_regions WHERE user_id = ? ORDER BY sub_region", (row["id"],)
    )
    keys = conn.execute("SELECT command, key FROM user_keys WHERE user_id = ? ORDER BY command", (row["id"],))
    language = conn.execute("SELECT language FROM user_languages WHERE user_id = ?", (row["id"],)).fetchone()
    return User(
        row["id"],
        row["name"],
        row["role"],
        tuple(r[0] for r in regions),
        bool(row["disabled"]),
        {r[0]: r[1] for r in keys},
        row["email"],
        bool(row["letters"]),
        language[0] if language else None,
    )


def set_keys(conn: sqlite3.Connection, user_id: int, keys: Mapping[str, str]) -> None:
    """These are the keys of the desk that the person chose, and no others."""
    with transaction(conn):
        conn.execute("DELETE FROM user_keys WHERE user_id = ?", (user_id,))
        conn.executemany(
            "INSERT INTO user_keys (user_id, command, key) VALUES (?, ?, ?)",
            [(user_id, command, key) for command, key in keys.items()],
        )


def set_language(conn: sqlite3.Connection, user_id: int, language: str) -> None:
    """The person wants the desk in this language, a BCP 47 tag."""
    with transaction(conn):
        conn.execute(
            "INSERT INTO user_languages (user_id, language) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET language = excluded.language",
            (user_id, language),
        )


def password_hash(conn: sqlite3.Connection, name: str) -> str | None:
    """The hash to check a password against; None for nobody and for somebody switched off."""
    row = conn.execute("SELECT password_hash FROM users WHERE name = ? AND disabled = 0", (name,)).fetchone()
    return str(row[0]) if row else None


def set_password_hash(conn: sqlite3.Connection, name: str, new_hash: str, *, end_sessions: bool = True) -> None:
    """The person has a new password and, unless told otherwise, every session opened with the old one has ended."""
    with transaction(conn):
        user = existing_user(conn, name)
        conn.execute("UPDATE users SET password_hash = ? WHERE id = ?", (new_hash, user.id))
        if end_sessions:
            end_sessions_of(conn, user.id)


def set_disabled(conn: sqlite3.Connection, name: str, disabled: bool) -> User:
    """The person may no longer sign in (or may again); open sessions have ended."""
    with transaction(conn):
        user = existing_user(conn, name)
        if disabled:
            _check_not_the_only_operator(conn, user)
        conn.execute("UPDATE users SET disabled = ? WHERE id = ?", (int(disabled), user.id))
        end_sessions_of(conn, user.id)
    return existing_user(conn, name)


def end_sessions(conn: sqlite3.Connection, name: str) -> int:
    """How many sessions of the person were open; they have ended, on whatever device."""
    with transaction(conn):
        return end_sessions_of(conn, existing_user(conn, name).id)


def record_failed_login(conn: sqlite3.Connection, name: str, now: datetime) -> None:
    """The wrong password is remembered, for a name that exists and for one that does not."""
    with transaction(conn):
        conn.execute("INSERT INTO failed_logins (name, failed_at) VALUES (?, ?)", (name, to_text(now)))


def failed_logins_since(conn: sqlite3.Connection, name: str, since: datetime) -> tuple[datetime, ...]:
    """When wrong passwords were given for this name, oldest first."""
    rows = conn.execute(
        "SELECT failed_at FROM failed_logins WHERE name = ? AND failed_at > ? ORDER BY failed_at",
        (name, to_text(since)),
    )
    return tuple(from_text(row[0]) for row in rows)


def forget_failed_logins(conn: sqlite3.Connection, name: str) -> None:
    """The count starts again: somebody signed in with the right password."""
    with transaction(conn):
        conn.execute("DELETE FROM failed_logins WHERE name = ?", (name,))


def forget_failed_logins_before(conn: sqlite3.Connection, instant: datetime) -> None:
    """Older wrong passwords no longer count and are not kept."""
    with transaction(conn):
        conn.execute("DELETE FROM failed_logins WHERE failed_at < ?", (to_text(instant),))
