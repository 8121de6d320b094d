"""Times that are measured by turns, shown to pytest-benchmark by a clock that stands still in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from pytest_benchmark.fixture import BenchmarkFixture


class Replay:
    """A clock that shows pytest-benchmark seconds which something else measured."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def show(self, benchmark: BenchmarkFixture, seconds: list[float]) -> None:
        """Report the seconds as rounds."""
        left = iter(seconds)
        benchmark.pedantic(self._pass, setup=lambda: ((next(left),), {}), rounds=len(seconds))

    def _pass(self, seconds: float) -> None:
        self.now += seconds


CLOCK = Replay()


def interleaved(peers: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds by peer, after one run each that does not count."""
    return by_turns({peer: timed(run) for peer, run in peers.items()}, rounds)


def timed(run: Callable[[], object]) -> Callable[[], float]:
    """Turn a run into one that says how many seconds it took."""

    def seconds() -> float:
        started = time.perf_counter()
        run()
        return time.perf_counter() - started

    return seconds


def by_turns(peers: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Seconds by peer, as each says them, after one turn each that does not count."""
    for turn in peers.values():
        turn()
    seconds: dict[str, list[float]] = {peer: [] for peer in peers}
    for _ in range(rounds):
        for peer, turn in peers.items():
            seconds[peer].append(turn())
    return seconds
