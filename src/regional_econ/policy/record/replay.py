"""A model told only what the drivers did, replayed beside what happened, a last value and a drift.

Everything moves on a scale (logs, logit or points). The spread of each forecaster is that of its own errors from
earlier starts. Where a method changes, each forecaster gets a term: the median, over the other regions, of what their
published figures moved in that year beyond the forecast; the robust spread of the same moves of the same regions adds
to its variance. So the other regions' figures of that year and of the year before are the one thing besides the drivers
that is taken from the time after the start; a region's own later figures reach neither its points nor its spreads. No
change across a change of method is ever scored as a forecast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import nnls

from regional_econ._base.errors import DataError
from regional_econ._base.options import QUANTILES_21
from regional_econ.policy.record.moves import from_logit
from regional_econ.policy.record.scoring import quantile_score

Floats = NDArray[np.float64]
QuantityScale = Literal["log", "logit", "points"]
Forecaster = Literal["model", "naive", "drift"]
FORECASTERS: tuple[Forecaster, ...] = ("model", "naive", "drift")
DRIFT_YEARS = 6
_LEAST_DRIFT = 3
_Z = stats.norm.ppf(np.array(QUANTILES_21))
_ROBUST = float(stats.norm.ppf(0.75))


@dataclass(frozen=True)
class Quantity:
    """Official figures of one quantity and the model's paths of it.

    ``levels`` (R, Y) on the scale, NaN where none is published; ``older`` (R, Y) the same under the method before,
    known in a break year or not at all; ``paths`` by starting year, (R, Y): the model's change since the start, given
    what the drivers did, NaN before it; ``doubt`` (R, Y): variance that the model's own parameters add from the main
    start.
    """

    id: str
    scale: QuantityScale
    regions: tuple[str, ...]
    years: tuple[int, ...]
    levels: Floats
    breaks: tuple[int, ...]
    paths: Mapping[int, Floats]
    doubt: Floats
    older: Floats | None = None


@dataclass(frozen=True)
class Track:
    """One forecaster's law of a quantity by region and year: normal on the scale.

    ``point``, ``sd`` (R, T); ``terms`` (R, T): what changes of method have added to the point.
    """

    point: Floats
    sd: Floats
    terms: Floats


@dataclass(frozen=True)
class Replay:
    """A quantity from a start on, by three forecasters.

    ``years`` (T,) after the start; ``observed`` (R, T) and ``first`` (R,), the level at the start, on the scale.
    """

    id: str
    scale: QuantityScale
    start: int
    regions: tuple[str, ...]
    years: tuple[int, ...]
    breaks: tuple[int, ...]
    first: Floats
    observed: Floats
    tracks: Mapping[Forecaster, Track]

    def quantiles(self, forecaster: Forecaster) -> Floats:
        """Return 21 quantiles (21, R, T) in the unit of the errors: log points, points, or % of a share."""
        track = self.tracks[forecaster]
        return in_units(track.point + _Z[:, None, None] * track.sd, self.scale)

    def errors(self) -> pd.DataFrame:
        """Return region, year, forecaster, error (observed less median), wis, covered80, covered95."""
        shape = self.observed.shape
        region = np.broadcast_to(np.array(self.regions)[:, None], shape)
        year = np.broadcast_to(np.array(self.years), shape)
        known, truth = np.isfinite(self.observed), in_units(self.observed, self.scale)
        parts = []
        for name in FORECASTERS:
            q = self.quantiles(name)
            rows = pd.DataFrame({"region": region[known], "year": year[known]}).assign(forecaster=name)
            rows["error"] = (truth - q[len(q) // 2])[known]
            rows["wis"] = quantile_score(q, truth)[known]
            for level, low in ((80, 0.1), (95, 0.025)):
                ends = (QUANTILES_21.index(round(edge, 3)) for edge in (low, 1.0 - low))
                below, above = (q[end] for end in ends)
                rows[f"covered{level}"] = ((below <= truth) & (truth <= above)).astype(float)[known]
            parts.append(rows)
        return pd.concat(parts, ignore_index=True)

    def changes(self, forecaster: Forecaster) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Return predicted and observed changes since the start, both less the terms of method, and what is known."""
        track = self.tracks[forecaster]
        base = self.first[:, None] + track.terms
        return track.point - base, self.observed - base, np.isfinite(self.observed)


def in_units(scaled: Floats, scale: QuantityScale) -> Floats:
    """Carry values from a scale to the unit of errors: 100 · log, % of a share, or points as they are."""
    if scale == "logit":
        return from_logit(scaled)
    return 100.0 * scaled if scale == "log" else scaled


def replay(quantity: Quantity, *, start: int, end: int) -> Replay:
    """Run the three forecasters from a start to an end.

    Parameters
    ----------
    start : last year that is known; the spreads and the drift are taken from it and the years before.
    end : last year of the replay.

    Raises
    ------
    DataError : no region has a figure at the start, or no earlier start gives an error.
    """
    at = quantity.years.index(start)
    years = tuple(year for year in quantity.years if start < year <= end)
    later = [quantity.years.index(year) for year in years]
    kept = np.isfinite(quantity.levels[:, at]) & np.isfinite(quantity.paths[start][:, later]).all(axis=1)
    kept &= np.isfinite(_drift(quantity, start))
    if not kept.any():
        raise DataError(f"{quantity.id} has no region with figures in {start}", advice="Choose another start")
    first, observed = quantity.levels[kept, at], quantity.levels[kept][:, later]
    doubt = {"model": quantity.doubt[kept][:, later]}
    tracks: dict[Forecaster, Track] = {}
    for name in FORECASTERS:
        change = _change(quantity, name, start)[kept][:, later]
        spread = _spread(quantity, name, start, len(years)) + doubt.get(name, 0.0)
        older = None if quantity.older is None else quantity.older[kept][:, later]
        terms, variance = _terms(change, first, observed, older, years, quantity.breaks)
        tracks[name] = Track(first[:, None] + change + terms, np.sqrt(spread + variance), terms)
    regions = tuple(np.array(quantity.regions)[kept].tolist())
    breaks = tuple(year for year in quantity.breaks if year in years)
    return Replay(quantity.id, quantity.scale, start, regions, years, breaks, first, observed, tracks)


def _change(quantity: Quantity, forecaster: Forecaster, start: int) -> Floats:
    """Return the change since a start (R, Y) that a forecaster expects."""
    if forecaster == "model":
        return quantity.paths[start]
    ahead = np.array(quantity.years, dtype=np.float64) - start
    slope = _drift(quantity, start) if forecaster == "drift" else np.zeros(len(quantity.regions))
    return slope[:, None] * ahead


def _drift(quantity: Quantity, start: int) -> Floats:
    """Return each region's mean yearly change over the years before the start, within one method."""
    last = quantity.years.index(start)
    breaks = [year for year in quantity.breaks if year <= start]
    begin = max(0, last - DRIFT_YEARS, quantity.years.index(max(breaks)) if breaks else 0)
    window = quantity.levels[:, begin : last + 1]
    known = np.isfinite(window)
    earliest = known.argmax(axis=1)
    span = (last - begin - earliest).astype(np.float64)
    rows = np.arange(len(window))
    usable = known[:, -1] & (span >= _LEAST_DRIFT)
    return np.where(usable, (window[:, -1] - window[rows, earliest]) / np.maximum(span, 1.0), np.nan)


def _spread(quantity: Quantity, forecaster: Forecaster, start: int, horizon: int) -> Floats:
    """Return variances (T,) a + b·h that fit the squared median errors of the same forecaster from earlier starts."""
    squares: list[tuple[int, float, int]] = []
    for h in range(1, start - quantity.years[0] + 1):
        pooled = [_errors_of(quantity, forecaster, begin, begin + h, start) for begin in quantity.paths]
        errors = np.concatenate([part[np.isfinite(part)] for part in pooled])
        if errors.size:
            squares.append((h, float(np.median(np.abs(errors)) / _ROBUST) ** 2, errors.size))
    if len(squares) < 2:
        raise DataError(f"{quantity.id} has no earlier errors of {forecaster}", advice="Start later")
    ahead, square, size = np.array(squares, dtype=np.float64).T
    weight = np.sqrt(size) / ahead  # the variance of a squared spread of size h is about h²/n
    a, b = nnls(weight[:, None] * np.column_stack([np.ones_like(ahead), ahead]), weight * square)[0]
    return np.asarray(a + b * np.arange(1, horizon + 1, dtype=np.float64), dtype=np.float64)


def _errors_of(quantity: Quantity, forecaster: Forecaster, begin: int, at: int, start: int) -> Floats:
    if at > start or any(begin < year <= at for year in quantity.breaks):
        return np.empty(0)
    i, j = quantity.years.index(begin), quantity.years.index(at)
    moved = quantity.levels[:, j] - quantity.levels[:, i]
    return np.asarray(moved - _change(quantity, forecaster, begin)[:, j], dtype=np.float64)


def _terms(
    change: Floats,
    first: Floats,
    observed: Floats,
    older: Floats | None,
    years: tuple[int, ...],
    breaks: tuple[int, ...],
) -> tuple[Floats, Floats]:
    """Return what changes of method add to the point and to the variance, both (R, T), from the other regions' jumps.

    With figures under both methods the term is their difference; else what the year moved beyond the forecaster's own
    change, so that the year's common error goes into the term.
    """
    terms, variance = np.zeros_like(change), np.zeros_like(change)
    for t, year in enumerate(years):
        if year not in breaks:
            continue
        if older is not None and np.isfinite(older[:, t]).any():
            jump = observed[:, t] - older[:, t]
        else:
            before = observed[:, t - 1] if t else first
            expected = change[:, t] - (change[:, t - 1] if t else 0.0)
            jump = observed[:, t] - before - expected
        middle, spread = _of_others(jump)
        terms[:, t:] += middle[:, None]
        variance[:, t:] += spread[:, None] ** 2
    return terms, variance


def _of_others(values: Floats) -> tuple[Floats, Floats]:
    """Return median and robust spread (R,) of the other regions' values, for each region."""
    others = np.stack([np.delete(values, at) for at in range(len(values))])
    middle = np.nanmedian(others, axis=1)
    return middle, np.nanmedian(np.abs(others - middle[:, None]), axis=1) / _ROBUST
