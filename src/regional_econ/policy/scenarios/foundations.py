"""What the page shows of the model's foundations: estimated rates, seldom seen changes, coal regimes, product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from regional_econ.core.results import Value
from regional_econ.core.section import Cell, Column, LabelRef, NumberRef, Stack, TableBlock, TextRef, Verbatim
from regional_econ.elasticities.domain import COMPARABLE
from regional_econ.policy.answers.cells import MARKS, ends_cell, error_cell, interval_cell, marks_cell
from regional_econ.policy.answers.figures import share_error
from regional_econ.policy.model.baselines import Level
from regional_econ.policy.model.calibration import Rate
from regional_econ.policy.model.drivers import Example
from regional_econ.policy.model.product import ProductGain
from regional_econ.policy.scenarios.result import PolicyResult, quantile_value

_BANDS = {"p50": 0.5, "lo80": 0.1, "hi80": 0.9}
_GAINS = ("product", "budget")
_ID = "policy.calibration"


def rate_values(rates: Sequence[Rate]) -> dict[str, Value]:
    """Return the numbers of estimated rates with intervals, years and terms of breaks."""
    values: dict[str, Value] = {}
    for rate in rates:
        for key in ("p05", "p50", "p95"):
            values[f"{rate.id}.{key}"] = Value(float(getattr(rate.prior, key)), digits=3)
        values[f"{rate.id}.first_year"] = Value(rate.years[0], digits=0)
        values[f"{rate.id}.last_year"] = Value(rate.years[-1], digits=0)
        values[f"{rate.id}.years"] = Value(len(rate.years), digits=0)
        if rate.donors:
            values[f"{rate.id}.donors"] = Value(rate.donors, digits=0)
        for year, term in _terms(rate).items():
            values[f"{rate.id}.term_{year}"] = Value(term, digits=3)
        for year, probability in rate.tested.items():
            values[f"{rate.id}.chance_{year}"] = Value(probability, digits=2)
    return values


def rate_table(rates: Sequence[Rate]) -> TableBlock:
    """Return the table of estimated rates: interval, years behind it, and what the break years show."""
    columns = (
        Column("rate", "policy.column.prior", width=2.6),
        Column("p50", "policy.column.estimate", "right"),
        Column("interval", "policy.column.interval90", "right", 1.4),
        Column("years", "policy.column.years", "right", 1.2),
        Column("terms", "policy.column.terms", "right", 1.6),
    )
    rows = []
    for rate in rates:
        own = f"{_ID}.{rate.id}"
        terms: Cell = Verbatim("–")
        if _terms(rate):
            terms = Stack(tuple(NumberRef(f"{own}.term_{year}", f"{year}: {{}}") for year in _terms(rate)))
        years = ends_cell(f"{own}.first_year", f"{own}.last_year")
        if rate.donors:
            years = Stack((TextRef("policy.calibration.donors"), NumberRef(f"{own}.donors")))
        rows.append(
            (
                TextRef(f"policy.prior.{rate.id}"),
                NumberRef(f"{own}.p50"),
                ends_cell(f"{own}.p05", f"{own}.p95"),
                years,
                terms,
            )
        )
    return TableBlock("policy.calibration.table", "policy.calibration.caption", columns, tuple(rows))


def _terms(rate: Rate) -> Mapping[int, float]:
    """The terms of break years, which a borrowed rate has not: they are distances from a mean that it does not take."""
    return {} if rate.donors else rate.terms


def flag_values(outcome: PolicyResult) -> dict[str, Value]:
    """Return, for each flagged driver, its change, how often regions moved so far, and the widening."""
    values: dict[str, Value] = {}
    for flag in outcome.flags:
        own, n = f"outside.{flag.driver}", len(outcome.baseline)
        values[f"{own}.draws_pct"] = share_of_draws(flag.share_of_draws, n)
        values[f"{own}.change"] = Value(flag.change, digits=2, mc_error=flag.change_error)
        values[f"{own}.seen"] = Value(flag.seen, digits=0, mc_error=float(np.sqrt(flag.seen + 1.0)))
        values[f"{own}.windows"] = Value(flag.windows, digits=0)
        values[f"{own}.seen_pct"] = Value(
            100.0 * flag.frequency, "%", 1, 100.0 * np.sqrt(flag.seen + 1.0) / flag.windows
        )
        values[f"{own}.regions"] = Value(flag.regions, digits=0, mc_error=float(np.sqrt(flag.regions + 1.0)))
        values[f"{own}.comparable"] = Value(flag.comparable, digits=0, mc_error=float(np.sqrt(flag.comparable + 1.0)))
        each = 100.0 / max(flag.comparable_windows, 1)
        values[f"{own}.comparable_pct"] = Value(
            each * flag.comparable, "%", 1, each * float(np.sqrt(flag.comparable + 1.0))
        )
        values[f"{own}.comparable_windows"] = Value(flag.comparable_windows, digits=0)
        values[f"{own}.threshold"] = Value(flag.threshold, digits=2)
        values[f"{own}.threshold_pct"] = Value(100.0 * flag.threshold_share, "%", 1)
        values[f"{own}.spread"] = Value(flag.spread, digits=2, mc_error=flag.spread_error)
    return values


def share_of_draws(share: float, draws: int) -> Value:
    """Return a share of draws in per cent; where all draws agree its error is that of one draw."""
    return Value(100.0 * share, "%", 1, 100.0 * max(share_error(share, draws), 1.0 / draws))


def example_values(example: Example) -> dict[str, Value]:
    """Return how often a change as large as one that is spoken of was seen."""
    return {
        "level_now": Value(example.level_now, "%", 2),
        "level": Value(example.level, "%", 2),
        "seen": Value(example.seen.count, digits=0),
        "windows": Value(example.seen.windows, digits=0),
        "seen_pct": Value(100.0 * example.seen.share, "%", 2),
        "regions": Value(example.seen.regions, digits=0),
        "comparable": Value(example.seen.comparable, digits=0),
        "comparable_windows": Value(example.seen.comparable_windows, digits=0),
        "comparable_low": Value(100.0 * COMPARABLE[0], digits=0),
        "comparable_high": Value(100.0 * COMPARABLE[1], digits=0),
        "spread": Value(example.spread, digits=2),
    }


def level_values(levels: Mapping[str, Level]) -> dict[str, Value]:
    """Return, for each driver without measures, its level of the last year and what regions have seen."""
    values: dict[str, Value] = {}
    for driver, level in levels.items():
        for key, rank in _BANDS.items():
            values[f"{driver}.{key}"] = quantile_value(level.draws, rank)
        values[f"{driver}.now"] = Value(level.now, "%", 1)
        values[f"{driver}.lowest"], values[f"{driver}.highest"] = (
            Value(level.lowest, "%", 1),
            Value(level.highest, "%", 1),
        )
        values[f"{driver}.first_year"] = Value(level.first_year, digits=0)
        values[f"{driver}.regions_above_pct"] = Value(100.0 * level.regions_above, "%", 0)
    return values


def flag_table(outcomes: Sequence[PolicyResult]) -> TableBlock | None:
    """Return the table of changes beyond which the spread is widened; None where no scenario holds one."""
    columns = (
        Column("scenario", "policy.column.scenario_driver", width=2.0),
        Column("change", "policy.column.change", "right"),
        Column("seen", "policy.column.seen", "right", 1.2),
        Column("comparable", "policy.column.comparable", "right", 1.2),
        Column("threshold", "policy.column.threshold", "right", 1.2),
        Column("draws", "policy.column.beyond", "right"),
        MARKS,
    )
    rows = []
    for outcome in outcomes:
        for flag in outcome.flags:
            own = f"policy.{outcome.id}.outside.{flag.driver}"
            rows.append(
                (
                    Stack((TextRef(f"policy.scenario.{outcome.id}"), LabelRef(flag.driver))),
                    error_cell(f"{own}.change"),
                    Stack((NumberRef(f"{own}.seen_pct"), NumberRef(f"{own}.windows", "n = {}"))),
                    Stack(
                        (
                            NumberRef(f"{own}.comparable_pct"),
                            NumberRef(f"{own}.comparable_windows", "n = {}"),
                            NumberRef(f"{own}.regions"),
                        )
                    ),
                    Stack((NumberRef(f"{own}.threshold"), NumberRef(f"{own}.threshold_pct"))),
                    Stack((*error_cell(f"{own}.draws_pct").cells, *error_cell(f"{own}.spread").cells)),
                    marks_cell(
                        outcome.standing(flag.driver)[0], f"policy.{outcome.id}.contribution.{flag.driver}.prior_share"
                    ),
                )
            )
    return TableBlock("policy.flags", "policy.flags.caption", columns, tuple(rows)) if rows else None


def shock_values(outcome: PolicyResult) -> dict[str, Value]:
    """Return what a scenario's shocks leave without measures in its last year, and how far their paths lie."""
    last = outcome.baseline[:, -1]
    values = {f"unmoved.{key}": quantile_value(last, level) for key, level in _BANDS.items()}
    for number, shock in enumerate(outcome.shocks):
        if shock.tail_probability is not None:
            far, draws = shock.tail_probability, len(last)
            values[f"shock.{number}.tail_probability"] = Value(far, digits=2, mc_error=share_error(far, draws))
    return values


def regime_table(regimes: Sequence[PolicyResult], year: int) -> TableBlock:
    """Return the table of the same measures under other prices: the outcome without and with them, and the gain."""
    columns = (
        Column("regime", "policy.column.regime", width=2.4),
        Column("unmoved", "policy.column.unmoved", "right", 1.3),
        Column("gain", "policy.column.gain", "right", 1.3),
        Column("probability", "policy.column.probability", "right"),
        Column("tail", "policy.column.tail", "right"),
        MARKS,
    )
    rows = []
    for outcome in regimes:
        own = f"policy.{outcome.id}"
        gain, moved = f"{own}.gain.{year}", bool(outcome.effects)
        shown: Cell = interval_cell(f"{gain}.p50", f"{gain}.lo80", f"{gain}.hi80") if moved else Verbatim("–")
        far: Cell = error_cell(f"{own}.shock.0.tail_probability") if outcome.shocks else Verbatim("–")
        rows.append(
            (
                TextRef(f"policy.scenario.{outcome.id}"),
                interval_cell(f"{own}.unmoved.p50", f"{own}.unmoved.lo80", f"{own}.unmoved.hi80"),
                shown,
                error_cell(f"{own}.target_pct"),
                far,
                marks_cell(outcome.grade if moved else None, f"{own}.prior_share"),
            )
        )
    return TableBlock("policy.regimes", "policy.regimes.caption", columns, tuple(rows))


def product_values(gains: Mapping[str, ProductGain], year: int) -> dict[str, Value]:
    """Return regional product (%) and budget revenue (million roubles) that each scenario would add in a year.

    The elasticity of output is a prior and nothing else: grade C, prior share 1.
    """
    values: dict[str, Value] = {}
    for name, gain in gains.items():
        at = gain.years.index(year)
        for key, level in _BANDS.items():
            values[f"{name}.product.{key}"] = quantile_value(gain.product_pct[:, at], level)
            budget = quantile_value(gain.budget_mln_rub[:, at], level, unit="mln_rub")
            values[f"{name}.budget.{key}"] = replace(budget, digits=0)
        values[f"{name}.grade"], values[f"{name}.prior_share"] = Value("C"), Value(1.0, digits=2)
    return values


def product_table(gains: Mapping[str, ProductGain]) -> TableBlock:
    """Return the table of what regional product and the budget would gain."""
    columns = (
        Column("scenario", "policy.column.scenario", width=2.6),
        Column("product", "policy.column.product", "right", 1.4),
        Column("budget", "policy.column.budget", "right", 1.6),
        MARKS,
    )
    rows: list[tuple[Cell, ...]] = []
    for name in gains:
        own = f"policy.product.{name}"
        cells = [interval_cell(*(f"{own}.{key}.{band}" for band in _BANDS)) for key in _GAINS]
        rows.append((TextRef(f"policy.scenario.{name}"), *cells, marks_cell("C", f"{own}.prior_share")))
    return TableBlock("policy.product.table", "policy.product.caption", columns, tuple(rows))
