"""Are slopes the same in all regions, years or eras? Chow's F test, and for eras a Wald test robust to clustering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest, tail
from regional_econ.panel.blocks import is_nested
from regional_econ.panel.covariance import covariance
from regional_econ.panel.demean import Codes, Floats, effect_rank, within
from regional_econ.panel.diagnostics.rows import Grouping, fitted, grouped, refuse_perfect
from regional_econ.panel.estimators import Sample, effect_codes, fixed_effects, pooled
from regional_econ.panel.inference import Clustered
from regional_econ.panel.least_squares import COLLINEAR, Transformed, solve


@dataclass(frozen=True, slots=True)
class Fit:
    """Residual sum of squares and rank of a regression."""

    ssr: float
    rank: int


def poolability(estimate: Estimate, by: Grouping = "region") -> HypothesisTest:
    """Chow's F test that regressions of groups of rows have the same coefficients.

    The estimate's regression is compared with one that adds to the same effects an intercept and slopes for each group.
    Where the effects contain the groups' intercepts (region effects by region, year effects by year or era), slopes
    alone are tested; else intercepts and slopes. Errors are taken as independent and of one variance: for eras use
    :func:`era_stability`, which is not bound to that.

    Source: Chow (1960, Econometrica 28); Baltagi (2021, Econometric Analysis of Panel Data, 4.1). Held against plm
    2.6-2's pooltest by firm and by year, and R's anova for eras (tests/panel/test_diagnostics.py).

    Parameters
    ----------
    estimate : pooled or fe, without weights.
    by : "region"; "year"; first years of new eras; a mapping or series from regions to groups; or a series with a group
        for each row.

    Returns
    -------
    HypothesisTest
        Details: n_groups, n_obs, groups_left_out, rows_left_out and, if any, left_out with their names: groups too
        small for slopes of their own, or without variation in a regressor, are in neither regression.

    Raises
    ------
    OptionError, DataError : an estimator, weights or groups that do not fit.
    EstimationError : fewer than two groups are left, or no degrees of freedom.

    Notes
    -----
    plm refuses data in which a group has too few rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from regional_econ.panel.fit import fit
    >>> index = pd.MultiIndex.from_product([list("abcd"), range(2000, 2010)], names=["region", "year"])
    >>> x, u = np.random.default_rng(0).normal(size=(2, 40))
    >>> slopes = np.repeat([1, 1, 1, 3], 10)
    >>> frame = pd.DataFrame({"x": x, "y": slopes * x + u / 9}, index=index)
    >>> test = poolability(fit("y ~ x", frame, effects="region"))
    >>> test.df, test.p_value < 0.001
    ((3.0, 32.0), True)
    """
    native = fitted(estimate, "the Chow test", ("pooled", "fe"))
    codes, names = grouped(native.sample, by)
    spans = [_span(native.sample.X[codes == code]) for code in range(len(names))]
    kept = np.array([span.shape[1] == native.sample.X.shape[1] + 1 for span in spans])
    if kept.sum() < 2:
        raise EstimationError(
            f"{int(kept.sum())} of {len(names)} groups have enough rows for slopes of their own",
            advice="Use fewer terms or larger groups",
        )
    own = kept[codes]
    sample, groups = native.sample.rows(own), np.unique(codes[own], return_inverse=True)[1].astype(np.intp)
    effects = _effects(estimate)
    common, free = (
        _restricted(sample, effects),
        _unrestricted(sample, effects, groups, [span for span, there in zip(spans, kept, strict=True) if there]),
    )
    n, extra = len(sample.y), free.rank - common.rank
    if n <= free.rank or extra <= 0:
        raise EstimationError(
            f"{n} rows leave no degrees of freedom beside {free.rank} coefficients", advice="Use fewer terms"
        )
    statistic = (common.ssr - free.ssr) / extra / (free.ssr / (n - free.rank))
    df = (float(extra), float(n - free.rank))
    absent = [name for name, there in zip(names, kept, strict=True) if not there]
    details: dict[str, float | int | str] = {
        "n_groups": int(kept.sum()),
        "n_obs": n,
        "groups_left_out": len(absent),
        "rows_left_out": int((~own).sum()),
    }
    return HypothesisTest(
        "Chow test of poolability",
        f"{_what(sample, effects, groups)} are the same in all {int(kept.sum())} groups",
        statistic,
        "F",
        df,
        tail(statistic, "F", df),
        "Chow (1960, Econometrica 28); Baltagi (2021, Econometric Analysis of Panel Data, 4.1)",
        "It takes errors as independent and of one variance.",
        details | ({"left_out": ", ".join(absent)} if absent else {}),
    )


def era_stability(estimate: Estimate, by: Grouping) -> HypothesisTest:
    """Wald test that slopes are the same in all eras, errors clustered by region (CR1S).

    The regression gains the interactions of each regressor with each era but the first, and the eras' intercepts where
    no effect contains them. The Wald statistic over its q restrictions is compared with F(q, G−1).

    Source: Wooldridge (2010, Econometric Analysis, 10.5). Held against R's lm with clubSandwich 0.5-8's Wald_test,
    times the ratio of the factors CR1 and CR1S (tests/panel/test_diagnostics.py).

    Parameters
    ----------
    estimate : pooled or fe; weights are kept.
    by : first years of new eras, such as (2009, 2015); or groups as in :func:`poolability`.

    Returns
    -------
    HypothesisTest
        Details: n_groups, n_regions, n_obs, groups (their names).

    Raises
    ------
    OptionError, DataError : an estimator or groups that do not fit.
    EstimationError : a slope that an era does not identify, or more restrictions than G−1.

    Notes
    -----
    Rejections at nominal 5 % with region and year effects and one restriction (1,000 samples): 85 × 24 errors 6 %,
    85 × 6 errors 4 %, 10 × 20 errors 6 %.
    """
    native = fitted(estimate, "the test of eras", ("pooled", "fe"), weighted=True)
    sample, effects = native.sample, _effects(estimate)
    codes, names = grouped(sample, by)
    n_regions = len(np.unique(sample.units))
    data, tested = _interacted(sample, effects, codes, names)
    if len(tested) > n_regions - 1:
        raise EstimationError(
            f"{len(tested)} restrictions cannot be tested with {n_regions} clusters", advice="Use fewer eras or terms"
        )
    solution = solve(data)
    spread = covariance(data, solution, Clustered("region"), {"region": data.units}).matrix[np.ix_(tested, tested)]
    scale = np.sqrt(np.diag(spread))
    gaps = solution.beta[tested] / scale
    statistic = float(gaps @ np.linalg.solve(spread / np.outer(scale, scale), gaps)) / len(tested)
    df = (float(len(tested)), float(n_regions - 1))
    return HypothesisTest(
        "Wald test of stable slopes",
        f"{_what(sample, effects, codes)} are the same in all {len(names)} groups",
        statistic,
        "F",
        df,
        tail(statistic, "F", df),
        "Wooldridge (2010, Econometric Analysis, 10.5)",
        f"Errors clustered by region: CR1S, {n_regions} clusters.",
        {"n_groups": len(names), "n_regions": n_regions, "n_obs": len(sample.y), "groups": ", ".join(names)},
    )


def _effects(estimate: Estimate) -> tuple[str, ...]:
    return () if estimate.spec.effects == "none" else tuple(estimate.spec.effects.split("+"))


def _what(sample: Sample, effects: tuple[str, ...], groups: Codes) -> str:
    return "slopes" if _contains(effect_codes(sample, effects), groups) else "intercepts and slopes"


def _contains(effects: tuple[Codes, ...], groups: Codes) -> bool:
    """Whether the effects' dummies span those of the groups, because each level of one effect lies in one group."""
    return any(is_nested(codes, groups) for codes in effects)


def _span(X: Floats) -> Floats:
    """Orthonormal columns that span an intercept and X."""
    n = len(X)
    centred = X - X.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    moving = lengths > COLLINEAR * np.linalg.norm(X, axis=0)
    vectors, values, _ = np.linalg.svd(centred[:, moving] / lengths[moving], full_matrices=False)
    return np.column_stack([np.full(n, 1 / np.sqrt(n)), vectors[:, values > COLLINEAR]])


def _restricted(sample: Sample, effects: tuple[str, ...]) -> Fit:
    data = fixed_effects(sample, effects) if effects else pooled(sample)
    residuals = solve(data).residuals
    return Fit(float(residuals @ residuals), data.X.shape[1] + effect_rank(data.absorbed))


def _unrestricted(sample: Sample, effects: tuple[str, ...], groups: Codes, spans: list[Floats]) -> Fit:
    """Groups' intercepts and slopes are taken out first, then what is left of the effects' dummies."""
    open_effects = [codes for codes in effect_codes(sample, effects) if not is_nested(groups, codes)]
    columns = np.column_stack([sample.y, *(np.eye(int(codes.max()) + 1)[codes] for codes in open_effects)])
    before, rank = np.linalg.norm(columns[:, 1:], axis=0), 0
    for code, span in enumerate(spans):
        own = groups == code
        left = columns[own]
        for _ in range(2):
            left = left - span @ (span.T @ left)
        columns[own] = left
        rank += span.shape[1]
    y, dummies = columns[:, 0], columns[:, 1:] / before
    if dummies.shape[1]:
        vectors, values, _ = np.linalg.svd(dummies, full_matrices=False)
        vectors = vectors[:, values > COLLINEAR * np.sqrt(len(y))]
        y = y - vectors @ (vectors.T @ y)
        rank += vectors.shape[1]
    refuse_perfect(y, sample.y)
    return Fit(float(y @ y), rank)


def _interacted(
    sample: Sample, effects: tuple[str, ...], groups: Codes, names: tuple[str, ...]
) -> tuple[Transformed, list[int]]:
    """The regression with interactions, and the positions of the terms tested."""
    absorbed = effect_codes(sample, effects)
    later = [(groups == code).astype(np.float64) for code in range(1, len(names))]
    columns = [sample.X, *(sample.X * era[:, None] for era in later)]
    terms = [*sample.names, *(f"{term}:{name}" for name in names[1:] for term in sample.names)]
    if not _contains(absorbed, groups):
        columns += [era[:, None] for era in later]
        terms += list(names[1:])
    tested = list(range(len(sample.names), len(terms)))
    if not absorbed:
        columns.append(np.ones((len(groups), 1)))
        terms.append("Intercept")
    X = np.column_stack(columns)
    scale = np.linalg.norm(X * np.sqrt(sample.weights)[:, None], axis=0)
    free = within(np.column_stack([sample.y, X]), absorbed, sample.weights)
    data = Transformed(
        free[:, 0], free[:, 1:], tuple(terms), sample.units, sample.years, sample.weights, absorbed, scale
    )
    return data, tested
