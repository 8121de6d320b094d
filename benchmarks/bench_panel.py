"""Our regressions beside linearmodels, pyfixest and R's plm: the same numbers from each, and the time it takes.

Peers take turns within one run, so that whatever else the machine does slows all alike; what pytest-benchmark reports
are those times, shown to it by a clock that stands still in between. The reference specification and a panel of
85 regions × 24 years compare single fits; a million rows are fitted in processes of their own, where peak memory is
compared too; bootstrap and permutation stand alone and should take less than 1 s and 0.2 s.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from linearmodels.panel import PanelOLS
from pytest_benchmark.fixture import BenchmarkFixture
from replay import CLOCK, interleaved

from regional_econ.core.design import design
from regional_econ.core.study import load_study
from regional_econ.data.load import load_panel
from regional_econ.panel.fit import fit
from regional_econ.panel.inference import WildBootstrap
from regional_econ.panel.model import Fitted
from regional_econ.panel.permutation import permutation_test
from regional_econ.panel.tables import reference_formula

HERE = Path(__file__).resolve().parent
TERMS = ["x1", "x2", "x3", "x4"]
RIGHT = " + ".join(TERMS)
WHOLE = 1e-5  # pyfixest demeans to 1e-6 by default, and its defaults are what is timed
ROUNDS = 20
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")
MILLION = {"ours": "1", "pyfixest": None, "pyfixest_one_thread": "1"}  # threads, as many as it likes for None
MEMORY = 1.5  # times pyfixest's, at most
DRAWS = {"bootstrap": 99_999, "permutation": 10_000}

pytestmark = pytest.mark.filterwarnings("ignore")


@cache
def reference() -> pd.DataFrame:
    """The sample of the reference specification, plain names: unbalanced, 85 regions, 17 years."""
    panel = load_panel()
    formula = reference_formula(panel, load_study(HERE.parent / "analyses" / "study.toml"))
    cases = design(formula, panel.frame, years=(2006, 2022))
    return pd.concat([cases.y, cases.X], axis=1).set_axis(["y", *TERMS], axis=1)


@cache
def square() -> pd.DataFrame:
    """85 regions × 24 years, four regressors that wander and an outcome on which only the first weighs."""
    rng = np.random.default_rng(20221231)
    index = pd.MultiIndex.from_product([[f"R{n:02d}" for n in range(85)], range(2000, 2024)], names=["region", "year"])
    X = rng.normal(size=(4, 85, 24)).cumsum(axis=2).reshape(4, -1).T
    frame = pd.DataFrame(X, columns=TERMS, index=index)
    return frame.assign(y=0.05 * frame["x1"] + rng.normal(size=(85, 24)).cumsum(axis=1).ravel())


def single_fits(frame: pd.DataFrame) -> dict[str, Callable[[], pd.Series]]:
    """One regression by each peer: two effects, errors clustered by region."""
    flat = frame.reset_index()

    def ours() -> pd.Series:
        return fit(f"y ~ {RIGHT}", frame, effects="region+year", inference="cluster:region").params

    def linearmodels() -> pd.Series:
        model = PanelOLS(frame["y"], frame[TERMS], entity_effects=True, time_effects=True)
        params: pd.Series = model.fit(cov_type="clustered", cluster_entity=True).params
        return params

    def linearmodels_formula() -> pd.Series:
        model = PanelOLS.from_formula(f"y ~ {RIGHT} + EntityEffects + TimeEffects", frame)
        params: pd.Series = model.fit(cov_type="clustered", cluster_entity=True).params
        return params

    def pyfixest() -> pd.Series:
        params: pd.Series = pf.feols(f"y ~ {RIGHT} | region + year", flat, vcov={"CRV1": "region"}).coef()
        return params

    return {one.__name__: one for one in (ours, linearmodels, linearmodels_formula, pyfixest)}


@cache
def timed(sample: Callable[[], pd.DataFrame]) -> dict[str, list[float]]:
    """Seconds of single fits by peer, once the peers have given the same coefficients."""
    peers = single_fits(sample())
    for run in peers.values():
        np.testing.assert_allclose(run().to_numpy(), peers["ours"]().to_numpy(), rtol=WHOLE)
    return interleaved(peers, ROUNDS)


@pytest.mark.benchmark(group="panel.reference", timer=CLOCK)
@pytest.mark.parametrize("peer", ["ours", "linearmodels", "linearmodels_formula", "pyfixest"])
def test_reference(benchmark: BenchmarkFixture, peer: str) -> None:
    CLOCK.show(benchmark, timed(reference)[peer])


@pytest.mark.benchmark(group="panel.square", timer=CLOCK)
@pytest.mark.parametrize("peer", ["ours", "linearmodels", "linearmodels_formula", "pyfixest", "plm"])
def test_square(benchmark: BenchmarkFixture, peer: str) -> None:
    CLOCK.show(benchmark, plm() if peer == "plm" else timed(square)[peer])


def plm() -> list[float]:
    """Seconds inside R, without its start."""
    if shutil.which("Rscript") is None:
        pytest.skip("no Rscript here")
    present = subprocess.run(
        ["Rscript", "-e", 'cat(requireNamespace("plm", quietly = TRUE))'], capture_output=True, text=True, check=False
    )
    if not present.stdout.endswith("TRUE"):
        pytest.skip("no R package plm here")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "panel.csv"
        square().to_csv(path)
        command = ["Rscript", str(HERE / "plm.R"), str(path), str(ROUNDS)]
        found, seconds = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    ours = fit(f"y ~ {RIGHT}", square())
    expected = [*ours.params, *ours.std_errors]
    k, n, groups = 4, 85 * 24, 85
    bare = (n - 1) / (n - k) * groups / (groups - 1)  # plm's "sss" counts no effects, CR1S the years and one
    ours_over_plm = np.sqrt(float(ours.diagnostics["small_sample_factor"]) / bare)
    found_values = np.array(list(map(float, found.split())))
    found_values[k:] *= ours_over_plm
    np.testing.assert_allclose(found_values, expected, rtol=1e-8)
    return list(map(float, seconds.split()))


@cache
def million(n_units: int, n_years: int) -> dict[str, list[dict[str, Any]]]:
    """What `one_fit.py` reports by peer, three turns each."""
    reports: dict[str, list[dict[str, Any]]] = {peer: [] for peer in MILLION}
    for _ in range(3):
        for peer, threads in MILLION.items():
            environment = {key: value for key, value in os.environ.items() if key not in THREADS}
            environment |= dict.fromkeys(THREADS, threads) if threads is not None else {}
            command = [sys.executable, str(HERE / "one_fit.py"), peer, str(n_units), str(n_years)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            reports[peer].append(json.loads(done.stdout))
    for reported in reports.values():
        np.testing.assert_allclose(reported[0]["coefficients"], reports["ours"][0]["coefficients"], rtol=WHOLE)
    return reports


@pytest.mark.benchmark(timer=CLOCK)
@pytest.mark.parametrize("shape", [(50_000, 20), (1_000, 1_000)], ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("peer", MILLION)
def test_million(benchmark: BenchmarkFixture, peer: str, shape: tuple[int, int]) -> None:
    reports = million(*shape)
    peak = {name: min(one["peak_mb"] for one in reported) for name, reported in reports.items()}
    assert peak["ours"] <= MEMORY * peak["pyfixest"]
    benchmark.group = f"panel.{shape[0]}x{shape[1]}"
    benchmark.extra_info["peak_mb"] = round(peak[peer])
    CLOCK.show(benchmark, [one["seconds"] for one in reports[peer]])


@pytest.mark.benchmark(group="panel.bootstrap")
@pytest.mark.parametrize("peer", ["ours"])
def test_bootstrap(benchmark: BenchmarkFixture, peer: str) -> None:
    """The p-value of one coefficient from 99,999 draws."""
    native = fit(f"y ~ {RIGHT}", square()).native
    assert isinstance(native, Fitted)
    rule = WildBootstrap("region", draws=DRAWS["bootstrap"])
    found = benchmark.pedantic(
        lambda: native.resample(np.eye(4)[0], rule).p_value(0.0), rounds=7, iterations=1, warmup_rounds=1
    )
    assert 0 < found < 1


@pytest.mark.benchmark(group="panel.permutation")
@pytest.mark.parametrize("peer", ["ours"])
def test_permutation(benchmark: BenchmarkFixture, peer: str) -> None:
    """The p-value of one coefficient from 10,000 exchanges of paths."""
    estimate = fit(f"y ~ {RIGHT}", square())
    found = benchmark.pedantic(
        lambda: permutation_test(estimate, "x1", draws=DRAWS["permutation"]), rounds=7, iterations=1, warmup_rounds=1
    )
    assert found.details["n_exchanging"] == 85
