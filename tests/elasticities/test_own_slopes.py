"""Slopes of single regions: a planted spread is found, none is not, and short panels are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.core.panel import Panel
from regional_econ.elasticities.declared import Assumptions
from regional_econ.elasticities.own_slopes import own_slopes

OUTCOME, DRIVERS = "innovation_activity_pct", ("rd_grp_pct", "wear_pct")


def planted(official: Panel, sd: float, *, years: int = 40, memory: float = 0.7) -> Panel:
    """Sixty regions whose slopes of research spread by sd, with errors and drivers that remember."""
    rng = np.random.default_rng(4)
    regions = [f"RU-{number:03d}" for number in range(60)]
    index = pd.MultiIndex.from_product([regions, range(2000 - years, 2000)], names=["region", "year"])
    steps = rng.normal(size=(3, len(regions), years))
    for t in range(1, years):
        steps[:, :, t] += memory * steps[:, :, t - 1]
    slopes = rng.normal(0.3, sd, len(regions)) if sd else np.full(len(regions), 0.3)
    logit = -2.5 + slopes[:, None] * steps[0] + 0.3 * steps[2]
    columns = {OUTCOME: 100 / (1 + np.exp(-logit)), "rd_grp_pct": np.exp(steps[0]), "wear_pct": 50 + 5 * steps[1]}
    return replace(official, frame=pd.DataFrame({name: found.ravel() for name, found in columns.items()}, index=index))


@pytest.mark.parametrize("sd", [0.0, 0.5])
def test_a_spread_is_found_where_there_is_one(official: Panel, assumptions: Assumptions, sd: float) -> None:
    found = own_slopes(planted(official, sd), [assumptions.drivers[name] for name in DRIVERS], OUTCOME, seed=1)
    rd, wear = found.table.loc["rd_grp_pct"], found.table.loc["wear_pct"]
    assert (found.regions, found.years) == (60, 40)
    assert (rd["share"] < 0.05) == (sd > 0)
    assert wear["share"] > 0.05
    assert found.stands_out == (sd > 0)
    if sd:
        # a fifth: the error of a variance over 60 regions, and exchanged outcomes hold the spread itself as noise
        assert np.sqrt(rd["spread"] ** 2 - rd["exchanged"] ** 2) == pytest.approx(sd, rel=0.2)
    assert rd["unnoticed"] < 0.3


def test_official_slopes_lie_no_further_apart_than_those_on_another_outcome(
    official: Panel, assumptions: Assumptions
) -> None:
    """What the page and data/biases.yml say in words."""
    found = own_slopes(official, list(assumptions.drivers.values()), OUTCOME, seed=1).table
    assert (found["share"] > 0.05).all()
    declared = [prior.transport_sd for prior in assumptions.drivers.values()]
    assert (found["unnoticed"] > 10 * np.array(declared)).all()


def test_too_few_years_are_refused(official: Panel, assumptions: Assumptions) -> None:
    with pytest.raises(EstimationError, match="too few figures"):
        own_slopes(planted(official, 0.0, years=3), [assumptions.drivers[name] for name in DRIVERS], OUTCOME, seed=1)
