"""Dynamic, heterogeneous and spatial models beside R's plm and spatialreg, and spreg where there is one.

The same numbers from each, and the time they take. Peers are processes of their own that fit once when told to, so that
all take turns within one run; each times its own fit, from the data in memory to coefficients with errors (of GMM the
corrected ones) or, of spatial models, effects. We should take at most 0.1 s for two-step GMM on the employment of UK
firms, 50 ms for the CCE mean group on 85 × 24 rows, and 1 s for the spatial Durbin model on 83 × 24.

The regions of the spatial model lie on a ring with two neighbours on each side: there the lag of demeaned rows is the
demeaned lag, so that spatialreg needs no dummies for years and regions and is as fast as it can be. Its effects are
timed without their errors, which it draws. spreg is no part of the project: it is run by the Python named in SPREG.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from peers import ELSEWHERE
from pytest_benchmark.fixture import BenchmarkFixture
from replay import CLOCK, by_turns, timed

from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.panel.fit import fit
from regional_econ.panel.spatial.effects import spatial_effects

HERE = Path(__file__).resolve().parent
FIRMS = HERE.parent / "tests" / "oracles" / "data" / "empl_uk.csv"
EMPLOYMENT = "ln(emp) ~ lag(ln(emp), 1:2) + lag(ln(wage), 0:1) + lag(ln(capital), 0:2) + lag(ln(output), 0:2)"
TERMS = ["x1", "x2", "x3", "x4"]
RIGHT = " + ".join(TERMS)
ROUNDS = {"gmm": 20, "cce": 20, "sdm": 10}
SHARED = {"gmm": 1e-6, "cce": 1e-8, "sdm": 1e-5}  # spatialreg stops at 1.5e-8 in ρ and sums 30 powers of W
SPREG = Path(ELSEWHERE["spreg"])

pytestmark = pytest.mark.filterwarnings("ignore")


@cache
def panel(n_regions: int) -> pd.DataFrame:
    """24 years, four regressors that wander and an outcome on which only the first weighs."""
    rng = np.random.default_rng(20221231)
    labels = [f"R{place:02d}" for place in range(n_regions)]
    index = pd.MultiIndex.from_product([labels, range(2000, 2024)], names=["region", "year"])
    X = rng.normal(size=(4, n_regions, 24)).cumsum(axis=2).reshape(4, -1).T
    frame = pd.DataFrame(X, columns=TERMS, index=index)
    return frame.assign(y=0.05 * frame["x1"] + rng.normal(size=(n_regions, 24)).cumsum(axis=1).ravel())


def ring(size: int) -> np.ndarray:
    """Two neighbours on each side, alike."""
    return np.asarray(sum(np.roll(np.eye(size), step, axis=1) for step in (-2, -1, 1, 2)) / 4)


@cache
def on_a_ring() -> pd.DataFrame:
    """83 regions whose outcome feels its neighbours', ρ = .4."""
    frame = panel(83)
    spread = np.linalg.inv(np.eye(83) - 0.4 * ring(83))
    return frame.assign(y=(spread @ frame["y"].to_numpy().reshape(83, 24)).ravel())


def gmm() -> np.ndarray:
    """Two-step difference GMM with Windmeijer's errors."""
    found = fit(EMPLOYMENT, _firms(), estimator="gmm-diff")
    return np.concatenate([found.params, found.std_errors])


def cce() -> np.ndarray:
    """Mean of the regions' slopes with yearly averages beside."""
    found = fit(f"y ~ {RIGHT}", panel(85), estimator="cce-mean-group")
    return np.concatenate([found.params[TERMS], found.std_errors[TERMS]])


def sdm() -> np.ndarray:
    """Two-way spatial Durbin model, ρ and the effects of each driver; the weights made anew."""
    frame = on_a_ring()
    weights = SpatialWeights.of(list(frame.index.unique("region")), ring(83), "ring")
    found = fit(f"y ~ {RIGHT}", frame, estimator="sdm", weights=weights)
    effects = spatial_effects(found)["estimate"].to_numpy().reshape(-1, 3)
    return np.concatenate([[found.params["rho"]], effects[:, :2].ravel()])


OURS: dict[str, Callable[[], np.ndarray]] = {"gmm": gmm, "cce": cce, "sdm": sdm}


@cache
def _firms() -> pd.DataFrame:
    return pd.read_csv(FIRMS).set_index(["firm", "year"])


class Process:
    """A peer that fits once whenever it is told to."""

    def __init__(self, *command: str) -> None:
        self._running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.numbers = np.array(self._line().split(), dtype=float)

    def turn(self) -> float:
        """Seconds of one fit."""
        assert self._running.stdin is not None
        print(file=self._running.stdin, flush=True)
        return float(self._line())

    def _line(self) -> str:
        assert self._running.stdout is not None
        found = self._running.stdout.readline()
        if not found:
            raise RuntimeError(f"{self._running.args} stopped; see above")
        return found

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._running.stdin is not None
        self._running.stdin.close()
        self._running.wait(timeout=60)


@contextmanager
def written(kind: str) -> Iterator[list[str]]:
    """Paths of the files that a peer reads."""
    if kind == "gmm":
        yield [str(FIRMS)]
        return
    with TemporaryDirectory() as folder:
        data, weights = Path(folder) / "panel.csv", Path(folder) / "weights.csv"
        frame = panel(85) if kind == "cce" else on_a_ring()
        frame.reset_index().sort_values(["year", "region"]).to_csv(data, index=False)
        np.savetxt(weights, ring(83), delimiter=",")
        yield [str(data), str(weights)]


@cache
def peers_of(kind: str) -> dict[str, tuple[str, ...]]:
    """Commands of the peers that are here."""
    package = "spatialreg" if kind == "sdm" else "plm"
    found: dict[str, tuple[str, ...]] = {}
    if has_r(package):
        found[package] = ("Rscript", str(HERE / "models.R"), kind)
    if kind == "sdm" and has_spreg():
        found["spreg"] = (str(SPREG), str(HERE / "spreg_sdm.py"))
    return found


def has_r(package: str) -> bool:
    """Whether R has a package."""
    if shutil.which("Rscript") is None:
        return False
    command = ["Rscript", "-e", f'cat(requireNamespace("{package}", quietly = TRUE))']
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.endswith("TRUE")


def has_spreg() -> bool:
    """Whether the Python of the peers has spreg."""
    return SPREG.is_file() and subprocess.run([SPREG, "-c", "import spreg"], check=False).returncode == 0


@cache
def seconds(kind: str) -> dict[str, list[float]]:
    """Seconds by peer, once the peers have given the same numbers."""
    with written(kind) as files, ExitStack() as stack:
        processes = {name: stack.enter_context(Process(*command, *files)) for name, command in peers_of(kind).items()}
        ours = OURS[kind]()
        for name, process in processes.items():
            theirs = process.numbers
            expected = ours[:1] if name == "spreg" else ours
            np.testing.assert_allclose(theirs[: len(expected)], expected, rtol=SHARED[kind], atol=1e-7, err_msg=name)
        turns = {"ours": timed(OURS[kind])} | {name: process.turn for name, process in processes.items()}
        return by_turns(turns, ROUNDS[kind])


@pytest.mark.benchmark(timer=CLOCK)
@pytest.mark.parametrize(
    ("kind", "peer"),
    [("gmm", "ours"), ("gmm", "plm"), ("cce", "ours"), ("cce", "plm"), ("sdm", "ours"), ("sdm", "spatialreg"),
     ("sdm", "spreg")],
)  # fmt: skip
def test_model(benchmark: BenchmarkFixture, kind: str, peer: str) -> None:
    if peer not in ("ours", *peers_of(kind)):
        pytest.skip(f"no {peer} in {SPREG}" if peer == "spreg" else f"no R package {peer} here")
    benchmark.group = f"panel.{kind}"
    CLOCK.show(benchmark, seconds(kind)[peer])
