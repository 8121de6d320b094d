"""Within which bounds does a check pass? By the rules, for the check's row and for the claim schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regional_econ.core.claim import Check
from regional_econ.referee.rules import Rules

_DISTRIBUTIONS = ("lagged", "averaged", "alone", "shrinkage")


def tolerance(check: Check, rules: Rules, *, sign: int = 1) -> Mapping[str, Any] | None:
    """Return the bounds of what was computed; None for words, and for a criterion that has none.

    A check that brings its bounds keeps them.

    Parameters
    ----------
    check : in the units of its row.
    rules : that judge it.
    sign : of the claimed effect.

    Returns
    -------
    ``low`` and ``high``, one or both; ``probability`` with which an effect must lie beyond; ``true_share`` where the
    bound is of the years in which the place is as claimed.
    """
    causal, descriptive, cut = rules.causal, rules.text.descriptive, rules.causal.supported_probability
    if check.tolerance is not None:
        return check.tolerance
    if check.reported is not None and "value" in check.reported:
        return _printed(check)
    if check.id in _DISTRIBUTIONS:
        return {"high": -causal.delta, "probability": cut} if sign < 0 else {"low": causal.delta, "probability": cut}
    if check.kind == "specificity":
        return {"high": descriptive.common_share}
    if check.kind == "rank":
        return {"true_share": descriptive.true_share}
    if check.kind in ("benchmark", "trend"):
        return {"low": descriptive.true_share}
    bound = check.stats.get("bound")
    return {
        "multiplicity": {"high": causal.bh_q},
        "sign_share": {"low": causal.supported_sign_share},
        "robustness": None if bound is None else {"low": causal.robustness_ratio * float(bound)},
        "leads": {"low": -causal.delta, "high": causal.delta},
        "power": {"high": causal.delta},
    }.get(check.id)


def _printed(check: Check) -> Mapping[str, Any]:
    """The numbers that round to the printed one, or the claimed side of it."""
    reported: Mapping[str, Any] = check.reported or {}
    value, half = float(reported["value"]), float(reported["halfwidth"])
    relation = check.stats.get("relation", "equals")
    if relation == "less":
        return {"high": value}
    if relation == "reached":
        return {"low": value}
    return {"low": value - half, "high": value + half}
