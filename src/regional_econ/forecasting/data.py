"""What did a forecaster know at an origin? Arrays from a panel, with nothing dated later.

*Share*: innovation activity p in per cent enters as log((p + o) / (100 − p + o)) with the offset o = 0.25, so that a
dash in the source, which means zero, stays a figure; a forecast is carried back and cut to 0–100.
*Volume*: the log of the chained real index, in units of 5 %.
Both constants are fixed, not computed from figures, so no later figure can reach an earlier forecast through them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regional_econ._base.errors import DataError
from regional_econ.bayes.state_space import SHARE_AFTER, SHARE_BEFORE, VOLUME, StateSpaceData
from regional_econ.bayes.trace import Array
from regional_econ.core.panel import Panel

SHARE = "innovation_activity_pct"
SHARE_OLD_METHOD = "innovation_activity_oslo3_pct"
GROWTH = "grp_real_index_pct"
LEVEL = "grp_real_index"
VARIABLES = (SHARE, LEVEL)
FIRST_YEAR = 2000
OFFSET = 0.25
UNIT = 0.05


@dataclass(frozen=True)
class ForecastData:
    """The figures up to an origin.

    Parameters
    ----------
    regions, years : what the rows and columns of the arrays stand for; years run on after the origin, hidden.
    origin : last year whose figures entered.
    last_year : by variable, the last year up to the origin with figures.
    model : the arrays of the model.
    """

    regions: tuple[str, ...]
    years: tuple[int, ...]
    origin: int
    last_year: Mapping[str, int]
    model: StateSpaceData

    def visible(self, slot: int) -> Array:
        """Return (regions, years) of one slot of the model's figures, NaN where hidden or missing."""
        return np.where(self.model.weight[slot] > 0, self.model.observed[slot], np.nan)


def prepare(panel: Panel, *, origin: int | None = None) -> ForecastData:
    """Cut a panel at an origin and bring it to the model's scales.

    Parameters
    ----------
    panel : with the share (also under the older method where that is published) and the real index.
    origin : last year to use; by default the panel's last.

    Raises
    ------
    DataError : the origin lies outside the panel, or an indicator has no figure in the origin or the year before.
    """
    last = panel.years[-1]
    cut = last if origin is None else origin
    if not FIRST_YEAR < cut <= last:
        raise DataError(f"no forecast from {cut}", advice=f"Choose an origin after {FIRST_YEAR} and up to {last}")
    years = tuple(range(FIRST_YEAR, last + 1))
    known = panel.select(years=(panel.years[0], cut))
    breaks = [change.year for change in panel.variable(SHARE).breaks]
    figures = {
        name: known.matrix(name, regions=panel.region_ids, years=years).to_numpy()
        for name in (SHARE, SHARE_OLD_METHOD, GROWTH)
    }
    share, older = to_scale(figures[SHARE]), to_scale(figures[SHARE_OLD_METHOD])
    level = _chained(figures[GROWTH])
    calendar = np.array(years)
    first_break = min(breaks, default=last + 1)
    bridged = np.isin(calendar, breaks) & np.isfinite(older).any(axis=0)
    cells = np.full((3, *share.shape), np.nan)
    cells[SHARE_BEFORE] = np.where(calendar < first_break, share, np.where(bridged, older, np.nan))
    cells[SHARE_AFTER] = np.where(calendar >= first_break, share, np.nan)
    cells[VOLUME] = level
    model = StateSpaceData(
        np.nan_to_num(cells), np.isfinite(cells).astype(np.float64), bridged.astype(np.float64),
        (np.isin(calendar, breaks) & ~bridged).astype(np.float64), (calendar == cut).astype(np.float64),
    )  # fmt: skip
    return ForecastData(panel.region_ids, years, cut, _last_years(cells, years, cut), model)


def to_scale(percent: Array) -> Array:
    """Carry a share in per cent to the model's scale.

    >>> float(np.round(from_scale(to_scale(np.array(12.5))), 9))
    12.5
    """
    return np.log((percent + OFFSET) / (100.0 - percent + OFFSET))


def from_scale(y: Array) -> Array:
    """Carry a value of the model's scale back to per cent, cut to 0–100."""
    percent = (100.0 + 2.0 * OFFSET) / (1.0 + np.exp(-y)) - OFFSET
    return np.clip(percent, 0.0, 100.0)


def to_index(y: Array, base: Array) -> Array:
    """Carry a volume back to an index with ``base`` = 100."""
    return 100.0 * np.exp(UNIT * (y - base))


def _chained(index: Array) -> Array:
    """Chain yearly indices (regions, years) into a log level, 0 in the year before a region's last unbroken run."""
    growth = np.log(index / 100.0) / UNIT
    level = np.full(growth.shape, np.nan)
    for row, known in enumerate(np.isfinite(growth)):
        end = int(np.flatnonzero(known)[-1]) if known.any() else 0
        gaps = np.flatnonzero(~known[:end])
        start = int(gaps[-1]) if gaps.size else 0
        if end > start:
            level[row, start] = 0.0
            level[row, start + 1 : end + 1] = np.cumsum(growth[row, start + 1 : end + 1])
    return level


def _last_years(cells: Array, years: tuple[int, ...], origin: int) -> dict[str, int]:
    seen = {
        SHARE: np.isfinite(cells[[SHARE_BEFORE, SHARE_AFTER]]).any(axis=(0, 1)),
        LEVEL: np.isfinite(cells[VOLUME]).any(axis=0),
    }
    last: dict[str, int] = {}
    for name, flags in seen.items():
        found = [year for year, flag in zip(years, flags, strict=True) if flag]
        if not found or found[-1] < origin - 1:
            raise DataError(
                f"{name} has no figure in {origin - 1} or {origin}", advice="Choose an origin with figures of both"
            )
        last[name] = found[-1]
    return last
