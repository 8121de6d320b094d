"""How are random effects estimated? Feasible GLS with the Swamy–Arora components, exact on unbalanced panels.

σ²_e is the within regression's SSR/(N − G − k). σ²_u solves the expectation of the between sum of squares, in
which each group's mean is repeated over its T_i rows (Baltagi & Chang 1994; Baltagi, Econometric Analysis of
Panel Data, ch. 9); on a balanced panel this is Swamy & Arora (1972). Rows are then quasi-demeaned by
θ_i = 1 − √(σ²_e / (T_i σ²_u + σ²_e)). These are plm's conventions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.panel.demean import Codes, Floats, group_means, within
from regional_econ.panel.estimators import Sample, with_intercept
from regional_econ.panel.least_squares import COLLINEAR, Transformed


@dataclass(frozen=True, slots=True)
class Components:
    """Variance components.

    Attributes
    ----------
    sigma2_e, sigma2_u : variances of the idiosyncratic error and of the group effect (never below zero).
    truncated : whether the estimate of σ²_u was negative and is set to zero.
    theta : (G,) share of the group mean taken out.
    """

    sigma2_e: float
    sigma2_u: float
    truncated: bool
    theta: Floats


def random_effects(sample: Sample, groups: Codes) -> tuple[Transformed, Components]:
    """Quasi-demeaned regression with an intercept.

    Parameters
    ----------
    sample : complete cases.
    groups : (n,) codes of the random effect.

    Raises
    ------
    EstimationError : too few groups or rows for the two variance components.
    """
    full = with_intercept(sample)
    found = swamy_arora(sample, groups)
    columns = np.column_stack([full.y, full.X])
    columns = columns - found.theta[groups][:, None] * group_means(columns, groups, np.ones(len(groups)))[groups]
    norms = np.linalg.norm(full.X, axis=0)
    y, X = columns[:, 0], columns[:, 1:]
    return Transformed(y, X, full.names, full.units, full.years, full.weights, (), norms), found


def swamy_arora(sample: Sample, groups: Codes) -> Components:
    """Variance components of the one-way model."""
    ones = np.ones(len(groups))
    n, n_groups = len(groups), int(groups.max()) + 1
    sizes = np.bincount(groups).astype(np.float64)
    y_within = within(sample.y[:, None], (groups,), ones)
    X_within = within(sample.X, (groups,), ones)
    moving = np.linalg.norm(X_within, axis=0) > COLLINEAR * np.linalg.norm(sample.X, axis=0)
    ssr_within, rank_within = _ssr(y_within[:, 0], X_within[:, moving])
    df = n - n_groups - rank_within
    regressors = with_intercept(sample).X
    means = group_means(regressors / np.linalg.norm(regressors, axis=0), groups, ones)
    root = np.sqrt(sizes)
    weighted = means * root[:, None]
    y_means = group_means(sample.y[:, None], groups, ones)[:, 0] * root
    ssr_between, rank_between = _ssr(y_means, weighted)
    if df <= 0 or n_groups <= rank_between:
        raise EstimationError(
            f"{n_groups} groups and {n} rows cannot give both variance components",
            advice="Use fewer terms, or the pooled estimator",
        )
    sigma2_e = ssr_within / df
    cross = (weighted * sizes[:, None]).T @ weighted
    trace = float(np.trace(np.linalg.pinv(weighted.T @ weighted, rcond=1e-12, hermitian=True) @ cross))
    raw = (ssr_between - (n_groups - rank_between) * sigma2_e) / (n - trace)
    sigma2_u = max(raw, 0.0)
    theta = 1 - np.sqrt(sigma2_e / (sizes * sigma2_u + sigma2_e))
    return Components(sigma2_e, sigma2_u, raw < 0, theta)


def _ssr(y: Floats, X: Floats) -> tuple[float, int]:
    norms = np.linalg.norm(X, axis=0)
    beta, _, rank, _ = np.linalg.lstsq(X / norms, y, rcond=COLLINEAR)
    residuals = y - X / norms @ beta
    return float(residuals @ residuals), int(rank)
