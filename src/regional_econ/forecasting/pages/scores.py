"""The page on how good such forecasts were: goals, all methods side by side, indicators, calibration, the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    FigureBlock,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.forecasting.backtest import MODEL, Backtest
from regional_econ.forecasting.outcomes import HORIZONS
from regional_econ.forecasting.pages import candidates, sbc
from regional_econ.forecasting.score_results import BACKTEST_ID, GOALS, Goal, finding, window_id
from regional_econ.forecasting.skill import half_width
from regional_econ.forecasting.summary import INTERVALS, MODELS, POOLED, in_order, pit_histograms, windowed

SECTION_ID = "forecast_scores"
TEXTS = "forecast_scores"
SIGNIFICANT = 0.05
_LATE, _EARLY = window_id("late"), window_id("early")
_NOTHING = Verbatim("–")


def section(backtest: Backtest, results: Sequence[Result]) -> Section:
    """Build the page.

    Parameters
    ----------
    backtest : the scores, for the histograms.
    results : the numbers made of them; those of the candidates and of the sampler's calibration where recorded.
    """
    by_id = {one.id: one for one in results}
    late = by_id[_LATE].values
    values = {f"{one.id}.{key}": value for one in results for key, value in one.values.items()}
    variables = in_order(backtest.scores["variable"])
    own = f"{POOLED}.{MODEL}"
    blocks: tuple[Block, ...] = (
        Paragraph(f"{TEXTS}.what"),
        Paragraph(f"{TEXTS}.measures"),
        *((Paragraph(f"{TEXTS}.quick"),) if backtest.profile == "quick" else ()),
        Paragraph(f"{TEXTS}.goals.text"),
        _goals(values),
        *_causes(values),
        Paragraph(f"{TEXTS}.best.{finding(late, f'{own}.skill_best')}"),
        Paragraph(f"{TEXTS}.tests.{tested(late)}"),
        Paragraph(f"{TEXTS}.rival.{finding(late, 'rival.skill')}"),
        Paragraph(f"{TEXTS}.bands.{finding(late, f'{own}.skill_interval95')}"),
        _league(values),
        Paragraph(f"{TEXTS}.league.reading"),
        Paragraph(f"{TEXTS}.table.text"),
        _indicators(values, variables),
        Paragraph(f"{TEXTS}.horizon.text"),
        _horizons(values, variables),
        *(Paragraph(f"{TEXTS}.covered{level}.{held(late, level)}") for level in (80, 95)),
        *((Paragraph(f"{TEXTS}.coverage.text"),) if held(late, 80) != "unjudged" else ()),
        _coverage(late, variables),
        Paragraph(f"{TEXTS}.pit.{evenness(late)}"),
        _histograms(windowed(backtest.scores, "late")),
        Paragraph(f"{TEXTS}.joint.{finding(late, f'{POOLED}.energy.gain')}"),
        *candidates.blocks(by_id.get(candidates.CANDIDATES_ID)),
        *sbc.blocks(by_id.get(sbc.SBC_ID)),
        Paragraph(f"{TEXTS}.limits"),
    )
    return Section(SECTION_ID, f"{TEXTS}.title", blocks)


def tested(late: Mapping[str, Value]) -> str:
    """Say what the sign flips of whole years find against the best simple benchmark."""
    p = late["tests.benchmark.sign_flip.p_value"].value
    if p is None:
        return "absent"
    if float(p) > SIGNIFICANT:
        return "open"
    return "better" if _float(late["tests.benchmark.gain"]) > 0.0 else "worse"


def held(late: Mapping[str, Value], level: int) -> str:
    """Say whether a band holds what it promises, within two errors."""
    inside = late[f"{POOLED}.{MODEL}.inside{level}"].value
    if inside is None:
        return "unjudged"
    if inside:
        return "holds"
    return "wide" if _float(late[f"{POOLED}.{MODEL}.covered{level}"]) > level else "narrow"


def evenness(late: Mapping[str, Value]) -> str:
    """Say whether outcomes fall evenly over their distributions."""
    p = late[f"tests.pit.{POOLED}.p_value"].value
    if p is None:
        return "absent"
    return "uneven" if float(p) <= SIGNIFICANT else "uniform"


def _goals(values: Mapping[str, Value]) -> TableBlock:
    columns = (
        Column("goal", f"{TEXTS}.goals.column.goal", "left", 3.0),
        Column("target", f"{TEXTS}.goals.column.target", "right"),
        Column("late", f"{TEXTS}.goals.column.late", "right", 1.2),
        Column("status", f"{TEXTS}.goals.column.status", "left", 1.2),
        Column("early", f"{TEXTS}.goals.column.early", "right", 1.2),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(_goal(goal, values) for goal in GOALS)
    return TableBlock(f"{TEXTS}.goals", f"{TEXTS}.goals.caption", columns, rows)


def _goal(goal: Goal, values: Mapping[str, Value]) -> tuple[Cell, ...]:
    key = f"{BACKTEST_ID}.goals.{goal.name}"
    target = NumberRef(f"{key}.target", "{}" if goal.name.startswith("covered") else "≥ {}")
    status = TextRef(f"{TEXTS}.status.{values[f'{key}.status'].value}")
    late, early = (_reached(goal, values, window) for window in (_LATE, _EARLY))
    return TextRef(f"{TEXTS}.goals.{goal.name}"), target, late, status, early


def _causes(values: Mapping[str, Value]) -> tuple[Paragraph, ...]:
    """Return a paragraph on each goal that is not met, and one on what was tried."""
    missed = [goal.name for goal in GOALS if values[f"{BACKTEST_ID}.goals.{goal.name}.status"].value == "not_met"]
    names = (*missed, "tried") if missed else ()
    return tuple(Paragraph(f"{TEXTS}.cause.{name}") for name in names)


def _reached(goal: Goal, values: Mapping[str, Value], window: str) -> Cell:
    """Return what a window reached; a count of bands only where bands can be judged."""
    if goal.name.startswith("inside") and f"{window}.{POOLED}.{MODEL}.{goal.name}" in values:
        judged = values[f"{window}.{POOLED}.{MODEL}.{goal.name}"].value is not None
        return _number(values, f"{window}.{goal.key}") if judged else _NOTHING
    return _with_error(values, f"{window}.{goal.key}")


def _league(values: Mapping[str, Value]) -> TableBlock:
    columns = (
        Column("model", f"{TEXTS}.league.column.model", "left", 2.6),
        *(
            Column(name, f"{TEXTS}.league.column.{name}", "right", 1.2)
            for name in ("late", "early", "covered80", "covered95", "mcs", "sign_flip")
        ),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"{TEXTS}.model.{model}"),
            *(_with_error(values, f"{window}.{POOLED}.{model}.ratio_best") for window in (_LATE, _EARLY)),
            *(_with_error(values, f"{_LATE}.{POOLED}.{model}.covered{level}") for level in (80, 95)),
            *(_number(values, f"{_LATE}.tests.{model}.{test}.p_value") for test in ("mcs", "sign_flip")),
        )
        for model in MODELS
    )
    return TableBlock(f"{TEXTS}.league", f"{TEXTS}.league.caption", columns, rows)


def _indicators(values: Mapping[str, Value], variables: Sequence[str]) -> TableBlock:
    names = ("crps", "skill_best", "skill_own", "skill_interval95", "covered80", "covered95", "pit")
    columns = (
        Column("variable", f"{TEXTS}.table.column.variable", "left", 2.0),
        *(Column(name, f"{TEXTS}.table.column.{name}", "right", 1.1) for name in names),
    )
    scored = [name for name in variables if f"{_LATE}.{name}.{MODEL}.n" in values]
    rows = tuple(_indicator(values, name) for name in (*scored, POOLED))
    return TableBlock(f"{TEXTS}.table", f"{TEXTS}.table.caption", columns, rows)


def _indicator(values: Mapping[str, Value], variable: str) -> tuple[Cell, ...]:
    key = f"{_LATE}.{variable}.{MODEL}"
    stricter: Cell = _with_error(values, f"{key}.skill_own")
    if variable != POOLED:
        stricter = Stack(
            (_number(values, f"{key}.skill_own"), TextRef(f"{TEXTS}.short.{values[f'{key}.own_benchmark'].value}"))
        )
    return (
        TextRef(f"{TEXTS}.indicator.{variable}"),
        _number(values, f"{key}.crps"),
        _with_error(values, f"{key}.skill_best"),
        stricter,
        *(_with_error(values, f"{key}.{name}") for name in ("skill_interval95", "covered80", "covered95")),
        _number(values, f"{_LATE}.tests.pit.{variable}.p_value"),
    )


def _horizons(values: Mapping[str, Value], variables: Sequence[str]) -> FigureBlock:
    """Gain by years ahead: a panel an indicator, a line a window."""
    rows = []
    for variable in (*variables, POOLED):
        for name, window in (("late", _LATE), ("early", _EARLY)):
            for h in range(1, HORIZONS + 1):
                found = values.get(f"{window}.{variable}.h{h}.{MODEL}.skill_best")
                if found is not None:
                    row = {
                        "panel": f"indicator.{variable}",
                        "series": f"window.{name}",
                        "year": h,
                        "value": found.value,
                    }
                    rows.append(row)
    return FigureBlock(
        f"{TEXTS}.horizons", "small_multiples", pd.DataFrame(rows), f"{TEXTS}.horizon.caption", f"{TEXTS}.horizon.alt",
        {"names": TEXTS, "share_y": 1, "ticks": tuple(float(h) for h in range(1, HORIZONS + 1)),
         "x_title": f"{TEXTS}.horizon", "level": 0.0},
    )  # fmt: skip


def _coverage(late: Mapping[str, Value], variables: Sequence[str]) -> FigureBlock:
    rows = []
    for variable in (*variables, POOLED):
        key = f"{variable}.{MODEL}"
        if f"{key}.n" not in late:
            continue
        for level in INTERVALS:
            name = f"{key}.covered{round(100 * level)}"
            mean, error = _float(late[name]) / 100.0, late[f"{name}_se"].value
            half = (
                half_width(float(error) / 100.0, int(_float(late[f"{key}.origins"]))) if error is not None else np.nan
            )
            row = {"model": f"indicator.{variable}", "nominal": level, "coverage": mean}
            low, high = np.clip((mean - half, mean + half), 0.0, 1.0)
            rows.append(row | {"conf_low": low, "conf_high": high})
    frame = pd.DataFrame(rows)
    if frame["conf_low"].isna().all():
        frame = frame.drop(columns=["conf_low", "conf_high"])
    else:
        for name in ("conf_low", "conf_high"):
            frame[name] = frame[name].fillna(frame["coverage"])
    return FigureBlock(
        f"{TEXTS}.coverage", "calibration", frame, f"{TEXTS}.coverage.caption", f"{TEXTS}.coverage.alt",
        {"names": TEXTS, "row": f"{TEXTS}.table.column.variable"},
    )  # fmt: skip


def _histograms(scores: pd.DataFrame) -> FigureBlock:
    frame = pit_histograms(scores)
    origins = scores.groupby("variable")["origin"].nunique().to_dict() | {POOLED: scores["origin"].nunique()}
    half = np.array(
        [half_width(error, origins[name]) if np.isfinite(error) else np.nan
         for name, error in frame[["variable", "error"]].itertuples(index=False)]
    )  # fmt: skip
    drawn = frame.assign(
        panel="indicator." + frame["variable"], conf_low=np.maximum(frame["share"] - half, 0.0),
        conf_high=np.minimum(frame["share"] + half, 1.0),
    )[["panel", "low", "high", "share", "conf_low", "conf_high"]]  # fmt: skip
    return FigureBlock(
        f"{TEXTS}.pit", "histograms", drawn, f"{TEXTS}.pit.caption", f"{TEXTS}.pit.alt", {"names": TEXTS}
    )


def _with_error(values: Mapping[str, Value], key: str) -> Cell:
    """Return a number with its error below, if it has one."""
    error = values.get(f"{key}_se")
    if error is None or error.value is None:
        return _number(values, key)
    return Stack((NumberRef(key), NumberRef(f"{key}_se", "({})")))


def _number(values: Mapping[str, Value], key: str) -> Cell:
    return NumberRef(key) if key in values and values[key].value is not None else _NOTHING


def _float(value: Value) -> float:
    return float(value.value or 0.0)
