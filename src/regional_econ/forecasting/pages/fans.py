"""The page of the forecasts: a fan an indicator with scenarios, odds and earlier fans; regions; the paper's figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from regional_econ.core.code import code_of
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result
from regional_econ.core.section import (
    Bilingual,
    Block,
    Cell,
    Column,
    FigureBlock,
    LabelRef,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.core.study import Study
from regional_econ.forecasting.choice import ChoiceFile
from regional_econ.forecasting.earlier_fans import earlier_fans, earlier_result
from regional_econ.forecasting.indicators import indicator
from regional_econ.forecasting.pages.fan_frames import (
    bounds,
    comparison_data,
    fan_data,
    fan_options,
    region_data,
)
from regional_econ.forecasting.paper_values import PAPER_ID, Judged, judge, paper_data, paper_result
from regional_econ.forecasting.results import DIAGNOSTICS_ID, HYPERPARAMETERS, forecast_id, held
from regional_econ.forecasting.scenarios import SCENARIOS_ID, ScenarioForecast, scenarios_result, under_scenarios

SECTION_ID = "forecast"
_NOTHING = Verbatim("")
_BAND = ("p50", "p10", "p90")
_GATES = ("rhat", "ess_bulk", "ess_tail", "divergences", "bfmi", "attempts")


@dataclass(frozen=True)
class Shown:
    """What the page is made of.

    Parameters
    ----------
    forecast, panel, study : draws, figures, and the region and years that are shown.
    scores : of the backtest, with the quantiles of the model's earlier forecasts.
    scenarios : the focal region under price paths.
    paper : the paper's figures with what was to be expected.
    exposed : whether the model lets a price act on a region by its exposure.
    """

    forecast: Forecast
    panel: Panel
    study: Study
    scores: pd.DataFrame
    scenarios: tuple[ScenarioForecast, ...]
    paper: tuple[Judged, ...]
    exposed: bool

    @property
    def variables(self) -> tuple[str, ...]:
        """The focal region's indicators, the study's outcome first."""
        known = held(self.forecast, self.study.focal_region)
        return tuple(sorted(known, key=lambda name: name != self.study.outcome))

    @property
    def regions(self) -> tuple[str, ...]:
        """The focal region and those it is compared with."""
        return (self.study.focal_region, *self.study.comparison_regions)


def gather(
    forecast: Forecast,
    panel: Panel,
    national: pd.DataFrame,
    scores: pd.DataFrame,
    study: Study,
    choice: ChoiceFile,
) -> Shown:
    """Put scenarios and the paper's figures beside a forecast.

    Parameters
    ----------
    forecast, panel, national : draws, figures of the regions, and the national series with the world prices.
    scores : of the backtest.
    study : what is shown.
    choice : the model and the price paths.

    Raises
    ------
    UnknownNameError, DataError : the forecast does not hold what is shown.
    """
    under = under_scenarios(forecast, national, choice.scenarios, region=study.focal_region)
    paper, _ = judge(forecast, panel, study)
    return Shown(forecast, panel, study, scores, under, paper, choice.chosen.structure.driver)


def results(shown: Shown) -> tuple[Result, ...]:
    """Return the numbers of scenarios, the paper's figures and the earlier fans."""
    return (
        scenarios_result(shown.scenarios, year=shown.study.forecast_end),
        paper_result(shown.forecast, shown.panel, shown.study),
        earlier_result(shown.scores, shown.panel, shown.variables, shown.study.focal_region),
    )


def section(shown: Shown) -> Section:
    """Build the page."""
    blocks: list[Block] = [Paragraph(f"forecasting.{name}") for name in ("what", "reading", "breaks")]
    if shown.scenarios:
        blocks += [Paragraph("forecasting.conditions"), _paths(shown)]
    for variable in shown.variables:
        blocks += _of_variable(shown, variable)
    if shown.scenarios:
        reach = "exposed" if shown.exposed else "national"
        blocks += [Paragraph("forecasting.effects"), Paragraph(f"forecasting.effects.{reach}"), _effects(shown)]
    blocks += [Paragraph("forecasting.compared"), _comparison(shown), _regions(shown)]
    if shown.paper:
        blocks += [
            Paragraph("forecasting.paper"), _paper_figure(shown), _paper_table(shown), Paragraph("forecasting.national")
        ]  # fmt: skip
    blocks += [Paragraph("forecasting.gates"), _gates(shown), _hyperparameters(shown), Paragraph("forecasting.limits")]
    return Section(SECTION_ID, "forecasting.title", tuple(blocks))


def _of_variable(shown: Shown, variable: str) -> Iterator[Block]:
    study = shown.study
    data = fan_data(shown.forecast, shown.panel, study, study.focal_region, variable, scenarios=shown.scenarios)
    options = fan_options(shown.forecast, shown.panel, study, variable, shown.scenarios)
    text = f"forecasting.fan.{variable}"
    yield FigureBlock(f"forecast.fan_{variable}", "fan", data, text, f"{text}.alt", options)
    fans = earlier_fans(shown.scores, shown.panel, variable, study.focal_region)
    name = "earlier_name" if indicator(variable).scale == "index" else "name"
    if len(fans):
        yield FigureBlock(
            f"forecast.earlier_{variable}", "earlier_fans", fans, f"forecasting.earlier.{variable}",
            "forecasting.earlier.alt",
            {
                "variable": f"forecasting.{name}.{variable}", **bounds(variable),
                "provenance": _earlier_provenance(fans, shown.panel, variable, study.focal_region),
            },
        )  # fmt: skip


def _earlier_provenance(fans: pd.DataFrame, panel: Panel, variable: str, region: str) -> str:
    """Return where earlier fans come from, as one line of JSON: their origins, and the panel of their outcomes."""
    header = {
        "variable": variable, "region": region, "what": "backtest: forecasts from past origins, and what came",
        "origins": sorted(int(origin) for origin in fans["origin"].unique()), "panel_sha256": panel.checksum,
        "version": code_of({}).version,
    }  # fmt: skip
    return json.dumps(header, ensure_ascii=False)


def _paths(shown: Shown) -> TableBlock:
    columns = (
        Column("scenario", "forecasting.column.scenario", width=2.0),
        Column("market", "forecasting.column.market", width=2.0),
        Column("year", "forecasting.column.year"),
        Column("price", "forecasting.column.price", "right"),
        Column("implausibility", "forecasting.column.implausibility", "right"),
        Column("share_farther", "forecasting.column.share_farther", "right"),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in shown.scenarios:
        own = f"{SCENARIOS_ID}.{one.scenario.name}"
        told: tuple[Cell, ...] = tuple(NumberRef(f"{own}.{name}") for name in ("implausibility", "share_farther"))
        for number, cell in enumerate(one.found.path.cells):
            price = (Verbatim(str(cell.year)), NumberRef(f"{own}.price.{cell.year}"))
            market = TextRef(f"forecasting.market.{one.scenario.price}")
            first = (_label(one), market, *price, *told)
            rows.append(first if number == 0 else (_NOTHING, _NOTHING, *price, _NOTHING, _NOTHING))
    return TableBlock("forecast.paths", "forecasting.paths", columns, tuple(rows))


def _effects(shown: Shown) -> TableBlock:
    columns = (
        Column("variable", "forecasting.column.variable", width=2.2),
        Column("path", "forecasting.column.path", width=1.5),
        *(Column(name, f"forecasting.column.{name}", "right") for name in (*_BAND, "difference", "error")),
    )
    rows: list[tuple[Cell, ...]] = []
    for variable in shown.variables:
        own = f"{forecast_id(shown.study.focal_region)}.{variable}.end"
        named = (TextRef(f"forecasting.name.{variable}"), TextRef("forecasting.baseline"))
        rows.append((*named, *_band(own), _NOTHING, _NOTHING))
        for one in shown.scenarios:
            own = f"{SCENARIOS_ID}.{one.scenario.name}.{variable}"
            apart = (NumberRef(f"{own}.difference.{name}") for name in ("p50", "error"))
            rows.append((_NOTHING, _label(one), *_band(own), *apart))
    return TableBlock("forecast.effects", "forecasting.effects.caption", columns, tuple(rows))


def _comparison(shown: Shown) -> FigureBlock:
    data = comparison_data(shown.forecast, shown.variables, shown.regions, year=shown.study.forecast_end)
    options = {"highlight": shown.study.focal_region, "estimate_name": "report.figure.median"}
    return FigureBlock(
        "forecast.comparison", "coefficients", data, "forecasting.comparison", "forecasting.comparison.alt", options
    )


def _regions(shown: Shown) -> FigureBlock:
    variable = shown.study.outcome
    data = region_data(shown.forecast, variable, year=shown.study.forecast_end, focal=shown.study.focal_region)
    return FigureBlock(
        "forecast.regions", "intervals", data, "forecasting.regions", "forecasting.regions.alt",
        {"ranks": 1, "x": "forecasting.regions.order"},
    )  # fmt: skip


def _paper_figure(shown: Shown) -> FigureBlock:
    data = paper_data(shown.paper, f"forecasting.name.{shown.study.outcome}")
    options = {
        "highlight": shown.study.focal_region, "estimate_name": "report.figure.median",
        "mark_name": "forecasting.paper.value",
    }  # fmt: skip
    return FigureBlock(
        "forecast.paper", "coefficients", data, "forecasting.paper.figure", "forecasting.paper.alt", options
    )


def _paper_table(shown: Shown) -> TableBlock:
    columns = (
        Column("region", "forecasting.column.region", width=2.0),
        Column("value", "forecasting.column.paper", "right"),
        *(Column(name, f"forecasting.column.{name}", "right") for name in _BAND),
        Column("percentile", "forecasting.column.percentile", "right"),
        Column("in80", "forecasting.column.in80", "right"),
        Column("in95", "forecasting.column.in95", "right"),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in shown.paper:
        own = f"{PAPER_ID}.{one.paper.region}"
        rows.append(
            (
                LabelRef(one.paper.region), NumberRef(f"{own}.value"),
                *_band(own),
                *(NumberRef(f"{own}.{name}") for name in ("percentile", "in80", "in95")),
            )
        )  # fmt: skip
    return TableBlock("forecast.paper_table", "forecasting.paper.table", columns, tuple(rows))


def _gates(shown: Shown) -> TableBlock:
    columns = (
        Column("variable", "forecasting.column.variable", width=2.2),
        *(Column(name, f"forecasting.column.{name}", "right") for name in _GATES),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            TextRef(f"forecasting.name.{variable}"),
            *(NumberRef(f"{DIAGNOSTICS_ID}.{variable}.{name}") for name in _GATES),
        )
        for variable in shown.variables
    ]
    return TableBlock("forecast.gates", "forecasting.gates.caption", columns, tuple(rows))


def _hyperparameters(shown: Shown) -> TableBlock:
    given = shown.forecast.diagnostics
    known = [name for name in HYPERPARAMETERS if any(f"{one}.{name}_mean" in given for one in shown.variables)]
    columns = (
        Column("variable", "forecasting.column.variable", width=2.2),
        *(Column(name, f"forecasting.column.{name}", "right") for name in known),
    )
    rows: list[tuple[Cell, ...]] = []
    for variable in shown.variables:
        cells: list[Cell] = [TextRef(f"forecasting.name.{variable}")]
        for name in known:
            own = f"{DIAGNOSTICS_ID}.{variable}.{name}"
            is_there = f"{variable}.{name}_mean" in given
            cells.append(
                Stack((NumberRef(f"{own}.mean"), NumberRef(f"{own}.sd", "({})"))) if is_there else Verbatim("–")
            )
        rows.append(tuple(cells))
    return TableBlock("forecast.hyperparameters", "forecasting.hyperparameters", columns, tuple(rows))


def _band(own: str) -> tuple[Cell, ...]:
    return tuple(NumberRef(f"{own}.{name}") for name in _BAND)


def _label(one: ScenarioForecast) -> Bilingual:
    return Bilingual(one.scenario.label.ru, one.scenario.label.en)
