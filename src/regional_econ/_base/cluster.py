"""Where do cases run: in processes of this machine, or on the workers of a dask.distributed cluster?

The cluster is a setting of a block of code, not an argument: nothing but this module sees its client. Cases are sent
as they are needed, two a worker; those of a lost worker are given to another. joblib's own backend of this kind is not
used: it keeps large arguments on one worker, with which they are lost, and does not notice a case that no worker
survives. Each case is computed from what was sent with it and its seed, so where it runs changes no byte, provided that
all run the same code on processors of one kind: every worker is asked for the code before the first case, and again
with each case, since workers come and go. Other processors round otherwise, within the bounds of ``verify``.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from regional_econ._base.errors import ClusterError, OptionError

if TYPE_CHECKING:
    from distributed import Client, Future, as_completed

Installation = Mapping[str, str]
CONNECT_SECONDS, LONELY_SECONDS = 5.0, 300.0
_ADDRESS = re.compile(r"tcp://(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):([0-9]{1,5})")
_AHEAD, _POLL_SECONDS, _LOOK_SECONDS = 2, 0.02, 1.0
_SHOWN = 12
_SAME = "Install the same code and versions for all, then start the workers anew"
_FOUND = "Install the same code for all, or name its folder in the workers' PYTHONPATH, then start them anew"


@dataclass(frozen=True)
class _Cluster:
    """A connection, what a worker says of its installation, and what it must say."""

    client: Client
    address: str
    ask: Callable[[], Installation]
    wanted: Installation


_IN_USE: ContextVar[_Cluster | None] = ContextVar("cluster", default=None)


def cluster_in_use() -> bool:
    """Whether cases of this block of code go to a cluster."""
    return _IN_USE.get() is not None


@contextmanager
def on_cluster(address: str, ask: Callable[[], Installation]) -> Iterator[int]:
    """Let the cases of every `map_cases` within the block run on the workers of a cluster; yields their number.

    Parameters
    ----------
    address : of the scheduler, ``tcp://HOST:PORT``.
    ask : what an installation says of itself, by part (code, data, versions); importable, since workers call it too.

    Raises
    ------
    OptionError : the address is not of that form.
    ClusterError : distributed is not installed, no scheduler answers within 5 s, it has no workers, a worker runs cases
        in threads, or a worker's installation is not the one here.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found[2]) < 65536:
        raise OptionError(f"--cluster cannot be {address!r}", advice="Give tcp://HOST:PORT, the scheduler's address")
    client = _connected(address)
    try:
        cluster = _Cluster(client, address, ask, ask())
        workers = _checked(cluster)
        before = _IN_USE.set(cluster)
        try:
            yield workers
        finally:
            _IN_USE.reset(before)
    finally:
        client.close(timeout=CONNECT_SECONDS)


def on_workers[Case, R](
    func: Callable[[Case, int], R], seeded: Mapping[str, tuple[Case, int]]
) -> Iterator[tuple[str, R]]:
    """Yield key and result of each case as the workers of the cluster in use return them.

    Parameters
    ----------
    func : module-level function of (case, seed).
    seeded : case and seed by key.

    Raises
    ------
    ClusterError : the connection was lost, a case ended every worker that it was given to, or a worker that came later
        has another installation.
    """
    from distributed import as_completed

    cluster = _IN_USE.get()
    assert cluster is not None
    client, todo, sent = cluster.client, iter(seeded.items()), dict[str, str]()
    returned = as_completed(loop=client.loop)
    try:
        while True:
            for key, one in islice(todo, max(0, _AHEAD * max(1, _workers(cluster)) - len(sent))):
                future = client.submit(_run, func, *one, cluster.ask, dict(cluster.wanted), pure=False)
                sent[future.key] = key
                returned.add(future)
            if not sent:
                return
            done = _next(returned, cluster)
            key = sent.pop(done.key)
            yield key, _result(done, key, cluster)
    finally:
        client.cancel(list(returned.futures))


def _run[Case, R](
    func: Callable[[Case, int], R], case: Case, seed: int, ask: Callable[[], Installation], wanted: Installation
) -> R:
    """Compute one case on a worker, which may have come after the others were asked."""
    apart = _apart(ask(), wanted)
    if apart:
        raise ClusterError(f"a worker has {apart}", advice=_SAME)
    return func(case, seed)


def _next(returned: as_completed, cluster: _Cluster) -> Future:
    """Return the next case that is done; without any worker this waits for one, says so, and not for ever."""
    looked = time.monotonic()
    alone: float | None = None
    while not returned.has_ready():
        time.sleep(_POLL_SECONDS)
        if time.monotonic() - looked < _LOOK_SECONDS:
            continue
        looked = time.monotonic()
        if _workers(cluster):
            alone = None
        elif alone is None:
            alone = looked
            told = f"{cluster.address}: no worker is left, waiting {LONELY_SECONDS / 60:.0f} minutes for another"
            print(told, file=sys.stderr)
        elif looked - alone > LONELY_SECONDS:
            advice = "Start workers and run again; finished steps are kept"
            raise ClusterError("no worker is left", where=cluster.address, advice=advice)
    return next(returned)


def _result(done: Future, key: str, cluster: _Cluster) -> Any:
    from distributed import KilledWorker

    if done.status != "finished" and done.status != "error":
        raise _lost(cluster)
    try:
        return done.result()
    except KilledWorker as error:
        advice = "Give the workers more memory, or look into their logs"
        message = f"case {key} ended each of {error.allowed_failures + 1} workers that it was given to"
        raise ClusterError(message, where=cluster.address, advice=advice) from error


def _lost(cluster: _Cluster) -> ClusterError:
    return ClusterError(
        "the scheduler was lost", where=cluster.address, advice="Start it and the workers and run again"
    )


def _workers(cluster: _Cluster) -> int:
    try:
        return len(cluster.client.nthreads())
    except OSError as error:
        raise _lost(cluster) from error


def _connected(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        advice = "Install the extra: pip install 'regional-econ[cluster]'"
        raise ClusterError("--cluster needs the package distributed", advice=advice) from error
    for name in ("distributed", "distributed.client"):  # what they would say is said by one error here
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        asyncio.run(asyncio.wait_for(_greet(address), CONNECT_SECONDS))  # a client would wait for ever for a greeting
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except OSError as error:
        advice = "Start one (dask scheduler) or mend the address"
        raise ClusterError("no scheduler answers", where=address, advice=advice) from error


async def _greet(address: str) -> None:
    from distributed.core import connect

    comm = await connect(address)
    comm.abort()


def _checked(cluster: _Cluster) -> int:
    """Return the number of workers, all of which can compute cases as this machine would."""
    workers = cluster.client.nthreads()
    if not workers:
        advice = f"Start some: dask worker {cluster.address} --nthreads 1"
        raise ClusterError("the cluster has no workers", where=cluster.address, advice=advice)
    for worker, threads in workers.items():
        if threads > 1:
            advice = f"Start workers with one each: dask worker {cluster.address} --nworkers {threads} --nthreads 1"
            raise ClusterError(f"a worker runs cases in {threads} threads of one process", where=worker, advice=advice)
    for worker, said in cluster.client.run(cluster.ask, on_error="return").items():
        if isinstance(said, Exception):
            raise ClusterError(f"a worker cannot say what code it has: {said}", where=worker, advice=_FOUND) from said
        apart = _apart(said, cluster.wanted)
        if apart:
            raise ClusterError(f"a worker has {apart}", where=worker, advice=_SAME)
    return len(workers)


def _apart(said: Installation, wanted: Installation) -> str:
    """Name the first part in which an installation differs; nothing where it is the same."""
    for part in sorted({*said, *wanted}):
        here, there = wanted.get(part, "none"), said.get(part, "none")
        if here != there:
            return f"{part} {there[:_SHOWN]}, and here it is {here[:_SHOWN]}"
    return ""
