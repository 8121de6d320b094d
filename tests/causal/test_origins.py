"""Designs at an origin know nothing of later years."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.causal.bootstrap import region_bootstrap
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.origins import NEWEST_DESIGN, designs_known_at
from regional_econ.core.panel import Panel


@pytest.mark.parametrize("origin", [2012, 2020])
def test_figures_planted_after_the_origin_change_nothing(official: Panel, declared: Multiverse, origin: int) -> None:
    late = official.frame.index.get_level_values("year") > origin
    planted = replace(official, frame=official.frame.mul(np.where(late, 3.0, 1.0), axis=0))
    true, other = (designs_known_at(panel, declared, origin, reps=20, seed=1) for panel in (official, planted))
    assert true.estimates.equals(other.estimates)
    assert true.covariance.equals(other.covariance)
    assert true.panel_checksum == official.select(years=(official.years[0], origin)).checksum
    early = official.frame.index.get_level_values("year") == origin
    moved = replace(official, frame=official.frame.mul(np.where(early, 1.3, 1.0), axis=0))
    assert not designs_known_at(moved, declared, origin, reps=20, seed=1).estimates.equals(true.estimates)


def test_the_newest_method_enters_once_it_has_two_years(official: Panel, declared: Multiverse) -> None:
    at = {year: designs_known_at(official, declared, year, reps=20, seed=1).estimates for year in (2010, 2019, 2020)}
    assert [NEWEST_DESIGN in estimates.index for estimates in at.values()] == [False, False, True]
    assert at[2010].loc["long_difference"].ne(at[2020].loc["long_difference"]).all()
    assert np.isfinite(at[2010].to_numpy()).all()


def test_at_the_last_year_they_are_the_designs_of_today(official: Panel, declared: Multiverse) -> None:
    now = designs_known_at(official, declared, 2022, reps=20, seed=1)
    assert now.estimates.equals(region_bootstrap(official, declared, reps=20, seed=1).estimates)


def test_an_origin_before_the_outcome_is_refused(official: Panel, declared: Multiverse) -> None:
    with pytest.raises(EstimationError, match="before the outcome"):
        designs_known_at(official, declared, 2006, reps=20, seed=1)
