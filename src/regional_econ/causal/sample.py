"""Which observations does a specification use? Outcome, regressors, units, year cells and weights as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ.causal.axes import Effects, Restriction, Scale, Term, Units, Weighting
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.scales import FloatArray, term_matrix
from regional_econ.core.panel import Panel

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
_REGIMES = 64
WHOLE = Restriction("all")


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
    effects and year (or district-year) effects; ``year`` (n,) calendar years; ``weights`` (n,) with mean one;
    ``effects`` that are to be taken out.
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
    effects: Effects

    def columns_of(self, terms: Sequence[str], lag: int) -> tuple[int, ...]:
        """Return the columns of some terms at a lag."""
        return tuple(self.columns.index(f"{term}@{lag}") for term in terms)


@dataclass(frozen=True)
class Layers:
    """Outcome and regressors of an era before anything is left out, regions × years.

    ``percent`` and ``employed`` (R, T); ``X`` (R, T, p) with ``columns``; ``years`` (T,); ``regime`` (T,) codes of the
    spans that unit effects do not cross; ``district`` (R,) codes.
    """

    percent: FloatArray
    employed: FloatArray
    X: FloatArray
    columns: tuple[str, ...]
    years: IntArray
    regime: IntArray
    district: IntArray
    regions: tuple[str, ...]


def build_sample(
    panel: Panel,
    multiverse: Multiverse,
    *,
    scale: Scale,
    weights: Weighting,
    years: tuple[int, int],
    units: Units,
    effects: Effects,
    regressors: Sequence[Regressor],
    without: Restriction = WHOLE,
) -> Sample:
    """Return the complete cases of an outcome on regressors.

    Parameters
    ----------
    panel : official figures.
    multiverse : outcome and weighting constants.
    scale, weights, effects : as in :func:`sift`.
    years : first and last year of the outcome.
    units : unit effects; they are also cut where a regressor's method breaks.
    regressors : terms with their lags.
    without : what the sample leaves out.

    Returns
    -------
    the sample without observations that stand alone in a unit or year cell.

    Raises
    ------
    EstimationError : fewer than two observations a unit remain.
    """
    matrices = {one.term.id: term_matrix(panel, one.term, panel.years) for one in regressors}
    layers = build_layers(panel, multiverse, years=years, units=units, regressors=regressors, matrices=matrices)
    return sift(layers, multiverse, scale=scale, weights=weights, effects=effects, without=without)


def alone_sample(panel: Panel, multiverse: Multiverse, extra: Sequence[Regressor] = ()) -> Sample:
    """Return the sample of the specification shown alone, over the terms of all drivers.

    Parameters
    ----------
    panel : official figures of its vintage.
    multiverse : the declared specifications.
    extra : further regressors; they stand last.
    """
    alone, era = multiverse.alone, multiverse.era(multiverse.alone.era)
    terms = [multiverse.terms[name] for name in multiverse.first_terms()]
    return build_sample(
        panel, multiverse, scale=alone.scale, weights=alone.weights, years=era.years, units=era.units,
        effects=alone.effects, without=multiverse.sample(alone.sample),
        regressors=[*(Regressor(term, alone.lag) for term in terms), *extra],
    )  # fmt: skip


def alone_columns(sample: Sample, multiverse: Multiverse, driver: str) -> tuple[int, ...]:
    """Return the columns of a driver and of its covariates in :func:`alone_sample`, the driver's first."""
    return sample.columns_of((driver, *multiverse.drivers[driver].covariates), multiverse.alone.lag)


def lead_regressors(driver: Term, lag: int, covariates: Sequence[tuple[Term, int]]) -> tuple[Regressor, ...]:
    """Return the driver of the next year, of this one and at its lag, then covariates of so many years before."""
    fixed = (Regressor(term, earlier) for term, earlier in covariates)
    return *(Regressor(driver, one) for one in (-1, 0, lag)), *fixed


def with_outcome(sample: Sample) -> Sample:
    """Return the sample with its last column as the outcome."""
    return replace(sample, y=sample.X[:, -1], X=sample.X[:, :-1], columns=sample.columns[:-1])


def district_codes(panel: Panel) -> IntArray:
    """Return (R,) codes of the regions' federal districts; a region without one is a district of its own."""
    names = [panel.regions[region].district or region for region in panel.region_ids]
    return _codes(np.array(names))


def build_layers(
    panel: Panel,
    multiverse: Multiverse,
    *,
    years: tuple[int, int],
    units: Units,
    regressors: Sequence[Regressor],
    matrices: Mapping[str, pd.DataFrame],
) -> Layers:
    """Return outcome and regressors of an era.

    Parameters
    ----------
    panel, multiverse, years, units, regressors : as in :func:`build_sample`.
    matrices : each term over all years of the panel, see `causal.scales.term_matrix`.
    """
    span = list(range(years[0], years[1] + 1))
    X = [matrices[one.term.id].reindex(columns=[year - one.lag for year in span]).to_numpy() for one in regressors]
    return Layers(
        panel.matrix(multiverse.outcome, years=span).to_numpy(dtype=float),
        panel.matrix("employed_thousand", years=span).to_numpy(dtype=float),
        np.stack(X, axis=-1),
        tuple(regressor.name for regressor in regressors),
        np.array(span),
        _regime(panel, multiverse, units, regressors, span),
        district_codes(panel),
        panel.region_ids,
    )


def sift(
    layers: Layers,
    multiverse: Multiverse,
    *,
    scale: Scale,
    weights: Weighting,
    effects: Effects,
    without: Restriction = WHOLE,
    max_covariates: int | None = None,
) -> Sample:
    """Return the complete cases of one scale, weighting, effects and sample.

    Parameters
    ----------
    layers : outcome and regressors of an era.
    multiverse : weighting constants.
    scale : ``ln`` (zeros dropped) or ``logit`` (half-counts).
    weights : ``none``, ``precision`` of the share (logit only) or mean ``employment`` in the era.
    effects : year effects are national or by federal district; with trends a unit needs three rows, with ``cce`` more
        than the loadings of the largest specification.
    without : what the sample leaves out.
    max_covariates : of a specification with ``cce``; None for all regressors.

    Returns
    -------
    the sample without observations that its effects fit perfectly.

    Raises
    ------
    EstimationError : fewer than two observations a unit remain.
    """
    y, weight = outcome_of(layers, multiverse, scale, weights)
    return complete_cases(layers, y, weight, effects=effects, without=without, max_covariates=max_covariates)


def complete_cases(
    layers: Layers,
    y: FloatArray,
    weight: FloatArray,
    *,
    effects: Effects,
    without: Restriction = WHOLE,
    max_covariates: int | None = None,
) -> Sample:
    """Return the complete cases of an outcome on any scale.

    Parameters
    ----------
    layers : regressors and units of an era.
    y : (R, T) outcome on its scale.
    weight : (R,) of the regions.
    effects, without, max_covariates : as in :func:`sift`.

    Raises
    ------
    EstimationError : fewer than two observations a unit remain.
    """
    shape = y.shape
    keep = np.isfinite(y) & np.isfinite(layers.X).all(axis=-1) & _admitted(layers, without)
    region = np.broadcast_to(np.arange(shape[0])[:, None], shape)
    unit = region * _REGIMES + layers.regime[None, :]
    district = layers.district if effects == "region+district_year" else np.zeros(shape[0], dtype=np.int64)
    cell = np.arange(shape[1])[None, :] * (int(district.max()) + 1) + district[:, None]
    covariates = layers.X.shape[-1] - 1 if max_covariates is None else max_covariates
    least = {"region_trend+year": 3, "cce": covariates + 4}.get(effects, 2)
    keep = _without_the_fitted(keep, unit, cell, least)
    if keep.sum() < 2:
        where = f"{layers.years[0]}–{layers.years[-1]}"
        raise EstimationError("no complete cases", where=where, advice="Check the variables")
    w = np.broadcast_to(weight[:, None], shape)[keep]
    return Sample(
        y[keep], layers.X[keep], layers.columns, region[keep], _codes(unit[keep]), _codes(cell[keep]),
        np.broadcast_to(layers.years, shape)[keep], w / w.mean(), layers.regions, effects,
    )  # fmt: skip


def outcome_of(
    layers: Layers, multiverse: Multiverse, scale: Scale, weights: Weighting
) -> tuple[FloatArray, FloatArray]:
    """Return the outcome (R, T) on its scale and the regions' weights (R,), as :func:`sift` takes them."""
    percent, employed = layers.percent, _row_mean(layers.employed)
    organisations = multiverse.organisations_per_thousand_employed * employed
    share, n = percent / 100, organisations[:, None]
    if scale == "ln":
        y = np.log(np.where(percent > 0, percent, np.nan))
    else:
        y = np.log((share * n + 0.5) / ((1 - share) * n + 0.5))
    if weights == "none":
        return y, np.ones(len(percent))
    if weights == "employment":
        return np.where(np.isfinite(employed)[:, None], y, np.nan), np.where(np.isfinite(employed), employed, 0.0)
    mean_share = (_row_mean(share) * organisations + 0.5) / (organisations + 1)
    sampling = 1 / (organisations * mean_share * (1 - mean_share))
    precision = 1 / (multiverse.logit_sd_beyond_sampling**2 + sampling)
    return y, np.where(np.isfinite(precision), precision, 0.0)


def _admitted(layers: Layers, without: Restriction) -> BoolArray:
    """Return (R, T): whether a sample keeps the region and the year."""
    regions = ~np.isin(np.array(layers.regions), np.array(without.regions, dtype=str))
    if without.smallest:
        employed = _row_mean(layers.employed)
        regions &= employed >= np.nanquantile(employed, without.smallest)
    return np.asarray(regions[:, None] & (layers.years != without.year)[None, :])


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
    return _codes(regime)


def _without_the_fitted(keep: BoolArray, unit: IntArray, cell: IntArray, least: int) -> BoolArray:
    """Leave out units with fewer rows than ``least`` and year cells with one, until none is left."""
    while True:
        lonely = _fewer(unit[keep], least) | _fewer(cell[keep], 2)
        if not lonely.any():
            return keep
        keep = keep.copy()
        keep[keep] = ~lonely


def _fewer(codes: IntArray, least: int) -> BoolArray:
    return np.asarray(np.bincount(codes)[codes] < least)


def _codes(values: NDArray[Any]) -> IntArray:
    return np.asarray(np.unique(values, return_inverse=True)[1])


def _row_mean(values: FloatArray) -> FloatArray:
    count = np.isfinite(values).sum(axis=1)
    return np.asarray(np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan))


def region_starts(region: IntArray) -> IntArray:
    """Return where each region's block starts in sorted codes.

    >>> region_starts(np.array([0, 0, 3, 3, 3]))
    array([0, 2])
    """
    return np.flatnonzero(np.r_[True, np.diff(region) != 0])
