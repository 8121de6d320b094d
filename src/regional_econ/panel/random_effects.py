"""How are random effects estimated? Feasible GLS, one-way or two-way, with the components of `variance_components`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from regional_econ.panel.demean import Codes, Floats, group_sums
from regional_econ.panel.estimators import Sample, effect_codes, with_intercept
from regional_econ.panel.least_squares import Transformed
from regional_econ.panel.variance_components import Components, Method, cross_counts, variance_components


def random_effects(
    sample: Sample, effects: tuple[str, ...] | Codes, method: Method = "swamy-arora"
) -> tuple[Transformed, Components]:
    """Rows times σ_e Ω^(−1/2), the symmetric root, with an intercept: least squares on them is GLS.

    One effect is quasi-demeaned by its theta. Two are taken out together: Ω/σ²_e = I + DΛD' with the dummies
    D (n × (N+T)) of both, so its root needs the eigenvectors of an (N+T) × (N+T) matrix only. On a balanced panel
    this is the transformation of Fuller & Battese.

    Source: Fuller & Battese (1974, J. Econometrics 2); Baltagi (2021, Econometric Analysis of Panel Data, 2.3 and 3.3).
    Held against plm 2.6-2 and R's dense GLS in 48 cases and linearmodels 7.1's RandomEffects
    (tests/panel/test_random_effects.py, test_peers.py).

    Parameters
    ----------
    sample : complete cases.
    effects : ("region",), ("year",) or ("region", "year"); or the codes (n,) of any one grouping.
    method : estimator of the variance components.

    Returns
    -------
    the transformed regression and the components, in the order of the effects

    Raises
    ------
    OptionError : an unknown method.
    EstimationError : too few groups or rows for the components, an outcome without error, or regressors that the
        method's residuals cannot separate from the effects.
    """
    codes = effect_codes(sample, effects) if isinstance(effects, tuple) else (effects,)
    found = variance_components(sample, codes, method)
    full = with_intercept(sample)
    columns = whitened(np.column_stack([full.y, full.X]), codes, found.sigma2_e, found.sigma2)
    norms = np.linalg.norm(full.X, axis=0)
    y, X = columns[:, 0], columns[:, 1:]
    return Transformed(y, X, full.names, full.units, full.years, full.weights, (), norms), found


def whitened(columns: Floats, codes: tuple[Codes, ...], sigma2_e: float, sigma2: Sequence[float]) -> Floats:
    """Columns (n, p) times σ_e Ω^(−1/2), where Ω has σ²_e on the diagonal and each effect's variance within its groups.

    >>> whitened(np.array([[3.0], [5.0]]), (np.array([0, 0]),), 1.0, [1.5]).ravel().tolist()
    [1.0, 3.0]
    """
    roots = [np.full(int(group.max()) + 1, np.sqrt(s / sigma2_e)) for group, s in zip(codes, sigma2, strict=True)]
    if len(codes) == 1:
        share = _shrinkage(roots[0] ** 2 * np.bincount(codes[0])) * roots[0] ** 2
        taken: Floats = share[:, None] * group_sums(columns, codes[0])
        return columns - taken[codes[0]]
    root = np.concatenate(roots)
    values, vectors = np.linalg.eigh(root[:, None] * cross_counts(codes) * root)
    inner = (vectors * _shrinkage(np.maximum(values, 0.0))) @ vectors.T * root[:, None] * root
    taken = inner @ np.concatenate([group_sums(columns, group) for group in codes])
    first, second = np.split(taken, [len(roots[0])])
    return columns - first[codes[0]] - second[codes[1]]


def _shrinkage(values: Floats) -> Floats:
    """(1 − 1/√(1+s)) / s, which is 1/2 at zero."""
    safe = np.where(values > 0, values, 1.0)
    return np.where(values > 0, -np.expm1(-0.5 * np.log1p(safe)) / safe, 0.5)
