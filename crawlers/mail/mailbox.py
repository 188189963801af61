"""Where letters come from: a mailbox over IMAP, a Maildir, an mbox, or files of single letters.

A mailbox is only read: opened by EXAMINE and read by BODY.PEEK, nothing in it is deleted, moved or marked, unless the
block says `mark_seen`. What has been read is remembered as a bookmark, which stands where a web page has its ETag: for
IMAP the UIDVALIDITY of the folder with the last UID (RFC 3501, 2.3.1.1), for files their newest time of change.
"""

from __future__ import annotations

import mailbox
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from crawlers.mail.letters import Letter, read_letter
from db.errors import FetchError

if TYPE_CHECKING:
    from imapclient import IMAPClient

BATCH = 100  # letters of one reading; what is left waits for the next
MAX_BATCH_BYTES = 20_000_000
_HEADERS = b"BODY[HEADER.FIELDS (FROM LIST-ID)]"
_LETTER_FILES = (".eml", ".mbox", ".mbx")
_PORTS = {"imaps": 993, "imap": 143}
_NO_FOLDER = re.compile(r"nonexistent|doesn't exist|no such|not found", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters of a mailbox belong to a source, and how much of it is read."""

    list_id: str = ""
    sender: str = ""  # an address, or a domain such as `@library.example`
    since: date | None = None  # older letters are left alone
    max_bytes: int = 5_000_000  # of one letter; of a longer one the beginning is read, where its text is
    mark_seen: bool = False

    def accepts(self, letter: Letter) -> bool:
        """Whether this letter belongs to the source."""
        if self.list_id and letter.list_id != self.list_id.lower():
            return False
        wanted = self.sender.lower()
        return not wanted or letter.sender == wanted or (wanted.startswith("@") and letter.sender.endswith(wanted))


@dataclass(frozen=True, slots=True)
class Login:
    """Who reads the mailbox. The password is shown nowhere."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters that are new since a bookmark, oldest first, as they came; and the bookmark after them."""

    raw: tuple[bytes, ...]
    bookmark: str
    left: int = 0  # that wait for the next reading


def read_mailbox(
    url: str, wanted: Wanted, login: Login | None, bookmark: str | None, *, timeout_seconds: float, allow_private: bool
) -> Letters:
    """What came since the bookmark; FetchError with a sentence when the mailbox cannot be read."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return _read_files(Path(unquote(parts.path)), wanted, bookmark, url)
    if login is None:
        raise FetchError("no user and password are given for this mailbox", url=url)
    with _connected(url, login, timeout_seconds, allow_private) as client:
        return _read_folder(client, unquote(parts.path).strip("/") or "INBOX", wanted, bookmark, url)


@contextmanager
def _connected(url: str, login: Login, timeout_seconds: float, allow_private: bool) -> Iterator[IMAPClient]:
    from imapclient import IMAPClient, SocketTimeout
    from imapclient.exceptions import IMAPClientError, LoginError

    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    address = _checked_address(host, port, url, allow_private)
    secure = ssl.create_default_context()
    try:
        timeout = SocketTimeout(timeout_seconds, timeout_seconds)
        with IMAPClient(host, port, ssl=parts.scheme == "imaps", ssl_context=secure, timeout=timeout) as client:
            if parts.scheme == "imap" and not _is_loopback(address):
                client.starttls(secure)
            client.login(login.user, login.password)
            yield client
    except LoginError:
        raise FetchError("the mail server does not accept this user and password", url=url) from None
    except ssl.SSLError as error:
        raise FetchError("the secure connection to the mail server failed", url=url) from error
    except TimeoutError:
        raise FetchError("the mail server did not answer in time", url=url) from None
    except ConnectionRefusedError:
        raise FetchError("the mail server refuses connections", url=url) from None
    except (IMAPClientError, OSError) as error:
        raise FetchError(f"the mailbox cannot be read: {_told(error, login)}", url=url) from None


def _checked_address(host: str, port: int, url: str, allow_private: bool) -> str:
    from crawlers.fetch import PrivateAddressError
    from crawlers.guard import is_public, resolve_name

    try:
        found = resolve_name(host, port)
    except OSError:
        raise FetchError(f"the name {host} is not known (DNS)", url=url) from None
    if not allow_private and not all(map(is_public, found)):
        raise PrivateAddressError(f"{host} has a private address; such addresses are not asked", url=url)
    return found[0]


def _is_loopback(address: str) -> bool:
    return address == "::1" or address.startswith("127.")


def _told(error: Exception, login: Login) -> str:
    """What the server said, without the secret that some repeat."""
    return " ".join(str(error).replace(login.password, "…").split())[:200]


def _read_folder(client: IMAPClient, folder: str, wanted: Wanted, bookmark: str | None, url: str) -> Letters:
    from imapclient.exceptions import IMAPClientError

    try:
        opened: Mapping[bytes, Any] = client.select_folder(folder, readonly=not wanted.mark_seen)
    except IMAPClientError as error:
        if _NO_FOLDER.search(str(error)):
            raise FetchError(f"the mailbox has no folder {folder!r}", url=url) from None
        raise
    validity = int(opened[b"UIDVALIDITY"])
    last = _last_uid(bookmark, validity)
    uids = _new_uids(client, wanted, last)
    raw: list[bytes] = []
    read = 0
    for uid in uids[:BATCH]:
        body = _letter(client, uid, wanted)
        if body is not None:
            raw.append(body)
        read, last = read + 1, uid
        if sum(map(len, raw)) > MAX_BATCH_BYTES:
            break
    if wanted.mark_seen and raw:
        client.add_flags(uids[:read], [b"\\Seen"], silent=True)
    return Letters(tuple(raw), f"{validity}:{last}", left=len(uids) - read)


def _last_uid(bookmark: str | None, validity: int) -> int:
    """The last UID that was read, 0 when the server has numbered its letters anew since."""
    known, _, uid = (bookmark or "").partition(":")
    return int(uid) if known == str(validity) and uid.isdecimal() else 0


def _new_uids(client: IMAPClient, wanted: Wanted, last: int) -> list[int]:
    """UIDs above the last one, ascending. `last:*` names the last letter even when nothing is above it."""
    asked: list[Any] = ["UID", f"{last + 1}:*"]
    if wanted.since is not None and last == 0:
        asked += ["SINCE", wanted.since]
    return sorted(uid for uid in client.search(asked) if uid > last)


def _letter(client: IMAPClient, uid: int, wanted: Wanted) -> bytes | None:
    """The letter if it belongs to the source; its head is looked at first, so that nothing is loaded in vain."""
    head = client.fetch([uid], ["RFC822.SIZE", b"BODY.PEEK[HEADER.FIELDS (FROM LIST-ID)]"]).get(uid, {})
    if not wanted.accepts(read_letter(head.get(_HEADERS, b""))):
        return None
    part = "" if int(head.get(b"RFC822.SIZE", 0)) <= wanted.max_bytes else f"<0.{wanted.max_bytes}>"
    found = client.fetch([uid], [f"BODY.PEEK[]{part}"]).get(uid, {})
    return next((bytes(value) for name, value in found.items() if name.startswith(b"BODY[]") and value), None)


def _read_files(path: Path, wanted: Wanted, bookmark: str | None, url: str) -> Letters:
    try:
        files = [(file.stat().st_ctime_ns, file) for file in _files(path)]
        place = _place(files)
        if bookmark == place:
            return Letters((), place)
        known = _changed_at(bookmark)
        raw = [body for changed_at, file in files if changed_at >= known for body in _letters_in(file, wanted)]
    except OSError as error:
        raise FetchError(f"{path} cannot be read", url=url) from error
    return Letters(tuple(body for body in raw if _belongs(body, wanted)), place)


def _place(files: Sequence[tuple[int, Path]]) -> str:
    """The newest change, and how many files it made: two letters may come at one tick of the clock."""
    newest = max((changed_at for changed_at, _ in files), default=0)
    return f"{newest}:{sum(changed_at == newest for changed_at, _ in files)}"


def _changed_at(bookmark: str | None) -> int:
    known = (bookmark or "").partition(":")[0]
    return int(known) if known.isdecimal() else 0


def _files(path: Path) -> Sequence[Path]:
    """The files that hold letters, oldest first."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise FileNotFoundError(path)
    if (path / "cur").is_dir():  # a Maildir
        found = [file for name in ("cur", "new") for file in (path / name).iterdir() if file.is_file()]
    else:
        found = [file for file in path.iterdir() if file.suffix.lower() in _LETTER_FILES and file.is_file()]
    return sorted(found, key=lambda file: (file.stat().st_ctime_ns, file.name))


def _letters_in(file: Path, wanted: Wanted) -> Iterator[bytes]:
    """The letters of one file: an mbox begins with a line `From `, anything else is one letter."""
    with file.open("rb") as opened:
        if opened.read(5) != b"From ":
            opened.seek(0)
            yield opened.read(wanted.max_bytes)
            return
    box = mailbox.mbox(file, create=False)
    try:
        for key in box.iterkeys():
            with box.get_file(key) as letter:
                yield letter.read(wanted.max_bytes)
    finally:
        box.close()


def _belongs(body: bytes, wanted: Wanted) -> bool:
    letter = read_letter(body)
    recent = wanted.since is None or letter.sent_at is None or letter.sent_at.date() >= wanted.since
    return recent and wanted.accepts(letter)


def packed(letters: Sequence[bytes]) -> bytes:
    """Letters as one body, each behind its length."""
    return b"".join(f"{len(letter)}\n".encode() + letter for letter in letters)


def unpacked(body: bytes) -> Iterator[bytes]:
    """The letters of such a body; ends where it is none."""
    while body:
        number, _, rest = body.partition(b"\n")
        if not number.isdigit() or len(number) > 10:
            return
        yield rest[: int(number)]
        body = rest[int(number) :]
