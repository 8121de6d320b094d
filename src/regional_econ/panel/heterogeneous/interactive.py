"""What is the slope where unknown common shocks move every region in its own way? Bai's interactive effects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.panel.cce import leave_factors
from regional_econ.panel.demean import Floats, within
from regional_econ.panel.estimators import Sample, effect_codes
from regional_econ.panel.heterogeneous.factor_number import Criterion, factor_number, largest
from regional_econ.panel.heterogeneous.mean_group import Extras
from regional_econ.panel.heterogeneous.own import region_of
from regional_econ.panel.least_squares import COLLINEAR, Solution, Transformed, solve
from regional_econ.panel.variance_components import refuse_exact_fit

_STEPS = 5000
_CLOSE = 1e-11


@dataclass(frozen=True, slots=True)
class _Point:
    """Slopes (k,), singular vectors of the residuals (N, r), (r,), (r, T) and of the rest, and the sum of squares."""

    beta: Floats
    loadings: Floats
    sizes: Floats
    factors: Floats
    rest: Floats
    errors: Floats
    ssr: float


def interactive_effects(
    sample: Sample, effects: tuple[str, ...], factors: str, *, corrected: bool = False
) -> tuple[Sample, Transformed, Solution, Extras]:
    """Interactive fixed effects: y_it = x_it'β + λ_i'F_t + e_it, the sum of squares least over β, λ and F.

    The solution is least squares on rows freed of the factors by region and of the loadings by year, M_Λ X M_F, whose
    sandwich is Bai's. β moves by least squares on these rows, the step halved where the sum of squares would rise, from
    three starts: least squares, pooled CCE, and the factors of y alone; the lowest is kept. A number of factors chosen
    by a criterion is that of y − Xβ with β from the largest number considered. The bias correction is Bai's, for errors
    that differ in variance between regions and between years but are not correlated over either.

    Source: Bai (2009, Econometrica 77); Moon & Weidner (2015, Econometrica 83); Bai & Ng (2002, Econometrica 70); Ahn &
    Horenstein (2013, Econometrica 81). Held against a general minimiser, StatsPAI 1.40.2, Bai's formulas and the
    criteria written out, simulated biases and panels of known numbers (tests/panel/test_interactive.py).

    Parameters
    ----------
    sample : complete cases of a balanced panel, k regressors.
    effects : additive ones taken out first.
    factors : their number, or a criterion of `factor_number`.
    corrected : subtract the estimated bias.

    Returns
    -------
    the sample, the regression freed of factors and loadings, its solution, and n_factors, criterion, df_resid, rmse,
    factor_shares (of the variance that the terms and effects leave), factor_gap (the last factor's size over that of
    what would be the next; near 1 it is not told apart from the errors), n_minima (different ones among the starts),
    iterations

    Raises
    ------
    EstimationError : an unbalanced panel, too many factors, a term that factors, loadings and effects determine
        (named), or no convergence.
    """
    n, t = int(sample.units.max()) + 1, int(sample.year_codes.max()) + 1
    if len(sample.y) != n * t:
        short = int(np.argmin(np.bincount(sample.units)))
        raise EstimationError(
            f"interactive needs every region in every year; {len(sample.y)} of {n * t} rows are complete",
            where=f"the region with fewest years is {region_of(sample, short)}",
            advice="Use years that all regions have, or cce",
        )
    if min(n, t) < 2:
        raise EstimationError(
            f"factors need two regions and two years or more, here are {n} and {t}", advice="Use more, or pooled"
        )
    columns = np.column_stack([sample.y, sample.X])
    flat = within(columns, effect_codes(sample, effects), np.ones(n * t)) if effects else columns
    cube = np.moveaxis(flat.reshape(n, t, -1), 2, 0)
    y, X = cube[0], cube[1:]
    _refuse_flat(y, sample.y)
    _refuse_fixed(X.reshape(len(X), -1), sample)
    _refuse_perfect(y, X)
    starts = _starts(sample, y, X)
    if factors.isdigit():
        number, criterion = int(factors), "given"
    else:
        first, _, _ = _least(y, X, starts, largest(n, t))
        number = factor_number(y - np.tensordot(first.beta, X, 1), cast("Criterion", factors))
        criterion = factors
    df = n * t - len(X) - number * (n + t - number) - _additive(effects, n, t)
    if number >= min(n, t) - 1 or df <= 0:
        raise EstimationError(
            f"{number} factors leave no degrees of freedom with {n} regions and {t} years", advice="Use fewer factors"
        )
    point, steps, minima = _least(y, X, starts, number)
    free = np.stack([_freed(column, point) for column in X])
    data = Transformed(
        (np.tensordot(point.beta, free, 1) + point.errors).ravel(), free.reshape(len(X), -1).T, sample.names,
        sample.units, sample.years, sample.weights, (sample.units,), np.linalg.norm(sample.X, axis=0),
    )  # fmt: skip
    solution = solve(data)
    total = float(np.sum(point.sizes**2)) + point.ssr
    extras: Extras = {
        "n_factors": number,
        "criterion": criterion,
        "factor_shares": ", ".join(f"{share:.3f}" for share in point.sizes**2 / total) or "none",
        "n_minima": minima,
        "iterations": steps,
        "df_resid": df,
        "rmse": float(np.sqrt(point.ssr / df)),
    }
    if number:
        extras["factor_gap"] = float(point.sizes[-1] / point.rest[0])
    if corrected and number:
        shift = bias(point.factors, point.loadings * point.sizes, point.errors, X, solution.bread)
        solution = replace(solution, beta=solution.beta - shift)
        extras["largest_correction"] = float(np.max(np.abs(shift) / np.sqrt(np.diag(solution.bread) * point.ssr / df)))
    return sample, data, solution, extras


def bias(factors: Floats, loadings: Floats, errors: Floats, X: Floats, bread: Floats) -> Floats:
    """Bai's two biases (k,) of the slopes, from variances that differ between regions and between years.

    Source: Bai (2009, Econometrica 77). Held against the formulas written out and simulated biases
    (tests/panel/test_interactive.py).

    Parameters
    ----------
    factors : (r, T) orthonormal rows; loadings : (N, r); errors : (N, T); X : (k, N, T); bread : (k, k) (Z'Z)⁻¹.
    """
    inverse = np.linalg.inv(loadings.T @ loadings)
    own, yearly = (errors**2).mean(axis=1), (errors**2).mean(axis=0)
    n, t = errors.shape
    on_regions = X - loadings @ inverse @ (loadings.T @ X)
    by_region = np.einsum("knt,rt,rs,ns,n->k", on_regions, factors, inverse, loadings, own, optimize=True) * t
    on_years = X - (X @ factors.T) @ factors
    by_year = np.einsum("knt,t,rt,rs,ns->k", on_years, yearly, factors, inverse, loadings, optimize=True) * n
    return np.asarray(-bread @ (by_region + by_year))


def _starts(sample: Sample, y: Floats, X: Floats) -> list[Floats]:
    flat = X.reshape(len(X), -1).T
    found = [np.linalg.lstsq(flat, y.ravel(), rcond=None)[0], np.zeros(len(X))]
    left, _ = leave_factors(np.column_stack([sample.y, sample.X]), sample.units, sample.year_codes)
    if np.linalg.matrix_rank(left[:, 1:]) == len(X):
        found.append(np.linalg.lstsq(left[:, 1:], left[:, 0], rcond=None)[0])
    return found


def _least(y: Floats, X: Floats, starts: list[Floats], number: int) -> tuple[_Point, int, int]:
    """The lowest of the minima, its steps, and how many there are."""
    found = [_descended(y, X, start, number) for start in starts]
    best = min(found, key=lambda pair: pair[0].ssr)
    refuse_exact_fit(y.ravel(), best[0].ssr)
    apart = {round(float(np.log(pair[0].ssr / best[0].ssr)), 6) for pair in found}
    return best[0], best[1], len(apart)


def _descended(y: Floats, X: Floats, start: Floats, number: int) -> tuple[_Point, int]:
    point = _at(y, X, start, number)
    for step in range(1, _STEPS + 1):
        free = np.stack([_freed(column, point) for column in X]).reshape(len(X), -1)
        norms = np.linalg.norm(free, axis=1)
        scaled = free / np.where(norms > 0, norms, 1.0)[:, None]
        move = np.linalg.lstsq(scaled.T, point.errors.ravel(), rcond=COLLINEAR)[0] / np.where(norms > 0, norms, np.inf)
        trial = _at(y, X, point.beta + move, number)
        while trial.ssr > point.ssr * (1 + 1e-14) and np.max(np.abs(move * norms)) > _CLOSE * np.sqrt(point.ssr):
            move = move / 2
            trial = _at(y, X, point.beta + move, number)
        size, point = float(np.max(np.abs(move * norms))), trial
        if size <= _CLOSE * np.sqrt(point.ssr):
            return point, step
    raise EstimationError(f"no minimum within {_STEPS} steps", advice="Use fewer factors or terms")


def _at(y: Floats, X: Floats, beta: Floats, number: int) -> _Point:
    left = y - np.tensordot(beta, X, 1)
    U, sizes, V = np.linalg.svd(left, full_matrices=False)
    if number and sizes[number - 1] <= COLLINEAR * sizes[0]:
        seen = int((sizes > COLLINEAR * sizes[0]).sum())
        raise EstimationError(
            f"the rows hold {seen} factors: factors {seen + 1} to {number} are not identified",
            advice="Use fewer factors",
        )
    loadings, factors = U[:, :number], V[:number]
    errors = left - (loadings * sizes[:number]) @ factors
    return _Point(beta, loadings, sizes[:number], factors, sizes[number:], errors, float(np.sum(sizes[number:] ** 2)))


def _freed(column: Floats, point: _Point) -> Floats:
    left = column - point.loadings @ (point.loadings.T @ column)
    return np.asarray(left - (left @ point.factors.T) @ point.factors)


def _additive(effects: tuple[str, ...], n: int, t: int) -> int:
    return {"": 0, "region": n, "year": t, "region+year": n + t - 1}["+".join(effects)]


def _refuse_flat(y: Floats, before: Floats) -> None:
    if np.linalg.norm(y) <= COLLINEAR * np.linalg.norm(before):
        raise EstimationError(
            "the outcome does not vary once the effects are taken out", advice="Use fewer effects, or another outcome"
        )


def _refuse_perfect(y: Floats, X: Floats) -> None:
    columns = X.reshape(len(X), -1).T
    norms = np.linalg.norm(columns, axis=0)
    left = y.ravel() - columns @ (np.linalg.lstsq(columns / norms, y.ravel(), rcond=None)[0] / norms)
    refuse_exact_fit(y.ravel(), float(left @ left))


def _refuse_fixed(X: Floats, sample: Sample) -> None:
    for name, column, before in zip(sample.names, X, sample.X.T, strict=True):
        if np.linalg.norm(column) <= COLLINEAR * np.linalg.norm(before):
            raise EstimationError(f"{name} does not vary once the effects are taken out", advice="Leave it out")
