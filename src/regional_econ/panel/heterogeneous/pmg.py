"""What is the long-run slope where only the way to it differs between regions? The pooled mean group estimator."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.panel.demean import Codes, Floats, within
from regional_econ.panel.estimators import Sample, consecutive
from regional_econ.panel.heterogeneous.mean_group import Extras
from regional_econ.panel.heterogeneous.own import by_length, long_enough, own_slopes
from regional_econ.panel.least_squares import OwnCovariance, Solution, Transformed, solve

_STEPS = 500
_CLOSE = 1e-11  # relative step of the long-run slopes
_FLAT = 1e-12


@dataclass(frozen=True, slots=True)
class _Rows:
    """Δy, y of the year before and x, freed of each region's intercept and Δx: (n,), (n,), (n, k)."""

    change: Floats
    before: Floats
    x: Floats
    units: Codes

    def sums(self, left: Floats, right: Floats) -> Floats:
        return np.bincount(self.units, left * right)


@dataclass(frozen=True, slots=True)
class _Point:
    """The likelihood concentrated at long-run slopes (k,): adjustment and variance (N,), gradient and information."""

    theta: Floats
    phi: Floats
    sigma2: Floats
    errors: Floats
    pull: Floats
    log_likelihood: float
    gradient: Floats
    information: Floats


def pooled_mean_group(sample: Sample) -> tuple[Sample, Transformed, Solution, Extras]:
    """Pooled mean group: Δy_it = φ_i (y_i,t−1 − θ'x_it) + δ_i'Δx_it + μ_i + ε_it, with θ alone in common.

    Gaussian maximum likelihood with a variance for each region, φ_i, δ_i, μ_i and σ_i² concentrated out; Fisher scoring
    in θ, from the within estimate and from the median of the regions' own long-run slopes, the higher likelihood kept.
    The terms of the formula stand in the long run; their changes and the lagged outcome are taken by calendar year.
    The solution is least squares on the model linearised at its maximum, so that clustered errors are those of a quasi-
    likelihood.

    Source: Pesaran, Shin & Smith (1999, JASA 94). Held against a general maximiser of the whole
    likelihood, its information written out and simulated panels (tests/panel/test_pooled_mean_group.py).

    Returns
    -------
    the rows of changes, the linearised regression, the long-run slopes, and adjustment (mean of φ_i) with
    adjustment_std_error (their spread), adjustment_min, adjustment_max, log_likelihood, iterations, n_short, df_resid

    Raises
    ------
    EstimationError : fewer than two regions are long enough, no convergence, or no region that adjusts.
    """
    later, earlier = consecutive(sample)
    changed = Sample(
        sample.y[later] - sample.y[earlier], sample.X[later], sample.names, sample.index[later], np.ones(len(later))
    )
    moves, before = sample.X[later] - sample.X[earlier], sample.y[earlier]
    k = sample.X.shape[1]
    held = (np.bincount(changed.units, minlength=1) > 2 * k + 2)[changed.units] if len(later) else np.zeros(0, bool)
    rows, short = long_enough(changed, 2 * k + 2, "a long run and a short run of their own")
    moves, before = moves[held], before[held]
    own = own_slopes(
        rows, rows.y, np.column_stack([before, rows.X, moves, np.ones(len(before))]),
        ("the lagged outcome", *rows.names, *(f"d({name})" for name in rows.names), "the intercept"),
    )  # fmt: skip
    free = _freed(rows, moves, before)
    ratios = -own.slopes[:, 1 : k + 1] / own.slopes[:, :1]
    levels = within(np.column_stack([before, rows.X]), (rows.units,), np.ones(len(before)))
    starts = (np.linalg.lstsq(levels[:, 1:], levels[:, 0], rcond=None)[0], np.median(ratios, axis=0))
    found, steps = max((_maximised(free, start) for start in starts), key=lambda pair: pair[0].log_likelihood)
    weights = 1 / found.sigma2[rows.units]
    scale = np.linalg.norm(rows.X * np.sqrt(weights)[:, None] * found.phi[rows.units][:, None], axis=0)
    data = Transformed(
        found.pull @ found.theta + found.errors, found.pull, rows.names, rows.units, rows.years, weights,
        (rows.units,), scale,
    )  # fmt: skip
    solution = solve(data)
    text = "inverse information of the concentrated likelihood (Pesaran, Shin & Smith 1999); normal"
    solution = replace(solution, own=OwnCovariance(solution.bread, np.inf, text))
    size = len(found.phi)
    extras: Extras = {
        "adjustment": float(found.phi.mean()),
        "adjustment_std_error": float(found.phi.std(ddof=1) / np.sqrt(size)),
        "adjustment_min": float(found.phi.min()),
        "adjustment_max": float(found.phi.max()),
        "log_likelihood": found.log_likelihood,
        "iterations": steps,
        "n_short": short,
        "df_resid": len(before) - k - size * (k + 2),
        "rmse": float(np.sqrt(found.errors @ found.errors / (len(before) - k - size * (k + 2)))),
    }
    return rows, data, solution, extras


def _freed(rows: Sample, moves: Floats, before: Floats) -> _Rows:
    left = np.column_stack([rows.y, before, rows.X])
    beside = np.column_stack([np.ones(len(before)), moves])
    for _, places in by_length(rows.units):
        block, span = left[places], beside[places]
        basis = np.linalg.qr(span / np.linalg.norm(span, axis=1)[:, None, :])[0]
        for _ in range(2):
            block = block - basis @ (basis.transpose(0, 2, 1) @ block)
        left[places] = block
    return _Rows(left[:, 0], left[:, 1], left[:, 2:], rows.units)


def _at(rows: _Rows, theta: Floats) -> _Point:
    gap = rows.before - rows.x @ theta
    square = rows.sums(gap, gap)
    phi = rows.sums(gap, rows.change) / square
    errors = rows.change - phi[rows.units] * gap
    lengths = np.bincount(rows.units)
    sigma2 = rows.sums(errors, errors) / lengths
    turned = np.column_stack([rows.sums(gap, column) for column in rows.x.T]) / square[:, None]
    pull = -phi[rows.units][:, None] * (rows.x - turned[rows.units] * gap[:, None])
    weights = 1 / sigma2[rows.units]
    likelihood = -0.5 * float(lengths @ (np.log(2 * np.pi * sigma2) + 1))
    information = pull.T @ (pull * weights[:, None])
    return _Point(theta, phi, sigma2, errors, pull, likelihood, pull.T @ (weights * errors), information)


def _maximised(rows: _Rows, start: Floats) -> tuple[_Point, int]:
    point = _at(rows, start)
    for step in range(1, _STEPS + 1):
        norms = np.sqrt(np.diag(point.information))
        if (
            not (np.isfinite(norms) & (norms > 0)).all()
            or np.linalg.cond(point.information / np.outer(norms, norms)) > 1 / _FLAT
        ):
            raise EstimationError(
                "the long run is not identified: no region adjusts, or the terms move together",
                advice="Use fewer terms, or mean-group",
            )
        move = np.linalg.solve(point.information / np.outer(norms, norms), point.gradient / norms) / norms
        while (trial := _at(rows, point.theta + move)).log_likelihood < point.log_likelihood - 1e-9:
            move = move / 2
        size = float(np.max(np.abs(move * norms)))
        point = trial
        if size <= _CLOSE * max(1.0, float(np.max(np.abs(point.theta * norms)))):
            return point, step
    raise EstimationError(
        f"the likelihood has no maximum within {_STEPS} steps", advice="Use fewer terms, or mean-group"
    )
