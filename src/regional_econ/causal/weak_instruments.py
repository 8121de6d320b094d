"""What can be said when the instrument may be weak? Anderson–Rubin tests and sets, and the tF adjustment.

A set is reported as it comes: an interval, a half line, two half lines, several pieces, nothing or the whole line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy import stats
from scipy.linalg import eigvals

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option
from regional_econ.causal.instruments import Errors, Instrumented, score_covariance
from regional_econ.causal.scales import FloatArray

Reference = Literal["chi2", "F"]
Shape = Literal["empty", "interval", "half line", "two half lines", "several pieces", "everything"]
_REAL = 1e-8  # of a root's size: its imaginary part is rounding
_GRID = 2000
_LOWEST = 1e-3  # concentration from which the tF curve is solved upwards


@dataclass(frozen=True)
class ConfidenceSet:
    """Values that a test does not reject: closed pieces from left to right, ends may be infinite.

    Examples
    --------
    >>> two = ConfidenceSet(((-np.inf, -1.0), (2.0, np.inf)), 0.95)
    >>> two.shape, two.contains(0.0), str(two)
    ('two half lines', False, '(-inf; -1] ∪ [2; inf)')
    """

    pieces: tuple[tuple[float, float], ...]
    level: float

    @property
    def shape(self) -> Shape:
        """What kind of set it is."""
        if not self.pieces:
            return "empty"
        low, high = np.isinf(self.pieces[0][0]), np.isinf(self.pieces[-1][1])
        if len(self.pieces) == 1:
            return "everything" if low and high else "half line" if low or high else "interval"
        return "two half lines" if len(self.pieces) == 2 and low and high else "several pieces"

    @property
    def bounded(self) -> bool:
        """Whether it reaches infinity on neither side."""
        return self.shape == "empty" or bool(np.isfinite(self.hull).all())

    @property
    def hull(self) -> tuple[float, float]:
        """Its least and its largest value; NaN if it is empty."""
        return (self.pieces[0][0], self.pieces[-1][1]) if self.pieces else (np.nan, np.nan)

    def contains(self, value: float) -> bool:
        """Whether a value is not rejected."""
        return any(low <= value <= high for low, high in self.pieces)

    def __str__(self) -> str:
        if not self.pieces:
            return "∅"
        ends = [
            f"{'(' if np.isinf(low) else '['}{low:.4g}; {high:.4g}{')' if np.isinf(high) else ']'}"
            for low, high in self.pieces
        ]
        return " ∪ ".join(ends)


@dataclass(frozen=True)
class AndersonRubin:
    """Joint test of all endogenous coefficients: statistic (Wald over q), p-value and its reference distribution."""

    statistic: float
    p_value: float
    q: int
    df: int
    reference: Reference


def anderson_rubin(
    data: Instrumented, beta: FloatArray, *, errors: Errors, reference: Reference = "F"
) -> AndersonRubin:
    """Test that all endogenous coefficients equal ``beta``: do the instruments explain y − Xβ?

    Parameters
    ----------
    data : regression with controls and effects taken out.
    beta : (m,) values under the null.
    errors : as in ``two_stage``; the covariance uses the residuals of y − Xβ on the instruments.
    reference : ``chi2`` with q degrees of freedom, or ``F`` with q and n − K − q (clusters less one).

    Raises
    ------
    EstimationError : a value for each coefficient is not given.

    Source: Anderson, Rubin (1949), Ann. Math. Stat. 20; with robust errors Stock, Wright (2000). Held against ivmodels.
    """
    check_option("reference", reference, Reference)
    if np.shape(beta) != (data.X.shape[1],):
        raise EstimationError(f"{data.X.shape[1]} values are needed for beta", advice="Give one a coefficient")
    q = data.Z.shape[1]
    target = data.y - data.X @ beta
    moment = data.Z.T @ target
    left = target - data.Z @ np.linalg.lstsq(data.Z, target, rcond=None)[0]
    meat = score_covariance(data, data.Z, left[:, None], errors=errors, n_regressors=q)
    statistic = float(moment @ np.linalg.solve(meat, moment)) / q
    df = data.df(q, errors)
    p = stats.chi2.sf(q * statistic, q) if reference == "chi2" else stats.f.sf(statistic, q, df)
    return AndersonRubin(statistic, float(p), q, df, reference)


def anderson_rubin_set(
    data: Instrumented, *, errors: Errors, level: float = 0.95, reference: Reference = "F"
) -> ConfidenceSet:
    """Return the exact set of values that the Anderson–Rubin test does not reject, for one endogenous variable.

    Parameters
    ----------
    data : regression with one endogenous variable and q instruments.
    errors, reference : as in :func:`anderson_rubin`.
    level : confidence level.

    Raises
    ------
    EstimationError : more than one endogenous variable.

    Source: Anderson, Rubin (1949); Dufour, Taamouti (2005), Econometrica 73(4). Held against ivmodels and against the
    test evaluated point by point.
    """
    check_option("reference", reference, Reference)
    if data.X.shape[1] != 1:
        raise EstimationError(
            "the set of one coefficient needs one endogenous variable", advice="Use anderson_rubin_projection"
        )
    q = data.Z.shape[1]
    both = np.column_stack([data.y, data.X])
    moments = data.Z.T @ both
    left = both - data.Z @ np.linalg.lstsq(data.Z, both, rcond=None)[0]
    meat = score_covariance(data, data.Z, left, errors=errors, n_regressors=q)
    return wald_set(moments, meat, critical=_critical(data, q, errors, level, reference), level=level)


def anderson_rubin_projection(
    data: Instrumented, coefficient: int, *, level: float = 0.95, reference: Reference = "F"
) -> ConfidenceSet:
    """Return the projection of the joint Anderson–Rubin set on one coefficient, with errors of one variance.

    Parameters
    ----------
    data : regression with several endogenous variables.
    coefficient : column of X.
    level, reference : as in :func:`anderson_rubin_set`.

    Returns
    -------
    A conservative set: its level is at least ``level``.

    Source: Dufour, Taamouti (2005), section 5. Held against ivmodels' projected quadric and a grid of joint tests.
    """
    check_option("reference", reference, Reference)
    q = data.Z.shape[1]
    both = np.column_stack([data.y, data.X])
    fitted = data.Z @ np.linalg.lstsq(data.Z, both, rcond=None)[0]
    critical = _critical(data, q, "iid", level, reference)
    ratio = critical / data.df(q, "iid")
    form = fitted.T @ fitted - ratio * (both - fitted).T @ (both - fitted)
    kept = [0, 1 + coefficient]
    others = [k for k in range(1, both.shape[1]) if k not in kept]
    reduced = form[np.ix_(kept, kept)]
    if others:
        nuisance = form[np.ix_(others, others)]
        if np.linalg.eigvalsh(nuisance)[0] <= 0:
            return ConfidenceSet(((-np.inf, np.inf),), level)
        cross = form[np.ix_(others, kept)]
        reduced = reduced - cross.T @ np.linalg.solve(nuisance, cross)
    # (1, −b) reduced (1, −b)' ≤ 0, as a set of one moment without its square: zero moments, covariance −reduced.
    return wald_set(np.zeros((1, 2)), -reduced, critical=1.0, level=level)


def wald_set(moments: FloatArray, covariance: FloatArray, *, critical: float, level: float) -> ConfidenceSet:
    """Return {b : g(b)'Ω(b)⁻¹g(b) ≤ critical} for g(b) = g₀ − b g₁, whose covariance Ω(b) is quadratic in b.

    The ends are the real roots of det(critical·Ω(b) − g(b)g(b)'), a quadratic eigenvalue problem; no grid is used.

    Parameters
    ----------
    moments : (q, 2) g₀ and g₁.
    covariance : (2q, 2q) of vec(g₀, g₁).
    critical : bound of the statistic.
    level : confidence level that the bound stands for.
    """
    q = len(moments)
    blocks = [[covariance[i * q : (i + 1) * q, j * q : (j + 1) * q] for j in (0, 1)] for i in (0, 1)]
    products = [[np.outer(moments[:, i], moments[:, j]) for j in (0, 1)] for i in (0, 1)]
    M = [[critical * blocks[i][j] - products[i][j] for j in (0, 1)] for i in (0, 1)]
    sizes = [float(np.trace(np.abs(M[i][i]))) for i in (0, 1)]
    scale = np.sqrt(sizes[0] / sizes[1]) if min(sizes) > 0 else 1.0
    A, B, C = M[0][0], -scale * (M[0][1] + M[1][0]), scale**2 * M[1][1]
    eye, zero = np.eye(q), np.zeros((q, q))
    roots = eigvals(np.block([[zero, eye], [-A, -B]]), np.block([[eye, zero], [zero, C]]))
    roots = roots[np.isfinite(roots)]
    ends = np.sort(roots.real[np.abs(roots.imag) <= _REAL * (1 + np.abs(roots.real))])

    def accepted(b: float) -> bool:
        form = A + b * B + b * b * C
        return bool(np.linalg.eigvalsh((form + form.T) / 2)[0] >= 0)

    return ConfidenceSet(_pieces(ends, accepted, scale), level)


def tf_critical(f: float) -> float:
    """Return the tF critical value √c of |t| at the 5 % level for a first-stage F: 1.96 from F = 104.67 on.

    The value depends on F alone and keeps the size at 5 % whatever the instrument's strength, for one endogenous
    variable and one instrument. It solves the size equation at the worst case, a first-stage error perfectly correlated
    with that of the structural equation: there t² = f²(f − f₀)²/f₀² for f ~ N(f₀, 1), and the two rejection tails must
    add up to 5 % at each f₀. The published function is of the 5 % level (and another of 1 %, not given here).

    Parameters
    ----------
    f : first-stage F statistic, with the errors of the second stage.

    Returns
    -------
    critical value of |t|; infinite for F up to 1.96².

    Raises
    ------
    OptionError : F is negative.

    Source: Lee, McCrary, Moreira, Porter (2022), AER 112(10), section 3 and Table 3. Held against the published 1.96 at
    104.67, 3.43 at 10, infinity at 3.84, and the size integrated over f at other correlations.

    Examples
    --------
    >>> [round(tf_critical(f), 2) for f in (3.84, 10.0, 104.7)]
    [inf, 3.43, 1.96]
    """
    if not f >= 0:
        raise OptionError(f"a first-stage F of {f} is impossible", advice="Give a number from 0 on")
    z = float(stats.norm.isf(0.025))
    one_sided = float(stats.norm.isf(0.05))
    root = np.sqrt(f)
    if root >= z * one_sided / (z - one_sided):
        return z
    grid, values = _tf_curve()
    return float(np.inf) if root <= grid[0] else float(np.exp(np.interp(root, grid, values)))


def tf_std_error(std_error: float, f: float) -> float:
    """Return the standard error times √c/1.96: an interval of ±1.96 of it has level 95 % whatever the strength.

    Raises
    ------
    OptionError : F is negative.

    Source: Lee, McCrary, Moreira, Porter (2022), Table 3b. Held against the published factor 1.75 at F = 10.

    >>> round(tf_std_error(1.0, 10.0), 2)
    1.75
    """
    return float(std_error * tf_critical(f) / stats.norm.isf(0.025))


@cache
def _tf_curve() -> tuple[FloatArray, FloatArray]:
    """√F and ln of the critical value.

    With f = f₀ + D(f₀) the upper end of acceptance, √c(f²) = f D/f₀. A negative f = −g rejects beyond
    g(g + f₀)/f₀ = √c(g²); so D solves Φ(−D) + Φ(−g − f₀) = α, with g the upper end at a smaller f₀. Iterated from the
    limit f₀ → 0, where both ends meet.
    """
    alpha = 0.05
    f0 = np.concatenate([np.geomspace(_LOWEST, 1, _GRID), np.linspace(1, 9, _GRID)[1:]])
    D = np.full_like(f0, 1.8)
    for _ in range(60):
        excess = stats.norm.sf(D) + stats.norm.sf(D + 2 * f0) - alpha
        D = D + excess / (stats.norm.pdf(D) + stats.norm.pdf(D + 2 * f0))
    for _ in range(_GRID):
        small = f0 < D
        upper = (f0 + D)[small]
        g = np.interp(f0, upper * f0[small] / (D - f0)[small], upper, left=upper[0])
        moved = stats.norm.isf(alpha - stats.norm.cdf(-g - f0))
        change = float(np.abs(moved - D).max())
        D = moved
        if change < 1e-12:
            break
    f = f0 + D
    return f, np.log(f * D / f0)


def _critical(data: Instrumented, q: int, errors: Errors, level: float, reference: Reference) -> float:
    if not 0 < level < 1:
        raise OptionError(f"a level of {level} is impossible", advice="Use .95 or .80")
    if reference == "chi2":
        return float(stats.chi2.ppf(level, q))
    return float(q * stats.f.ppf(level, q, data.df(q, errors)))


def _pieces(ends: FloatArray, accepted: Callable[[float], bool], scale: float) -> tuple[tuple[float, float], ...]:
    edges = [-np.inf, *(float(end) for end in ends), np.inf]
    found: list[tuple[float, float]] = []
    for low, high in pairwise(edges):
        if not accepted(_inside(low, high)):
            continue
        if found and found[-1][1] == scale * low:
            found[-1] = (found[-1][0], scale * high)
        else:
            found.append((scale * low, scale * high))
    return tuple(found)


def _inside(low: float, high: float) -> float:
    if np.isinf(low) and np.isinf(high):
        return 0.0
    if np.isinf(low):
        return high - 1 - abs(high)
    return low + 1 + abs(low) if np.isinf(high) else (low + high) / 2
