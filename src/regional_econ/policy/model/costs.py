"""What does a unit of a lever cost? Only what official figures say; without a source the cost is unknown.

A push is priced at the region's R&D and staff of the newest official year, whatever year it is pulled in; what it adds
is a share of what each draw forecasts, so that cost and effect part as that grows or shrinks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regional_econ.core.lever import Lever
from regional_econ.core.panel import Panel
from regional_econ.policy.model.limits import newest, push_share

FILE_UNIT = "rub a standard push a year"


@dataclass(frozen=True)
class Cost:
    """What a unit of a lever costs: between ``low`` and ``high`` mln roubles a year, at prices of ``year``."""

    low: float
    high: float
    year: int

    def __str__(self) -> str:
        return f"{self.low:.0f} to {self.high:.0f} mln roubles a year at prices of {self.year}."


def unit_cost(lever: Lever, panel: Panel, region: str) -> Cost | None:
    """Return the cost of one unit of a lever; None: no source gives any.

    rd_money: the unit is money spent on R&D, so it costs the share of a push times the region's R&D expenditure.
    researcher_posts: the posts of a push, each between the labour cost of a member of research staff and the whole
    R&D expenditure per researcher.

    Parameters
    ----------
    lever : its ``unit_cost`` names the rule.
    panel : official figures.
    region : where the lever is pulled.

    Raises
    ------
    DataError : a figure that the rule needs is missing.

    Source: Rosstat, R&D expenditure, its labour cost and staff, by region (`rd_mln_rub`, `rd_labour_mln_rub`).
    """
    match lever.cost_rule:
        case None:
            return None
        case "rd_money":
            figures = newest(panel, ("rd_mln_rub",), region)
            money = push_share(panel, "rd_grp_pct") * figures["rd_mln_rub"]
            return Cost(money, money, figures.year)
        case "researcher_posts":
            figures = newest(panel, ("rd_mln_rub", "rd_labour_mln_rub", "rd_personnel", "researchers"), region)
            posts = push_share(panel, "researchers_per_10k_employed") * figures["researchers"]
            labour = figures["rd_labour_mln_rub"] / figures["rd_personnel"]
            return Cost(posts * labour, posts * figures["rd_mln_rub"] / figures["researchers"], figures.year)


def costs_file(levers: Sequence[Lever], panel: Panel, region: str) -> Mapping[str, list[dict[str, str | float]]]:
    """Return the costs that official figures give as a costs file holds them; of a range both ends.

    Parameters
    ----------
    levers : those without a cost are left out.
    panel : official figures.
    region : where the levers are pulled.

    Returns
    -------
    ``costs``: a list of entries with lever, cost in roubles (of a range the upper end, beside it cost_low), unit, price
    year and source.
    """
    entries: list[dict[str, str | float]] = []
    for lever in levers:
        cost = unit_cost(lever, panel, region)
        if cost is not None:
            source = f"Rosstat, R&D expenditure and staff of {region}, {cost.year}; rule {lever.cost_rule}"
            entries.append(
                {
                    "lever": lever.id,
                    "cost": round(1e6 * cost.high),
                    **({"cost_low": round(1e6 * cost.low)} if cost.low < cost.high else {}),
                    "unit": FILE_UNIT,
                    "price_year": cost.year,
                    "source": source,
                }
            )
    return {"costs": entries}
