"""A million specifications with clustered errors, and one of them by pyfixest: the same numbers, and the time of each.

The specifications are all subsets of 20 covariates beside one driver on a panel of 85 regions × 17 years; the effects
are swept out once, which is set-up. pyfixest fits a few of them one at a time, effects and all, as a loop over
specifications would. The cost curve goes from 10⁴ to 10⁷ specifications.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from replay import CLOCK, interleaved

from regional_econ.causal.kernel import GramBlocks, Masks, blocks_of, solve
from regional_econ.panel.demean import within

N_REGIONS, N_YEARS, N_COVARIATES = 85, 17, 20
MILLION = 2**N_COVARIATES
WHOLE = 1e-5  # pyfixest demeans to 1e-6 by default, and its defaults are what is timed
TERMS = [f"x{n}" for n in range(N_COVARIATES + 1)]

pytestmark = pytest.mark.filterwarnings("ignore")


@cache
def frame() -> pd.DataFrame:
    """Driver x0, covariates and outcome that wander and share a factor."""
    rng = np.random.default_rng(20221231)
    region, year = (part.ravel() for part in np.indices((N_REGIONS, N_YEARS)))
    values = rng.normal(size=(len(TERMS) + 1, N_REGIONS, N_YEARS)).cumsum(axis=2) + rng.normal(size=N_YEARS)
    return pd.DataFrame(values.reshape(len(TERMS) + 1, -1).T, columns=[*TERMS, "y"]).assign(region=region, year=year)


@cache
def blocks() -> GramBlocks:
    """Blocks of the panel, effects taken out."""
    data = frame()
    codes = data["region"].to_numpy(np.intp), data["year"].to_numpy(np.intp)
    swept = within(data[[*TERMS, "y"]].to_numpy(), codes, np.ones(len(data)))
    return blocks_of(swept, np.arange(0, len(data), N_YEARS), N_REGIONS, N_YEARS - 1)


def masks(number: int) -> Masks:
    """The first subsets, over and over where there are fewer."""
    return (np.arange(number, dtype=np.uint64) % np.uint64(MILLION)) << np.uint64(1)


def some() -> Masks:
    """Eight specifications spread over all sizes."""
    return masks(MILLION)[:: MILLION // 8 + 1]


def one_by_pyfixest(mask: int) -> tuple[float, float]:
    """Coefficient and clustered error of the driver."""
    terms = [TERMS[0], *(term for place, term in enumerate(TERMS) if place and mask >> place & 1)]
    fitted = pf.feols(f"y ~ {' + '.join(terms)} | region + year", frame(), vcov={"CRV1": "region"})
    return float(fitted.coef()["x0"]), float(fitted.se()["x0"])


@pytest.mark.benchmark(group="multiverse.million")
@pytest.mark.parametrize("peer", ["ours"])
def test_million(benchmark: BenchmarkFixture, peer: str) -> None:
    asked = masks(MILLION)
    found = benchmark.pedantic(lambda: solve(blocks(), 0, asked), rounds=3, warmup_rounds=1)
    assert np.isfinite(found.std_error).all()


@pytest.mark.benchmark(timer=CLOCK)
@pytest.mark.parametrize("peer", ["ours"])
@pytest.mark.parametrize("power", [4, 5, 6, 7])
def test_cost_curve(benchmark: BenchmarkFixture, power: int, peer: str) -> None:
    """Time of one specification of 10⁴ to 10⁷, drawn from all sizes alike."""
    asked = np.random.default_rng(power).permutation(masks(MILLION))[np.arange(10**power) % MILLION]
    seconds = interleaved({peer: lambda: solve(blocks(), 0, asked)}, 3)[peer]
    benchmark.group = f"multiverse.of_1e{power}"
    benchmark.extra_info["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    CLOCK.show(benchmark, [one / 10**power for one in seconds])


@cache
def timed() -> dict[str, list[float]]:
    """Seconds of one specification by peer, once both have given the same numbers."""
    asked = some()
    found = solve(blocks(), 0, asked)
    theirs = np.array([one_by_pyfixest(int(mask)) for mask in asked])
    np.testing.assert_allclose(np.column_stack([found.coef, found.std_error]), theirs, rtol=WHOLE)
    runs: dict[str, Callable[[], object]] = {
        "ours": lambda: solve(blocks(), 0, masks(MILLION)),
        "pyfixest": lambda: [one_by_pyfixest(int(mask)) for mask in asked],
    }
    seconds, numbers = interleaved(runs, 3), {"ours": MILLION, "pyfixest": len(asked)}
    return {peer: [one / numbers[peer] for one in found] for peer, found in seconds.items()}


@pytest.mark.benchmark(group="multiverse.specification", timer=CLOCK)
@pytest.mark.parametrize("peer", ["ours", "pyfixest"])
def test_specification(benchmark: BenchmarkFixture, peer: str) -> None:
    CLOCK.show(benchmark, timed()[peer])
