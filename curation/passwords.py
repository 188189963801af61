"""Passwords, hashed with argon2id. Nothing here knows who a person is or keeps a password."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from curation.languages import gettext
from db.errors import AccessError

MIN_LENGTH = 10
MAX_LENGTH = 1_000  # hashing a book is work that a stranger could make us do

_HASHER = PasswordHasher()  # the library's present parameters: RFC 9106, low memory


def hash_password(password: str) -> str:
    """The hash to store; AccessError when the password is too short or too long to be used."""
    if len(password) < MIN_LENGTH:
        raise AccessError(gettext("A password needs at least {least} characters.").format(least=MIN_LENGTH))
    if len(password) > MAX_LENGTH:
        raise AccessError(gettext("A password has at most {most} characters.").format(most=MAX_LENGTH))
    return _HASHER.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one behind the hash. For nobody (None) the same work is done and the answer is no."""
    try:
        _HASHER.verify(_nobody() if stored is None else stored, password[: MAX_LENGTH + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def be_ready() -> None:
    """The first try of an unknown name takes no longer than the next."""
    _nobody()


def needs_new_hash(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's, so that it should be made again at sign-in."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    """A hash that takes as long to check as a real one."""
    return _HASHER.hash("the password of nobody at all")
