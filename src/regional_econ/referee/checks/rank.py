"""Is a region among the highest or lowest, in which years, and does its place survive another edition?

A cell is a year. It is true where every edition of the figures puts the region into the named part, false where none
does, and open where they disagree. Tied regions share the mean of their places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from regional_econ.core.claim import Check
from regional_econ.core.panel import Panel
from regional_econ.referee.checks.grid import OPEN, Tally, Truth, figures, missing_series, specificity, tally, years_of
from regional_econ.referee.listed_checks import End, Rank
from regional_econ.referee.rules_description import DescriptiveRules


@dataclass(frozen=True)
class Place:
    """The place of the region in one year, counted from the claimed end: by the newest figures and by all editions."""

    year: int
    place: float
    best: float
    worst: float
    regions: int
    cell: float


@dataclass(frozen=True)
class RankFinding:
    """Places by year.

    Parameters
    ----------
    tally : of the years.
    places : of each year with a figure.
    editions : older editions that were tried.
    missing : declared years without a figure.
    """

    tally: Tally
    places: tuple[Place, ...]
    editions: tuple[str, ...]
    missing: tuple[int, ...]


def rank(
    claim: Rank, panel: Panel, rules: DescriptiveRules, editions: Mapping[str, pd.DataFrame] | None = None
) -> RankFinding:
    """Hold a place against every declared year and edition.

    Parameters
    ----------
    editions : regions × years by older edition; what an edition lacks is taken from the panel.

    Raises
    ------
    UnknownNameError : a variable or region that the panel does not have.
    OptionError : years in the wrong order.
    """
    years = (claim.first_year, claim.last_year)
    values = figures(panel, claim.variable, claim.region, years)
    older = {} if editions is None else editions
    tables = [values, *(one.reindex_like(values).fillna(values) for one in older.values())]
    places = np.stack([_places(table, claim.direction) for table in tables])
    inside = np.stack([_inside(place, claim) for place in places])
    shares = inside.mean(axis=0)
    truth = np.where((shares > 0.0) & (shares < 1.0), OPEN, shares)
    row = panel.region_ids.index(claim.region)
    own = tuple(
        Place(
            year, float(places[0, row, column]), float(places[:, row, column].min()),
            float(places[:, row, column].max()), int(np.isfinite(places[0, :, column]).sum()),
            float(truth[row, column]),
        )
        for column, year in enumerate(years_of(values))
        if np.isfinite(truth[row, column])
    )  # fmt: skip
    return RankFinding(
        tally=tally(truth, panel.region_ids, claim.region, rules.true_share),
        places=own,
        editions=tuple(older),
        missing=tuple(year for year in years_of(values) if year not in {one.year for one in own}),
    )


def checks_of(
    claim: Rank, finding: RankFinding, rules: DescriptiveRules, provenance: Mapping[str, str]
) -> tuple[Check, ...]:
    """Return the places as checks of the claim schema: the newest with its interval over years and editions."""
    if not finding.places:
        return (missing_series(claim.variable, claim.region, (claim.first_year, claim.last_year), finding.missing),)
    newest = finding.places[-1]
    stats = {
        "variable": claim.variable,
        "region": claim.region,
        "direction": claim.direction,
        "year": newest.year,
        "regions": newest.regions,
        "true_years": finding.tally.true,
        "false_years": finding.tally.false,
        "open_years": finding.tally.open,
        "true_share": finding.tally.true_share,
        "editions": list(finding.editions),
        "missing_years": list(finding.missing),
        "places": [vars(place) for place in finding.places],
    }
    span = (min(place.best for place in finding.places), max(place.worst for place in finding.places))
    return (
        Check(
            "rank", "rank", rules.result(finding.tally), None, newest.place, span, stats=stats, provenance=provenance,
        ),
        specificity(finding.tally, rules.common_share),
    )  # fmt: skip


def _places(values: pd.DataFrame, end: End) -> Truth:
    """Places by year from the claimed end, 1 first; NaN without a figure."""
    sign = -1.0 if end == "high" else 1.0
    return np.asarray(rankdata(sign * values.to_numpy(), axis=0, nan_policy="omit"), dtype=float)


def _inside(places: Truth, claim: Rank) -> Truth:
    number = np.isfinite(places).sum(axis=0)
    low, high = claim.places or (1, None)
    last = number * (claim.share or 0.0) if high is None else np.full(len(number), float(high))
    return np.where(np.isfinite(places), ((places >= low) & (places <= last)).astype(float), np.nan)
