"""How far can a lever be pulled? Physical limits from official figures, in the lever's unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.core.lever import CapacityRule, Lever
from regional_econ.core.panel import Panel
from regional_econ.policy.model.drivers import historical_push

_USED: Mapping[CapacityRule, tuple[str, ...]] = {
    "postgraduates": ("postgraduates", "researchers"),
    "wear": ("wear_pct",),
    "mining_share": ("mining_share_pct",),
    "not_innovating": ("innovation_activity_pct",),
}


@dataclass(frozen=True)
class Figures:
    """The newest official figures of a region for some variables, all of one year."""

    year: int
    values: Mapping[str, float]

    def __getitem__(self, variable: str) -> float:
        return self.values[variable]


def newest(panel: Panel, variables: Sequence[str], region: str) -> Figures:
    """Return figures of the newest year that has all the variables.

    Raises
    ------
    UnknownNameError : no such region.
    DataError : no year has them all.
    """
    found = _newest(panel, variables, region)
    if found is None:
        raise DataError(f"no year has {', '.join(variables)}", where=region, advice="Choose another region")
    return found


def push_share(panel: Panel, driver: str) -> float:
    """Return the relative rise of a positive driver's flow that one historical push is."""
    return float(np.expm1(historical_push(panel, driver).size))


def capacity(lever: Lever, panel: Panel, region: str) -> float | None:
    """Return the physical limit of a lever in its unit; None where no rule is declared or its figures are missing.

    postgraduates: funded posts that postgraduates in training could fill, over the posts of one push.
    wear: pushes that would bring wear to zero. mining_share, not_innovating: the points that there are.

    Raises
    ------
    UnknownNameError : no such region.
    """
    if lever.capacity_rule is None:
        return lever.capacity
    figures = _newest(panel, _USED[lever.capacity_rule], region)
    if figures is None:
        return None
    match lever.capacity_rule:
        case "postgraduates":
            posts = push_share(panel, "researchers_per_10k_employed") * figures["researchers"]
            return figures["postgraduates"] / posts
        case "wear":
            return figures["wear_pct"] / abs(historical_push(panel, "wear_pct").size)
        case "mining_share":
            return figures["mining_share_pct"]
        case "not_innovating":
            return 100.0 - figures["innovation_activity_pct"]


def with_capacities(levers: Sequence[Lever], panel: Panel, region: str) -> tuple[Lever, ...]:
    """Return levers with their capacities filled in from a region's official figures."""
    return tuple(replace(lever, capacity=capacity(lever, panel, region)) for lever in levers)


def _newest(panel: Panel, variables: Sequence[str], region: str) -> Figures | None:
    if region not in panel.region_ids:
        raise UnknownNameError.of("region", region, panel.region_ids)
    if not set(variables) <= set(panel.variables):
        return None
    columns = {name: panel.column(name).xs(region, level="region").dropna() for name in variables}
    shared = set.intersection(*(set(series.index) for series in columns.values()))
    if not shared:
        return None
    year = int(max(shared))
    return Figures(year, {name: float(series.loc[year]) for name, series in columns.items()})
