"""The placebo stays silent where there is nothing to find, and speaks where the future leaks."""

from __future__ import annotations

import pytest

from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.placebo import leads


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
