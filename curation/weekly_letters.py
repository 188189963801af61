"""The round of the weekly letters: who gets one now, and what came of it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from msgspec import Struct

from curation.card_links import card_token
from curation.languages import ENGLISH, speaking
from curation.letter import letter
from curation.waiting import load_waiting
from db.errors import NewsError
from db.letters import last_letter_at, note_letter
from db.records import User
from db.users import list_users

WEEK = timedelta(days=6)  # less than seven: a timer is not to the minute

Post = Callable[[EmailMessage], None]  # the letter is on its way, or NewsError


class Told(Struct, frozen=True):
    """What came of one person's letter."""

    name: str
    words: str
    items: int = 0
    failed: bool = False


class Round(Struct, frozen=True):
    """What all letters of one run share."""

    desk_url: str  # with a slash at its end
    secret: str  # of the desk: signs the links
    sender: str
    now: datetime
    again: bool = False  # also to those who had a letter in this week


def weekly_letters(conn: sqlite3.Connection, shared: Round, post: Post) -> Iterator[Told]:
    """A letter to everybody who decides and for whom something waits, one after the other; a failed one stops no other.

    A letter is noted once it is sent: a run that is killed sends it again at most, and loses none.
    """
    for user in list_users(conn):
        if user.role in ("convenor", "operator") and not user.disabled:
            try:
                yield _one(conn, user, shared, post)
            except NewsError as error:
                yield Told(user.name, str(error), failed=True)


def _one(conn: sqlite3.Connection, user: User, shared: Round, post: Post) -> Told:
    if not user.email:
        return Told(user.name, "no e-mail address")
    if not user.letters:
        return Told(user.name, "wants no letter")
    last = last_letter_at(conn, user.id)
    if last is not None and shared.now - last < WEEK and not shared.again:
        return Told(user.name, f"had a letter on {last:%Y-%m-%d}")

    def link(item_id: int) -> str:
        return f"{shared.desk_url}-/card/{card_token(shared.secret, item_id, user.id, shared.now)}"

    with speaking(user.language or ENGLISH):
        waiting = load_waiting(conn, user)
        if not waiting.regions:
            return Told(user.name, "nothing waits")
        mail = letter(waiting, sender=shared.sender, desk_url=shared.desk_url, link=link, now=shared.now)
    post(mail)
    note_letter(conn, user.id, items=waiting.total, now=shared.now)
    return Told(user.name, f"a letter about {waiting.total} item{'s' if waiting.total != 1 else ''}", waiting.total)


def into(folder: Path) -> Post:
    """What writes letters as files of this folder, which any mail program opens."""

    def post(mail: EmailMessage) -> None:
        name = re.sub(r"[^\w.-]+", "-", mail["To"].addresses[0].addr_spec)
        path = folder / f"{mail['Date'].datetime.date().isoformat()}-{name}.eml"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            path.write_bytes(mail.as_bytes())
            path.chmod(0o600)  # its links open cards
        except OSError as error:
            raise NewsError(f"cannot write {path}") from error

    return post
