"""How long does the policy model take? A build, one scenario of 36 levers, and ten thousand scenarios in a stream.

The world is as large as the real one: 4,000 made-up draws, 13 years, 36 levers that all act, on four drivers with a
stock, posts, a flow and fixed assets, and lag weights of four years. The stream may use 2 GiB.
"""

from __future__ import annotations

import resource
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pytest_benchmark.fixture import BenchmarkFixture

from regional_econ.core.elasticity import Domain, Elasticity, ElasticitySet, Form, JointBlock, Lag
from regional_econ.core.forecast import Forecast
from regional_econ.data.load import load_panel
from regional_econ.policy.model.drivers import DRIVERS
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.levers import load_levers
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.model.traces import Summary

REGION, DRAWS, YEARS, SCENARIOS = "RU-KEM", 4000, range(2023, 2036), 10_000
MEMORY = 2 * 2**30
START = {
    "innovation_activity_pct": 8.0, "rd_mln_rub": 2700.0, "researchers": 940.0, "employed_thousand": 1150.0,
    "grp_real_index": 100.0, "investment_real_index": 100.0, "wear_pct": 49.0,
}  # fmt: skip


def forecast() -> Forecast:
    """Log random walks of everything that the drivers consist of."""
    rng = np.random.default_rng(1)
    arrays = {}
    for name, level in START.items():
        years = list(YEARS) if name == "innovation_activity_pct" else list(YEARS)[1:]
        walk = rng.normal(0.0, 0.03, (DRAWS, 1, len(years))).cumsum(axis=2)
        coordinates = {"draw": range(DRAWS), "region": [REGION], "year": years}
        values = (level * np.exp(walk)).astype("float32")
        arrays[name] = xr.DataArray(values, dims=("draw", "region", "year"), coords=coordinates)
    return Forecast(arrays, 2023, "baseline", 1, "0" * 64)


def elasticities() -> ElasticitySet:
    """Effects of four drivers: R&D through its stock, the others by four lag weights."""
    rng = np.random.default_rng(2)
    draws, found = pd.DataFrame(index=range(DRAWS)), []
    for driver in DRIVERS:
        draws[driver] = rng.normal(0.05, 0.1, DRAWS) * (-0.1 if driver == "wear_pct" else 1.0)
        columns = tuple(f"{driver}.lag{k}" for k in range(4))
        weights = rng.dirichlet(np.ones(4), DRAWS)
        for k, column in enumerate(columns):
            draws[column] = weights[:, k]
        lag = Lag("pim", ()) if driver == "rd_grp_pct" else Lag("irf_draws", (0.0, 1.0, 2.0, 3.0), columns)
        logs = driver != "wear_pct"
        domain, q = Domain(0.001, 300.0, 3.0 if logs else 60.0, 5.0), {"p05": -0.1, "p50": 0.05, "p95": 0.2}
        form: Form = "logit_per_log" if logs else "logit_per_unit"
        named = (
            driver,
            driver,
            "innovation_activity_pct",
            form,
            "%",
            "logit",
            "logit",
            0.05,
            q,
            lag,
            "made up",
            domain,
        )
        found.append(Elasticity(*named, "made up", "panel_fe", "B", 0.5, {}))
    return ElasticitySet(tuple(found), draws, (JointBlock(DRIVERS, "one_posterior"),), 1, 4, 1.0, float(DRAWS))


@cache
def inputs() -> Inputs:
    """The project's levers, each made to act on one of the four drivers."""
    known = load_levers()
    pattern = next(lever for lever in known if lever.id == "L10")
    levers = tuple(
        replace(pattern, id=lever.id, state_var=DRIVERS[k % len(DRIVERS)]) for k, lever in enumerate(known)
    )  # fmt: skip
    return replace(Inputs.of(elasticities(), forecast(), load_panel(), region=REGION), levers=levers)


@cache
def simulator() -> Simulator:
    """36 levers, 4,000 draws, 13 years."""
    return Simulator.of(inputs(), start=YEARS[0], end=YEARS[-1], seed=1, grades=("A", "B", "C"))


def amounts(scenarios: int) -> np.ndarray:
    """Every lever pulled, each scenario its own way."""
    sizes = np.random.default_rng(3).uniform(0.1, 0.5, (scenarios, len(simulator().levers), 1))
    return sizes * (np.arange(len(YEARS)) >= 2)


@pytest.mark.benchmark(group="policy.build")
@pytest.mark.parametrize("peer", ["ours"])
def test_build(benchmark: BenchmarkFixture, peer: str) -> None:
    given = inputs()
    built = benchmark(Simulator.of, given, start=YEARS[0], end=YEARS[-1], seed=1, grades=("A", "B", "C"))
    assert len(built.levers) == 36


@pytest.mark.benchmark(group="policy.scenario")
@pytest.mark.parametrize("peer", ["ours"])
def test_scenario(benchmark: BenchmarkFixture, peer: str) -> None:
    plan = amounts(1)[0]
    simulator().outcome(plan)
    assert benchmark(simulator().outcome, plan).shape == (DRAWS, len(YEARS))
    assert benchmark.stats.stats.median <= 0.3


@pytest.mark.benchmark(group="policy.stream")
@pytest.mark.parametrize("peer", ["ours"])
def test_stream(benchmark: BenchmarkFixture, peer: str) -> None:
    plans = amounts(SCENARIOS)
    simulator().stream(plans[:2], YEARS[-1], value=12.5)
    found = benchmark.pedantic(simulator().stream, (plans, YEARS[-1]), {"value": 12.5}, rounds=1)
    assert isinstance(found, Summary)
    assert found.p50.shape == (SCENARIOS,)
    assert benchmark.stats.stats.median <= 60.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 <= MEMORY
