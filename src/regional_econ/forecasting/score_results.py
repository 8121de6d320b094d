"""The numbers of the backtest in the results store, each with its Monte Carlo error, and the goals set beforehand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, Scalar, Value
from regional_econ.forecasting.backtest import MODEL, Backtest
from regional_econ.forecasting.choice import ChoiceFile, read_choice
from regional_econ.forecasting.indicators import IDS
from regional_econ.forecasting.outcomes import HORIZONS
from regional_econ.forecasting.score_tests import TESTS, ScoreTests, score_tests
from regional_econ.forecasting.shortfalls import COUNTED, shortfall, wanted
from regional_econ.forecasting.summary import (
    INTERVALS,
    MODELS,
    POOLED,
    WINDOWS,
    WITHIN_ERRORS,
    Losses,
    Window,
    by_horizon,
    joint_gains,
    monte_carlo_errors,
    summarise,
    windowed,
)

BACKTEST_ID = "backtest"
Status = Literal["met", "not_met", "not_judged"]
Finding = Literal["better", "worse", "open", "unjudged"]
Layout = Literal["model", "variable", "horizon"]
_Row = Mapping[Any, Any]
SKILLS = ("skill_best", "skill_own", "skill_ets", "skill_interval95")
_ENDS = ("", "_se", "_low", "_high")
_ENERGY_ERRORS = 2.0  # the energy score takes a quarter of the draws
_TAIL_ERRORS = {"interval95": 2.0, "log_score": 3.0}  # Monte Carlo errors of scores in the tails beside those of CRPS
_UNSURE_ERRORS = 3.0
_THETA_SD, _THETA_NARROWER_PCT = "σ√(1 + (h − 1)α²)", 8.0  # as in benchmarks.theta_forecast


@dataclass(frozen=True)
class Goal:
    """What the model was to reach on origins of the judgement.

    Parameters
    ----------
    name : "crps", "positive", "interval95", "covered80", "covered95", "inside80", "inside95" or "energy".
    key : where the number stands, below a window's result.
    target : in its unit; of a coverage what is promised, to be hit within two errors; of a count a share of indicators.
    aim : what was hoped for beyond the target.
    """

    name: str
    key: str
    target: float
    aim: float | None = None


GOALS = (
    Goal("crps", f"{POOLED}.{MODEL}.skill_best", 5.0, aim=10.0),
    Goal("positive", f"{POOLED}.{MODEL}.n_positive", 0.75),
    Goal("interval95", f"{POOLED}.{MODEL}.skill_interval95", 20.0),
    Goal("covered80", f"{POOLED}.{MODEL}.covered80", 80.0),
    Goal("covered95", f"{POOLED}.{MODEL}.covered95", 95.0),
    Goal("inside80", f"{POOLED}.{MODEL}.n_inside80", 1.0),
    Goal("inside95", f"{POOLED}.{MODEL}.n_inside95", 1.0),
    Goal("energy", f"{POOLED}.energy.gain", 3.0),
)


def window_id(window: Window) -> str:
    """Return the result id of a window."""
    return f"{BACKTEST_ID}.{window}"


def score_results(
    backtest: Backtest, panel: Panel, *, seed: int, choice: ChoiceFile | None = None
) -> tuple[Result, ...]:
    """Put a backtest into numbers.

    ``backtest``: profile, cells, years of the windows, ``goals.<name>.target|aim|status`` and what
    :func:`~regional_econ.forecasting.shortfalls.shortfall` says, ``n_met``, ``n_goals``, ``n_retried``,
    ``largest_rhat``, ``least_ess``, ``theta_sd``, ``theta_narrower`` (the band of Theta), ``frozen_on`` and its
    ``frozen_day|month|year``. ``backtest.<early|late>``, per cent unless said:
    ``<variable|pooled>.<model>.``: n, origins, crps, log_score, interval95 (scoring units), covered80|95 with ``_se``,
    inside80|95, skill_best|own|ets|interval95 with ``_se``, ``_low``, ``_high``, log_gain with ``_se`` (nats); pooled:
    n_positive, n_inside80|95 (of the model), n_indicators; of an indicator: own_benchmark, and of other models scores,
    coverage and skill_best only; ``benchmark``, the best simple one; origins, cells and years;
    ``<variable|pooled>.h<1…5>.state_space.skill_best|covered80|covered95``;
    ``<variable|pooled>.energy.gain``; ``tests.<model|benchmark>.<mcs|sign_flip|panel|fixed_smoothing>.p_value`` and
    ``.gain``; ``tests.pit.<variable|pooled>.p_value``; ``tests.years``, ``first_year``, ``last_year`` and
    ``least_p_value``; ``rival``, the best other forecaster, and ``rival.skill``; ``pooled.<model>.ratio_best``, the
    ratio behind skill_best.

    Parameters
    ----------
    backtest : any origins and indicators, one origin of the judgement at least.
    panel : its checksum goes into the inputs.
    seed : of resamples.
    choice : by default the file's.

    Raises
    ------
    EstimationError : no origin belongs to the judgement.
    """
    file = choice or read_choice()
    years = file.windows
    inputs = {"panel": panel.checksum}
    found: dict[Window, dict[str, Value]] = {}
    for window in WINDOWS:
        scores, joint = windowed(backtest.scores, window, years), windowed(backtest.joint, window, years)
        if len(scores):
            found[window] = _window_values(scores, joint, windowed(backtest.batches, window, years), seed)
    if "late" not in found:
        advice = f"Name an origin from {years.judged_from} on in backtest_origins of the study"
        raise EstimationError("no origin to judge the model by", where=str(backtest.origins), advice=advice)
    whole = _whole_values(backtest) | _goal_values(found["late"])
    whole["frozen_on"] = Value(file.frozen_on.isoformat())
    whole["frozen_day"], whole["frozen_year"] = (Value(n, digits=0) for n in (file.frozen_on.day, file.frozen_on.year))
    whole["frozen_month"] = Value(f"month_{file.frozen_on.month}")
    whole |= {name: Value(year, digits=0) for name, year in vars(years).items()}
    whole["n_windows"] = Value(len(found), digits=0)
    return (Result(BACKTEST_ID, whole, inputs), *(Result(window_id(w), v, inputs) for w, v in found.items()))


def finding(values: Mapping[str, Value], key: str) -> Finding:
    """Say whether a skill is above zero, below it or open: by its interval; "unjudged" without one."""
    low, high = (values[f"{key}{end}"].value for end in ("_low", "_high"))
    if not isinstance(low, float) or not isinstance(high, float):
        return "unjudged"
    if low > 0.0:
        return "better"
    return "worse" if high < 0.0 else "open"


def score_table(results: Mapping[str, Result], window: Window, layout: Layout) -> pd.DataFrame:
    """Return a window's scores as a table, in per cent: a row a model, or of the model a row a variable or horizon.

    Parameters
    ----------
    results : by id, from :func:`score_results`.
    window : which.
    layout : what a row is.
    """
    values = results[window_id(window)].values
    if layout == "model":
        keys = {model: f"{POOLED}.{model}" for model in MODELS}
    elif layout == "horizon":
        horizons = [h for h in range(1, HORIZONS + 1) if f"{POOLED}.h{h}.{MODEL}.skill_best" in values]
        keys = {str(h): f"{POOLED}.h{h}.{MODEL}" for h in horizons}
    else:
        keys = {name: f"{name}.{MODEL}" for name in (*IDS, POOLED) if f"{name}.{MODEL}.n" in values}
    columns = ["n", "origins", "crps", "skill_best", "skill_best_se", "skill_own", "skill_ets", "skill_interval95"]
    columns += ["covered80", "covered80_se", "covered95", "covered95_se"]
    rows: list[dict[str, Scalar]] = []
    for name, key in keys.items():
        row: dict[str, Scalar] = {layout: name}
        row |= {column: values[f"{key}.{column}"].value for column in columns if f"{key}.{column}" in values}
        if layout == "model":
            row |= {test: values[f"tests.{name}.{test}.p_value"].value for test in ("sign_flip", "mcs")}
        rows.append(row)
    return pd.DataFrame(rows)


def _window_values(scores: pd.DataFrame, joint: pd.DataFrame, batches: pd.DataFrame, seed: int) -> dict[str, Value]:
    errors = {str(row["variable"]): row for row in monte_carlo_errors(batches).to_dict("records")}
    losses = Losses.of(scores)
    best = losses.best()
    values: dict[str, Value] = {
        "benchmark": Value(best),
        "origins": Value(len(losses.origins), digits=0),
        "first_origin": Value(losses.origins[0], digits=0),
        "last_origin": Value(losses.origins[-1], digits=0),
        "last_target": Value(int(scores["target_year"].max()), digits=0),
        "cells": Value(int((scores["model"] == MODEL).sum()), digits=0),
    }
    table = summarise(scores, benchmark=best)
    for row in table.to_dict("records"):
        own = errors[str(row["variable"])] if row["model"] == MODEL else None
        values |= dict(_row_values(f"{row['variable']}.{row['model']}", row, own, pooled=row["variable"] == POOLED))
    values |= dict(_counts(table, errors))
    for row in by_horizon(scores, models=(MODEL,)).to_dict("records"):
        prefix = f"{row['variable']}.h{row['horizon']}.{MODEL}"
        values |= dict(_horizon_values(prefix, row, errors[str(row["variable"])]))
    for row in joint_gains(joint).to_dict("records"):
        error = _ENERGY_ERRORS * float(errors[str(row["variable"])]["crps"])
        values |= dict(_skill_values(f"{row['variable']}.energy", row, "gain", error))
    relative = float(errors[POOLED]["crps"])
    values |= _rival_values(losses, relative)
    tests = score_tests(scores, benchmark=best, relative_error=relative, seed=seed)
    values |= dict(_test_values(tests, best, relative))
    return values


def _row_values(prefix: str, row: _Row, errors: _Row | None, *, pooled: bool) -> Iterator[tuple[str, Value]]:
    """Give all numbers of a pooled row and of the model's; of another model at an indicator only its scores."""
    relative = None if errors is None else float(errors["crps"])
    nats = None if relative is None else _TAIL_ERRORS["log_score"] * relative
    if not pooled:
        tail = None if relative is None else _TAIL_ERRORS["interval95"] * relative * row["interval95"]
        yield f"{prefix}.crps", _number(row["crps"], "", 2, None if relative is None else relative * row["crps"])
        yield f"{prefix}.log_score", _number(row["log_score"], "", 2, nats)
        yield f"{prefix}.interval95", _number(row["interval95"], "", 1, tail)
    yield from _coverage_values(prefix, row, errors)
    if not pooled and errors is None:
        yield f"{prefix}.skill_best", _number(100.0 * row["skill_best"], "%", 1, None)
        return
    yield f"{prefix}.n", Value(int(row["n"]), digits=0)
    yield f"{prefix}.origins", Value(int(row["origins"]), digits=0)
    if pooled:
        ratio = 1.0 - float(row["skill_best"])
        error = None if relative is None else ratio * relative
        yield f"{prefix}.ratio_best", _number(ratio, "", 3, error)
        yield f"{prefix}.ratio_best_se", _number(row["skill_best_se"], "", 3, error)
    for name in SKILLS:
        times = _TAIL_ERRORS["interval95"] if name == "skill_interval95" else 1.0
        yield from _skill_values(prefix, row, name, None if relative is None else times * relative)
    yield f"{prefix}.log_gain", _number(row["log_gain"], "", 3, nats)
    yield f"{prefix}.log_gain_se", _number(row["log_gain_se"], "", 3, nats)
    if pooled:
        yield f"{prefix}.n_positive", Value(int(row["n_positive"]), digits=0)
        yield f"{prefix}.n_indicators", Value(int(row["n_indicators"]), digits=0)
    else:
        yield f"{prefix}.own_benchmark", Value(row["own_benchmark"])


def _counts(table: pd.DataFrame, errors: Mapping[str, _Row]) -> Iterator[tuple[str, Value]]:
    """Count indicators with a positive skill and with honest bands; a count's error is how many are near the limit."""
    own = table[(table["model"] == MODEL) & (table["variable"] != POOLED)].set_index("variable")
    margins = {"n_positive": ("crps", own["skill_best"])}
    for level in INTERVALS:
        name = f"covered{round(100 * level)}"
        margins[f"n_inside{round(100 * level)}"] = name, WITHIN_ERRORS * own[f"{name}_se"] - (own[name] - level).abs()
    for key, (measure, margin) in margins.items():
        unsure = sum(abs(gap) < _UNSURE_ERRORS * float(errors[str(name)][measure]) for name, gap in margin.items())
        yield f"{POOLED}.{MODEL}.{key}", Value(int((margin > 0.0).sum()), digits=0, mc_error=float(unsure))


def _horizon_values(prefix: str, row: _Row, errors: _Row) -> Iterator[tuple[str, Value]]:
    wider = {name: math.sqrt(HORIZONS) * float(errors[name]) for name in ("crps", "covered80", "covered95")}
    yield from _skill_values(prefix, row, "skill_best", wider["crps"])  # one horizon holds about a fifth of all
    yield from _coverage_values(prefix, row, wider)


def _skill_values(prefix: str, row: _Row, name: str, relative: float | None) -> Iterator[tuple[str, Value]]:
    error = None if relative is None else 100.0 * (1.0 - float(row[name])) * relative
    for end in _ENDS:
        unit = "pp" if end == "_se" else "%"
        yield f"{prefix}.{name}{end}", _number(100.0 * row[f"{name}{end}"], unit, 1, error)


def _coverage_values(prefix: str, row: _Row, errors: _Row | None) -> Iterator[tuple[str, Value]]:
    for level in ("80", "95"):
        error = None if errors is None else 100.0 * float(errors[f"covered{level}"])
        yield f"{prefix}.covered{level}", _number(100.0 * row[f"covered{level}"], "%", 1, error)
        yield f"{prefix}.covered{level}_se", _number(100.0 * row[f"covered{level}_se"], "pp", 1, error)
        inside = row[f"inside{level}"]
        yield f"{prefix}.inside{level}", Value(inside if isinstance(inside, bool) else None)


def _rival_values(losses: Losses, relative: float) -> dict[str, Value]:
    """Compare with the best other forecaster of all, simple or pooled, seen afterwards."""
    rival = min(MODELS[1:], key=lambda name: float(np.log(losses.sums["crps", name].sum(axis=1)).sum()))
    row = losses.skill("crps", MODEL, rival).columns("skill")
    return {"rival": Value(rival), **dict(_skill_values("rival", row, "skill", relative))}


def _test_values(tests: ScoreTests, best: str, relative: float) -> Iterator[tuple[str, Value]]:
    n = len(tests.years)
    yield "tests.years", Value(n, digits=0)
    yield "tests.first_year", Value(tests.years[0], digits=0)
    yield "tests.last_year", Value(tests.years[-1], digits=0)
    yield "tests.least_p_value", Value(2.0 ** (1 - n) if n > 1 else None, digits=3)
    for row in tests.models.to_dict("records"):
        names = (str(row["model"]), "benchmark") if row["model"] == best else (str(row["model"]),)
        for name in names:
            yield f"tests.{name}.gain", _number(100.0 * row["gain"], "%", 1, 100.0 * relative)
            for test in TESTS:
                yield f"tests.{name}.{test}.p_value", _number(row[test], "", 3, float(row[f"{test}_mc"]))
    for row in tests.pit.to_dict("records"):
        yield f"tests.pit.{row['variable']}.p_value", _number(row["uniform"], "", 3, float(row["uniform_mc"]))


def _whole_values(backtest: Backtest) -> dict[str, Value]:
    own = backtest.scores[backtest.scores["model"] == MODEL]
    rhat, ess = float(backtest.gates["rhat"].max()), float(backtest.gates[["ess_bulk", "ess_tail"]].min().min())
    return {
        "profile": Value(backtest.profile),
        "theta_sd": Value(_THETA_SD),
        "theta_narrower": Value(_THETA_NARROWER_PCT, "%", 0),
        "cells": Value(len(own), digits=0),
        "origins": Value(len(backtest.origins), digits=0),
        "first_origin": Value(backtest.origins[0], digits=0),
        "last_origin": Value(backtest.origins[-1], digits=0),
        "n_indicators": Value(own["variable"].nunique(), digits=0),
        "n_regions": Value(own["region"].nunique(), digits=0),
        "n_posteriors": Value(len(backtest.gates), digits=0),
        "n_retried": Value(int((backtest.gates["attempts"] > 1).sum()), digits=0, mc_error=5.0),
        "largest_rhat": Value(rhat, digits=4, mc_error=0.003),
        "least_ess": Value(ess, digits=0, mc_error=ess / 4.0),  # itself an estimate; a quarter is its usual spread
    }


def _goal_values(late: Mapping[str, Value]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for goal in GOALS:
        target = wanted(goal.name, goal.target, late)
        counted = goal.name in COUNTED
        values[f"goals.{goal.name}.target"] = Value(target, "" if counted else "%", 0)
        values[f"goals.{goal.name}.status"] = Value(_status(goal, late, target))
        if goal.aim is not None:
            values[f"goals.{goal.name}.aim"] = Value(goal.aim, "%", 0)
        values |= {f"goals.{goal.name}.{key}": value for key, value in shortfall(goal.name, late, target).items()}
    statuses: Sequence[Scalar] = [values[f"goals.{goal.name}.status"].value for goal in GOALS]
    values["n_goals"], values["n_met"] = (Value(n, digits=0) for n in (len(GOALS), statuses.count("met")))
    values["n_judged"] = Value(len(GOALS) - statuses.count("not_judged"), digits=0)
    return values


def _status(goal: Goal, late: Mapping[str, Value], target: float) -> Status:
    if goal.name.startswith("covered"):
        inside = late[goal.key.replace("covered", "inside")].value
        return "not_judged" if inside is None else "met" if inside else "not_met"
    if goal.name in COUNTED and target == 0:
        return "not_judged"
    return "met" if _float(late[goal.key]) >= target else "not_met"


def _float(value: Value) -> float:
    return float(value.value or 0.0)


def _number(value: float, unit: str, digits: int, error: float | None) -> Value:
    """Return a value, without a number where there is none."""
    if not math.isfinite(value):
        return Value(None, unit, digits)
    return Value(float(value), unit, digits, None if error is None or not math.isfinite(error) else error)
