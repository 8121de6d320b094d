"""Intervals of means over forecasts that share years: hand arithmetic, size and power on the layout of the study."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from regional_econ._base.errors import DataError
from regional_econ._base.options import QUANTILES_21
from regional_econ.policy.record.overlap import Layout, critical_values, overlap_mean, year_error
from regional_econ.policy.record.scoring import BlockMean, block_mean, quantile_score, widest

SPANS = [
    *((2010, year) for year in range(2011, 2016)), *((2012, year) for year in range(2013, 2018)),
    *((2014, year) for year in range(2015, 2018)), (2016, 2017), (2017, 2018),
    *((2019, year) for year in (2020, 2021, 2022)), (2020, 2021), (2020, 2022), (2021, 2022),
]  # fmt: skip
R, YEARS, FIRST, TRIALS = 30, 12, 2010, 300
LAYOUT = Layout(np.tile(np.arange(R), len(SPANS)), *(np.repeat(ends, R) for ends in np.array(SPANS).T))
Z = stats.norm.ppf(np.array(QUANTILES_21))[:, None]


def walks(rng: np.random.Generator, shared: float) -> np.ndarray:
    """Return what each cell's span adds up of shocks with a share that all regions have in common."""
    steps = np.sqrt(1.0 - shared) * rng.normal(size=(R, YEARS)) + np.sqrt(shared) * rng.normal(size=YEARS)
    path = np.concatenate([np.zeros((R, 1)), steps.cumsum(axis=1)], axis=1)
    return np.asarray(path[LAYOUT.region, LAYOUT.end - FIRST] - path[LAYOUT.region, LAYOUT.begin - FIRST])


def gains(shift: np.ndarray, happened: np.ndarray) -> np.ndarray:
    """Two forecasts as far off on either side: none is better."""
    width = np.sqrt(LAYOUT.end - LAYOUT.begin)
    return np.asarray(
        quantile_score(Z * width - shift / 2.0, happened) - quantile_score(Z * width + shift / 2.0, happened)
    )


def outside(found: BlockMean) -> bool:
    return found.low > 0.0 or found.high < 0.0


def test_the_error_by_shared_years_against_hand_arithmetic() -> None:
    layout = Layout(np.zeros(3, int), np.array([2010, 2012, 2013]), np.array([2013, 2014, 2014]))
    scores = np.array([3.0, 1.0, -1.0])
    # Less the mean of one: 2, 0, −2. Spans 2011–2013, 2013–2014, 2014: the first and the last share no year.
    assert year_error(scores[None], layout)[0] == pytest.approx(np.sqrt(2.0**2 + 2.0**2) / 3.0)
    # And with u = 2, −1, −1: u'Ku = 4 + 1 + 1 + 2(−2/√6 + 1/√2).
    other = year_error(np.array([[2.0, -1.0, -1.0]]), layout)[0]
    assert other == pytest.approx(np.sqrt(6.0 + 2.0 * (-2.0 / np.sqrt(6.0) + 1.0 / np.sqrt(2.0))) / 3.0)


def test_spans_without_common_years_are_a_mean_by_blocks() -> None:
    rng = np.random.default_rng(1)
    layout = Layout(np.tile(np.arange(5), 6), np.repeat(np.arange(2010, 2016), 5), np.repeat(np.arange(2011, 2017), 5))
    values = rng.normal(size=30)
    by_blocks = block_mean(values, layout.end)
    found = overlap_mean(values, layout, by_blocks.critical)
    assert found.std_error == pytest.approx(by_blocks.std_error * np.sqrt(5 / 6))
    # With shocks that are all but common six years are six draws: t with five degrees, but for the factor.
    simulated = critical_values(layout, np.ones(30), seed=1)
    assert simulated.t975 == pytest.approx(np.sqrt(6 / 5) * stats.t.ppf(0.975, 5), rel=0.08)
    with pytest.raises(DataError, match="one span"):
        critical_values(Layout(np.arange(3), np.full(3, 2010), np.full(3, 2012)), np.ones(3), seed=1)


@pytest.mark.parametrize("shared", [0.0, 0.1, 0.25, 0.5])
def test_of_two_equal_forecasts_at_most_one_in_twenty_is_called_better(shared: float) -> None:
    rng = np.random.default_rng(2)
    shift = 0.2 * walks(rng, 0.8)
    critical = critical_values(LAYOUT, shift, seed=1)
    wrong, one_way = 0, 0
    for _ in range(TRIALS):
        values = gains(shift, walks(rng, shared))
        wrong += outside(widest([overlap_mean(values, LAYOUT, critical), block_mean(values, LAYOUT.region)]))
        blocks = (LAYOUT.begin, LAYOUT.end, LAYOUT.region)
        one_way += outside(widest([block_mean(values, block) for block in blocks]))
    assert wrong / TRIALS <= 0.05 + 2.0 * np.sqrt(0.05 * 0.95 / TRIALS)
    if shared >= 0.25:
        assert wrong < one_way, "blocks of origins or of target years leave shared years out"


def test_what_is_called_detectable_is_found_in_four_cases_of_five() -> None:
    rng = np.random.default_rng(3)
    shift = 0.2 * walks(rng, 0.3)
    critical = critical_values(LAYOUT, shift, seed=1)
    means = [overlap_mean(gains(shift, walks(rng, 0.1)), LAYOUT, critical) for _ in range(TRIALS)]
    true = float(np.median([one.detectable for one in means]))
    seen = np.mean([true + one.low > 0.0 for one in means])
    at_the_edge = np.mean([np.median([one.half for one in means]) + one.low > 0.0 for one in means])
    # At least .8, for the widest of the simulated settings counts; 300 trials know it to .023.
    assert 0.8 - 2.0 * 0.023 <= seen <= 0.95
    assert at_the_edge < 0.65, "a gain as large as half the interval is found in about half of the cases"
