"""Which observations does a specification use? Outcome, regressors, units, year cells and weights as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ.causal.declaration import Effects, Multiverse, Scale, Term, Units
from regional_econ.causal.scales import FloatArray, term_matrix
from regional_econ.core.panel import Panel

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Regressor:
    """A term at a lag in years (a negative lag is a lead)."""

    term: Term
    lag: int

    @property
    def name(self) -> str:
        """Column name: the term with its lag."""
        return f"{self.term.id}@{self.lag}"


@dataclass(frozen=True)
class Sample:
    """Complete cases, sorted by region and year.

    ``y`` (n,), ``X`` (n, p) with ``columns``; ``region``, ``unit`` and ``cell`` (n,) codes of clusters, unit
    effects and year (or district-year) effects; ``year`` (n,) calendar years; ``weights`` (n,) with mean one.
    """

    y: FloatArray
    X: FloatArray
    columns: tuple[str, ...]
    region: IntArray
    unit: IntArray
    cell: IntArray
    year: IntArray
    weights: FloatArray
    regions: tuple[str, ...]


def build_sample(
    panel: Panel,
    multiverse: Multiverse,
    *,
    scale: Scale,
    years: tuple[int, int],
    units: Units,
    effects: Effects,
    regressors: Sequence[Regressor],
) -> Sample:
    """Return the complete cases of an outcome on regressors.

    Parameters
    ----------
    panel : official figures.
    multiverse : outcome and weighting constants.
    scale : ``ln`` (zeros dropped, weights one) or ``logit_wls`` (half-counts, precision weights).
    years : first and last year of the outcome.
    units : unit effects; they are also cut where a regressor's method breaks.
    effects : whether year effects are national or by federal district.
    regressors : terms with their lags.

    Returns
    -------
    the sample without observations that stand alone in a unit or year cell.

    Raises
    ------
    EstimationError : fewer than two observations a unit remain.
    """
    span = list(range(years[0], years[1] + 1))
    y, weights = _outcome(panel, multiverse, scale, span)
    columns = tuple(regressor.name for regressor in regressors)
    shape = y.shape
    X = np.stack([_layer(panel, regressor, span) for regressor in regressors], axis=-1)
    year = np.broadcast_to(np.array(span), shape)
    region = np.broadcast_to(np.arange(shape[0])[:, None], shape)
    keep = np.isfinite(y) & np.isfinite(X).all(axis=-1)
    unit = region * 1000 + (_regime(panel, multiverse, units, regressors, span)[None, :])
    district = _districts(panel) if effects == "region+district_year" else np.zeros(shape[0], dtype=np.int64)
    cell = year * 100 + district[:, None]
    keep = _without_singletons(keep, unit, cell)
    if keep.sum() < 2:
        raise EstimationError("no complete cases", where=f"{years[0]}–{years[1]}", advice="Check the variables")
    w = np.broadcast_to(weights[:, None], shape)[keep]
    return Sample(
        y[keep], X[keep], columns, region[keep], _codes(unit[keep]), _codes(cell[keep]), year[keep], w / w.mean(),
        panel.region_ids,
    )  # fmt: skip


def _outcome(panel: Panel, multiverse: Multiverse, scale: Scale, span: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    percent = panel.matrix(multiverse.outcome, years=span).to_numpy(dtype=float)
    if scale == "ln":
        return np.log(np.where(percent > 0, percent, np.nan)), np.ones(len(percent))
    employed = panel.matrix("employed_thousand", years=span).to_numpy(dtype=float)
    organisations = multiverse.organisations_per_thousand_employed * _row_mean(employed)
    share = percent / 100
    n = organisations[:, None]
    y = np.log((share * n + 0.5) / ((1 - share) * n + 0.5))
    mean_share = (_row_mean(share) * organisations + 0.5) / (organisations + 1)
    sampling = 1 / (organisations * mean_share * (1 - mean_share))
    weights = 1 / (multiverse.logit_sd_beyond_sampling**2 + sampling)
    return y, np.where(np.isfinite(weights), weights, 0.0)


def _layer(panel: Panel, regressor: Regressor, span: Sequence[int]) -> FloatArray:
    return term_matrix(panel, regressor.term, [year - regressor.lag for year in span]).to_numpy(dtype=float)


def _regime(
    panel: Panel, multiverse: Multiverse, units: Units, regressors: Sequence[Regressor], span: Sequence[int]
) -> IntArray:
    dates = np.array(span)
    regime = np.zeros(len(span), dtype=np.int64)
    if units == "region_method":
        for change in panel.variable(multiverse.outcome).breaks:
            regime += dates >= change.year
    for lag, cut in sorted({(regressor.lag, cut) for regressor in regressors for cut in regressor.term.cut}):
        regime = 2 * regime + (dates - lag >= cut)
    return np.asarray(regime)


def _districts(panel: Panel) -> IntArray:
    names = [panel.regions[region].district or region for region in panel.region_ids]
    order = {name: code for code, name in enumerate(sorted(set(names)))}
    return np.array([order[name] for name in names], dtype=np.int64)


def _without_singletons(keep: BoolArray, unit: IntArray, cell: IntArray) -> BoolArray:
    while True:
        lonely = _lonely(unit[keep]) | _lonely(cell[keep])
        if not lonely.any():
            return keep
        keep = keep.copy()
        keep[keep] = ~lonely


def _lonely(codes: IntArray) -> BoolArray:
    _, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse] == 1)


def _codes(values: IntArray) -> IntArray:
    return np.asarray(np.unique(values, return_inverse=True)[1])


def _row_mean(values: FloatArray) -> FloatArray:
    count = np.isfinite(values).sum(axis=1)
    return np.asarray(np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan))


def region_starts(region: IntArray) -> IntArray:
    """Return where each region's block starts in sorted codes.

    >>> region_starts(np.array([0, 0, 3, 3, 3]))
    array([0, 2])
    """
    return np.flatnonzero(np.r_[True, [a != b for a, b in pairwise(region.tolist())]])
