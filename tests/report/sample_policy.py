"""The policy page of the made-up world, whose inputs a scenario that leaves the page can be run on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from made_up import REGION, made_up_elasticities, made_up_forecast, made_up_panel

from regional_econ._base.text import Text
from regional_econ.core.conditions import Cell, Path
from regional_econ.core.explorer import Explorer
from regional_econ.core.results import Result, Value
from regional_econ.policy.exports.browser import BrowserFiles, browser_files
from regional_econ.policy.exports.browser_price import Price
from regional_econ.policy.exports.page import Start, policy_explorer
from regional_econ.policy.model.inputs import Inputs

SEED = 5
_COAL, _LAST = "coal_australian_usd_t", 150.0
_GROUPS = {"elasticity.rd_grp_pct": 0.02, "direct": 0.5, "baseline": 0.0}


@cache
def inputs() -> Inputs:
    """What the page's numbers were made of."""
    cells = tuple(Cell(_COAL, "RU", year, _LAST * by) for year, by in ((2023, 0.7), (2024, 0.5), (2025, 0.5)))
    forecast = made_up_forecast(1200, range(2023, 2036))
    panel = made_up_panel()
    more = {"innovation_activity_pct": 8.0, "rd_labour_mln_rub": 400.0, "rd_personnel": 1500.0}
    frame = panel.frame.assign(**more)
    variables = {**panel.variables, **{name: replace(panel.variables["wear_pct"], id=name) for name in more}}
    known = replace(panel, frame=frame, variables=variables)
    regimes = (Path("coal_low", cells),)
    return Inputs.of(made_up_elasticities(), forecast, known, region=REGION, regimes=regimes)


@cache
def files() -> BrowserFiles:
    """The page's document and numbers: 1,000 draws."""
    price = Price.of(inputs(), _COAL, _LAST)
    return browser_files(inputs(), start=2023, end=2035, seed=SEED, price=price)


@cache
def explorer(section: str) -> Explorer:
    """The policy page, led to by a section of the sample."""
    values = {"everything": Value(0.8, "pp", 3, 0.01), "prior_share": Value(1.0)}
    for group, worth in _GROUPS.items():
        values |= {group: Value(worth, "pp", 3, 0.005), f"{group}.switches": Value(0.3, "share", 3, 0.01)}
    values |= {
        "declared.levers": Value("L10"), "declared.first": Value(0.1, "pp", 3, 0.004),
        "declared.first_group": Value("policy_answers.group.elasticity.rd_grp_pct"),
    }  # fmt: skip
    start = Start(value=12.5, year=2035, probability=0.5, first=2027, last=2031)
    paths = {"coal_low": Text("Уголь дешевеет вдвое", "Coal falls by half")}
    made = policy_explorer(files(), inputs(), Result("answers.learning", values), start, paths=paths)
    return replace(made, section=section)
