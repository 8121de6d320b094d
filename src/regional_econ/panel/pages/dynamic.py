"""The page of dynamic estimators: the outcome's own past, instruments and what their tests can say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from regional_econ.core.estimate import Estimate
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
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
)
from regional_econ.panel.diagnostics.power import minimum_detectable_effects
from regional_econ.panel.dynamic.instrument_counts import LARGEST_AR1
from regional_econ.panel.dynamic.long_run import nickell_bias
from regional_econ.panel.dynamic_table import GAMMAS, GMM_MODELS, LEVELS_MODELS, Checks, DynamicTable
from regional_econ.panel.pages.parts import driver_values, value, with_error

SECTION_ID, RESULT_ID = "panel_dynamic", "panel.dynamic"
ERAS = ("one_method", "all")
_COUNTS = ("n_obs", "n_regions", "n_years", "first_year", "last_year")
_NOMINAL_PCT = 5
_MIDDLE = 0.5  # of the true coefficients
_LEVELS, _GMM = tuple(LEVELS_MODELS), tuple(GMM_MODELS)


def result(found: DynamicTable) -> Result:
    """The result ``panel.dynamic``.

    Keys: ``<era>.<model>.<term>.estimate|std_error|p_value|conf_low|conf_high|mde``, the lagged outcome being the term
    ``lag`` and the first driver ``focus`` beside its own name; ``<era>.<model>.long_run.…``, the counts,
    ``n_instruments``, ``hansen|difference|ar1|ar2.p_value``, ``hansen_size_pct|hansen_finds|ar2_finds``;
    ``<era>.n_gaps|inside``, ``<era>.floor|ceiling`` (within and pooled); ``nickell.<row>.<gamma>``; ``refused.…`` with
    ``refused.short_pct.<gamma>``, by how much of the true coefficient it comes out too low over the newest method's
    years, and ``refused.own_pct.0.5`` where the first of them serves as a lag only;
    ``curve.…``; ``gamma.…``, ``nominal_pct``, ``ar2_most``, the largest correlation two years apart of AR(1) errors;
    ``focus.…``, how many intervals of the first driver leave zero out, and what they could have found.
    """
    values: dict[str, Value] = {}
    for era in ERAS:
        for model, estimate in found.estimates[era].items():
            values |= driver_values(f"{era}.{model}", estimate, found.terms, found.lag, _counts(estimate))
            long = found.long_run[era][model]
            numbers = ("estimate", "std_error", "p_value", "conf_low", "conf_high")
            values |= {
                f"{era}.{model}.long_run.{key}": value(getattr(long, key) if long else math.nan, 3) for key in numbers
            }
        for model, checks in found.checks[era].items():
            values |= _checks(f"{era}.{model}", checks)
        values[f"{era}.n_gaps"] = Value(len(found.gaps[era]), digits=0)
        values[f"{era}.floor"] = values[f"{era}.within.lag.estimate"]
        values[f"{era}.ceiling"] = values[f"{era}.pooled.lag.estimate"]
        values[f"{era}.inside"] = Value(sum(_place(found, era, model) == "inside" for model in _GMM), digits=0)
    for number, (years, part) in enumerate(found.nickell.groupby("years")):
        values[f"nickell.{number}.years"] = Value(int(str(years)), digits=0)
        values |= {
            f"nickell.{number}.{gamma:g}": value(float(bias), 2)
            for gamma, bias in zip(part["gamma"], part["bias"], strict=True)
        }
    if found.refusal is not None:
        refused = found.refusal
        values["refused.first"], values["refused.last"] = Value(refused.first, digits=0), Value(refused.last, digits=0)
        values["refused.needed"] = Value(refused.needed, digits=0)
        rows = refused.last - refused.first + 1
        values["refused.years"], values["refused.own_rows"] = Value(rows, digits=0), Value(rows - 1, digits=0)
        values |= {f"refused.short_pct.{gamma:g}": _short(gamma, rows) for gamma in GAMMAS}
        values[f"refused.own_pct.{_MIDDLE:g}"] = _short(_MIDDLE, rows - 1)
    values |= _curve(found) | _focus(found)
    values |= {f"gamma.{gamma:g}": Value(gamma, digits=1) for gamma in GAMMAS}
    values["n_gmm"] = Value(len(_GMM), digits=0)
    values["nominal_pct"] = Value(_NOMINAL_PCT, digits=0)
    values["ar2_most"] = Value(LARGEST_AR1, digits=3)
    checksum = found.estimates["all"]["within"].panel_checksum
    return Result(RESULT_ID, values, {"panel": checksum})


def section(found: DynamicTable) -> Section:
    """The bias, the tables of both spans of years, the bracket, the curve of instruments, what the tests can say."""
    blocks: list[Block] = [Paragraph("panel_dynamic.intro"), Paragraph("panel_dynamic.nickell"), _nickell(found)]
    if found.refusal is not None:
        blocks.append(Paragraph("panel_dynamic.refused"))
    blocks.append(Paragraph("panel_dynamic.estimators"))
    for era in ERAS:
        blocks += [Paragraph(f"panel_dynamic.{era}"), _table(found, era, _LEVELS, "levels")]
        blocks.append(_table(found, era, _GMM, "gmm"))
    blocks += [
        Paragraph("panel_dynamic.bracket"),
        _bracket(found),
        Paragraph("panel_dynamic.curve"),
        FigureBlock(
            id=f"{RESULT_ID}.curve",
            kind="intervals",
            data=curve_frame(found),
            caption="panel_dynamic.curve.caption",
            alt="panel_dynamic.curve.alt",
            options={
                "names": "panel_dynamic.curve",
                "x": "panel_dynamic.curve.x",
                "y": "panel_dynamic.curve.y",
                "mark": float(found.curve["n_regions"].max()),
                "mark_name": "panel_dynamic.curve.mark",
            },
        ),
        Paragraph("panel_dynamic.tests"),
        _told(found),
        Paragraph("panel_dynamic.focus"),
    ]
    return Section(SECTION_ID, "panel_dynamic.title", tuple(blocks))


def _short(gamma: float, rows: int) -> Value:
    """By how much of the true coefficient the within estimate is too low, in per cent."""
    return value(-100 * nickell_bias(gamma, rows) / gamma, 0)


def curve_frame(found: DynamicTable) -> pd.DataFrame:
    """What the figure draws: both terms by number of instruments, and the bounds of the lagged outcome."""
    own = pd.DataFrame(
        {
            "panel": ["lag" if term == found.lag else "focus" for term in found.curve["term"]],
            "x": found.curve["n_instruments"].astype(float),
            "series": found.curve["set"],
            **{name: found.curve[name] for name in ("estimate", "conf_low", "conf_high")},
        }
    )
    bounds = [
        {"panel": "lag", "series": name, "estimate": float(found.estimates["all"][model].params[found.lag])}
        for name, model in (("ceiling", "pooled"), ("floor", "within"))
    ]
    frame = pd.concat([own, pd.DataFrame(bounds)], ignore_index=True)
    return frame.assign(label="", highlight=False)


def _checks(name: str, checks: Checks) -> dict[str, Value]:
    tests = {"hansen": checks.hansen, "ar1": checks.ar1, "ar2": checks.ar2, "difference": checks.difference}
    values = {
        f"{name}.{key}.p_value": value(math.nan if test is None else test.p_value, 3) for key, test in tests.items()
    }
    return values | {
        f"{name}.hansen_size_pct": value(100 * checks.hansen_size, 1),
        f"{name}.hansen_finds": value(checks.hansen_finds, 2),
        f"{name}.ar2_finds": value(checks.ar2_finds, 2),
    }


def _curve(found: DynamicTable) -> dict[str, Value]:
    lag = found.curve[found.curve["term"] == found.lag]
    focus = found.curve[found.curve["term"] == found.terms[0]]
    place = int(lag["n_instruments"].to_numpy().argmax())
    most = lag.iloc[place]
    width = (lag["conf_high"] - lag["conf_low"]).to_numpy()
    return {
        "curve.fewest": Value(int(lag["n_instruments"].min()), digits=0),
        "curve.most": Value(int(most["n_instruments"]), digits=0),
        "curve.regions": Value(int(most["n_regions"]), digits=0),
        "curve.lag_low": value(float(lag["estimate"].min()), 2),
        "curve.lag_high": value(float(lag["estimate"].max()), 2),
        "curve.lag_at_most": value(float(most["estimate"]), 2),
        "curve.widest": value(float(width.max()), 2),
        "curve.width_at_most": value(float(width[place]), 2),
        "curve.focus_low": value(float(focus["estimate"].min()), 2),
        "curve.focus_high": value(float(focus["estimate"].max()), 2),
        "curve.n_clear": Value(int(_clear(focus).sum()), digits=0),
        "curve.n_fits": Value(len(focus), digits=0),
        "curve.smallest_size_pct": value(100 * float(lag["hansen_size"].min()), 3),
    }


def _clear(rows: pd.DataFrame) -> pd.Series:
    return (rows["conf_low"] > 0) | (rows["conf_high"] < 0)


def _focus(found: DynamicTable) -> dict[str, Value]:
    """How many intervals of the first driver leave zero out, and what they could have found."""
    term = found.terms[0]
    every = [one for models in found.estimates.values() for one in models.values()]
    tables = pd.concat([one.tidy().set_index("term").loc[[term]] for one in every])
    detectable = [float(minimum_detectable_effects(one).set_index("term")["mde"][term]) for one in every]
    long = [one for models in found.long_run.values() for one in models.values() if one is not None]
    return {
        "focus.term": Value(term),
        "focus.n_models": Value(len(every), digits=0),
        "focus.n_clear": Value(int(_clear(tables).sum()), digits=0),
        "focus.n_long": Value(len(long), digits=0),
        "focus.n_long_clear": Value(sum(one.conf_low > 0 or one.conf_high < 0 for one in long), digits=0),
        "focus.long_low": value(min(one.conf_low for one in long), 2),
        "focus.long_high": value(max(one.conf_high for one in long), 2),
        "focus.smallest_mde": value(min(detectable), 2),
        "focus.largest_mde": value(max(detectable), 2),
    }


def _nickell(found: DynamicTable) -> TableBlock:
    spans = sorted(set(found.nickell["years"]))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            NumberRef(f"{RESULT_ID}.nickell.{number}.years"),
            *(NumberRef(f"{RESULT_ID}.nickell.{number}.{gamma:g}") for gamma in GAMMAS),
        )
        for number, _ in enumerate(spans)
    )
    columns = (
        Column("years", "panel_dynamic.column.years", "left", 1.6),
        *(Column(f"gamma_{gamma:g}", f"panel_dynamic.column.gamma_{gamma:g}", "right") for gamma in GAMMAS),
    )
    return TableBlock(f"{RESULT_ID}.nickell", "panel_dynamic.nickell.caption", columns, rows)


def _table(found: DynamicTable, era: str, models: Sequence[str], part: str) -> TableBlock:
    """One column a model: the lag, the drivers, the long run, and for GMM the instruments and their tests."""

    def row(name: str) -> tuple[Cell, ...]:
        key = f"panel_dynamic.row.{name.removesuffix('.p_value')}"
        return (TextRef(key), *(_number(found, era, model, name) for model in models))

    rows: list[tuple[Cell, ...]] = [
        (TextRef("panel_dynamic.row.lag"), *(with_error(f"{RESULT_ID}.{era}.{model}.lag") for model in models))
    ]
    rows += [
        (LabelRef(term), *(with_error(f"{RESULT_ID}.{era}.{model}.{term}") for model in models)) for term in found.terms
    ]
    rows += [
        (
            TextRef("panel_dynamic.row.long_run"),
            *(_interval(f"{RESULT_ID}.{era}.{model}.long_run") for model in models),
        ),
        row("focus.mde"),
    ]
    if part == "gmm":
        rows.append(row("n_instruments"))
    rows += [row("n_regions"), row("n_years"), row("n_obs")]
    if part == "gmm":
        rows += [row(f"{test}.p_value") for test in ("hansen", "difference", "ar1", "ar2")]
    columns = (
        Column("term", "panel.column.term", "left", 2.2),
        *(Column(model, f"panel_dynamic.model.{model}", "right", 1.15) for model in models),
    )
    return TableBlock(f"{RESULT_ID}.{era}.{part}", f"panel_dynamic.{era}.{part}.caption", columns, tuple(rows))


def _number(found: DynamicTable, era: str, model: str, name: str) -> Cell:
    """A number, or why there is none: no instruments in levels, or more instruments than regions."""
    checks = found.checks[era].get(model)
    if checks is not None and name.startswith("difference") and checks.difference is None:
        return TextRef("panel_dynamic.none.levels")
    if checks is not None and name.startswith("hansen") and math.isnan(checks.hansen.p_value):
        return TextRef("panel_dynamic.none.refused")
    return NumberRef(f"{RESULT_ID}.{era}.{model}.{name}")


def _interval(key: str) -> Cell:
    return Stack(
        (NumberRef(f"{key}.estimate"), NumberRef(f"{key}.conf_low", "[{};"), NumberRef(f"{key}.conf_high", "{}]"))
    )


def _bracket(found: DynamicTable) -> TableBlock:
    shown = ("lsdvc", "hpj", *_GMM)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"panel_dynamic.era.{era}"),
            TextRef(f"panel_dynamic.model.{model}"),
            NumberRef(f"{RESULT_ID}.{era}.floor"),
            NumberRef(f"{RESULT_ID}.{era}.{model}.lag.estimate"),
            NumberRef(f"{RESULT_ID}.{era}.ceiling"),
            TextRef(f"panel_dynamic.place.{_place(found, era, model)}"),
        )
        for era in ERAS
        for model in shown
    )
    columns = (
        Column("era", "panel_dynamic.column.era", "left", 1.3),
        Column("model", "panel_dynamic.column.model", "left", 2.0),
        *(Column(key, f"panel_dynamic.column.{key}", "right") for key in ("floor", "lag", "ceiling")),
        Column("place", "panel_dynamic.column.place", "left", 2.4),
    )
    return TableBlock(f"{RESULT_ID}.bracket", "panel_dynamic.bracket.caption", columns, rows)


def _place(found: DynamicTable, era: str, model: str) -> str:
    """Where an estimate of the lag lies: inside the bounds, or outside with an interval that reaches in or does not."""
    models: Mapping[str, Estimate] = found.estimates[era]
    floor, ceiling = (float(models[name].params[found.lag]) for name in ("within", "pooled"))
    row = models[model].tidy().set_index("term").loc[found.lag]
    if floor <= row["estimate"] <= ceiling:
        return "inside"
    below = bool(row["estimate"] < floor)
    reaches = bool(row["conf_high"] >= floor if below else row["conf_low"] <= ceiling)
    return f"{'below' if below else 'above'}_{'reaches' if reaches else 'apart'}"


def _told(found: DynamicTable) -> TableBlock:
    told = (
        "n_instruments",
        "hansen.p_value",
        "hansen_size_pct",
        "hansen_finds",
        "ar2.p_value",
        "ar2_finds",
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"panel_dynamic.era.{era}"),
            TextRef(f"panel_dynamic.model.{model}"),
            *(_number(found, era, model, key) for key in told),
        )
        for era in ERAS
        for model in _GMM
    )
    columns = (
        Column("era", "panel_dynamic.column.era", "left", 1.3),
        Column("model", "panel_dynamic.column.model", "left", 2.0),
        *(
            Column(key, f"panel_dynamic.column.{key}", "right")
            for key in ("n_instruments", "hansen", "hansen_size", "hansen_finds", "ar2", "ar2_finds")
        ),
    )
    return TableBlock(f"{RESULT_ID}.tests", "panel_dynamic.tests.caption", columns, rows)


def _counts(estimate: Estimate) -> tuple[str, ...]:
    return (*_COUNTS, "n_instruments") if "n_instruments" in estimate.diagnostics else _COUNTS
