"""What does a shift-share regressor do, and how sure is that when regions with similar shares share their errors?

X = Σ_s w_s g_s with shares w (regions × sectors) and shocks g. Reduced form: y on X. Instrumental: y on an endogenous
variable with X as its instrument. Five inferences side by side: equal variances, robust, clusters of regions, and
those of Adão, Kolesár and Morales that let errors be correlated through the shares (AKM, and AKM0 under the null).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option
from regional_econ.causal.instruments import Errors, Instrumented, instrumented, score_covariance
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.weak_instruments import ConfidenceSet, wald_set
from regional_econ.panel.demean import Codes, group_sums

SmallSample = Literal["none", "CR1S"]
_COLLINEAR = 1e-10


@dataclass(frozen=True)
class ShiftShare:
    """One shift-share estimate under five inferences.

    ``std_errors`` by name: ``iid``, ``EHW``, ``region`` (where regions are clustered), ``AKM`` and ``AKM0``, whose
    standard error is the length of its set over 2·1.96 and infinite where the set is unbounded; ``akm0`` is that set
    and ``akm0_p`` the p-value of no effect. ``n_shocks`` counts sectors, or clusters of sectors.
    """

    estimate: float
    std_errors: dict[str, float]
    akm0: ConfidenceSet
    akm0_p: float
    first_stage: float | None
    n_obs: int
    n_shocks: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row an inference: inference, estimate, std_error, conf_low, conf_high, p_value."""
        z = float(stats.norm.isf((1 - self.akm0.level) / 2))
        rows = []
        for name, error in self.std_errors.items():
            low, high = self.estimate - z * error, self.estimate + z * error
            p = float(2 * stats.norm.sf(abs(self.estimate) / error))
            if name == "AKM0":
                pieces = self.akm0.pieces
                low, high = (pieces[0][0], pieces[-1][1]) if pieces else (np.nan, np.nan)
                p = self.akm0_p
            rows.append((name, self.estimate, error, low, high, p))
        return pd.DataFrame(rows, columns=["inference", "estimate", "std_error", "conf_low", "conf_high", "p_value"])

    def __str__(self) -> str:
        errors = ", ".join(f"{name} {error:.4g}" for name, error in self.std_errors.items())
        return f"{self.estimate:.4g} ({errors}); AKM0 {self.akm0}; {self.n_obs} rows, {self.n_shocks} shocks."


@dataclass(frozen=True)
class RotembergWeights:
    """How much does each sector's share weigh in the shift-share estimate?

    ``weights`` (S,) sum to one; ``estimates`` (S,) of each share as the only instrument, NaN where it explains none of
    the endogenous variable; their weighted sum is ``estimate``.
    """

    weights: FloatArray
    estimates: FloatArray
    estimate: float

    @property
    def negative(self) -> float:
        """Sum of the negative weights: beyond zero the estimate is no average of the sectors' ones."""
        return float(self.weights[self.weights < 0].sum())

    def to_frame(self) -> pd.DataFrame:
        """Return sector, weight, estimate, the heaviest sector first."""
        frame = pd.DataFrame(
            {"sector": np.arange(len(self.weights)), "weight": self.weights, "estimate": self.estimates}
        )
        order = np.argsort(-np.abs(self.weights), kind="stable")
        return frame.iloc[order].reset_index(drop=True)


def shift_share(
    y: FloatArray,
    shares: FloatArray,
    regressor: FloatArray,
    *,
    endogenous: FloatArray | None = None,
    controls: FloatArray | None = None,
    effects: tuple[Codes, ...] = (),
    weights: FloatArray | None = None,
    regions: NDArray[np.intp] | None = None,
    sectors: NDArray[np.intp] | None = None,
    small_sample: SmallSample = "none",
    level: float = 0.95,
    null: float = 0.0,
) -> ShiftShare:
    """Estimate the effect of a shift-share regressor, or of a variable that it instruments.

    Parameters
    ----------
    y : (n,) outcome.
    shares : (n, S) of full column rank.
    regressor : (n,) the shift-share regressor, shares times shocks.
    endogenous : (n,) variable that the shift-share regressor instruments; None for the reduced form.
    controls : (n, p), the intercept among them where there are no effects; where shares do not sum to one, the sum is
        a control that AKM needs.
    effects : none, one or two arrays (n,) of codes.
    weights : (n,) positive.
    regions : (n,) codes of clusters of rows.
    sectors : (S,) codes of clusters of shocks.
    small_sample : ``CR1S`` gives iid n−K, EHW n/(n−K) and region clusters G/(G−1) · (n−1)/(n−K); ``none`` gives n and
        no factor. AKM and AKM0 have none.
    level : of the AKM0 set.
    null : value that ``akm0_p`` tests.

    Raises
    ------
    EstimationError : more sectors than rows or collinear shares (AKM has no value then), or a regressor without
        variation of its own.

    Source: Adão, Kolesár, Morales (2019), QJE 134(4), remarks 5-6 and section V. Held against ShiftShareSE on Autor,
    Dorn, Hanson (2013), and AKM0's test against its set point by point.
    """
    check_option("small_sample", small_sample, SmallSample)
    treated = regressor if endogenous is None else endogenous
    data = instrumented(
        y, treated[:, None], regressor[:, None], controls=controls, effects=effects, weights=weights, cluster=regions
    )
    X, Z = data.X[:, 0], data.Z[:, 0]
    scale = float(Z @ X)
    estimate = float(Z @ data.y) / scale
    residuals = data.y - estimate * X
    errors = _plain_errors(data, residuals, scale, small_sample)
    root = 1.0 if weights is None else np.sqrt(weights)[:, None]
    rows = shares * root
    loading = _shock_residuals(rows, Z)
    codes = np.arange(len(loading)) if sectors is None else np.unique(sectors, return_inverse=True)[1]
    moments = rows.T @ np.column_stack([data.y, X]) * loading[:, None]
    scores = group_sums(moments, codes)
    errors["AKM"] = float(np.linalg.norm(scores[:, 0] - estimate * scores[:, 1]) / abs(scale))
    # AKM0 replaces the residuals by y − b₀X, which are those under the null.
    z = float(stats.norm.isf((1 - level) / 2))
    sums = np.array([[Z @ data.y, scale]])
    found = wald_set(sums, scores.T @ scores, critical=z * z, level=level)
    length = found.pieces[-1][1] - found.pieces[0][0] if found.pieces else np.nan
    errors["AKM0"] = float(length / (2 * z)) if found.bounded else float(np.inf)
    statistic = abs(sums[0, 0] - null * scale) / np.linalg.norm(scores[:, 0] - null * scores[:, 1])
    p = float(2 * stats.norm.sf(statistic))
    first = None if endogenous is None else scale / float(Z @ Z)
    return ShiftShare(estimate, errors, found, p, first, data.n_obs, len(scores))


def rotemberg(
    y: FloatArray,
    shares: FloatArray,
    shocks: FloatArray,
    *,
    endogenous: FloatArray | None = None,
    controls: FloatArray | None = None,
    effects: tuple[Codes, ...] = (),
    weights: FloatArray | None = None,
) -> RotembergWeights:
    """Decompose a shift-share estimate into one estimate a sector.

    Parameters
    ----------
    shocks : (S,), one a sector; the shift-share regressor is shares times shocks.
    y, shares, endogenous, controls, effects, weights : as in :func:`shift_share`.

    Raises
    ------
    EstimationError : a regressor without variation of its own.

    Source: Goldsmith-Pinkham, Sorkin, Swift (2020), AER 110(8), Proposition 3. Held against one two-stage least squares
    a sector, run in the tests.
    """
    regressor = shares @ shocks
    treated = regressor if endogenous is None else endogenous
    data = instrumented(y, treated[:, None], regressor[:, None], controls=controls, effects=effects, weights=weights)
    # Controls and effects are already out of y and X, so the shares need only the root of the weights.
    rows = shares if weights is None else shares * np.sqrt(weights)[:, None]
    with_treated, with_outcome = rows.T @ data.X[:, 0], rows.T @ data.y
    shifted = shocks * with_treated
    total = float(shifted.sum())
    usable = np.abs(with_treated) > _COLLINEAR * np.linalg.norm(rows, axis=0) * np.linalg.norm(data.X)
    estimates = np.full(len(shocks), np.nan)
    estimates[usable] = with_outcome[usable] / with_treated[usable]
    return RotembergWeights(shifted / total, estimates, float(shocks @ with_outcome / total))


def _plain_errors(
    data: Instrumented, residuals: FloatArray, scale: float, small_sample: SmallSample
) -> dict[str, float]:
    finite = small_sample == "CR1S"
    wanted: dict[str, Errors] = {"iid": "iid", "EHW": "HC1" if finite else "HC0"}
    if data.cluster is not None:
        wanted["region"] = "CR1S" if finite else "CR0"
    found = {}
    for name, errors in wanted.items():
        meat = score_covariance(data, data.Z, residuals[:, None], errors=errors, n_regressors=1)[0, 0]
        if name == "iid" and not finite:
            meat *= data.df(1, "iid") / data.n_obs
        found[name] = float(np.sqrt(meat) / abs(scale))
    return found


def _shock_residuals(rows: FloatArray, Z: FloatArray) -> FloatArray:
    """Residual shocks: coefficients (S,) of the residual regressor on the shares."""
    if rows.shape[1] > rows.shape[0]:
        raise EstimationError(
            f"{rows.shape[1]} sectors in {rows.shape[0]} rows leave AKM without a value",
            advice="Merge sectors",
        )
    loading, _, rank, _ = np.linalg.lstsq(rows, Z, rcond=_COLLINEAR)
    if rank < rows.shape[1]:
        raise EstimationError(
            f"{rows.shape[1] - rank} shares are combinations of others, so AKM has no value", advice="Merge sectors"
        )
    return np.asarray(loading)
