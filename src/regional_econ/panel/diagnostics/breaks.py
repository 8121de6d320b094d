"""Did slopes change in a year that no one named beforehand? The largest F over years, p-value by wild bootstrap."""

from __future__ import annotations

from numbers import Real

import numpy as np

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_whole
from regional_econ._base.seeds import rng_for
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.panel.demean import Codes, Floats, group_sums, within
from regional_econ.panel.diagnostics.rows import fitted, need_region_effects, refuse_perfect
from regional_econ.panel.estimators import Sample
from regional_econ.panel.frames import cluster_codes
from regional_econ.panel.least_squares import COLLINEAR


def break_test(
    estimate: Estimate,
    terms: tuple[str, ...] | str = (),
    *,
    by: str = "region",
    trim: float = 0.15,
    draws: int = 999,
    seed: int = 20221231,
) -> HypothesisTest:
    """Test for one break of slopes, common to all regions, in an unknown year.

    For each year within the trimmed span the terms' interactions with "this year or later" join the regression, and a
    Wald statistic clustered by region tests them; the statistic is the largest, over the number of terms. Its
    distribution depends on the regressors' own trends and on how few the years are, so it is drawn: residuals of the
    regression without a break change sign cluster by cluster and every year's statistic is taken anew (a restricted
    wild cluster bootstrap of the whole search). The asymptotic table of Andrews needs many years and regressors that do
    not trend, and the sup test of Karavias, Narayan & Westerlund many years too: neither fits 85 × 24.

    Source: Andrews (1993, Econometrica 61); Bai & Perron (1998, Econometrica 66); Cameron, Gelbach & Miller (2008,
    Review of Economics and Statistics 90). Held against regressions with interactions of resampled outcomes and
    simulated rejections (tests/panel/test_breaks.py).

    Parameters
    ----------
    estimate : fe with region effects, or region and year, without weights.
    terms : whose slopes may break, one or several; all where empty.
    by : clusters: region, or a coarser column of the data.
    trim : share of the years kept free of breaks at either end.
    draws : of the bootstrap; seed : theirs.

    Returns
    -------
    HypothesisTest
        The statistic is the largest Wald over the number of terms, without a small-sample factor. Details: break_year
        (the first of the later regime, where the statistic is largest), least_squares_year (where the residual sum of
        squares is smallest), n_candidates, first_candidate, last_candidate, n_clusters, n_terms, draws, larger.

    Raises
    ------
    OptionError : another estimator, effects or weights, an unknown term, a trim outside (0, 0.5), fewer than 99 draws.
    EstimationError : no candidate year, or more terms than clusters allow.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_product([range(12), range(2000, 2014)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 168))
    >>> frame = pd.DataFrame({"x": x, "y": x + e}, index=index)
    >>> from regional_econ.panel.fit import fit
    >>> round(float(break_test(fit("y ~ x", frame), draws=99).statistic), 3)
    6.26
    """
    native = fitted(estimate, "the test of breaks", ("fe",))
    need_region_effects(estimate, "the test of breaks")
    refuse_perfect(native.solution.residuals, native.data.y)
    sample, names = native.sample, native.sample.names
    check_whole("draws", draws, least=99)
    chosen = (terms,) if isinstance(terms, str) else tuple(terms) or names
    if unknown := [term for term in chosen if term not in names]:
        raise OptionError(f"{unknown[0]!r} is no term of the estimate", advice=f"Choose among: {', '.join(names)}")
    if not isinstance(trim, Real) or not 0 < trim < 0.5:
        raise OptionError(f"trim cannot be {trim!r}", advice="Give a share between 0 and 0.5, such as 0.15")
    clusters = np.unique(cluster_codes(by, sample, native.frame), return_inverse=True)[1].astype(np.intp)
    size = int(clusters.max()) + 1
    if size <= len(chosen) + 1:
        raise EstimationError(f"{size} clusters cannot test {len(chosen)} slopes", advice="Name fewer terms")
    places = [names.index(term) for term in chosen]
    absorbed = native.data.absorbed
    drawn = rng_for(seed, "breaks", by).integers(0, 2, size=(draws, size))
    signs = np.asarray(np.vstack([np.ones(size), 2.0 * drawn - 1]), dtype=np.float64)
    beside = _beside(sample, absorbed)
    found: dict[int, Floats] = {}
    falls: dict[int, float] = {}
    for year in _candidates(sample, trim):
        moved = within(sample.X[:, places] * (sample.years >= year)[:, None], absorbed[:1], np.ones(len(sample.y)))
        extra = moved - beside @ (beside.T @ moved)
        extra = extra - beside @ (beside.T @ extra)
        basis, sizes, _ = np.linalg.svd(extra / np.linalg.norm(moved, axis=0).clip(min=1e-300), full_matrices=False)
        if sizes.min() <= COLLINEAR:
            continue
        found[year] = _walds(basis, np.column_stack([beside, basis]), native.solution.residuals, clusters, signs)
        falls[year] = float(np.sum((basis.T @ native.solution.residuals) ** 2))
    if not found:
        raise EstimationError("no year can hold a break of these slopes", advice="Use a longer sample or fewer terms")
    table = np.stack(list(found.values())) / len(chosen)
    largest = table.max(axis=0)
    larger = int((largest[1:] >= largest[0] * (1 - 1e-9)).sum())
    years = list(found)
    return HypothesisTest(
        "sup-F test of a common break",
        f"the slopes of {', '.join(chosen)} are the same in all years",
        float(largest[0]),
        "resampled",
        (),
        (1 + larger) / (1 + draws),
        "Andrews (1993, Econometrica 61); Cameron, Gelbach & Miller (2008, Review of Economics and Statistics 90)",
        f"{draws} draws, Rademacher weights over {size} clusters of {by}; {len(years)} years searched.",
        {
            "break_year": years[int(table[:, 0].argmax())],
            "least_squares_year": max(falls, key=lambda year: falls[year]),
            "n_candidates": len(years), "first_candidate": years[0], "last_candidate": years[-1],
            "n_clusters": size, "n_terms": len(chosen), "draws": draws, "larger": larger,
        },
    )  # fmt: skip


def _candidates(sample: Sample, trim: float) -> list[int]:
    years = np.unique(sample.years)
    edge = max(1, int(np.ceil(trim * len(years))))
    return [int(year) for year in years[edge : len(years) - edge + 1]]


def _beside(sample: Sample, absorbed: tuple[Codes, ...]) -> Floats:
    """Orthonormal columns of the terms and the year dummies, freed of region effects."""
    columns = [sample.X]
    if len(absorbed) == 2:
        columns.append(np.eye(int(absorbed[1].max()) + 1)[absorbed[1]][:, 1:])
    free = within(np.column_stack(columns), absorbed[:1], np.ones(len(sample.y)))
    basis, sizes, _ = np.linalg.svd(free / np.linalg.norm(free, axis=0).clip(min=1e-300), full_matrices=False)
    return np.asarray(basis[:, sizes > COLLINEAR * sizes.max()])


def _walds(tested: Floats, all_columns: Floats, residuals: Floats, clusters: Codes, signs: Floats) -> Floats:
    """(draws,) Wald statistics of orthonormal columns (n, q) for residuals whose clusters change sign.

    With s = Σ w_g Z_g'e_g and scores s_g = w_g Z_g'e_g − Z_g'V_g c, c = Σ w_h V_h'e_h, it is s'(Σ s_g s_g')⁻¹ s.
    """
    own = group_sums(tested * residuals[:, None], clusters)
    pulls = group_sums(all_columns * residuals[:, None], clusters)
    q, v = tested.shape[1], all_columns.shape[1]
    crossed = group_sums((tested[:, :, None] * all_columns[:, None, :]).reshape(len(residuals), -1), clusters)
    crossed = crossed.reshape(-1, q, v)
    total = signs @ own
    scores = signs[:, :, None] * own - np.einsum("gqv,dv->dgq", crossed, signs @ pulls, optimize=True)
    middle = np.einsum("dgp,dgq->dpq", scores, scores, optimize=True)
    return np.asarray(np.einsum("dq,dq->d", total, np.linalg.solve(middle, total[:, :, None])[:, :, 0]))
