"""The posterior is exact: against Gaussian conditioning with everything written out, sampling, and its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ.elasticities import posterior as module
from regional_econ.elasticities.declared import Assumptions, BiasPrior
from regional_econ.elasticities.meta_analysis import meta_posterior
from regional_econ.elasticities.posterior import attenuation_grid, conversion_grid, effects_prior, posterior
from regional_econ.elasticities.published import Selection

DRIVERS = ("rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct")
Floats = NDArray[np.float64]
Maker = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
LEVEL = 7.0
TO_LOGIT = 1 / (1 - LEVEL / 100)


def fixed_conversion(assumptions: Assumptions, value: float) -> Assumptions:
    return replace(assumptions, conversion=replace(assumptions.conversion, low=value, high=value))


def without_literature(assumptions: Assumptions, sd: float) -> Assumptions:
    drivers = {name: replace(prior, unit=1.0, discrepancy_sd=sd) for name, prior in assumptions.drivers.items()}
    return replace(assumptions, relations=(), drivers=drivers)


def certain_reliability(assumptions: Assumptions) -> Assumptions:
    return replace(assumptions, attenuation_half_width=0.0)


def written_out(estimates: pd.DataFrame, assumptions: Assumptions, u: float = 1.0) -> tuple[Floats, Floats, Floats]:
    """Return estimates = A (effects, biases): A, and the mean and covariance of the biases, entry by entry."""
    k, n = len(DRIVERS), estimates.size
    unit = np.array([assumptions.drivers[driver].unit for driver in DRIVERS])
    up = np.array([assumptions.drivers[driver].upwards for driver in DRIVERS])
    designs = [assumptions.designs[design] for design in estimates.index]
    A = np.hstack([np.vstack([(1 - u * (1 - bias.reliability)) * np.eye(k) for bias in designs]), np.eye(n)])
    centre = np.concatenate([up * unit * bias.mean for bias in designs])
    spread = np.zeros((n, n))
    for i, one in enumerate(designs):
        for j, other in enumerate(designs):
            common = 1.0 if i == j else assumptions.bias_correlation * (one.family == other.family)
            for d in range(k):
                spread[i * k + d, j * k + d] = common * one.sd * other.sd * unit[d] ** 2
    return A, centre, spread


def test_every_component_against_brute_force(assumptions: Assumptions, invented: Maker) -> None:
    designs = ("within", "between", "long_difference")
    estimates, S = invented(seed=2, designs=designs)
    few = replace(
        assumptions,
        relations=tuple(
            replace(relation, selection=Selection(0.0, 1.0, "all printed")) for relation in assumptions.relations[:1]
        ),
    )
    found = posterior(estimates, S, few, drivers=DRIVERS, level_pct=LEVEL)
    prior = effects_prior(few, DRIVERS, LEVEL)
    k, n, e = len(DRIVERS), estimates.size, estimates.to_numpy().ravel()
    logs, means, seconds = [], [], []
    cases = product(
        zip(prior.weight, prior.mean, prior.covariance, strict=True),
        zip(*attenuation_grid(few.attenuation_half_width), strict=True),
    )
    for (weight, mean, covariance), (u, mass) in cases:
        A, bias_mean, bias_covariance = written_out(estimates, few, u)
        centre = np.concatenate([mean, bias_mean])
        joint = np.block([[covariance, np.zeros((k, n))], [np.zeros((n, k)), bias_covariance]])
        marginal = A @ joint @ A.T + S.to_numpy()
        gain = joint @ A.T @ np.linalg.inv(marginal)
        own = (centre + gain @ (e - A @ centre))[:k]
        V = (joint - gain @ A @ joint)[:k, :k]
        logs.append(np.log(weight * mass) + stats.multivariate_normal.logpdf(e, A @ centre, marginal))
        means.append(own)
        seconds.append(V + np.outer(own, own))
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    exact = weights @ np.array(means)
    covariance = np.einsum("m,mij->ij", weights, np.array(seconds)) - np.outer(exact, exact)
    # Two routes through inverses of well-conditioned matrices; components below 1e-9 of the weight are left out.
    np.testing.assert_allclose(found.mean, exact, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-6, atol=1e-9)
    assert found.conversion_mean != pytest.approx(0.5, abs=1e-3)  # the designs speak on the conversion too


def test_the_whole_model_against_sampling(assumptions: Assumptions, invented: Maker) -> None:
    """Draw conversion, heterogeneity, silent nulls and effects; weigh them by what was printed and estimated."""
    estimates, S = invented(seed=3)
    selection = Selection(0.05, 0.0, "few silent nulls")
    relation = replace(assumptions.relations[0], selection=selection)
    small = replace(assumptions, relations=(relation,))
    found = posterior(estimates, S, small, drivers=DRIVERS, level_pct=LEVEL)
    rng = np.random.default_rng(4)
    n = 150_000
    R = np.array([[1.0, relation.driver_correlation], [relation.driver_correlation, 1.0]])
    root = np.linalg.cholesky(R)
    none, bias_mean, bias_covariance = written_out(estimates, small, 0.0)
    twice = written_out(estimates, small, 2.0)[0]
    noise = np.linalg.inv(S.to_numpy() + bias_covariance)
    totals = []
    counts = range(5)
    shares = stats.nbinom.pmf(counts, relation.n_studies, 1 - selection.silent)
    for count, share in zip(counts, shares, strict=True):
        tau = np.abs(rng.normal(0, relation.heterogeneity_sd, n))
        mu = rng.standard_normal((n, 2)) @ root.T * 0.5 + [0.3, 0.3]  # an importance density around the printed rows
        prior = stats.multivariate_normal(np.zeros(2), relation.location_sd**2 * R).logpdf(mu)
        proposal = stats.multivariate_normal([0.3, 0.3], 0.25 * R).logpdf(mu)
        log_printed = prior - proposal
        for group in {finding.group for finding in relation.findings}:
            own = [finding for finding in relation.findings if finding.group == group]
            about = np.array([[driver in one.drivers for driver in relation.drivers] for one in own], dtype=float)
            about /= about.sum(axis=1, keepdims=True)
            study = np.array([one.about == "study" for one in own], dtype=float)
            bias_sd = np.array([one.bias.sd for one in own])
            spread = np.outer(bias_sd, bias_sd) + np.diag([one.sd**2 for one in own])
            spread = spread + tau[:, None, None] ** 2 * (about @ R @ about.T) * np.outer(study, study)
            gap = np.array([one.value - one.bias.mean for one in own]) - mu @ about.T
            solved = np.linalg.solve(spread, gap[:, :, None])[:, :, 0]
            log_printed += -0.5 * (np.sum(gap * solved, axis=1) + np.linalg.slogdet(spread)[1])
        average = np.full(2, 0.5)
        zero = stats.norm.logpdf(0, mu @ average, np.sqrt(average @ R @ average * tau**2 + relation.null_sd**2))
        log_printed += count * zero
        printed = np.exp(log_printed - log_printed.max())
        theta = mu + tau[:, None] * (rng.standard_normal((n, 2)) @ root.T)
        c = np.clip(rng.normal(0.5, 0.5, n), 0, 1)
        effects = rng.standard_normal((n, 4)) * [small.drivers[driver].discrepancy_sd for driver in DRIVERS]
        effects[:, :2] += (c * TO_LOGIT)[:, None] * theta
        u = rng.uniform(0, 2, n)[:, None] / 2
        seen = (1 - u) * (effects @ none[:, :4].T) + u * (effects @ twice[:, :4].T)
        gap = estimates.to_numpy().ravel() - bias_mean - seen
        likelihood = np.exp(-0.5 * np.einsum("ni,ij,nj->n", gap, noise, gap))
        totals.append((share * printed / printed.sum() * likelihood, effects, c, 2 * u[:, 0]))
    weight = np.concatenate([one[0] for one in totals])
    weight /= weight.sum()
    effects = np.concatenate([one[1] for one in totals])
    effective = 1 / (weight**2).sum()
    sd = np.sqrt(np.diag(found.covariance))
    assert effective > 2_000
    # Five Monte Carlo errors of a weighted mean, in posterior sds.
    np.testing.assert_allclose((weight @ effects - found.mean) / sd, 0, atol=5 / np.sqrt(effective))
    spread = np.sqrt(weight @ (effects - weight @ effects) ** 2)
    np.testing.assert_allclose(spread / sd, 1, atol=5 / np.sqrt(effective))
    assert found.attenuation_mean == pytest.approx(
        weight @ np.concatenate([one[3] for one in totals]), abs=5 * 0.58 / np.sqrt(effective)
    )
    drawn = weight @ np.concatenate([one[2] for one in totals])
    assert found.conversion_mean == pytest.approx(drawn, abs=5 * 0.36 / np.sqrt(effective))


def test_no_data_returns_the_prior(assumptions: Assumptions, invented: Maker) -> None:
    """Moments of (conversion × published effect + discrepancy), the two being independent."""
    estimates, S = invented(seed=1)
    found = posterior(estimates.iloc[:0], S.iloc[:0, :0], assumptions, drivers=DRIVERS, level_pct=LEVEL)
    points, weight = conversion_grid(assumptions.conversion)
    assert (weight @ points, weight.sum()) == pytest.approx((0.5, 1.0))
    for relation in assumptions.relations:
        meta = meta_posterior(relation)
        first, second = (weight @ points, weight @ points**2) if relation.converted else (1.0, 1.0)
        for at, driver in enumerate(relation.drivers):
            mean = first * meta.mean[at] * TO_LOGIT
            square = second * (meta.mean[at] ** 2 + meta.predictive_sd[at] ** 2) * TO_LOGIT**2
            variance = square - mean**2 + assumptions.drivers[driver].discrepancy_sd ** 2
            assert found.mean[driver] == pytest.approx(mean, rel=1e-10, abs=1e-15)  # same sums in another order
            assert found.covariance.loc[driver, driver] == pytest.approx(variance, rel=1e-10)
    assert found.mean["wear_pct"] == 0.0
    assert found.covariance.loc["wear_pct", "wear_pct"] == pytest.approx(
        assumptions.drivers["wear_pct"].discrepancy_sd ** 2
    )
    np.testing.assert_array_equal(found.prior_share, 1.0)
    np.testing.assert_array_equal(found.literature_share, 1.0)


@pytest.mark.parametrize(
    ("bias_sd", "literature_sd", "low", "high"),
    [(1e-9, 1e6, 0.0, 1e-6), (1e3, 1.0, 0.999, 1.0), (1e-9, 1e-6, 0.999, 1.0), (0.1, 0.3, 0.05, 0.95)],
)
def test_prior_share_at_its_limits(
    assumptions: Assumptions, invented: Maker, bias_sd: float, literature_sd: float, low: float, high: float
) -> None:
    """Data alone give zero; unknown biases or a certain literature give one."""
    estimates, S = invented(seed=5)
    designs = {name: BiasPrior(name, "within", 1.0, 0.0, bias_sd, "limit") for name in assumptions.designs}
    limit = replace(without_literature(assumptions, literature_sd), designs=designs)
    found = posterior(estimates, S, limit, drivers=DRIVERS, level_pct=LEVEL)
    assert ((found.prior_share >= low) & (found.prior_share <= high)).all()
    np.testing.assert_allclose(found.shares.sum(axis=1), 1.0, rtol=1e-12)


def test_leaving_a_design_out_is_the_gaussian_downdate(assumptions: Assumptions, invented: Maker) -> None:
    """With a flat literature and no biases the effect is generalised least squares, with and without a design."""
    estimates, S = invented(seed=12, designs=("within", "between", "iv"))
    certain = {name: BiasPrior(name, "within", 1.0, 0.0, 0.0, "none") for name in assumptions.designs}
    flat = replace(without_literature(assumptions, 1e5), designs=certain)
    for kept in (["within", "between", "iv"], ["within", "iv"], ["between"]):
        found = posterior(estimates.loc[kept], S, flat, drivers=DRIVERS, level_pct=LEVEL)
        own = S.loc[kept, kept].to_numpy()
        X = np.kron(np.ones((len(kept), 1)), np.eye(4))
        V = np.linalg.inv(X.T @ np.linalg.solve(own, X))
        gls = V @ X.T @ np.linalg.solve(own, estimates.loc[kept].to_numpy().ravel())
        np.testing.assert_allclose(found.mean, gls, atol=1e-7)
        np.testing.assert_allclose(found.covariance, V, rtol=1e-6, atol=1e-10)


def test_independent_errors_would_count_one_panel_twice(assumptions: Assumptions) -> None:
    """Two copies of a design say no more than one; taken as independent they would halve the variance."""
    labels = pd.MultiIndex.from_product([["within", "within_newest"], DRIVERS], names=["design", "driver"])
    copy = pd.DataFrame(0.04 * np.kron(np.full((2, 2), 1 - 1e-9) + 1e-9 * np.eye(2), np.eye(4)), labels, labels)
    values = pd.DataFrame(0.2, index=["within", "within_newest"], columns=list(DRIVERS))
    certain = {name: BiasPrior(name, "within", 1.0, 0.0, 0.0, "none") for name in assumptions.designs}
    flat = replace(without_literature(assumptions, 1e5), designs=certain)
    once = posterior(values.iloc[:1], copy, flat, drivers=DRIVERS, level_pct=LEVEL)
    twice = posterior(values, copy, flat, drivers=DRIVERS, level_pct=LEVEL)
    separate = pd.DataFrame(np.diag(np.diag(copy)), labels, labels)
    wrong = posterior(values, separate, flat, drivers=DRIVERS, level_pct=LEVEL)
    np.testing.assert_allclose(np.diag(twice.covariance), np.diag(once.covariance), rtol=1e-6)
    np.testing.assert_allclose(np.diag(wrong.covariance), np.diag(once.covariance) / 2, rtol=1e-6)


def test_biases_of_a_family_do_not_cancel(assumptions: Assumptions, invented: Maker) -> None:
    """n designs with bias sd b and correlation r leave a variance of at least r·b², however precise they are."""
    designs = ("within", "within_newest", "long_difference", "first_difference", "dynamic", "iv")
    estimates, S = invented(seed=13, designs=designs, scale=1e-4)
    equal = {name: BiasPrior(name, "within", 1.0, 0.0, 0.1, "equal") for name in assumptions.designs}
    for correlation in (0.0, 0.5):
        flat = replace(without_literature(assumptions, 1e5), designs=equal, bias_correlation=correlation)
        variance = np.diag(posterior(estimates, S, flat, drivers=DRIVERS, level_pct=LEVEL).covariance)
        expected = 0.01 * (correlation + (1 - correlation) / len(designs))
        np.testing.assert_allclose(variance, expected, rtol=1e-3)  # sampling variances of 1e-8 remain


def test_quantiles_are_those_of_the_mixture(assumptions: Assumptions, invented: Maker) -> None:
    found = posterior(*invented(seed=9), assumptions, drivers=DRIVERS, level_pct=LEVEL)
    draws = np.concatenate([found.draw(50_000, seed=2, chain=chain) for chain in range(2)])
    levels = (0.025, 0.1, 0.5, 0.9, 0.975)
    rng = np.random.default_rng(1)
    for at, driver in enumerate(DRIVERS):
        unit = assumptions.drivers[driver].unit
        exact = found.quantiles(driver, levels, extra_sd=0.1 * unit)
        moved = draws[:, at] + 0.1 * unit * rng.standard_normal(len(draws))
        # The share of draws below an exact quantile has a binomial error; five of them.
        shares = [(moved < value).mean() for value in exact]
        np.testing.assert_allclose(shares, levels, atol=5 * 0.5 / np.sqrt(len(draws)))


def test_more_doubt_about_biases_never_lowers_the_prior_share(assumptions: Assumptions, invented: Maker) -> None:
    estimates, S = invented(seed=6, designs=("within",))
    shares = []
    for sd in (0.01, 0.05, 0.2, 1.0):
        designs = assumptions.designs | {"within": replace(assumptions.designs["within"], sd=sd)}
        doubtful = replace(fixed_conversion(assumptions, 0.5), designs=designs)
        shares.append(posterior(estimates, S, doubtful, drivers=DRIVERS, level_pct=LEVEL).prior_share)
    assert (np.diff(np.stack(shares), axis=0) > 0).all()


def test_worse_data_never_lower_the_prior_share(assumptions: Assumptions, invented: Maker) -> None:
    """The panel is made noisier step by step; the estimates themselves do not matter."""
    estimates, S = invented(seed=6, designs=("within", "between", "iv"))
    found = [
        posterior(estimates, S * scale, assumptions, drivers=DRIVERS, level_pct=LEVEL)
        for scale in (1e-6, 0.01, 0.25, 1.0, 4.0, 16.0, 1e6)
    ]
    for share in ("prior_share", "literature_share"):
        assert (np.diff(np.stack([getattr(one, share) for one in found]), axis=0) > 0).all()
    assert all((one.prior_share > one.literature_share).all() for one in found)
    assert (found[-1].literature_share > 0.99).all()
    # A perfect panel has its biases left, and nothing of it is the literature's.
    assert (found[0].literature_share < 1e-4).all()
    assert (found[0].prior_share > 0.01).all()
    other = posterior(-3 * estimates, S, assumptions, drivers=DRIVERS, level_pct=LEVEL)
    np.testing.assert_allclose(other.shares, found[3].shares, rtol=1e-12)


def test_the_prior_share_is_the_weight_of_the_prior_mean(assumptions: Assumptions, invented: Maker) -> None:
    """One design, one effect: the posterior mean moves by it as the prior mean moves by one."""
    estimates, S = invented(seed=6, designs=("within",))
    alone = certain_reliability(without_literature(assumptions, 0.2))
    labels = [("within", "wear_pct")]
    found = posterior(
        estimates[["wear_pct"]], S.loc[labels, labels], alone, drivers=("wear_pct",), level_pct=LEVEL
    )  # fmt: skip
    one = alone.designs["within"]
    slope = found.pull[0, 0]  # the posterior mean is share · 0 + slope · (estimate − bias mean)
    assert found.prior_share["wear_pct"] == pytest.approx(1 - one.reliability * slope, rel=1e-12)
    sampling = float(S.loc[labels, labels].to_numpy()[0, 0])
    signal = (one.reliability * 0.2) ** 2
    assert found.prior_share["wear_pct"] == pytest.approx(1 - signal / (sampling + one.sd**2 + signal))
    assert found.literature_share["wear_pct"] == pytest.approx(1 - signal / (sampling + signal))


def test_points_of_the_attenuation_are_enough(
    assumptions: Assumptions, invented: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    designs = tuple(assumptions.designs)
    estimates, S = invented(seed=11, designs=designs)
    rough = posterior(3 * estimates, S, assumptions, drivers=DRIVERS, level_pct=LEVEL)
    monkeypatch.setattr(module, "ATTENUATION_POINTS", 40)
    fine = posterior(3 * estimates, S, assumptions, drivers=DRIVERS, level_pct=LEVEL)
    sd = np.sqrt(np.diag(fine.covariance))
    np.testing.assert_allclose((rough.mean - fine.mean) / sd, 0, atol=1e-3)  # a thousandth of a posterior sd
    np.testing.assert_allclose(np.diag(rough.covariance) / sd**2, 1, atol=2e-3)


def test_reliabilities_of_one_leave_nothing_in_doubt(assumptions: Assumptions, invented: Maker) -> None:
    estimates, S = invented(seed=11)
    exact = {name: replace(bias, reliability=1.0) for name, bias in assumptions.designs.items()}
    doubtful = replace(assumptions, designs=exact)
    one, other = (
        posterior(estimates, S, given, drivers=DRIVERS, level_pct=LEVEL)
        for given in (doubtful, certain_reliability(doubtful))
    )
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-6)  # components below 1e-9 of the weight are left out
    np.testing.assert_allclose(one.shares, other.shares, atol=1e-12)


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
