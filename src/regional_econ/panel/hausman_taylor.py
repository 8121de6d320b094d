"""What if only some regressors go with the region effect? Hausman–Taylor and Amemiya–MaCurdy.

The regressors are split four ways: they vary within regions (X) or not (Z), and are exogenous (1) or correlated
with the region effect (2). Random-effects rows are instrumented by the within parts of all X, the region means of
X1 and Z1 (Hausman & Taylor 1981); Amemiya & MaCurdy (1986) take X1 of each year instead of its means, on balanced
panels. What X1 does between regions so identifies Z2, which fixed effects lose.

σ²_e is SSR/(n − N) of the within regression; σ²_u is (s² − σ²_e)/T̄, where s² is 1/N times the SSR of the
instrumental regression of the within residuals' means, repeated over their rows, on Z with instruments X1 and Z1,
and T̄ = N/Σ(1/T_i) is the harmonic mean, T on a balanced panel (Gardner 1998; Baltagi, Econometric Analysis of Panel
Data, sec. 7.4). These are the conventions of Stata's xthtaylor and of plm 2.6-2's pht, both met on the Cornwell–Rupert
wages; plm(random.method = "ht") agrees on balanced panels and takes the longest T for all regions on others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ._base.options import check_option
from regional_econ.panel.demean import Codes, Floats, group_means, within
from regional_econ.panel.estimators import INTERCEPT, Sample, mean_of, with_intercept
from regional_econ.panel.least_squares import COLLINEAR, Solution, Transformed, solve
from regional_econ.panel.random_effects import whitened
from regional_econ.panel.variance_components import Components, refuse_exact_fit

Variant = Literal["hausman-taylor", "amemiya-macurdy"]
CONVENTION = "σ²_e = SSR/(n−N), σ²_u by instruments with the harmonic mean of T"


@dataclass(frozen=True, slots=True)
class Split:
    """Columns by kind.

    Attributes
    ----------
    x1, x2 : varying within regions, exogenous and endogenous.
    z1, z2 : constant within regions, exogenous and endogenous.
    """

    x1: NDArray[np.intp]
    x2: NDArray[np.intp]
    z1: NDArray[np.intp]
    z2: NDArray[np.intp]

    @property
    def x(self) -> NDArray[np.intp]:
        """All that vary within regions."""
        return np.concatenate([self.x1, self.x2])


@dataclass(frozen=True, slots=True)
class InstrumentedFit:
    """An instrumental regression.

    Attributes
    ----------
    data : the transformed outcome and the regressors projected on the instruments, for `covariance`.
    solution : its coefficients; residuals (n,) and scores are of the regressors themselves, not of the projected.
    components : σ²_e and σ²_u, whether it was truncated, theta.
    instruments : what they are, the constant left out.
    """

    data: Transformed
    solution: Solution
    components: Components
    instruments: tuple[str, ...]


def hausman_taylor(sample: Sample, endogenous: Sequence[str], variant: Variant = "hausman-taylor") -> InstrumentedFit:
    """Instrumental random effects, one-way by region; unbalanced panels for "hausman-taylor".

    With "iid" errors, `covariance` of the result is s²(X̂'X̂)⁻¹ with s² = SSR/(n − k), as in plm and Stata. Errors
    that sum scores apply too (HC0, HC1, clusters, Driscoll–Kraay), those that refit least squares without a row or
    cluster (HC2, HC3, CR2, CR3, wild) do not.

    Source: Hausman & Taylor (1981, Econometrica 49); Amemiya & MaCurdy (1986, Econometrica 54). Held against plm 2.6-2
    in 4 cases and the table of Stata's xthtaylor, as recalled, on the Cornwell–Rupert wages
    (tests/panel/test_hausman_taylor.py).

    Parameters
    ----------
    sample : complete cases, k − 1 regressors, some of which may be constant within regions.
    endogenous : the terms that may be correlated with the region effect; "C(x)" stands for all its dummies.
    variant : the instruments.

    Returns
    -------
    InstrumentedFit

    Raises
    ------
    UnknownNameError : a name that is no term.
    OptionError : an unknown variant.
    EstimationError : no or only endogenous terms where instruments are needed, more endogenous constant regressors
        than exogenous varying ones, instruments that do not identify a coefficient or are as many as the regions,
        an unbalanced panel for Amemiya–MaCurdy, or too few rows.
    """
    check_option("variant", variant, Variant)
    kinds = split(sample, endogenous)
    _check_order(sample, kinds)
    units = sample.units
    components = _components(sample, kinds, units, variant)
    full = with_intercept(sample)
    columns = whitened(np.column_stack([full.y, full.X]), (units,), components.sigma2_e, components.sigma2)
    y, X = columns[:, 0], columns[:, 1:]
    instruments, names = _instruments(sample, kinds, units, variant)
    projected = _projected(X, instruments)
    scale = np.linalg.norm(full.X, axis=0)
    data = Transformed(y, projected, full.names, full.units, full.years, full.weights, (), scale)
    first = _identified(data)
    residuals = y - X @ first.beta
    solution = Solution(first.beta, residuals, first.bread, projected * residuals[:, None])
    return InstrumentedFit(data, solution, components, names)


def split(sample: Sample, endogenous: Sequence[str]) -> Split:
    """Sort the regressors by whether they vary within regions and whether they are endogenous.

    Raises
    ------
    UnknownNameError : a name that is no term.
    """
    chosen = np.zeros(len(sample.names), dtype=bool)
    for term in endogenous:
        found = np.array([name == term or name.startswith(f"{term}[") for name in sample.names])
        if not found.any():
            raise UnknownNameError.of("endogenous term", term, sample.names)
        chosen |= found
    inside = within(sample.X, (sample.units,), np.ones(len(sample.y)))
    moving = np.linalg.norm(inside, axis=0) > COLLINEAR * np.linalg.norm(sample.X, axis=0)
    return Split(
        np.flatnonzero(moving & ~chosen),
        np.flatnonzero(moving & chosen),
        np.flatnonzero(~moving & ~chosen),
        np.flatnonzero(~moving & chosen),
    )


def _check_order(sample: Sample, kinds: Split) -> None:
    if not len(kinds.x2) + len(kinds.z2):
        raise EstimationError("no endogenous term is named", advice="Name one, or use random effects")
    if not len(kinds.x):
        raise EstimationError("no regressor varies within regions", advice="Use the between estimator")
    if len(kinds.x1) < len(kinds.z2):
        names = ", ".join(sample.names[column] for column in kinds.z2)
        raise EstimationError(
            f"under-identified: {names} ({len(kinds.z2)} endogenous, constant within regions) "
            f"against {len(kinds.x1)} exogenous terms that vary",
            advice="Take as many exogenous terms that vary within regions as there are endogenous constant ones",
        )


def _components(sample: Sample, kinds: Split, units: Codes, variant: Variant) -> Components:
    ones = np.ones(len(units))
    n, n_groups = len(units), int(units.max()) + 1
    sizes = np.bincount(units)
    columns = within(np.column_stack([sample.y, sample.X[:, kinds.x]]), (units,), ones)
    names = tuple(sample.names[column] for column in kinds.x)
    scale = np.linalg.norm(sample.X[:, kinds.x], axis=0)
    if n - n_groups <= len(names):
        raise EstimationError(
            f"{n} rows in {n_groups} regions leave no variation within beside {len(names)} regressors",
            advice="Use more years or fewer terms",
        )
    inside = solve(Transformed(columns[:, 0], columns[:, 1:], names, units, sample.years, ones, (units,), scale))
    ssr = float(inside.residuals @ inside.residuals)
    refuse_exact_fit(sample.y, ssr)
    sigma2_e = ssr / (n - n_groups)
    left = sample.y - sample.X[:, kinds.x] @ inside.beta
    means = group_means(left[:, None], units, ones)[units, 0]
    constants = np.column_stack([ones, sample.X[:, kinds.z1], sample.X[:, kinds.z2]])
    instruments = np.column_stack([ones, sample.X[:, kinds.z1], sample.X[:, kinds.x1]])
    labels = (INTERCEPT, *(sample.names[column] for column in [*kinds.z1, *kinds.z2]))
    projected = _projected(constants, instruments)
    second = _identified(
        Transformed(means, projected, labels, units, sample.years, ones, (), np.linalg.norm(constants, axis=0))
    )
    rest = means - constants @ second.beta
    estimated = (float(rest @ rest) / n_groups - sigma2_e) * float((1 / sizes).mean())
    sigma2_u = max(estimated, 0.0)
    theta = 1 - np.sqrt(sigma2_e / (sizes * sigma2_u + sigma2_e))
    return Components(sigma2_e, (sigma2_u,), (estimated,), (theta,), variant, CONVENTION)


def _instruments(sample: Sample, kinds: Split, units: Codes, variant: Variant) -> tuple[Floats, tuple[str, ...]]:
    ones = np.ones(len(units))
    inside = within(sample.X[:, kinds.x], (units,), ones)
    own = sample.X[:, kinds.x1]
    names = [f"within({sample.names[column]})" for column in kinds.x]
    names += [sample.names[column] for column in kinds.z1]
    exogenous = [sample.names[column] for column in kinds.x1]
    if variant == "hausman-taylor":
        between = group_means(own, units, ones)[units]
        names += map(mean_of, exogenous)
    else:
        between = _by_year(sample, own, units)
        years = np.unique(sample.years)
        names += [f"{name} in {year}" for name in exogenous for year in years]
    constant, n_groups = 1 + len(kinds.z1) + between.shape[1], int(units.max()) + 1
    if constant >= n_groups:
        raise EstimationError(
            f"{constant} instruments between {n_groups} regions fit the endogenous terms exactly",
            advice="Use hausman-taylor, fewer years or fewer exogenous terms",
        )
    return np.column_stack([inside, ones, sample.X[:, kinds.z1], between]), tuple(names)


def _by_year(sample: Sample, columns: Floats, units: Codes) -> Floats:
    """Each region's values of all years in each of its rows: (n, columns × T)."""
    n_groups, n_years = int(units.max()) + 1, int(sample.year_codes.max()) + 1
    if len(units) != n_groups * n_years:
        raise EstimationError(
            "Amemiya–MaCurdy instruments need every region in every year",
            advice="Use hausman-taylor, or years that all regions have",
        )
    blocks = columns.reshape(n_groups, n_years, -1).transpose(0, 2, 1).reshape(n_groups, -1)
    return np.asarray(blocks[units], dtype=np.float64)


def _projected(X: Floats, instruments: Floats) -> Floats:
    norms = np.linalg.norm(instruments, axis=0)
    seen = norms > 0
    left, values, _ = np.linalg.svd(instruments[:, seen] / norms[seen], full_matrices=False)
    basis = left[:, values > COLLINEAR * values.max(initial=0.0)]
    return np.asarray(basis @ (basis.T @ X), dtype=np.float64)


def _identified(data: Transformed) -> Solution:
    try:
        return solve(data)
    except EstimationError as error:
        raise EstimationError(
            f"the instruments do not identify the coefficients: {error.message}",
            where="after projection on the instruments",
            advice="Leave the term out, or name other endogenous terms",
        ) from error
