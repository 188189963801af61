"""Sending letters by SMTP, where the operator has told how; nothing is sent without that."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage

from db.errors import NewsError

PORTS = {"tls": 465, "starttls": 587, "none": 25}
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Postbox:
    """The server that takes our letters, and whose they are."""

    host: str
    port: int
    security: str  # tls, starttls, or none for a server on this machine
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


def postbox_of(environ: Mapping[str, str]) -> Postbox | None:
    """The server that the environment names; None when it names none, NewsError when it names half of one.

    CONVENOR_SMTP_HOST and CONVENOR_SMTP_SENDER must be there; _PORT, _SECURITY (starttls unless told), _USER and
    _PASSWORD may be.
    """
    told = {name: environ.get(f"CONVENOR_SMTP_{name.upper()}", "") for name in ("host", "sender", "user", "password")}
    if not told["host"]:
        return None
    security = environ.get("CONVENOR_SMTP_SECURITY", "starttls")
    port = environ.get("CONVENOR_SMTP_PORT", "") or str(PORTS.get(security, ""))
    if security not in PORTS:
        raise NewsError(f"CONVENOR_SMTP_SECURITY is {security!r}; it is one of {', '.join(PORTS)}")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise NewsError("CONVENOR_SMTP_PORT is no port")
    if "@" not in told["sender"]:
        raise NewsError("CONVENOR_SMTP_SENDER must be an address of e-mail, such as news@example.org")
    if told["user"] and security == "none":
        raise NewsError("a password is sent over a secure connection alone; set CONVENOR_SMTP_SECURITY")
    return Postbox(port=int(port), security=security, **told)


def send(postbox: Postbox, letters: Iterable[EmailMessage]) -> None:
    """The server has taken every letter; NewsError says why it did not, without a word of the password."""
    context = ssl.create_default_context()
    try:
        with _connected(postbox, context) as server:
            if postbox.security == "starttls":
                server.starttls(context=context)
            if postbox.user:
                server.login(postbox.user, postbox.password)
            for letter in letters:
                server.send_message(letter)
    except smtplib.SMTPAuthenticationError:
        raise NewsError(f"{postbox.host} does not know this user with this password") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NewsError(f"{postbox.host} did not take the letter: {type(error).__name__}") from error


def _connected(postbox: Postbox, context: ssl.SSLContext) -> smtplib.SMTP:
    if postbox.security == "tls":
        return smtplib.SMTP_SSL(postbox.host, postbox.port, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(postbox.host, postbox.port, timeout=TIMEOUT_SECONDS)
