"""A scenario's budget binds its levers: what they cost by official figures is cut, all alike, to what there is.

The plan of a year costs Σ amount · unit cost, of a range of costs the upper end. A year above its limit is scaled down
to it; then all years are scaled so that their sum is no more than the total. The plan is one for all draws, since
nobody knows the coming revenue when it is made. A deficit cuts it later, draw by draw: what is cut is neither delivered
nor paid, and is not spent in another year either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ.core.lever import Lever
from regional_econ.core.panel import Panel
from regional_econ.policy.model.costs import unit_cost

Floats = NDArray[np.float64]
_IN_MLN_RUB: Mapping[str, float] = {"rub": 1e-6, "mln_rub": 1.0, "bln_rub": 1e3}


@dataclass(frozen=True)
class BudgetUse:
    """What a scenario asks for and what its budget plans (years,), and what is paid for what is delivered once deficits
    have cut the plan (draws, years), million roubles of ``price_year``."""

    price_year: int
    asked: Floats
    planned: Floats
    spent: Floats


def within_budget(
    budget: Mapping[str, Any],
    amounts: Floats,
    levers: Sequence[Lever],
    panel: Panel,
    region: str,
    *,
    kept: Floats,
    where: str,
) -> tuple[Floats, BudgetUse]:
    """Return the amounts (levers, years) that a budget plans, and what is spent.

    Parameters
    ----------
    budget : ``total``, ``unit`` (rub, mln_rub or bln_rub), ``price_year`` and, if wanted, ``per_year_max``.
    amounts : what the scenario asks for (levers, years), in each lever's unit.
    levers : in the order of the rows.
    kept : share of a year's plan that deficits leave (draws, years), one without them.

    Raises
    ------
    OptionError : a lever without a sourced cost, another unit or price year, or a sum that is negative or no number.
    """
    if budget["unit"] not in _IN_MLN_RUB:
        raise OptionError(f"a budget in {budget['unit']!r}", where=where, advice=f"Use {', '.join(_IN_MLN_RUB)}")
    scale = _IN_MLN_RUB[budget["unit"]]
    total, limit = scale * float(budget["total"]), scale * float(budget.get("per_year_max", np.inf))
    if not (0.0 <= total < np.inf and limit >= 0.0):
        raise OptionError("a budget is 0 or more, and finite", where=where, advice="Leave it out to spend freely")
    prices = np.zeros(len(levers))
    for j, lever in enumerate(levers):
        if not amounts[j].any():
            continue
        cost = unit_cost(lever, panel, region)
        if cost is None:
            message = f"lever {lever.id} has no sourced cost, so a budget cannot bind it"
            raise OptionError(message, where=where, advice="Take the lever or the budget out")
        if cost.year != budget["price_year"]:
            message = (
                f"the cost of {lever.id} is at prices of {cost.year}, the budget at those of {budget['price_year']}"
            )
            raise OptionError(message, where=where, advice=f"Write the budget at prices of {cost.year}")
        prices[j] = cost.high
    asked = prices @ amounts
    by_year = np.minimum(1.0, np.divide(limit, asked, out=np.ones_like(asked), where=asked > 0.0))
    planned = asked * by_year
    share = min(1.0, total / planned.sum()) if planned.sum() > 0.0 else 1.0
    planned = planned * share
    return amounts * by_year * share, BudgetUse(int(budget["price_year"]), asked, planned, kept * planned)
