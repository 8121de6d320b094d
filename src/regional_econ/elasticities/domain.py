"""Where has a driver been, and how fast has it moved? Outside of that an elasticity is extrapolation.

Changes are counted as the elasticity's form counts them: in logs, or in the driver's unit. This is the one place where
five-year windows are cut; domains, historical pushes, frequencies and rare changes all read them from here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ.core.elasticity import LOG_FORMS, Domain, Form
from regional_econ.core.panel import Panel

Floats = NDArray[np.float64]
WINDOW_YEARS = 5
# Of the levels of all regions and years: from nearly nothing any change is large in logs (the largest one of R&D goes
# from .0001 to .006 per cent of regional product), and says nothing of what a region with a usual level can do.
COMPARABLE = (0.05, 0.95)


@dataclass(frozen=True)
class Windows:
    """A driver's changes over five years, none across a break of its method.

    ``changes`` and ``bases`` (windows, regions): how far the driver moved, and the level it started from, NaN where
    either end is missing. ``spans`` are the windows' first and last years. ``low`` and ``high`` bound the bases that
    can be compared (see `COMPARABLE`); ``x_min`` and ``x_max`` all levels seen.
    """

    changes: Floats
    bases: Floats
    spans: tuple[tuple[int, int], ...]
    low: float
    high: float
    x_min: float
    x_max: float

    @property
    def pooled(self) -> Floats:
        """All changes (n,)."""
        return self.changes[np.isfinite(self.changes)]

    @property
    def comparable(self) -> Floats:
        """The changes (n,) from a base that can be compared."""
        kept = np.isfinite(self.changes) & (self.bases >= self.low) & (self.bases <= self.high)
        return self.changes[kept]


def windows_of(panel: Panel, driver: str, *, logs: bool) -> Windows:
    """Return a driver's five-year changes, in logs or in its unit.

    Parameters
    ----------
    panel : official figures.
    driver : variable id; no window crosses a break of its method.
    logs : count in logs, where levels of zero and below have none.

    Raises
    ------
    EstimationError : the driver has no figures.
    """
    levels, years = panel.matrix(driver).to_numpy(dtype=np.float64), list(panel.years)
    if logs:
        levels = np.where(levels > 0.0, levels, np.nan)
    seen = levels[np.isfinite(levels)]
    if seen.size == 0:
        raise EstimationError("no official figures", where=driver, advice="Check the driver's id")
    breaks = [change.year for change in panel.variable(driver).breaks]
    spans = tuple(
        (year - WINDOW_YEARS, year)
        for year in years
        if year - WINDOW_YEARS in years and not any(year - WINDOW_YEARS < at <= year for at in breaks)
    )
    first, last = (
        np.array([levels[:, years.index(span[end])] for span in spans]).reshape(-1, len(levels)) for end in (0, 1)
    )
    low, high = np.quantile(seen, COMPARABLE)
    return Windows(
        np.log(last) - np.log(first) if logs else last - first, first, spans,
        float(low), float(high), float(seen.min()), float(seen.max()),
    )  # fmt: skip


def domain_of(panel: Panel, driver: str, form: Form) -> Domain:
    """Return the levels seen in any region and the largest change over five years from a comparable base.

    Parameters
    ----------
    panel : official figures.
    driver : variable id.
    form : of the elasticity; it decides how changes count.

    Returns
    -------
    the domain; outside of it the policy model flags and inflates.

    Raises
    ------
    EstimationError : the driver has no figures.
    """
    windows = windows_of(panel, driver, logs=form in LOG_FORMS)
    largest = float(np.abs(windows.comparable).max(initial=0.0))
    return Domain(windows.x_min, windows.x_max, largest, float(WINDOW_YEARS))
