"""A Dask cluster as an executor of batches; needs the extra `cluster`, here and on every machine of the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

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
            yield _Once(executor), threads


class _Once(Executor):
    """Work is begun once and never again. Dask does also work anew whose result died with its worker."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self._executor.submit(_begun_once, uuid4().hex, fn, *args, **kwargs)


def _begun_once(name: str, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    from distributed import get_client

    if not get_client().run_on_scheduler(_claim, name=name):
        raise BrokenExecutor("its worker died after the work had begun")
    return fn(*args, **kwargs)


def _claim(name: str, dask_scheduler: Any = None) -> bool:
    """Whether nobody has begun this work before; the scheduler remembers who did."""
    begun: set[str] = dask_scheduler.__dict__.setdefault("convenor_begun", set())
    if name in begun:
        return False
    begun.add(name)
    return True


def _never_again(dask_scheduler: Any = None) -> None:
    dask_scheduler.allowed_failures = 0
