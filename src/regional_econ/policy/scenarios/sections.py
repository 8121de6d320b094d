"""What the report shows of the policy model: scenarios side by side, each number with its grade and its doubt."""

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
    LabelRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.policy.answers.cells import (
    MARKS,
    ends_cell,
    error_cell,
    error_values,
    interval_cell,
    marks_cell,
)
from regional_econ.policy.model.response import share_percent
from regional_econ.policy.scenarios.assumptions import assumption_table, assumption_values
from regional_econ.policy.scenarios.findings import PolicyFindings
from regional_econ.policy.scenarios.foundations import (
    example_values,
    flag_table,
    flag_values,
    level_values,
    product_table,
    product_values,
    rate_table,
    rate_values,
    regime_table,
    share_of_draws,
    shock_values,
)
from regional_econ.policy.scenarios.need_table import need_table, need_values
from regional_econ.policy.scenarios.result import Z95, PolicyResult, quantile_value

_BANDS = {"p50": 0.5, "lo80": 0.1, "hi80": 0.9, "lo95": 0.025, "hi95": 0.975}
_DASH = Verbatim("–")


def results(findings: PolicyFindings, *, inputs: Mapping[str, str]) -> tuple[Result, ...]:
    """Return ``policy.<scenario>`` for each scenario and regime, and ``policy.push``, ``.programme``, ``.target``,
    ``.priors``, ``.calibration``, ``.plausible`` and ``.product``."""
    shown = (*findings.outcomes, *findings.regimes)
    scenarios = [_scenario_result(outcome, findings, inputs) for outcome in shown]
    pushes: dict[str, Value] = {}
    for push in findings.pushes:
        pushes[f"{push.driver}.size"] = Value(push.size, digits=2)
        if push.unit == "log points":
            pushes[f"{push.driver}.percent"] = Value(100.0 * float(np.expm1(push.size)), digits=0)
        pushes[f"{push.driver}.windows"] = Value(push.windows, digits=0)
        pushes[f"{push.driver}.regions"] = Value(push.regions, digits=0)
        pushes[f"{push.driver}.regions_exceeded"] = Value(push.exceeded, digits=0)
        pushes[f"{push.driver}.first_year"] = Value(push.first_year, digits=0)
        pushes[f"{push.driver}.last_year"] = Value(push.last_year, digits=0)
    largest = _largest_error(findings)
    needs = {
        "value": Value(findings.target_value, "%", 1),
        "year": Value(findings.target_year, digits=0),
        "probability": Value(findings.probability, digits=2),
        "error": Value(largest, "share", 3, largest / 10.0),
    }
    for need in findings.needs:
        needs |= need_values(need)
    needs |= error_values(needs)
    return (
        *scenarios,
        Result("policy.push", pushes, inputs),
        Result("policy.programme", _programme(findings.outcomes), inputs),
        Result("policy.target", needs, inputs),
        Result("policy.priors", assumption_values(findings.outcomes, findings.priors), inputs),
        Result("policy.calibration", rate_values(findings.rates), inputs),
        *(() if findings.example is None else (Result("policy.example", example_values(findings.example), inputs),)),
        *((Result("policy.plausible", level_values(findings.levels), inputs),) if findings.levels else ()),
        Result("policy.product", product_values(findings.gains, findings.target_year), inputs),
    )


def section(findings: PolicyFindings) -> Section:
    """Return the section ``policy``."""
    blocks: tuple[Block, ...] = (
        Paragraph("policy.intro"),
        Paragraph("policy.marks"),
        _figure(findings),
        _scenario_table(findings),
        Paragraph("policy.reading"),
        _lever_table(findings.outcomes),
        Paragraph("policy.off"),
        _contribution_table(findings),
        *_also(findings),
        Paragraph("policy.target"),
        need_table(findings.needs, findings.probability),
        Paragraph("policy.assumptions"),
        assumption_table(findings.outcomes, findings.priors, described=bool(findings.gains)),
        *((Paragraph("policy.calibration"), rate_table(findings.rates)) if findings.rates else ()),
        *((Paragraph("policy.borrowed"),) if any(rate.donors for rate in findings.rates) else ()),
        Paragraph("policy.researchers"),
        *((Paragraph("policy.plausible"),) if findings.levels else ()),
        *((Paragraph("policy.held"),) if any(outcome.held for outcome in findings.outcomes) else ()),
        Paragraph("policy.limits"),
    )
    return Section("policy", "policy.title", blocks)


def _also(findings: PolicyFindings) -> tuple[Block, ...]:
    flags = flag_table(findings.outcomes)
    blocks: list[Block] = []
    if findings.example is not None:
        blocks.append(Paragraph("policy.example"))
    if flags is not None:
        blocks += [Paragraph("policy.flags"), flags]
    if findings.regimes:
        blocks += [Paragraph("policy.regimes"), regime_table(findings.regimes, findings.target_year)]
    if findings.gains:
        blocks += [Paragraph("policy.product"), product_table(findings.gains)]
    return tuple(blocks)


def figure_data(outcomes: Sequence[PolicyResult]) -> pd.DataFrame:
    """Return what the scenario figure draws: year, scenario, p50, lo80, hi80, lo95, hi95, and beside them the Monte
    Carlo error of the median, the lowest grade and the largest prior share."""
    columns = ["year", "scenario", *_BANDS, "mc_error", "grade", "prior_share"]
    return pd.concat([outcome.tidy() for outcome in outcomes], ignore_index=True)[columns]


def probability_key(value: float, year: int) -> str:
    """Return the key of a probability.

    >>> probability_key(12.5, 2035)
    'probability_12_5_2035'
    """
    return f"probability_{f'{value:g}'.replace('.', '_')}_{year}"


def _scenario_result(outcome: PolicyResult, findings: PolicyFindings, inputs: Mapping[str, str]) -> Result:
    values: dict[str, Value] = {"n_draws": Value(len(outcome.baseline), digits=0)}
    paths = outcome.paths
    for index, year in enumerate(outcome.years):
        for key, level in _BANDS.items():
            values[f"{outcome.outcome}.{year}.{key}"] = quantile_value(paths[:, index], level)
    last = outcome.years.index(findings.target_year)
    gain = paths[:, last] - outcome.baseline[:, last]
    for key, level in _BANDS.items():
        values[f"gain.{findings.target_year}.{key}"] = quantile_value(gain, level, unit="pp")
    for driver, part in outcome.effects.items():
        points = share_percent(outcome.baseline, outcome.shift, part)[:, last]
        own = f"contribution.{driver}.{findings.target_year}"
        grade, prior_share = outcome.standing(driver)
        values[f"contribution.{driver}.grade"] = Value(grade)
        values[f"contribution.{driver}.prior_share"] = Value(prior_share, digits=2)
        for key in ("p50", "lo80", "hi80"):
            values[f"{own}.{key}"] = quantile_value(points, _BANDS[key], unit="pp")
    reached = outcome.probability(findings.target_value, findings.target_year)
    key = probability_key(findings.target_value, findings.target_year)
    values[key] = values["probability_target"] = reached
    share, error = float(reached.value or 0.0), reached.mc_error or 0.0
    values[f"{key}_pct"] = values["target_pct"] = Value(100.0 * share, "%", 1, 100.0 * error)
    outside = max((flag.share_of_draws for flag in outcome.flags), default=0.0)
    values["beyond_threshold_pct"] = share_of_draws(outside, len(outcome.baseline))
    values |= flag_values(outcome) | (shock_values(outcome) if any(outcome is one for one in findings.regimes) else {})
    values["grade"] = Value(outcome.grade)
    values["prior_share"] = Value(outcome.prior_share, digits=2)
    return Result(f"policy.{outcome.id}", values | error_values(values), {**inputs, **outcome.inputs})


def _largest_error(findings: PolicyFindings) -> float:
    """Return the largest 95 % Monte Carlo error of the scenarios' probabilities, which sentences name without it."""
    chances = (one.probability(findings.target_value, findings.target_year) for one in findings.outcomes)
    return Z95 * max(chance.mc_error or 0.0 for chance in chances)


def _figure(findings: PolicyFindings) -> FigureBlock:
    first = findings.outcomes[0]
    return FigureBlock(
        "policy.scenarios",
        "scenario",
        figure_data(findings.outcomes),
        "policy.figure.caption",
        "policy.figure.alt",
        {
            "variable": first.outcome,
            "names": "policy.scenario",
            "target": findings.target_value,
            "origin_year": float(first.years[0] - 1),
            "lower": 0.0,
        },
    )


def _scenario_table(findings: PolicyFindings) -> TableBlock:
    year, value = findings.target_year, findings.target_value
    columns = (
        Column("scenario", "policy.column.scenario", width=2.6),
        Column("level", "policy.column.level", "right", 1.3),
        Column("band95", "policy.column.band95", "right", 1.3),
        Column("gain", "policy.column.gain", "right", 1.3),
        Column("probability", "policy.column.probability", "right", 1.2),
        Column("outside", "policy.column.outside", "right"),
        MARKS,
    )
    rows = []
    for outcome in findings.outcomes:
        own, level = f"policy.{outcome.id}", f"policy.{outcome.id}.{outcome.outcome}.{year}"
        gain = f"{own}.gain.{year}"
        moved: tuple[Cell, ...] = (_DASH, _DASH, _DASH)
        if outcome.effects:
            moved = (
                interval_cell(f"{gain}.p50", f"{gain}.lo80", f"{gain}.hi80"),
                error_cell(f"{own}.beyond_threshold_pct"),
                marks_cell(outcome.grade, f"{own}.prior_share"),
            )
        rows.append(
            (
                TextRef(f"policy.scenario.{outcome.id}"),
                interval_cell(f"{level}.p50", f"{level}.lo80", f"{level}.hi80"),
                ends_cell(f"{level}.lo95", f"{level}.hi95"),
                moved[0],
                error_cell(f"{own}.{probability_key(value, year)}_pct"),
                *moved[1:],
            )
        )
    return TableBlock("policy.scenarios.table", "policy.scenarios.caption", columns, tuple(rows))


def _lever_table(outcomes: Sequence[PolicyResult]) -> TableBlock:
    columns = (
        Column("scenario", "policy.column.scenario", width=2.0),
        Column("lever", "policy.column.lever", width=2.6),
        Column("driver", "policy.column.driver", width=2.0),
        Column("link", "policy.column.link_grade", "center"),
        Column("effect", "policy.column.effect_grade", "center"),
        Column("state", "policy.column.state", width=1.2),
    )
    rows = tuple(
        (
            TextRef(f"policy.scenario.{outcome.id}"),
            Stack((Verbatim(use.lever), TextRef(f"policy.lever.{use.lever}"))),
            LabelRef(use.driver) if use.driver else _DASH,
            Verbatim(use.link_grade),
            Verbatim(use.elasticity_grade) if use.elasticity_grade else _DASH,
            TextRef(f"policy.state.{_state(outcome, use.on, use.grade)}"),
        )
        for outcome in outcomes
        for use in outcome.uses
    )
    return TableBlock("policy.levers.table", "policy.levers.caption", columns, rows)


def _state(outcome: PolicyResult, on: bool, grade: str) -> str:
    if not on:
        return "off"
    return "on" if grade in outcome.scenario.include_grades else "assumed"


def _contribution_table(findings: PolicyFindings) -> TableBlock:
    year = findings.target_year
    columns = (
        Column("scenario", "policy.column.scenario", width=2.0),
        Column("driver", "policy.column.driver", width=2.4),
        Column("points", "policy.column.points", "right", 1.4),
        MARKS,
    )
    rows = tuple(
        (
            TextRef(f"policy.scenario.{outcome.id}"),
            LabelRef(driver),
            interval_cell(
                *(f"policy.{outcome.id}.contribution.{driver}.{year}.{key}" for key in ("p50", "lo80", "hi80"))
            ),
            marks_cell(outcome.standing(driver)[0], f"policy.{outcome.id}.contribution.{driver}.prior_share"),
        )
        for outcome in findings.outcomes
        for driver in outcome.effects
    )
    return TableBlock("policy.contributions", "policy.contributions.caption", columns, rows)


def _programme(outcomes: Sequence[PolicyResult]) -> dict[str, Value]:
    years = [year for outcome in outcomes for setting in outcome.scenario.settings for year, _ in setting.path]
    if not years:
        return {}
    return {"first_year": Value(min(years), digits=0), "last_year": Value(max(years), digits=0)}
