"""A Dask cluster as an executor of batches; needs the extra `cluster`, here and on every machine of the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from db.errors import NewsError

_CONNECT_SECONDS = 10


@contextmanager
def cluster_at(address: str) -> Iterator[tuple[Executor, int]]:
    """The cluster behind this scheduler, and how many batches it does at once; NewsError where there is none.

    A batch whose worker dies is not done again by the cluster, as Dask would by itself: nobody knows what it had asked.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise NewsError("a cluster needs Dask: install convenor with the extra `cluster`") from error
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise NewsError(f"no Dask scheduler answers at {address}") from error
    with client:
        client.run_on_scheduler(_never_again)
        threads = sum(client.nthreads().values())
        if not threads:
            raise NewsError(f"the Dask scheduler at {address} has no workers; start some with `dask worker {address}`")
        with client.get_executor(pure=False, retries=0) as executor:
            yield executor, threads


def _never_again(dask_scheduler: Any = None) -> None:
    dask_scheduler.allowed_failures = 0
