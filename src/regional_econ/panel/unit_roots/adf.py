"""How does each region's series return? Augmented Dickey–Fuller regressions of all regions at once."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, EstimationError, OptionError
from regional_econ._base.options import check_years
from regional_econ.core.columns import Columns
from regional_econ.core.formula import parse_formula
from regional_econ.core.panel import Panel
from regional_econ.panel.demean import Floats
from regional_econ.panel.frames import frame_of
from regional_econ.panel.unit_roots.tables import Trend

Denominator = Literal["n-k", "n"]
_NOTHING = 1e-10


@dataclass(frozen=True, slots=True)
class Series:
    """Variables by region and calendar year.

    Attributes
    ----------
    values : (N, T), NaN before a region's first and after its last year. beside : others of the same shape and years.
    labels : N regions. left_out : regions without a run of years that is long enough.
    first : the first year.
    """

    values: Floats
    beside: tuple[Floats, ...]
    labels: tuple[str, ...]
    left_out: tuple[str, ...]
    first: int

    @property
    def absent(self) -> dict[str, float | int | str]:
        """How many regions are left out, and which."""
        named: dict[str, float | int | str] = {"left_out": ", ".join(self.left_out)} if self.left_out else {}
        return {"regions_left_out": len(self.left_out), **named}

    def groups(self) -> list[tuple[NDArray[np.intp], Floats]]:
        """Regions (m,) with the same years, and their series (m, T_i)."""
        there = ~np.isnan(self.values)
        patterns = np.unique(there, axis=0, return_inverse=True)[1].ravel()
        members = [np.flatnonzero(patterns == pattern) for pattern in range(int(patterns.max()) + 1)]
        return [(own, self.values[own][:, there[own[0]]]) for own in members]


@dataclass(frozen=True, slots=True)
class DickeyFuller:
    """One augmented Dickey–Fuller regression a region.

    Attributes
    ----------
    t : (N,) statistics of the level. sigma : (N,) residual standard deviations. lags, lengths : (N,).
    changes, levels : (N, T) freed of deterministic terms and lagged changes, zero where there is no row.
    """

    t: Floats
    sigma: Floats
    lags: NDArray[np.int64]
    lengths: NDArray[np.int64]
    changes: Floats
    levels: Floats


def series_of(
    data: Panel | pd.DataFrame,
    variables: tuple[str, ...],
    years: tuple[int, int] | None,
    shortest: int,
    *,
    demeaned: bool = False,
    complete: bool = False,
) -> Series:
    """Variables by region and year; regions with gaps or fewer than `shortest` years of all of them are left out.

    Parameters
    ----------
    data : a Panel, or a frame indexed (unit, year).
    variables : names or terms of a formula, such as ln(x).
    years : first and last.
    demeaned : subtract the mean of the regions present in each year.
    complete : leave out regions without every year, from the first to the last that any region has.

    Raises
    ------
    OptionError : years that are no first and last year.
    DataError : an infinite value.
    EstimationError : fewer than two regions are left, or one whose series does not move.
    """
    check_years(years)
    frame, known, _ = frame_of(data)
    source = Columns(frame, known)
    terms = [parse_formula(f"{variable} ~ {variable}").lhs for variable in variables]
    table = pd.DataFrame({number: source.series(term) for number, term in enumerate(terms)}, index=frame.index)
    dates = table.index.get_level_values(1).to_numpy()
    _refuse_infinite(table, variables)
    within_years = np.full(len(table), True) if years is None else (dates >= years[0]) & (dates <= years[1])
    table = table[within_years & np.isfinite(table.to_numpy()).all(axis=1)]
    if table.empty:
        raise EstimationError(f"no region has {' and '.join(variables)}", advice="Use other years")
    names, units = np.unique(table.index.get_level_values(0).to_numpy(), return_inverse=True)
    dates = table.index.get_level_values(1).to_numpy(dtype=np.int64)
    first = int(dates.min())
    cube = np.full((len(terms), len(names), int(dates.max()) - first + 1), np.nan)
    cube[:, units, dates - first] = table.to_numpy().T
    there = ~np.isnan(cube[0])
    lengths = there.sum(axis=1)
    span = there.shape[1] - there[:, ::-1].argmax(axis=1) - there.argmax(axis=1)
    needed = max(shortest, there.shape[1]) if complete else shortest
    kept = (lengths >= needed) & (lengths == span)
    if kept.sum() < 2:
        every = f", all of {first}–{first + there.shape[1] - 1}," if complete and needed == there.shape[1] else ""
        gaps = int((lengths != span).sum())
        broken = f"; in {gaps} others years are missing between" if gaps else ""
        raise EstimationError(
            f"{int(kept.sum())} regions have {needed} consecutive years{every} of {' and '.join(variables)}{broken}",
            advice="Use fewer lags or other years",
        )
    filled = np.flatnonzero(there[kept].any(axis=0))
    cube = cube[:, kept, filled[0] : filled[-1] + 1]
    labels = tuple(str(name) for name in names[kept])
    sizes = np.nanmax(np.abs(cube), axis=2)
    if demeaned:
        cube = cube - np.nanmean(cube, axis=1, keepdims=True)
    for variable, values, size in zip(variables, cube, sizes, strict=True):
        still = np.nanmax(values, axis=1) - np.nanmin(values, axis=1) <= _NOTHING * size
        if still.any():
            raise EstimationError(
                f"{variable} does not move{' apart from the yearly means' if demeaned else ''}",
                where=labels[int(still.argmax())],
                advice="Leave the region out",
            )
    left = tuple(str(name) for name in names[~kept])
    return Series(cube[0], tuple(cube[1:]), labels, left, first + int(filled[0]))


def dickey_fuller(series: Series, trend: Trend, lags: NDArray[np.int64], denominator: Denominator) -> DickeyFuller:
    """Regress changes on the level before, lagged changes and deterministic terms, region by region.

    Source: Dickey & Fuller (1979, JASA 74). Held against plm 2.6-2's purtest on Grunfeld's data
    (tests/panel/test_unit_roots.py).

    Parameters
    ----------
    lags : (N,) lagged changes of each region.
    denominator : of the residual variance: rows less coefficients, as in the published moments, or rows.
    """
    refuse_smooth(series, trend)
    n = len(series.labels)
    t, sigma, lengths = np.empty(n), np.empty(n), np.empty(n, dtype=np.int64)
    changes, levels = np.zeros(series.values.shape), np.zeros(series.values.shape)
    for members, values in series.groups():
        for count in np.unique(lags[members]):
            own = members[lags[members] == count]
            part = values[lags[members] == count]
            change, level, beside = columns(part, int(count), trend)
            left = _freed(np.stack([change, level], axis=2), beside)
            change, level = left[:, :, 0], left[:, :, 1]
            square = np.einsum("nt,nt->n", level, level)
            slope = np.einsum("nt,nt->n", level, change) / square
            errors = change - slope[:, None] * level
            rows = change.shape[1]
            df = rows - (beside.shape[2] + 1 if denominator == "n-k" else 0)
            variance = np.einsum("nt,nt->n", errors, errors) / df
            t[own], sigma[own], lengths[own] = slope * np.sqrt(square / variance), np.sqrt(variance), part.shape[1]
            changes[own, :rows], levels[own, :rows] = change, level
    return DickeyFuller(t, sigma, lags, lengths, changes, levels)


def refuse_smooth(series: Series, trend: Trend) -> None:
    """Refuse a series whose changes the deterministic terms fit exactly: nothing is left to test.

    Raises
    ------
    EstimationError : naming the region.
    """
    for members, values in series.groups():
        change = np.diff(values)
        terms = np.column_stack([np.ones(change.shape[1]), np.linspace(-1, 1, change.shape[1])])
        beside = np.broadcast_to(terms[:, : deterministic(trend)], (*change.shape, deterministic(trend)))
        left = _freed(change[:, :, None], beside)[:, :, 0]
        smooth = np.linalg.norm(left, axis=1) <= _NOTHING * np.linalg.norm(values, axis=1)
        if smooth.any():
            shape = "a straight line or a parabola" if trend == "trend" else "a straight line"
            raise EstimationError(
                f"the series is {shape}: no error is left to test with",
                where=series.labels[int(members[int(smooth.argmax())])],
                advice="Leave the region out",
            )


def columns(values: Floats, lags: int, trend: Trend, lost: int | None = None) -> tuple[Floats, Floats, Floats]:
    """Changes (m, R), levels before (m, R) and what stands beside (m, R, q), R = T − 1 − lost rows, lost ≥ lags."""
    change = np.diff(values)
    start = lags if lost is None else lost
    rows = change.shape[1] - start
    beside = [change[:, start - lag : change.shape[1] - lag] for lag in range(1, lags + 1)]
    if trend != "none":
        beside.append(np.ones((len(values), rows)))
    if trend == "trend":
        beside.append(np.broadcast_to(np.linspace(-1, 1, rows), (len(values), rows)))
    stacked = np.stack(beside, axis=2) if beside else np.zeros((len(values), rows, 0))
    return change[:, start:], values[:, start:-1], stacked


def chosen_lags(series: Series, trend: Trend, lags: int | str, most: int) -> NDArray[np.int64]:
    """Lags of each region: those given, or the ones with the smallest criterion, all fitted to the same rows.

    Source: Ng & Perron (2005, Oxford Bulletin of Economics and Statistics 67). Held against plm 2.6-2's purtest
    (tests/panel/test_unit_roots.py).

    Raises
    ------
    OptionError : a negative number, or neither a number nor a criterion.
    """
    n = len(series.labels)
    if isinstance(lags, Integral) and not isinstance(lags, bool) and int(lags) >= 0:
        return np.full(n, int(lags), dtype=np.int64)
    if lags not in ("AIC", "SIC"):
        raise OptionError(f"lags cannot be {lags!r}", advice="Give a whole number, AIC or SIC")
    found = np.zeros(n, dtype=np.int64)
    for members, values in series.groups():
        scores = np.empty((most + 1, len(members)))
        for count in range(most + 1):
            change, level, beside = columns(values, count, trend, most)
            left = _freed(change[:, :, None], np.concatenate([level[:, :, None], beside], axis=2))[:, :, 0]
            rows, terms = change.shape[1], beside.shape[2] + 1
            price = 2 * terms if lags == "AIC" else terms * np.log(rows)
            scores[count] = np.log(np.einsum("nt,nt->n", left, left) / rows) + price / rows
        found[members] = np.argmin(scores, axis=0)
    return found


def deterministic(trend: Trend) -> int:
    """Number of deterministic terms."""
    return {"none": 0, "intercept": 1, "trend": 2}[trend]


def _refuse_infinite(table: pd.DataFrame, variables: tuple[str, ...]) -> None:
    infinite = np.isinf(table.to_numpy(dtype=float))
    if infinite.any():
        row, column = (int(place[0]) for place in np.nonzero(infinite))
        unit, year = table.index[row]
        raise DataError(f"{variables[column]} is infinite", where=f"{unit}, {year}", advice="Mend or drop that value")


def _freed(left: Floats, beside: Floats) -> Floats:
    """Residuals (m, R, p) on what stands beside (m, R, q), series by series."""
    if not beside.shape[2]:
        return left
    norms = np.linalg.norm(beside, axis=1)
    basis = np.linalg.qr(beside / np.where(norms > 0, norms, 1.0)[:, None, :])[0]
    for _ in range(2):
        left = left - basis @ (basis.transpose(0, 2, 1) @ left)
    return left
