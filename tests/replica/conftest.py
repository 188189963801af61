from __future__ import annotations

import pytest

from replica.web import ReplicaWeb


@pytest.fixture(scope="session")
def web() -> ReplicaWeb:
    return ReplicaWeb()
