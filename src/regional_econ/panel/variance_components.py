"""How much of the error is a region's, a year's, or neither's? Four estimators of the variance components.

* swamy-arora: residuals of the within and of the between regressions; quadratic forms equal to their expectations
  (Swamy & Arora 1972; unbalanced Baltagi & Chang 1994).
* wallace-hussain: residuals of pooled least squares; on a balanced panel the divisors N(T−1) and N without the
  regressors (Wallace & Hussain 1969), else expectations (Baltagi & Chang 1994).
* amemiya: residuals of the within coefficients in levels; on a balanced panel the divisors N(T−1) and N
  (Amemiya 1971), else expectations (Wansbeek & Kapteyn 1989).
* nerlove: σ²_e = SSR/n of the within regression, σ²_u the variance of its N dummies with divisor N−1, each counted
  with its rows (Nerlove 1971).

The quadratic forms are the within sum of squares and each effect's between sum of squares, in which a group's
mean is repeated over its rows. These are the conventions of plm 2.6-2, whose components, coefficients and standard
errors all are met on Grunfeld's and Munnell's data, balanced and not, but for two things, where the publications
are followed:

* two-way, unbalanced: plm gives (X'Ω⁻¹X)⁻¹ without the variance σ² that belongs before it; ours is scaled as in
  every other case, by SSR/(n − k) of the transformed rows;
* Nerlove, two-way, unbalanced: plm takes the effects from means over years as if the panel were balanced; ours are
  the coefficients of the dummies.

The divisors of Wallace–Hussain and Amemiya therefore change where the first cell of a balanced panel is taken out;
`Components.convention` says which were used. A negative component is set to zero, as published, and is flagged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option
from regional_econ.panel.demean import Codes, Floats, effect_rank, group_means, group_sums, within
from regional_econ.panel.estimators import Sample, with_intercept
from regional_econ.panel.least_squares import COLLINEAR

Method = Literal["swamy-arora", "wallace-hussain", "amemiya", "nerlove"]
EXPECTATIONS = "quadratic forms equal to their expectations"
DIVISORS = "balanced panel: divisors without the regressors"
NERLOVE = "SSR/n and the variance of the estimated effects"
EXACT_FIT = 1e-12


@dataclass(frozen=True, slots=True)
class Components:
    """Variance components of one or two effects.

    Attributes
    ----------
    sigma2_e : variance of the idiosyncratic error.
    sigma2 : variance of each effect, never below zero.
    estimated : the same before negative ones are set to zero.
    thetas : of each effect (groups,) 1 − √(σ²_e / (n_g σ² + σ²_e)): the share of its mean that is taken out, by one
        effect alone.
    method, convention : the estimator and its divisors, in words.
    """

    sigma2_e: float
    sigma2: tuple[float, ...]
    estimated: tuple[float, ...]
    thetas: tuple[Floats, ...]
    method: str
    convention: str

    @property
    def sigma2_u(self) -> float:
        """Variance of the first effect."""
        return self.sigma2[0]

    @property
    def theta(self) -> Floats:
        """Shares of the first effect (G,)."""
        return self.thetas[0]

    @property
    def truncated(self) -> bool:
        """Whether a component was negative and is set to zero."""
        return min(self.estimated) < 0

    def diagnostics(self) -> dict[str, float | int | str]:
        """What an Estimate reports: components, flags and the range of theta; _v is the second effect."""
        found: dict[str, float | int | str] = {"sigma2_e": self.sigma2_e}
        for name, variance, raw, theta in zip("uv", self.sigma2, self.estimated, self.thetas, strict=False):
            end = "" if name == "u" else "_v"
            found[f"sigma2_{name}"] = variance
            found[f"sigma2_{name}_truncated"] = int(raw < 0)
            found[f"theta_min{end}"] = float(theta.min())
            found[f"theta_max{end}"] = float(theta.max())
        return {**found, "components": f"{self.method}: {self.convention}"}


def variance_components(sample: Sample, codes: tuple[Codes, ...], method: Method = "swamy-arora") -> Components:
    """Variance components of one or two effects.

    Source: Swamy & Arora (1972, Econometrica 40); Wallace & Hussain (1969, Econometrica 37); Amemiya (1971,
    International Economic Review 12); Nerlove (1971, Econometrica 39); Baltagi & Chang (1994, J. Econometrics 62);
    Wansbeek & Kapteyn (1989, J. Econometrics 41). Held against plm 2.6-2 in 48 cases, but for Nerlove's unbalanced
    two-way ones against R's regressions on dummies, and linearmodels 7.1's RandomEffects for swamy-arora
    (tests/panel/test_random_effects.py, test_peers.py).

    Parameters
    ----------
    sample : complete cases.
    codes : codes (n,) of each effect.
    method : as in `random_effects`, with its errors.
    """
    check_option("method", method, Method)
    if min(int(group.max()) for group in codes) < 1:
        raise EstimationError("one group cannot give a variance between groups", advice="Use the pooled estimator")
    inside = _inside(sample, codes)
    if method == "nerlove":
        _refuse_fixed(sample, inside, method)
        sigma2_e, estimated = inside.ssr / len(sample.y), _dummies(sample, codes, inside)
        convention = NERLOVE
    else:
        totals, expected, convention = _EQUATIONS[method](sample, codes, inside)
        sigma2_e, *estimated = (float(value) for value in np.linalg.solve(expected, totals))
    refuse_exact_fit(sample.y, inside.ssr)
    if sigma2_e <= 0:
        raise EstimationError(
            f"{method} gives the error a variance of {sigma2_e:.3g}", advice="Use swamy-arora, or fewer effects"
        )
    sigma2 = tuple(max(value, 0.0) for value in estimated)
    thetas = tuple(
        1 - np.sqrt(sigma2_e / (np.bincount(group) * variance + sigma2_e))
        for group, variance in zip(codes, sigma2, strict=True)
    )
    return Components(sigma2_e, sigma2, tuple(estimated), thetas, method, convention)


def refuse_exact_fit(y: Floats, ssr: float) -> None:
    """Raise where regressors and effects leave no residual beyond rounding."""
    if ssr <= EXACT_FIT**2 * float(y @ y):
        raise EstimationError(
            "the regressors and effects fit the outcome exactly: no error variance is left",
            advice="Check whether the outcome is computed from a regressor",
        )


@dataclass(frozen=True, slots=True)
class _Inside:
    """The within regression: basis (n, r) of the regressors within, the same combinations centred, residuals."""

    moving: NDArray[np.intp]
    basis: Floats
    centred: Floats
    outcome: Floats
    beta: Floats
    ssr: float
    df: int


def _inside(sample: Sample, codes: tuple[Codes, ...]) -> _Inside:
    n = len(sample.y)
    columns = within(np.column_stack([sample.y, sample.X]), codes, np.ones(n))
    y, X = columns[:, 0], columns[:, 1:]
    norms = np.linalg.norm(X, axis=0)
    moving = np.flatnonzero(norms > COLLINEAR * np.linalg.norm(sample.X, axis=0))
    left, values, right = np.linalg.svd(X[:, moving] / norms[moving], full_matrices=False)
    kept = values > COLLINEAR * values.max(initial=0.0)
    basis = left[:, kept]
    turn = right[kept].T / values[kept] / norms[moving][:, None]
    centred = (sample.X[:, moving] - sample.X[:, moving].mean(axis=0)) @ turn
    beta = turn @ (basis.T @ y)
    residuals = y - basis @ (basis.T @ y)
    df = n - effect_rank(codes) - basis.shape[1]
    if df <= 0:
        raise EstimationError(
            f"{n} rows leave no variation within {_groups(codes)} beside {sample.X.shape[1]} regressors",
            advice="Use more years, fewer terms, or the pooled estimator",
        )
    return _Inside(moving, basis, centred, y, beta, float(residuals @ residuals), df)


def _swamy_arora(sample: Sample, codes: tuple[Codes, ...], inside: _Inside) -> tuple[Floats, Floats, str]:
    full = with_intercept(sample).X
    totals, rows = [inside.ssr], [[float(inside.df), *[0.0] * len(codes)]]
    for group in codes:
        levels = int(group.max()) + 1
        means = group_means(np.column_stack([sample.y, full]), group, np.ones(len(group)))
        means = np.sqrt(np.bincount(group))[:, None] * means
        basis = _basis(means[:, 1:], np.linalg.norm(full, axis=0))
        if levels <= basis.shape[1]:
            raise EstimationError(
                f"{levels} groups cannot give a between regression with {basis.shape[1]} coefficients",
                advice="Use fewer terms, or another method, such as wallace-hussain",
            )
        residuals = means[:, 0] - basis @ (basis.T @ means[:, 0])
        spread = (basis / np.sqrt(np.bincount(group))[:, None])[group]
        totals.append(float(residuals @ residuals))
        rows.append([levels - basis.shape[1], *(_overlap(group, o) - _square(spread, o) for o in codes)])
    return np.array(totals), np.array(rows), EXPECTATIONS


def _wallace_hussain(sample: Sample, codes: tuple[Codes, ...], inside: _Inside) -> tuple[Floats, Floats, str]:
    full = with_intercept(sample).X
    basis = _basis(full, np.linalg.norm(full, axis=0))
    residuals = sample.y - basis @ (basis.T @ sample.y)
    ones = np.ones(len(residuals))
    left = within(residuals[:, None], codes, ones)[:, 0]
    totals = np.array([left @ left, *(_between(residuals[:, None], group) for group in codes)])
    if _is_balanced(sample, codes):
        return totals, _divisors(codes), DIVISORS
    rows = [_pooled_row(basis, within(basis, codes, ones), float(len(ones) - effect_rank(codes)), None, codes)]
    rows += [_pooled_row(basis, group_means(basis, g, ones)[g], float(g.max() + 1), g, codes) for g in codes]
    return totals, np.array(rows), EXPECTATIONS


def _pooled_row(
    basis: Floats, projected: Floats, trace: float, group: Codes | None, codes: tuple[Codes, ...]
) -> list[float]:
    """Expectation of the pooled residuals' quadratic form in a projection P: tr (I−H)P(I−H)R for each part R of Ω.

    basis (n, r) spans the regressors, projected is P times it, group is what P averages over, None for the within P.
    """
    inner = projected.T @ projected
    row = [trace - float(np.trace(inner))]
    for other in codes:
        sums = group_sums(basis, other)
        own = 0.0 if group is None else _overlap(group, other)
        mixed = float((sums * group_sums(projected, other)).sum())
        row.append(own - 2 * mixed + float((sums @ inner * sums).sum()))
    return row


def _amemiya(sample: Sample, codes: tuple[Codes, ...], inside: _Inside) -> tuple[Floats, Floats, str]:
    _refuse_fixed(sample, inside, "amemiya")
    residuals = sample.y - sample.X[:, inside.moving] @ inside.beta
    residuals = residuals - residuals.mean()
    totals = np.array([inside.ssr, *(_between(residuals[:, None], group) for group in codes)])
    if _is_balanced(sample, codes):
        return totals, _divisors(codes), DIVISORS
    n = len(residuals)
    rows = [[float(inside.df), *[0.0] * len(codes)]]
    for group in codes:
        noise = int(group.max()) + _between(inside.centred, group)
        rows.append([noise, *(_overlap(group, o) - float((np.bincount(o) ** 2).sum()) / n for o in codes)])
    return totals, np.array(rows), EXPECTATIONS


_EQUATIONS = {"swamy-arora": _swamy_arora, "wallace-hussain": _wallace_hussain, "amemiya": _amemiya}


def _dummies(sample: Sample, codes: tuple[Codes, ...], inside: _Inside) -> list[float]:
    """Nerlove's variances: of the coefficients of the dummies, weighted by their rows."""
    residuals = sample.y - sample.X[:, inside.moving] @ inside.beta
    system = cross_counts(codes)
    if effect_rank(codes) < len(system) - len(codes) + 1:
        raise EstimationError(
            "the panel falls into parts without a common region or year, so their effects cannot be compared",
            advice="Use another method, or one effect",
        )
    sums = np.concatenate([group_sums(residuals[:, None], group)[:, 0] for group in codes])
    found = np.linalg.lstsq(system, sums, rcond=COLLINEAR)[0]
    variances = []
    for group, effect in zip(codes, np.split(found, [int(codes[0].max()) + 1]), strict=False):
        shares, levels = np.bincount(group) / len(group), int(group.max()) + 1
        variances.append(float(shares @ (effect - shares @ effect) ** 2) * levels / (levels - 1))
    return variances


def _refuse_fixed(sample: Sample, inside: _Inside, method: str) -> None:
    fixed = [name.split("[")[0] for number, name in enumerate(sample.names) if number not in inside.moving]
    if fixed:
        raise EstimationError(
            f"{', '.join(dict.fromkeys(fixed))} does not vary within, so the residuals of {method} hold its effect",
            advice="Use swamy-arora or wallace-hussain, or leave it out",
        )


def _is_balanced(sample: Sample, codes: tuple[Codes, ...]) -> bool:
    cells = (int(sample.units.max()) + 1) * (int(sample.year_codes.max()) + 1)
    return cells == len(sample.y) and all(np.ptp(np.bincount(group)) == 0 for group in codes)


def _divisors(codes: tuple[Codes, ...]) -> Floats:
    n, levels = len(codes[0]), [int(group.max()) + 1 for group in codes]
    table = np.diag([float(n - effect_rank(codes)), *[float(n)] * len(codes)])
    table[1:, 0] = levels
    return table


def _basis(columns: Floats, scale: Floats) -> Floats:
    """Orthonormal basis of the column space; a column far smaller than its scale counts as zero."""
    norms = np.linalg.norm(columns, axis=0)
    seen = norms > COLLINEAR * scale
    left, values, _ = np.linalg.svd(columns[:, seen] / norms[seen], full_matrices=False)
    return np.asarray(left[:, values > COLLINEAR * values.max(initial=0.0)], dtype=np.float64)


def _between(columns: Floats, group: Codes) -> float:
    """Sum of squares of the groups' means, each repeated over its rows."""
    return float((group_sums(columns, group) ** 2 / np.bincount(group)[:, None]).sum())


def _overlap(group: Codes, other: Codes) -> float:
    """Trace of D_other' P_group D_other."""
    cells = _counts(group, other)
    return float((cells**2 / np.bincount(group)[:, None]).sum())


def _square(columns: Floats, group: Codes) -> float:
    """Sum of squares of the groups' sums."""
    return float((group_sums(columns, group) ** 2).sum())


def _counts(first: Codes, second: Codes) -> Floats:
    shape = (int(first.max()) + 1, int(second.max()) + 1)
    return np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def cross_counts(codes: tuple[Codes, ...]) -> Floats:
    """D'D of all dummies."""
    return np.block([[_counts(row, column) for column in codes] for row in codes])


def _groups(codes: tuple[Codes, ...]) -> str:
    return " and ".join(f"{int(group.max()) + 1} groups" for group in codes)
