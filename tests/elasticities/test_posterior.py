"""The posterior is exact: against one big Gaussian conditioning, against importance sampling, and at its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ.elasticities.declared import Assumptions, BiasPrior
from regional_econ.elasticities.posterior import conversion_grid, literature_prior, posterior

DRIVERS = ("rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct")
Maker = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
LEVEL = 7.0


def fixed_conversion(assumptions: Assumptions, value: float) -> Assumptions:
    return replace(assumptions, conversion=replace(assumptions.conversion, low=value, high=value))


def test_linear_gaussian_case_against_brute_force(assumptions: Assumptions, invented: Maker) -> None:
    """Condition the joint normal of (effects, biases, estimates) on the estimates, with biases written out."""
    estimates, S = invented(seed=2)
    fixed = fixed_conversion(assumptions, 0.6)
    found = posterior(estimates, S, fixed, drivers=DRIVERS, level_pct=LEVEL)
    priors = [fixed.drivers[driver] for driver in DRIVERS]
    mean, Lambda = literature_prior(priors, 0.6, fixed.shared_study_correlation, LEVEL)
    unit = np.array([prior.unit for prior in priors])
    up = np.array([prior.upwards for prior in priors])
    n, k = estimates.size, len(DRIVERS)
    designs = [fixed.designs[design] for design in estimates.index]
    A = np.hstack([np.vstack([bias.reliability * np.eye(k) for bias in designs]), np.eye(n)])
    bias_mean = np.concatenate([up * unit * bias.mean for bias in designs])
    bias_sd = np.concatenate([unit * bias.sd for bias in designs])
    centre = np.concatenate([mean, bias_mean])
    joint = np.block([[Lambda, np.zeros((k, n))], [np.zeros((n, k)), np.diag(bias_sd**2)]])
    precision = np.linalg.inv(joint) + A.T @ np.linalg.inv(S.to_numpy()) @ A
    covariance = np.linalg.inv(precision)
    exact = covariance @ (
        np.linalg.inv(joint) @ centre + A.T @ np.linalg.inv(S.to_numpy()) @ estimates.to_numpy().ravel()
    )
    # Two routes through inverses of well-conditioned matrices of size twenty.
    np.testing.assert_allclose(found.mean, exact[:k], rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(found.covariance, covariance[:k, :k], rtol=1e-7, atol=1e-12)


def test_conversion_factor_against_importance_sampling(assumptions: Assumptions, invented: Maker) -> None:
    estimates, S = invented(seed=3)
    found = posterior(estimates, S, assumptions, drivers=DRIVERS, level_pct=LEVEL)
    rng = np.random.default_rng(4)
    draws = 60_000
    c = np.clip(rng.normal(0.5, 0.5, draws), 0, 1)
    priors = [assumptions.drivers[driver] for driver in DRIVERS]
    to_logit = 1 / (1 - LEVEL / 100)
    shared = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], draws)
    effects = np.stack([prior.literature.discrepancy_sd * rng.standard_normal(draws) for prior in priors], axis=1)
    for j in (0, 1):
        literature = priors[j].literature
        effects[:, j] += c * to_logit * (literature.centre + literature.sd * shared[:, j])
    noise, centre = S.to_numpy().copy(), np.empty((draws, estimates.size))
    for i, design in enumerate(estimates.index):
        bias = assumptions.designs[design]
        for j, prior in enumerate(priors):
            row = i * len(DRIVERS) + j
            noise[row, row] += (prior.unit * bias.sd) ** 2
            centre[:, row] = bias.reliability * effects[:, j] + prior.upwards * prior.unit * bias.mean
    gap = estimates.to_numpy().ravel() - centre
    log_weight = -0.5 * np.einsum("ni,ij,nj->n", gap, np.linalg.inv(noise), gap)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    effective = 1 / (weight**2).sum()
    sd = np.sqrt(np.diag(found.covariance))
    # Five Monte Carlo errors of a weighted mean, in posterior sds.
    np.testing.assert_allclose((weight @ effects - found.mean) / sd, 0, atol=5 / np.sqrt(effective))
    assert found.conversion_mean == pytest.approx(weight @ c, abs=5 * 0.36 / np.sqrt(effective))


def test_no_data_returns_the_prior(assumptions: Assumptions, invented: Maker) -> None:
    estimates, S = invented(seed=1)
    found = posterior(estimates.iloc[:0], S.iloc[:0, :0], assumptions, drivers=DRIVERS, level_pct=LEVEL)
    points, logs = conversion_grid(assumptions.conversion)
    weight = np.exp(logs)
    to_logit = 1 / (1 - LEVEL / 100)
    for driver in DRIVERS[:2]:
        literature = assumptions.drivers[driver].literature
        second = weight @ (points**2) * (literature.centre**2 + literature.sd**2) * to_logit**2
        mean = weight @ points * literature.centre * to_logit
        variance = second - mean**2 + literature.discrepancy_sd**2
        assert found.mean[driver] == pytest.approx(mean, rel=1e-10)  # same sums in another order
        assert found.covariance.loc[driver, driver] == pytest.approx(variance, rel=1e-10)
    assert found.mean["wear_pct"] == 0.0
    np.testing.assert_allclose(found.prior_share, 1.0, rtol=1e-12)  # weights sum to one but for rounding


@pytest.mark.parametrize(
    ("bias_sd", "literature_sd", "low", "high"),
    [(1e-9, 1e6, 0.0, 1e-6), (1e3, 1e6, 0.999, 1.0), (1e-9, 1e-6, 0.999, 1.0), (0.1, 0.3, 0.05, 0.95)],
)
def test_prior_share_at_its_limits(
    assumptions: Assumptions, invented: Maker, bias_sd: float, literature_sd: float, low: float, high: float
) -> None:
    """Data alone give zero; unknown biases or a certain literature give one."""
    estimates, S = invented(seed=5)
    designs = {name: BiasPrior(name, 1.0, 0.0, bias_sd, "limit") for name in assumptions.designs}
    drivers = {
        name: replace(
            prior,
            unit=1.0,
            literature=replace(prior.literature, sd=0.0, centre=0.0, discrepancy_sd=literature_sd),
        )
        for name, prior in assumptions.drivers.items()
    }
    limit = replace(fixed_conversion(assumptions, 0.5), designs=designs, drivers=drivers)
    share = posterior(estimates, S, limit, drivers=DRIVERS, level_pct=LEVEL).prior_share
    assert ((share >= low) & (share <= high)).all()


def test_more_doubt_about_biases_never_lowers_the_prior_share(assumptions: Assumptions, invented: Maker) -> None:
    estimates, S = invented(seed=6, designs=("within",))
    shares = []
    for sd in (0.01, 0.05, 0.2, 1.0):
        designs = {"within": replace(assumptions.designs["within"], sd=sd)}
        doubtful = replace(fixed_conversion(assumptions, 0.5), designs=designs)
        shares.append(posterior(estimates, S, doubtful, drivers=DRIVERS, level_pct=LEVEL).prior_share)
    assert (np.diff(np.stack(shares), axis=0) > 0).all()


def test_specification_spread_widens_the_within_bias(assumptions: Assumptions, invented: Maker) -> None:
    estimates, S = invented(seed=8, designs=("within",))
    narrow = posterior(estimates, S, assumptions, drivers=DRIVERS, level_pct=LEVEL)
    wide = posterior(
        estimates, S, assumptions, drivers=DRIVERS, level_pct=LEVEL, specification_sd={"investment_grp_pct": 0.5}
    )
    driver = "investment_grp_pct"
    assert wide.covariance.loc[driver, driver] > narrow.covariance.loc[driver, driver]


def test_draws_have_the_moments_of_the_mixture(assumptions: Assumptions, invented: Maker) -> None:
    estimates, S = invented(seed=9)
    found = posterior(estimates, S, assumptions, drivers=DRIVERS, level_pct=LEVEL)
    draws = np.concatenate([found.draw(5_000, seed=1, chain=chain) for chain in range(4)])
    sd = np.sqrt(np.diag(found.covariance))
    # Five Monte Carlo errors from 20,000 draws.
    np.testing.assert_allclose((draws.mean(axis=0) - found.mean) / sd, 0, atol=5 / np.sqrt(20_000))
    correlation = found.covariance / np.outer(sd, sd)
    np.testing.assert_allclose(np.corrcoef(draws.T), correlation, atol=5 / np.sqrt(20_000))
    assert not np.array_equal(found.draw(10, seed=1, chain=0), found.draw(10, seed=1, chain=1))


def test_wrong_input_is_refused(assumptions: Assumptions, invented: Maker) -> None:
    estimates, S = invented(seed=1)
    with pytest.raises(UnknownNameError, match="within"):
        posterior(
            estimates.rename({"within": "withn"}), S.rename({"within": "withn"}).rename({"within": "withn"}, axis=1),
            assumptions, drivers=DRIVERS, level_pct=LEVEL,
        )  # fmt: skip
    with pytest.raises(EstimationError, match="finite"):
        posterior(estimates * np.nan, S, assumptions, drivers=DRIVERS, level_pct=LEVEL)
