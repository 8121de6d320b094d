"""The placebo stays silent where there is nothing to find, and speaks where the future leaks."""

from __future__ import annotations

import pandas as pd
import pytest

from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.placebo import lead_sample, leads
from regional_econ.core.panel import Panel


@pytest.mark.parametrize(("lag", "speaks"), [(0, False), (1, False), (-1, True)])
def test_leads(declared: Multiverse, planted: object, lag: int, speaks: bool) -> None:
    panel = planted(0.3, lag=lag, seed=11)  # type: ignore[operator]
    found = leads(panel, declared, "rd_grp_pct", change=0.5, level_pct=10.0)
    assert (found.low_pp > 0 or found.high_pp < 0) is speaks
    assert found.low_pp < found.pp < found.high_pp
    assert found.inside(50.0)
    assert not found.inside(0.0)
    if speaks:
        # Noise .2, regressor sd .5, about 700 observations: a standard error of .015.
        assert found.estimate == pytest.approx(0.3, abs=0.06)


def test_the_lead_of_wear_crosses_no_break(official: Panel, declared: Multiverse) -> None:
    sample = lead_sample(official, declared, "wear_pct")
    assert (pd.Series(sample.region).groupby(sample.unit).nunique() == 1).all(), "a unit effect is of one region"
    assert declared.terms["wear_pct"].cut == (2017, 2022)
    for start in declared.terms["wear_pct"].cut:
        for lag in (-1, 0, 1):
            assert (pd.Series(sample.year - lag >= start).groupby(sample.unit).nunique() == 1).all()
