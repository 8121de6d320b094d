"""Where has a driver been, and how fast has it moved? Outside of that an elasticity is extrapolation."""

from __future__ import annotations

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.core.elasticity import Domain
from regional_econ.core.panel import Panel
from regional_econ.elasticities.declared import SynthesisForm

WINDOW_YEARS = 5


def domain_of(panel: Panel, driver: str, form: SynthesisForm) -> Domain:
    """Return the levels seen in any region and the largest change over five years.

    Parameters
    ----------
    panel : official figures.
    driver : variable id; no change is taken across a break of its method.
    form : ``logit_per_log`` measures changes in ln units, ``logit_per_unit`` in the driver's unit.

    Returns
    -------
    the domain; outside of it the policy model flags and inflates.

    Raises
    ------
    EstimationError : the driver has no figures.
    """
    wide = panel.matrix(driver)
    values = wide.to_numpy(dtype=float)
    if form == "logit_per_log":
        values = np.where(values > 0, values, np.nan)
    seen = values[np.isfinite(values)]
    if seen.size == 0:
        raise EstimationError("no official figures", where=driver, advice="Check the driver's id")
    scaled = np.log(values) if form == "logit_per_log" else values
    years = panel.years
    breaks = [change.year for change in panel.variable(driver).breaks]
    largest = 0.0
    for first, year in enumerate(years):
        last = first + WINDOW_YEARS
        if last >= len(years) or any(year < change <= years[last] for change in breaks):
            continue
        moves = np.abs(scaled[:, last] - scaled[:, first])
        if np.isfinite(moves).any():
            largest = max(largest, float(np.nanmax(moves)))
    return Domain(float(seen.min()), float(seen.max()), largest, float(WINDOW_YEARS))
