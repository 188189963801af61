from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from curation.passwords import hash_password, needs_new_hash, password_matches
from curation.sessions import check_password
from db.errors import AccessError

from .conftest import HASH, PASSWORD

WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def test_password_matches_its_own_hash_alone() -> None:
    assert password_matches(HASH, PASSWORD)
    assert not password_matches(HASH, PASSWORD + "!")
    assert hash_password(PASSWORD) != HASH


@pytest.mark.parametrize("stored", [None, "", "not a hash"])
def test_nobody_has_no_password(stored: str | None) -> None:
    assert not password_matches(stored, PASSWORD)
    assert not password_matches(stored, "the password of nobody at all")


@pytest.mark.parametrize(("password", "sentence"), [("nine char", "at least 10"), ("x" * 1001, "at most 1000")])
def test_unusable_password_is_refused(password: str, sentence: str) -> None:
    with pytest.raises(AccessError, match=sentence):
        hash_password(password)


def test_hash_of_weaker_parameters_is_made_again() -> None:
    assert needs_new_hash(WEAK) and not needs_new_hash(HASH)
    fresh = check_password(WEAK, PASSWORD)
    assert fresh is not None and password_matches(fresh, PASSWORD)
    assert check_password(HASH, PASSWORD) is None
