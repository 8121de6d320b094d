"""Does the test of uniform PIT hold its size when regions share shocks, and see what is wrong?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.forecasting.skill import block_mean
from regional_econ.forecasting.uniformity import pit_uniformity


def pits(rng: np.random.Generator, *, origins: int, shared: float, sd: float = 1.0, mean: float = 0.0) -> np.ndarray:
    """PIT of standard normal forecasts of outcomes that share a part of their variance within an origin."""
    z = np.sqrt(shared) * rng.normal(size=(origins, 1)) + np.sqrt(1 - shared) * rng.normal(size=(origins, 30))
    return stats.norm.cdf(mean + sd * z).ravel()


def p_values(seed: int, cases: int, **how: float) -> np.ndarray:
    rng, origins = np.random.default_rng(seed), np.repeat(np.arange(8), 30)
    made = [pits(rng, origins=8, **how) for _ in range(cases)]
    return np.array([pit_uniformity(pit, origins, bins=2, draws=99, seed=k).p_value for k, pit in enumerate(made)])


def test_statistic_and_p_value_are_watsons_where_every_value_is_its_own_origin() -> None:
    pit = np.random.default_rng(0).beta(1.1, 1.1, 150)
    found = pit_uniformity(pit, np.arange(150), draws=4999)
    u, n = np.sort(pit), 150
    i = np.arange(1, n + 1)
    watson = np.sum((u - (2 * i - 1) / (2 * n)) ** 2) + 1 / (12 * n) - n * (u.mean() - 0.5) ** 2
    # harmonics beyond the 30th hold Σ 1 / (2π² k²) = 0.0017 on average
    assert found.statistic == pytest.approx(watson, abs=0.004)
    k = np.arange(1, 6)
    limit = 2 * np.sum((-1.0) ** (k - 1) * np.exp(-2 * k**2 * np.pi**2 * watson))
    # four Monte Carlo errors, and the law of n = 150 and 30 harmonics for the limit's
    assert 0.01 < limit < 0.5
    assert found.p_value == pytest.approx(limit, abs=4 * np.sqrt(limit * (1 - limit) / 4999) + 0.02)


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
def test_shared_shocks_do_not_pass_for_miscalibration(shared: float) -> None:
    # a nominal 10 % was 7 to 14 %; four errors of 300
    assert 0.01 < np.mean(p_values(1, 300, shared=shared) <= 0.10) < 0.22


def test_a_test_over_cells_would_find_what_is_not_there() -> None:
    rng = np.random.default_rng(2)
    cells = [stats.kstest(pits(rng, origins=8, shared=0.5), "uniform").pvalue for _ in range(100)]
    assert np.mean(np.array(cells) < 0.10) > 0.7


@pytest.mark.parametrize(("sd", "mean"), [(2.0, 0.0), (0.5, 0.0), (1.0, 1.0)])
def test_wrong_spread_and_wrong_centre_are_seen(sd: float, mean: float) -> None:
    assert np.mean(p_values(3, 60, shared=0.2, sd=sd, mean=mean) <= 0.10) > 0.8


def test_histogram_counts_all_values_with_errors_by_origin() -> None:
    rng, origins = np.random.default_rng(4), np.repeat([2011, 2012, 2013, 2014, 2015], 30)
    pit = np.r_[pits(rng, origins=5, shared=0.3)[:-2], 0.0, 1.0]
    found = pit_uniformity(pit, origins, bins=5, draws=99)
    np.testing.assert_array_equal(found.counts, np.histogram(pit, bins=5, range=(0, 1))[0])
    assert found.share.sum() == pytest.approx(1.0, rel=1e-12)
    inside = ((pit >= 0.2) & (pit < 0.4)).astype(float)
    assert (found.share[1], found.error[1]) == pytest.approx(block_mean(inside, origins), rel=1e-12)
    assert found.to_frame()["count"].sum() == found.n == 150
    assert found.origins == 5
    order = rng.permutation(150)
    assert pit_uniformity(pit[order], origins[order], bins=5, draws=99).p_value == found.p_value
    assert str(found).startswith("PIT of 150 forecasts from 5 origins: U² ")


def test_what_is_no_pit_is_refused() -> None:
    with pytest.raises(EstimationError, match=r"outside 0 … 1 \(position 1\)"):
        pit_uniformity(np.array([0.5, np.nan, 0.2]), np.arange(3))
    with pytest.raises(EstimationError, match="an origin to each value"):
        pit_uniformity(np.array([0.5, 0.2]), np.arange(3))
    with pytest.raises(EstimationError, match="one origin tells nothing"):
        pit_uniformity(np.array([0.5, 0.2]), np.zeros(2))
    with pytest.raises(OptionError, match="bins"):
        pit_uniformity(np.array([0.5, 0.2]), np.arange(2), bins=1)
