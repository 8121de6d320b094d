"""How much may an elasticity be relied on? By design, series and prior share, never by size or sign."""

from __future__ import annotations

from regional_econ._base.options import check_option
from regional_econ.core.elasticity import Grade, Identification

A_PRIOR_SHARE = 0.5
B_PRIOR_SHARE = 0.9
_QUASI = ("experiment", "quasi_experiment")
_PANEL_OR_LITERATURE = ("panel_fe", "panel_fe_iv", "literature")


def grade(
    identification: Identification, *, prior_share: float, falsification_passed: bool, series_exists: bool
) -> Grade:
    """Return the grade of an elasticity.

    A: an experiment or quasi-experiment whose falsification passed and whose prior share is at most one half.
    B: such a design short of A, panel fixed effects with or without instruments (whether or not a falsification was
    run or passed), or literature of the same relation, with a prior share of at most .9. C: everything else.

    Parameters
    ----------
    identification : how the effect is identified.
    prior_share : share of the posterior that comes from literature and bias priors, in [0, 1].
    falsification_passed : whether a placebo was run and passed.
    series_exists : whether the driver and the outcome have official series.

    >>> grade("panel_fe", prior_share=0.6, falsification_passed=False, series_exists=True)
    'B'
    """
    check_option("identification", identification, Identification)
    if not series_exists or prior_share > B_PRIOR_SHARE:
        return "C"
    if identification in _QUASI:
        return "A" if falsification_passed and prior_share <= A_PRIOR_SHARE else "B"
    return "B" if identification in _PANEL_OR_LITERATURE else "C"
