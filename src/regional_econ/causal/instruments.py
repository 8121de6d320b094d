"""Two-stage least squares on arrays: is the instrument strong, and what does it say? Effects are taken out exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option
from regional_econ.causal.scales import FloatArray
from regional_econ.panel.blocks import is_nested
from regional_econ.panel.demean import Codes, effect_rank, group_sums, within

Errors = Literal["iid", "HC0", "HC1", "CR0", "CR1", "CR1S"]
RULE_OF_THUMB = 10.0  # Staiger & Stock (1997)
BIASES = (0.05, 0.10, 0.20, 0.30)  # worst-case relative biases that Montiel Olea & Pflueger tabulate
_COLLINEAR = 1e-9


@dataclass(frozen=True)
class Instrumented:
    """A regression with instruments once controls, effects and weights are taken out.

    ``y`` (n,), ``X`` (n, m) endogenous, ``Z`` (n, q) excluded instruments, rows times the roots of their weights;
    ``cluster`` (n,) codes or None; ``n_absorbed`` columns taken out, ``n_crossing`` the same with effects nested in
    the clusters counted as one (CR1S).
    """

    y: FloatArray
    X: FloatArray
    Z: FloatArray
    cluster: Codes | None
    n_absorbed: int
    n_crossing: int

    @property
    def n_obs(self) -> int:
        """Number of rows."""
        return len(self.y)

    @property
    def n_clusters(self) -> int | None:
        """Number of clusters, None without."""
        return None if self.cluster is None else int(self.cluster.max()) + 1

    def df(self, n_regressors: int, errors: Errors) -> int:
        """Degrees of freedom of t and F: n − K, or clusters less one."""
        if errors in ("iid", "HC0", "HC1"):
            return self.n_obs - self.n_absorbed - n_regressors
        return _clusters(self, errors) - 1


@dataclass(frozen=True)
class TwoStage:
    """Two-stage least squares: ``beta`` (m,), ``covariance`` (m, m), ``residuals`` (n,) of the structural equation."""

    beta: FloatArray
    covariance: FloatArray
    residuals: FloatArray
    errors: Errors
    df: int
    n_obs: int

    @property
    def std_error(self) -> FloatArray:
        """(m,) standard errors."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def __str__(self) -> str:
        pairs = zip(self.beta, self.std_error, strict=True)
        return f"2SLS ({self.errors}): " + ", ".join(f"{b:.4g} ({s:.3g})" for b, s in pairs) + f", n = {self.n_obs}."


@dataclass(frozen=True)
class FirstStage:
    """How strong are the instruments?

    ``coef`` (q, m) and ``covariance`` (q·m, q·m), one block an endogenous variable; ``f`` (m,) Wald F of the excluded
    instruments under ``errors`` and ``f_iid`` (m,) under equal variances; ``kleibergen_paap`` rk Wald F over q (with
    one endogenous variable the same as ``f``; under iid errors Cragg–Donald). For one endogenous variable
    ``effective_f`` and its 5 % critical values by worst-case bias, else None and empty.
    """

    coef: FloatArray
    covariance: FloatArray
    f: FloatArray
    f_iid: FloatArray
    kleibergen_paap: float
    effective_f: float | None
    effective_critical: dict[float, float]
    errors: Errors

    def __str__(self) -> str:
        if self.effective_f is None:
            return f"First stage ({self.errors}): Kleibergen–Paap F {self.kleibergen_paap:.2f}."
        limit = self.effective_critical[0.10]
        return (
            f"First stage ({self.errors}): effective F {self.effective_f:.2f}; {limit:.2f} keeps the bias below 10 %"
            f" of the worst case, the rule of thumb is {RULE_OF_THUMB:.0f}."
        )


def instrumented(
    y: FloatArray,
    X: FloatArray,
    Z: FloatArray,
    *,
    controls: FloatArray | None = None,
    effects: tuple[Codes, ...] = (),
    weights: FloatArray | None = None,
    cluster: NDArray[np.intp] | None = None,
) -> Instrumented:
    """Take controls and effects out of outcome, endogenous variables and instruments.

    Parameters
    ----------
    y : (n,) outcome.
    X : (n, m) endogenous variables.
    Z : (n, q) excluded instruments, q ≥ m.
    controls : (n, p) included exogenous columns, the intercept among them where there are no effects.
    effects : none, one or two arrays (n,) of codes.
    weights : (n,) positive, ones by default.
    cluster : (n,) codes.

    Raises
    ------
    EstimationError : fewer instruments than endogenous variables, missing values, or columns without variation of
        their own.

    Examples
    --------
    >>> z = np.arange(6.0)[:, None]
    >>> data = instrumented(2 * z[:, 0], z, z, controls=np.ones((6, 1)))
    >>> two_stage(data, errors="HC0").beta.round(12).tolist()
    [2.0]
    """
    _check_shapes(y, X, Z)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    codes = tuple(np.unique(one, return_inverse=True)[1] for one in effects)
    groups = None if cluster is None else np.unique(cluster, return_inverse=True)[1]
    columns = np.column_stack([y, X, Z] if controls is None else [y, X, Z, controls])
    if not np.isfinite(columns).all() or not (w > 0).all():
        raise EstimationError("missing values or weights not above zero", advice="Pass complete cases")
    root = np.sqrt(w)[:, None]
    left = within(columns, codes, w) * root
    rank = effect_rank(codes) if codes else 0
    crossing = rank
    if groups is not None:
        nested = [one for one in codes if is_nested(one, groups)]
        crossing += len(nested) - sum(int(one.max()) + 1 for one in nested)
    width = 1 + X.shape[1] + Z.shape[1]
    data, extra = left[:, :width], left[:, width:]
    if controls is not None:
        basis = _basis(extra, np.linalg.norm(controls * root, axis=0))
        data = data - basis @ (basis.T @ data)
        data = data - basis @ (basis.T @ data)
        rank, crossing = rank + basis.shape[1], crossing + basis.shape[1]
    m = X.shape[1]
    _check_own_variation(data[:, 1:], np.linalg.norm(columns[:, 1:width] * root, axis=0))
    return Instrumented(data[:, 0], data[:, 1 : 1 + m], data[:, 1 + m :], groups, rank, crossing)


def two_stage(data: Instrumented, *, errors: Errors) -> TwoStage:
    """Estimate the effects of the endogenous variables by two-stage least squares.

    Parameters
    ----------
    data : regression with controls and effects taken out.
    errors : ``iid`` s² = SSR/(n−K); ``HC0``; ``HC1`` times n/(n−K); ``CR0``; ``CR1`` times G/(G−1); ``CR1S`` times
        G/(G−1) · (n−1)/(n−K), effects nested in the clusters counting as one.

    Raises
    ------
    EstimationError : clustered errors without clusters, no degrees of freedom, or instruments without relevance.

    Source: Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, ch. 5 and 8; Held against
    linearmodels on Card (1995).
    """
    fitted = data.Z @ np.linalg.lstsq(data.Z, data.X, rcond=None)[0]
    _check_own_variation(fitted, np.linalg.norm(data.X, axis=0))
    bread = np.linalg.inv(fitted.T @ fitted)
    beta = bread @ (fitted.T @ data.y)
    residuals = data.y - data.X @ beta
    meat = score_covariance(data, fitted, residuals[:, None], errors=errors, n_regressors=data.X.shape[1])
    df = data.df(data.X.shape[1], errors)
    return TwoStage(beta, bread @ meat @ bread, residuals, errors, df, data.n_obs)


def first_stage(data: Instrumented, *, errors: Errors) -> FirstStage:
    """Regress the endogenous variables on the instruments and measure their strength.

    Parameters
    ----------
    data : regression with controls and effects taken out.
    errors : as in :func:`two_stage`; every statistic but ``f_iid`` uses them, with their factor.

    Raises
    ------
    EstimationError : clustered errors without clusters, or no degrees of freedom.

    Source: Montiel Olea, Pflueger (2013), JBES 31(3), section 4; Kleibergen, Paap (2006), J. Econometrics 133.
    Held against pyfixest's effective F, ivmodels' Cragg–Donald statistic and matrix formulas written out in the tests.
    """
    q, m = data.Z.shape[1], data.X.shape[1]
    gram = data.Z.T @ data.Z
    inverse = np.linalg.inv(gram)
    coef = inverse @ (data.Z.T @ data.X)
    left = data.X - data.Z @ coef
    bread = np.kron(np.eye(m), inverse)
    covariance = bread @ score_covariance(data, data.Z, left, errors=errors, n_regressors=q) @ bread
    plain = bread @ score_covariance(data, data.Z, left, errors="iid", n_regressors=q) @ bread
    effective, critical = None, dict[float, float]()
    if m == 1:
        w2 = _root(gram) @ covariance @ _root(gram)
        effective = float(coef[:, 0] @ gram @ coef[:, 0] / np.trace(w2))
        critical = {bias: effective_f_critical(w2, bias=bias) for bias in BIASES}
    rk = _kleibergen_paap(coef, covariance, gram, left.T @ left)
    return FirstStage(coef, covariance, _f(coef, covariance), _f(coef, plain), rk, effective, critical, errors)


def effective_f_critical(w2: FloatArray, *, bias: float = 0.10, alpha: float = 0.05) -> float:
    """Return the critical value of the effective F by the simplified (conservative) procedure.

    Parameters
    ----------
    w2 : (q, q) covariance of the first-stage coefficients in the metric of the instruments; its scale is free.
    bias : largest Nagar bias tolerated, relative to the worst case (τ).
    alpha : size of the test.

    Raises
    ------
    OptionError : a bias or size outside (0, 1).

    Source: Montiel Olea, Pflueger (2013), eq. for K_eff with x = 1/τ and Patnaik's approximation. Held against the
    values printed for one instrument (37.418, 23.109, 15.062; 12.039 where 1/τ is rounded to 3.33).

    Examples
    --------
    >>> [round(effective_f_critical(np.eye(1), bias=bias), 2) for bias in (0.05, 0.10, 0.20, 0.30)]
    [37.42, 23.11, 15.06, 12.05]
    """
    if not (0 < bias < 1 and 0 < alpha < 1):
        raise OptionError("bias and size lie between 0 and 1", advice="Use .05, .10, .20 or .30")
    x = 1 / bias
    trace, largest = float(np.trace(w2)), float(np.linalg.eigvalsh(w2)[-1])
    k = trace**2 * (1 + 2 * x) / (float((w2 * w2).sum()) + 2 * x * trace * largest)
    return float(stats.ncx2.isf(alpha, k, k * x) / k)


def score_covariance(
    data: Instrumented, Z: FloatArray, U: FloatArray, *, errors: Errors, n_regressors: int
) -> FloatArray:
    """Return the covariance of vec(Z'U), its small-sample factor included.

    Parameters
    ----------
    data : supplies clusters and counts.
    Z : (n, q) columns that meet the residuals.
    U : (n, p) residuals of p equations.
    errors : as in :func:`two_stage`.
    n_regressors : coefficients of each equation beside what was taken out.

    Returns
    -------
    (p·q, p·q), block (i, j) for equations i and j.

    Raises
    ------
    EstimationError : clustered errors without clusters, or no degrees of freedom.
    """
    check_option("errors", errors, Errors)
    n, df = data.n_obs, data.n_obs - data.n_absorbed - n_regressors
    if df <= 0:
        raise EstimationError(f"{n} observations leave no degrees of freedom", advice="Use fewer controls")
    if errors == "iid":
        return np.asarray(np.kron(U.T @ U / df, Z.T @ Z))
    scores = (U[:, :, None] * Z[:, None, :]).reshape(n, -1)
    if errors in ("HC0", "HC1"):
        return np.asarray(scores.T @ scores * (n / df if errors == "HC1" else 1.0))
    groups = _clusters(data, errors)
    sums = group_sums(scores, np.asarray(data.cluster))
    factor = 1.0 if errors == "CR0" else groups / (groups - 1)
    if errors == "CR1S":
        factor *= (n - 1) / (n - data.n_crossing - n_regressors)
    return np.asarray(sums.T @ sums * factor)


def _clusters(data: Instrumented, errors: Errors) -> int:
    groups = data.n_clusters
    if groups is None or groups < 2:
        raise EstimationError(f"{errors} errors need two clusters or more", advice="Pass cluster=, or use HC1")
    return groups


def _f(coef: FloatArray, covariance: FloatArray) -> FloatArray:
    q, m = coef.shape
    blocks = [covariance[j * q : (j + 1) * q, j * q : (j + 1) * q] for j in range(m)]
    return np.array([coef[:, j] @ np.linalg.solve(blocks[j], coef[:, j]) / q for j in range(m)])


def _kleibergen_paap(coef: FloatArray, covariance: FloatArray, gram: FloatArray, left: FloatArray) -> float:
    """The rk Wald statistic of rank m − 1 over q: the smallest singular value of the normalised coefficients."""
    q, m = coef.shape
    rows, columns = _root(gram), np.linalg.inv(_root(left))
    U, _, Vt = np.linalg.svd(rows @ coef @ columns)
    null, direction = U[:, m - 1 :].T @ rows, columns @ Vt[m - 1]
    moment = null @ coef @ direction
    selector = np.kron(direction[None, :], null)
    return float(moment @ np.linalg.solve(selector @ covariance @ selector.T, moment) / q)


def _root(matrix: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(values)) @ vectors.T)


def _basis(columns: FloatArray, scale: FloatArray) -> FloatArray:
    """Orthonormal basis of the controls; those that are sums of effects or of others are dropped."""
    kept = columns[:, np.linalg.norm(columns, axis=0) > _COLLINEAR * scale]
    U, s, _ = np.linalg.svd(kept / np.linalg.norm(kept, axis=0), full_matrices=False)
    return np.asarray(U[:, s > _COLLINEAR])


def _check_shapes(y: FloatArray, X: FloatArray, Z: FloatArray) -> None:
    if X.ndim != 2 or Z.ndim != 2 or not len(y) == len(X) == len(Z):
        raise EstimationError("X and Z must be (n, columns) beside y (n,)", advice="Use x[:, None] for one column")
    if Z.shape[1] < X.shape[1]:
        raise EstimationError(
            f"{Z.shape[1]} instruments cannot identify {X.shape[1]} endogenous variables", advice="Add instruments"
        )


def _check_own_variation(columns: FloatArray, scale: FloatArray) -> None:
    if (np.linalg.norm(columns, axis=0) <= _COLLINEAR * scale).any():
        raise EstimationError("a column does not vary of its own", advice="Leave it out, or use fewer controls")
