"""Where is the Bernoulli quasi-likelihood of a share largest? Newton's steps, each a weighted least-squares problem."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import linprog
from scipy.special import expit

from regional_econ._base.errors import EstimationError
from regional_econ.panel.demean import Floats
from regional_econ.panel.estimators import Sample
from regional_econ.panel.least_squares import COLLINEAR, Solution, Transformed, solve

MAX_STEPS = 100
MAX_NAMES = 6
SEPARATED = 1e-6  # above the solver's tolerance of 1e-7; columns are at most one in size
CONVERGED = 1e-24  # Newton's decrement a row: half of it is what one more step would add to the mean log-likelihood


def weighted_problem(sample: Sample, y: Floats, weights: Floats) -> Transformed:
    norms = np.linalg.norm(sample.X, axis=0)
    return Transformed(y, sample.X, sample.names, sample.units, sample.years, weights, (), np.zeros_like(norms))


def maximised(sample: Sample) -> tuple[Transformed, Solution, int]:
    """Newton's method with halved steps; each step is a weighted least-squares problem.

    Source: McCullagh & Nelder (1989, Generalized Linear Models, 2.5). Held against R's glm and statsmodels' GLM
    (tests/panel/test_fractional.py).
    """
    y, X = sample.y, sample.X
    _refuse_separation(sample)
    beta = np.zeros(len(sample.names))
    beta[0] = np.log(y.mean() / (1 - y.mean()))
    reached = log_likelihood(y, X @ beta)
    for step in range(1, MAX_STEPS + 1):
        mu = expit(X @ beta)
        weights = bernoulli_variance(mu)
        regression = weighted_problem(sample, (y - mu) / weights, weights)
        solution = solve(regression)
        change = solution.beta
        if float(weights @ (X @ change) ** 2) <= CONVERGED * len(y):
            return replace(regression, y=regression.y + X @ beta), replace(solution, beta=beta), step - 1
        value = log_likelihood(y, X @ (beta + change))
        while not value >= reached - 1e-13 * abs(reached) and np.abs(change).max() > 0:
            change = change / 2
            value = log_likelihood(y, X @ (beta + change))
        beta, reached = beta + change, value
    raise EstimationError(
        f"the quasi-likelihood has no maximum after {MAX_STEPS} steps",
        advice="Look for regressors of extreme values, or use fewer terms",
    )


def bernoulli_variance(mu: Floats) -> Floats:
    """μ(1 − μ), never zero, so that rows far out keep a finite working residual."""
    return np.maximum(mu * (1 - mu), 1e-300)


def log_likelihood(y: Floats, index: Floats) -> float:
    return float(y @ index - np.logaddexp(0, index).sum())


def _refuse_separation(sample: Sample) -> None:
    """Refuse a direction along which the likelihood rises for ever, found by linear programming (Konis 2007).

    Rows with 0 < y < 1 hold every direction in which they vary, so only the null space of theirs is searched.
    """
    inner = (sample.y > 0) & (sample.y < 1)
    X = sample.X / np.abs(sample.X).max(axis=0)
    space = null_space(np.linalg.qr(X[inner], mode="r"), rcond=COLLINEAR) if inner.any() else np.eye(X.shape[1])
    if not space.shape[1]:
        return
    outer = np.where(sample.y[~inner] == 1, 1.0, -1.0)[:, None] * X[~inner] @ space
    found = linprog(-outer.sum(axis=0), A_ub=-outer, b_ub=np.zeros(len(outer)), bounds=(-1, 1))
    way = np.asarray(found.x, dtype=np.float64)
    gains = outer @ way
    if gains.max() <= SEPARATED:
        return
    rows = np.flatnonzero(~inner)[gains > SEPARATED]
    direction = np.abs(space @ way)
    names = [name for name, part in zip(sample.names, direction, strict=True) if part > 1e-6 * direction.max()]
    shown = ", ".join(names[:MAX_NAMES]) + (f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else "")
    region, year = sample.index[rows[0]]
    raise EstimationError(
        f"separation by {shown}: {len(rows)} outcomes of 0 or 1 are told for certain, the first",
        where=f"{region}, {year}",
        advice="Leave out those terms, rows or effects",
    )
