"""What would the designs have said at an earlier date? The same designs on figures up to an origin."""

from __future__ import annotations

from dataclasses import replace

from regional_econ._base.errors import EstimationError
from regional_econ.causal.axes import Era
from regional_econ.causal.bootstrap import DesignEstimates, region_bootstrap
from regional_econ.causal.declaration import Multiverse
from regional_econ.core.panel import Panel

FIRST_ERA, NEWEST_ERA, POOLED_ERA = "oslo3", "oslo4_wide", "pooled"
NEWEST_DESIGN = "within_newest"
_LEAST_YEARS = 2


def designs_known_at(
    panel: Panel, multiverse: Multiverse, origin: int, *, reps: int, seed: int, jobs: int = 1
) -> DesignEstimates:
    """Estimate the designs with their joint bootstrap covariance on figures of years up to an origin.

    Eras end at the origin. Before the newest method has two years, the first method stands for the newest one: the
    design of the newest method alone would then repeat another one and is left out.

    Parameters
    ----------
    panel : official figures; what comes after the origin is cut off before anything is estimated.
    multiverse : the declared drivers, terms and eras.
    origin : the last year that is known.
    reps, seed, jobs : as in :func:`regional_econ.causal.bootstrap.region_bootstrap`.

    Raises
    ------
    EstimationError : the origin lies before the outcome's figures, or a design has too few observations.
    """
    known = panel.select(years=(panel.years[0], origin))
    eras, separate = _eras_at(multiverse, origin)
    found = region_bootstrap(known, replace(multiverse, eras=eras), reps=reps, seed=seed, jobs=jobs)
    if separate or NEWEST_DESIGN not in found.estimates.index:
        return found
    kept = [design for design in found.estimates.index if design != NEWEST_DESIGN]
    return replace(
        found,
        estimates=found.estimates.loc[kept],
        covariance=found.covariance.loc[kept, kept],
        n_obs={design: found.n_obs[design] for design in kept},
    )


def _eras_at(multiverse: Multiverse, origin: int) -> tuple[tuple[Era, ...], bool]:
    first, newest, pooled = (multiverse.era(name) for name in (FIRST_ERA, NEWEST_ERA, POOLED_ERA))
    if origin <= first.years[0]:
        raise EstimationError("no designs before the outcome has figures", where=str(origin), advice="Start later")
    separate = origin - newest.years[0] + 1 >= _LEAST_YEARS
    early = replace(first, years=_until(first.years, origin))
    return (
        early,
        replace(newest, years=_until(newest.years, origin) if separate else early.years),
        replace(pooled, years=_until(pooled.years, origin)),
    ), separate


def _until(years: tuple[int, int], origin: int) -> tuple[int, int]:
    return years[0], min(years[1], origin)
