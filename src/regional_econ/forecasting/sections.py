"""What the reader sees of the forecasts: fans, odds, and how such forecasts fared before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd

from regional_econ._base.options import FAN_LEVELS, LEVELS
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result
from regional_econ.core.section import (
    Cell,
    Column,
    FigureBlock,
    LabelRef,
    NumberRef,
    OptionValue,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.core.study import Study
from regional_econ.forecasting.backtest import HORIZONS, MODEL, Backtest
from regional_econ.forecasting.benchmarks import BENCHMARKS
from regional_econ.forecasting.data import GROWTH, LEVEL, SHARE, SHARE_OLD_METHOD, VARIABLES
from regional_econ.forecasting.results import BACKTEST_ID
from regional_econ.forecasting.summary import MODELS, POOLED, half_width, summarise

SECTION_ID = "forecast"
METHODS = ("oslo3", "oslo4_narrow", "oslo4_wide")
Finding = Literal["better", "worse", "open"]
_NAMES = {SHARE: SHARE, LEVEL: "forecasting.name.grp_real_index"}
_N_PATHS = 5


def section(forecast: Forecast, backtest: Backtest, scored: Result, panel: Panel, study: Study) -> Section:
    """Build the section on forecasts.

    Parameters
    ----------
    forecast : of all regions; the study's focal region is shown.
    backtest, scored : the scores and the result made of them.
    panel : the official figures, for what was observed.
    study : focal region, years and target.
    """
    quick = (Paragraph("forecasting.quick"),) if backtest.profile == "quick" else ()
    blocks = (
        Paragraph("forecasting.what"),
        _fan_block(SHARE, forecast, panel, study),
        Paragraph("forecasting.odds"),
        _fan_block(LEVEL, forecast, panel, study),
        Paragraph("forecasting.growth"),
        Paragraph("forecasting.breaks"),
        Paragraph("forecasting.gates"),
        Paragraph("forecasting.test"),
        *quick,
        _score_table(),
        *(Paragraph(f"forecasting.against_{name}_{_finding(scored, name)}") for name in BENCHMARKS),
        _calibration_block(backtest),
        Paragraph("forecasting.limits"),
    )
    return Section(SECTION_ID, "forecasting.title", blocks)


def fan_data(forecast: Forecast, panel: Panel, study: Study, variable: str, region: str) -> pd.DataFrame:
    """Return all that a fan chart shows of one variable in one region; the frame is the chart's CSV.

    Returns
    -------
    year, series, value; series is actual_<method> (actual_later_<method> after the forecast's origin; an empty method
    where there is but one), p50, lo50, hi50, lo80, hi80, lo95, hi95, path1 … path5; to the study's forecast end.
    """
    fan = forecast.fan(variable, region)
    draws = forecast.draws(variable, region)
    chosen = [(2 * k + 1) * len(draws) // (2 * _N_PATHS) for k in range(_N_PATHS)]
    for k, row in enumerate(chosen, start=1):
        fan[f"path{k}"] = draws[row].to_numpy().astype("float64")
    future = fan[fan["year"] <= study.forecast_end].melt(id_vars="year", var_name="series", value_name="value")
    last = int(draws["year"].to_numpy()[0]) - 1
    past = _share_actuals(panel, region, last) if variable == SHARE else _level_actuals(panel, region, last)
    past = past[past["year"] >= study.first_year]
    return pd.concat([past, future], ignore_index=True).dropna(subset=["value"]).reset_index(drop=True)


def calibration_data(backtest: Backtest) -> pd.DataFrame:
    """Return promised and achieved coverage by model: model, nominal, coverage, conf_low, conf_high (shares)."""
    table = summarise(backtest)
    pooled = table[table["variable"] == POOLED].set_index("model")
    rows = []
    for model in MODELS:
        for level in sorted(LEVELS):
            name = f"covered{round(100 * level)}"
            mean, error = (float(pooled[column].loc[model]) for column in (name, f"{name}_se"))
            half = half_width(error, int(pooled["origins"].loc[model]))
            low, high = max(0.0, mean - half), min(1.0, mean + half)
            rows.append({"model": model, "nominal": level, "coverage": mean, "conf_low": low, "conf_high": high})
    return pd.DataFrame(rows)


def _fan_block(variable: str, forecast: Forecast, panel: Panel, study: Study) -> FigureBlock:
    draws = forecast.draws(variable)
    last = int(draws["year"].to_numpy()[0]) - 1
    options: dict[str, OptionValue] = {
        "variable": _NAMES[variable], "region": study.focal_region, "origin_year": last,
        "validated_to": last + HORIZONS, "levels": tuple(100 * level for level in FAN_LEVELS),
    }  # fmt: skip
    if variable == SHARE:
        breaks = tuple(float(change.year) for change in panel.variable(SHARE).breaks)
        options |= {"break_years": breaks, "target": study.target_value, "lower": 0.0, "upper": 100.0}
    stem = "share" if variable == SHARE else "level"
    data = fan_data(forecast, panel, study, variable, study.focal_region)
    return FigureBlock(
        f"forecast.fan_{stem}", "fan", data, f"forecasting.fan_{stem}", f"forecasting.fan_{stem}_alt", options
    )


def _calibration_block(backtest: Backtest) -> FigureBlock:
    return FigureBlock(
        "forecast.calibration", "calibration", calibration_data(backtest), "forecasting.calibration",
        "forecasting.calibration_alt", {"names": "forecasting.model"},
    )  # fmt: skip


def _score_table() -> TableBlock:
    columns = (
        Column("variable", "forecasting.column.variable", width=2.2),
        Column("model", "forecasting.column.model", width=1.6),
        Column("crps", "forecasting.column.crps", "right"),
        Column("ratio", "forecasting.column.ratio", "right"),
        Column("covered80", "forecasting.column.covered80", "right"),
        Column("covered95", "forecasting.column.covered95", "right"),
    )
    rows = [_score_row(variable, model) for variable in (*VARIABLES, POOLED) for model in MODELS]
    return TableBlock("forecast.scores", "forecasting.scores", columns, tuple(rows))


def _score_row(variable: str, model: str) -> tuple[Cell, ...]:
    prefix = f"{BACKTEST_ID}.{variable}.{model}"
    name: Mapping[str, Cell] = {
        SHARE: LabelRef(SHARE), LEVEL: TextRef(_NAMES[LEVEL]), POOLED: TextRef("forecasting.name.pooled"),
    }  # fmt: skip
    ratio = f"{BACKTEST_ID}.{variable}.ratio_{model}"
    coverage = [f"{prefix}.{name}" for name in ("covered80", "covered95")]
    return (
        name[variable],
        TextRef(f"forecasting.model.{model}"),
        Verbatim("–") if variable == POOLED else NumberRef(f"{prefix}.crps"),
        Verbatim("–") if model == MODEL else Stack((NumberRef(ratio), NumberRef(f"{ratio}_se", "({})"))),
        *(Stack((NumberRef(name), NumberRef(f"{name}_se", "({})"))) for name in coverage),
    )


def _finding(scored: Result, benchmark: str) -> Finding:
    low = float(scored.values[f"{POOLED}.ratio_{benchmark}_low"].value or 0.0)
    high = float(scored.values[f"{POOLED}.ratio_{benchmark}_high"].value or 0.0)
    if high < 1.0:
        return "better"
    return "worse" if low > 1.0 else "open"


def _share_actuals(panel: Panel, region: str, last: int) -> pd.DataFrame:
    breaks = sorted(change.year for change in panel.variable(SHARE).breaks)
    rows = []
    for year in panel.years:
        method = sum(b <= year for b in breaks)
        found = [(method, panel.value(region, SHARE, year))]
        if year in breaks:
            found.append((method - 1, panel.value(region, SHARE_OLD_METHOD, year)))
        later = "later_" if year > last else ""
        rows += [{"year": year, "series": f"actual_{later}{METHODS[m]}", "value": value} for m, value in found]
    return pd.DataFrame(rows).dropna(subset=["value"]).drop_duplicates(ignore_index=True)


def _level_actuals(panel: Panel, region: str, last: int) -> pd.DataFrame:
    growth = panel.column(GROWTH).loc[region] / 100.0
    level = growth.dropna().cumprod()
    level = 100.0 * level / level[last]
    names = ["actual_later_" if year > last else "actual_" for year in level.index]
    return pd.DataFrame({"year": level.index.astype(int), "series": names, "value": level.to_numpy()})
