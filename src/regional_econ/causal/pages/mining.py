"""The page of mining prices: reduced forms judged by placebo price paths, the instrument, and what is not tested."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from regional_econ.causal.mining_price import MiningPrice
from regional_econ.causal.mining_sample import EXPOSURE_YEAR, OUTCOMES, SERIES, WINDOWS
from regional_econ.causal.pages.mining_numbers import (
    LEVEL,
    LONGEST,
    RESULT_ID,
    effect_id,
    iv_id,
    key_of,
    main_effects,
    tf_interval,
)
from regional_econ.causal.price_effects import LAGS, PriceEffect, PriceInstrument
from regional_econ.causal.weak_instruments import ConfidenceSet
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    FigureBlock,
    NumberRef,
    OptionValue,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)

SECTION_ID = "causal_mining"
NULLS = ("investment", "researchers", "innovation_activity")
CUT = 10  # errors from the estimate: beyond them an interval is not drawn
WEIGHED = ("grp_per_head", "rd_grp")
_OUTCOMES = tuple(outcome.id for outcome in OUTCOMES)
_EXPOSED_2009 = tuple(window.id for window in WINDOWS if window.exposure == "gva_2009")
_EXPOSED_2017 = tuple(window.id for window in WINDOWS if window.exposure == "capital_2017")


def section(found: MiningPrice) -> Section:
    """Prices, reduced forms, what the tests could find, windows, errors, the later exposure, the instrument, claims."""
    by_id = {key_of(one): one for one in found.effects}
    p = {outcome: [by_id[effect_id(outcome, lag=lag)].placebo_p for lag in LAGS] for outcome in _OUTCOMES}
    denominator = p["rd_grp"][0] < LEVEL <= p["rd"][0] and by_id[effect_id("rd_grp")].estimate < 0
    null = all(min(p[outcome]) >= LEVEL for outcome in NULLS)
    later = {one.outcome: one for one in found.balance if one.exposure == "capital_2017" and one.p_value < LEVEL}
    invested = "investment" in later and later["investment"].estimate > 0
    blocks: list[Block] = [
        Paragraph("causal_mining.text"),
        _prices(found),
        Paragraph("causal_mining.judged"),
        _effects(),
        Paragraph("causal_mining.reading"),
        *([Paragraph("causal_mining.denominator")] if denominator else []),
        *([Paragraph("causal_mining.nulls")] if null else []),
        _power(),
        Paragraph("causal_mining.power_reading"),
        _fit(),
        _coefficients(found),
        Paragraph("causal_mining.windows"),
        *(_windows(lag) for lag in LAGS),
        _single_prices(),
        Paragraph("causal_mining.errors"),
        _errors(by_id),
        Paragraph("causal_mining.later"),
        _later(),
        Paragraph("causal_mining.unbalanced" if later else "causal_mining.balanced"),
        *([Paragraph("causal_mining.invested")] if invested else []),
        _balance(found),
        Paragraph("causal_mining.instrument"),
        _strength(found),
        _instrumental(found),
        Paragraph("causal_mining.weights"),
        _weights(found),
        Paragraph("causal_mining.not_tested"),
        _not_tested(found),
    ]
    return Section(SECTION_ID, "causal_mining.title", tuple(blocks))


def _set_cell(key: str, found: ConfidenceSet) -> Cell:
    if found.shape in ("empty", "everything"):
        return TextRef(f"causal_mining.set.{found.shape}")
    lines: list[Cell] = []
    for number, (low, high) in enumerate(found.pieces, start=1):
        if math.isinf(low):
            lines.append(NumberRef(f"{key}.{number}.high", "(−∞; {}]"))
        elif math.isinf(high):
            lines.append(NumberRef(f"{key}.{number}.low", "[{}; ∞)"))
        else:
            lines += [NumberRef(f"{key}.{number}.low", "[{};"), NumberRef(f"{key}.{number}.high", "{}]")]
    return Stack(tuple(lines))


def _outcome(name: str) -> TextRef:
    return TextRef(f"causal_mining.outcome.{name}")


def _number(key: str, name: str) -> NumberRef:
    return NumberRef(f"{RESULT_ID}.{key}.{name}")


def _with_below(key: str, above: str, below: str, template: str) -> Stack:
    return Stack((_number(key, above), NumberRef(f"{RESULT_ID}.{key}.{below}", template)))


def _with_error(key: str, error: str = "region") -> Stack:
    return _with_below(key, "estimate", error, "({})")


def _with_p(key: str) -> Stack:
    return _with_below(key, "estimate", "placebo.p_value", "[{}]")


def _table(
    name: str, first: str, columns: Sequence[str], rows: Sequence[tuple[Cell, ...]], wide: float = 2.0
) -> TableBlock:
    heads = (
        Column(first, f"causal_mining.column.{first}", "left", wide),
        *(Column(column, f"causal_mining.column.{column}", "right") for column in columns),
    )
    return TableBlock(f"{RESULT_ID}.{name}", f"causal_mining.{name}.caption", heads, tuple(rows))


def _effects() -> TableBlock:
    ids = [(y, effect_id(y)) for y in _OUTCOMES]
    rows: list[tuple[Cell, ...]] = [
        (_outcome(y), _with_error(key), _number(key, "doubling"), _number(key, "placebo.p_value")) for y, key in ids
    ]
    return _table("effects", "outcome", ("estimate", "doubling", "placebo_p"), rows)


def _power() -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (_outcome(y), *(_number(effect_id(y), name) for name in ("mde", "power"))) for y in _OUTCOMES
    ]
    return _table("power", "outcome", ("mde", "power"), rows)


def _fit() -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (_outcome(y), *(_number(effect_id(y), name) for name in ("fit.p_value", "fit_power"))) for y in _OUTCOMES
    ]
    return _table("fit", "outcome", ("fit_p", "fit_power"), rows)


def _windows(lag: int) -> TableBlock:
    cases = [(window, specification) for specification in ("plain", "exposure_trend") for window in _EXPOSED_2009]
    rows: list[tuple[Cell, ...]] = [
        (_outcome(y), *(_with_p(effect_id(y, window, specification=kind, lag=lag)) for window, kind in cases))
        for y in _OUTCOMES
    ]
    return _table(f"windows_{lag}", "outcome", [f"{window}_{kind}" for window, kind in cases], rows)


def _single_prices() -> TableBlock:
    prices = (*SERIES, "index_real")
    rows: list[tuple[Cell, ...]] = [
        (_outcome(y), *(_with_p(effect_id(y, price=price)) for price in prices)) for y in _OUTCOMES
    ]
    return _table("prices", "outcome", prices, rows)


def _errors(by_id: dict[str, PriceEffect]) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (
            _outcome(y),
            *(_number(effect_id(y), name) for name in ("ehw", "region", "akm")),
            _set_cell(f"{RESULT_ID}.{effect_id(y)}.akm0", by_id[effect_id(y)].akm0_set),
        )
        for y in _OUTCOMES
    ]
    return _table("errors", "outcome", ("ehw", "region", "akm", "akm0"), rows)


def _later() -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (_outcome(y), *(_with_p(effect_id(y, window, lag=lag)) for window in _EXPOSED_2017 for lag in LAGS))
        for y in _OUTCOMES
    ]
    return _table("later", "outcome", [f"{window}_{lag}" for window in _EXPOSED_2017 for lag in LAGS], rows)


def _balance(found: MiningPrice) -> TableBlock:
    tested = {(one.outcome, str(one.exposure)) for one in found.balance}
    rows: list[tuple[Cell, ...]] = []
    for y in _OUTCOMES:
        cells: list[Cell] = [_outcome(y)]
        for exposure in EXPOSURE_YEAR:
            key = f"balance.{y}.{exposure}"
            known = (y, exposure) in tested
            cells += [_with_error(key, "std_error"), _number(key, "p_value")] if known else [Verbatim("–")] * 2
        rows.append(tuple(cells))
    columns = [f"{name}_{part}" for name in EXPOSURE_YEAR for part in ("change", "p")]
    return _table("balance", "outcome", columns, rows)


def _shown(found: MiningPrice) -> list[PriceInstrument]:
    return [one for one in found.instruments if one.window in _EXPOSED_2009]


def _equation(one: PriceInstrument) -> Stack:
    return Stack((_outcome(one.endogenous), TextRef(f"causal_mining.model.{one.window}_{one.lag}")))


def _strength(found: MiningPrice) -> TableBlock:
    names = ("first_stage", "first_stage_f", "first_stage.p_value", "reduced_form.p_value")
    rows: list[tuple[Cell, ...]] = [
        (_equation(one), *(_number(iv_id(one), name) for name in names)) for one in _shown(found)
    ]
    return _table("strength", "equation", [name.replace(".p_value", "_p") for name in names], rows)


def _instrumental(found: MiningPrice) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (
            _equation(one),
            _with_error(iv_id(one)),
            _set_cell(f"{RESULT_ID}.{iv_id(one)}.tf", tf_interval(one)),
            _set_cell(f"{RESULT_ID}.{iv_id(one)}.ar", one.ar_set),
        )
        for one in _shown(found)
    ]
    return _table("instrumental", "equation", ("estimate", "tf", "ar"), rows)


def _weights(found: MiningPrice) -> TableBlock:
    years = sorted({one.year for one in found.weights})
    rows: list[tuple[Cell, ...]] = [
        (
            Verbatim(str(year)),
            _number(f"weights.{WEIGHED[0]}.{year}", "weight"),
            *(_number(f"weights.{y}.{year}", "estimate") for y in WEIGHED),
        )
        for year in years
    ]
    return _table("weights", "year", ("weight", *(f"weight_{y}" for y in WEIGHED)), rows, wide=1.0)


def _not_tested(found: MiningPrice) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (Verbatim(claim), TextRef(f"causal_mining.claim.{claim}"), TextRef(f"causal_mining.needs.{claim}"))
        for claim in found.not_tested
    ]
    columns = (
        Column("claim", "causal_mining.column.claim"),
        Column("says", "causal_mining.column.says", width=2.6),
        Column("needs", "causal_mining.column.needs", width=2.6),
    )
    return TableBlock(f"{RESULT_ID}.not_tested", "causal_mining.not_tested.caption", columns, tuple(rows))


def _prices(found: MiningPrice) -> FigureBlock:
    base = EXPOSURE_YEAR["gva_2009"]
    logs = (found.prices - found.prices.loc[base]).rename_axis(index="year").reset_index()
    frame = logs.melt("year", var_name="panel", value_name="value")
    frame["value"] = np.exp(frame["value"])
    options: dict[str, OptionValue] = {"names": "causal_mining.price", "origin_year": base, "lower": 0.0}
    return FigureBlock(
        f"{RESULT_ID}.paths", "small_multiples", frame,
        "causal_mining.paths.caption", "causal_mining.paths.alt", options,
    )  # fmt: skip


def _coefficients(found: MiningPrice) -> FigureBlock:
    frame = pd.DataFrame(
        [
            {
                "term": f"causal_mining.outcome.{one.outcome}",
                "model": f"{one.window}_{one.lag}",
                "estimate": one.estimate,
                **_drawn(one, one.placebo_set80, "80"),
                **_drawn(one, one.placebo_set, "95"),
            }
            for outcome in _OUTCOMES
            for one in main_effects(found)
            if one.outcome == outcome and one.window in _EXPOSED_2009
        ]
    )
    options: dict[str, OptionValue] = {"names": "causal_mining.model", "highlight": f"{LONGEST}_0"}
    return FigureBlock(
        f"{RESULT_ID}.coefficients", "coefficients", frame, "causal_mining.coefficients.caption",
        "causal_mining.coefficients.alt", options,
    )  # fmt: skip


def _drawn(one: PriceEffect, kept: ConfidenceSet, level: str) -> dict[str, float]:
    """The ends of a set, cut where they would leave nothing else to see."""
    low, high = np.clip(kept.hull, one.estimate - CUT * one.region, one.estimate + CUT * one.region)
    return {f"conf_low{level}": float(low), f"conf_high{level}": float(high)}
