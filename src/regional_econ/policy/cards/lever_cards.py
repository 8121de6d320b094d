"""What the report shows of the levers: all measures of the paper in one table, then a card for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regional_econ.core.lever import Lever
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Bilingual,
    Block,
    CardBlock,
    CardTone,
    Cell,
    Column,
    LabelRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.policy.answers.cells import error_values
from regional_econ.policy.cards.lever_effects import LeverEffect, State
from regional_econ.policy.model.direct import MINING
from regional_econ.policy.model.levers import additionality, direct_effect, is_direct, lag_bounds
from regional_econ.policy.model.limits import newest, push_share
from regional_econ.policy.model.priors import Prior

_DASH = Verbatim("–")
_TONES: Mapping[State, CardTone] = {"on": "for", "assumed": "open", "off": "none"}
_UNITS = {
    "semi_elasticity_pct_per_pp": "%",
    "pct_effect": "%", "pct_per_year": "%", "pct_per_sd": "%", "share_pct": "%", "vote_share_pct": "%",
    "rate_of_return_pct": "%", "pp_effect": "pp", "pp_per_sd": "pp", "marginal_effect": "",
}  # fmt: skip
_QUANTILES = ("p05", "p50", "p95")


@dataclass(frozen=True)
class LeverFindings:
    """Everything the page is built from.

    Parameters
    ----------
    effects : of all levers, in the paper's order.
    findings : rows of the literature table by id.
    panel : official figures.
    region : the focal region.
    first_year, last_year, year : over which years one standard push builds up, and when its effect is read.
    """

    effects: tuple[LeverEffect, ...]
    findings: Mapping[str, Mapping[str, str]]
    panel: Panel
    region: str
    first_year: int
    last_year: int
    year: int


def results(found: LeverFindings, *, inputs: Mapping[str, str]) -> tuple[Result, ...]:
    """Return ``levers.<id>`` of each lever, ``levers.findings``, ``levers.scale`` and ``levers.count``."""
    cited = sorted({row for effect in found.effects for row in effect.lever.rows})
    rows = {key: value for row in cited for key, value in _row_values(row, found.findings[row]).items()}
    return (
        *(Result(f"levers.{effect.lever.id}", _values(effect, found), inputs) for effect in found.effects),
        Result("levers.findings", rows, inputs),
        Result("levers.scale", _scale(found), inputs),
        Result("levers.count", _counts(found), inputs),
    )


def section(found: LeverFindings) -> Section:
    """Return the section ``levers``: how to read, the overview, and the cards by direction of the paper."""
    blocks: list[Block] = [Paragraph("levers.intro"), _overview(found.effects), Paragraph("levers.reading")]
    for direction in dict.fromkeys(effect.lever.direction for effect in found.effects):
        blocks.append(Paragraph(f"levers.direction.{direction}.about"))
        blocks += [_card(effect, found.effects) for effect in found.effects if effect.lever.direction == direction]
    return Section("levers", "levers.title", (*blocks, Paragraph("levers.limits")))


def _values(effect: LeverEffect, found: LeverFindings) -> dict[str, Value]:
    lever, cost = effect.lever, effect.cost
    values = {
        "state": Value(effect.state),
        "link_grade": Value(effect.link_grade),
        "elasticity_grade": Value(effect.elasticity_grade),
        "grade": Value(effect.grade),
        **effect.values(found.year),
    }
    if effect.prior_share is not None:
        values["prior_share"] = Value(effect.prior_share, digits=2)
    if lever.delivery_lag:
        values |= {f"lag.{key}": Value(n, digits=0) for key, n in zip(("low", "high"), lag_bounds(lever), strict=True)}
    if lever.state_var:
        values |= _quantiles("psi", additionality(lever))
        values["max"] = Value(lever.max, digits=0)
    if is_direct(lever):
        values |= _quantiles("direct", direct_effect(lever), "pp")
    if lever.capacity is not None:
        values["capacity"] = Value(lever.capacity, digits=1)
    if cost is not None:
        values["cost.low"], values["cost.high"] = Value(cost.low, "mln_rub", 0), Value(cost.high, "mln_rub", 0)
        values["cost.year"] = Value(cost.year, digits=0)
    return values | error_values(values)


def _quantiles(name: str, prior: Prior, unit: str = "") -> dict[str, Value]:
    numbers = {key: float(getattr(prior, key)) for key in _QUANTILES}
    digits = max(1 if unit else 2, *(_digits(str(number)) for number in numbers.values()))
    return {f"{name}.{key}": Value(number, unit, digits) for key, number in numbers.items()}


def _row_values(row: str, finding: Mapping[str, str]) -> dict[str, Value]:
    unit, names = _UNITS.get(finding["effect_type"], ""), ("estimate", "low", "high")
    given = zip(names, ("estimate", "estimate_low", "estimate_high"), strict=True)
    return {
        f"{row}.{name}": Value(float(finding[key]), unit, _digits(finding[key])) for name, key in given if finding[key]
    }


def _digits(printed: str) -> int:
    """Return the decimals of a printed number, without closing zeros.

    >>> [_digits(printed) for printed in ("0.075", "2.0", "900")]
    [3, 0, 0]
    """
    return len(printed.partition(".")[2].rstrip("0"))


def _scale(found: LeverFindings) -> dict[str, Value]:
    """Return what a unit of each kind amounts to in the region, by official figures."""
    names = ("rd_mln_rub", "researchers", "postgraduates", "organisations", "budget_revenue_mln_rub")
    figures = newest(found.panel, names, found.region)
    money = push_share(found.panel, "rd_grp_pct") * figures["rd_mln_rub"]
    posts = push_share(found.panel, "researchers_per_10k_employed") * figures["researchers"]
    per_researcher = figures["rd_mln_rub"] / figures["researchers"]
    return {
        "first_year": Value(found.first_year, digits=0),
        "last_year": Value(found.last_year, digits=0),
        "year": Value(found.year, digits=0),
        "figures_year": Value(figures.year, digits=0),
        "rd_push_mln": Value(money, "mln_rub", 0),
        "rd_push_budget_pct": Value(100.0 * money / figures["budget_revenue_mln_rub"], "%", 1),
        "rd_push_researchers": Value(money / per_researcher, "persons", 0),
        "posts": Value(posts, "persons", 0),
        "postgraduates": Value(figures["postgraduates"], "persons", 0),
        "organisations_unit": Value(figures["organisations"] / 100.0, digits=0),
    }


def _counts(found: LeverFindings) -> dict[str, Value]:
    effects = found.effects
    drivers = [effect.lever.state_var for effect in effects if effect.lever.state_var]
    counts = {
        "all": len(effects),
        "connected": len(drivers),
        "unconnected": len(effects) - len(drivers),
        "direct": sum(is_direct(effect.lever) for effect in effects),
        "costed": sum(effect.cost is not None for effect in effects),
        **{f"driver.{driver}": drivers.count(driver) for driver in dict.fromkeys(drivers)},
        **{f"state.{state}": sum(effect.state == state for effect in effects) for state in _TONES},
        **{f"grade.{grade}": sum(effect.grade == grade for effect in effects) for grade in "ABC"},
    }
    return {key: Value(number, digits=0) for key, number in counts.items()}


def _overview(effects: Sequence[LeverEffect]) -> TableBlock:
    columns = (
        Column("id", "levers.column.id"),
        Column("measure", "levers.column.measure", width=3.4),
        Column("driver", "levers.column.driver", width=1.6),
        Column("link", "levers.column.link", "center"),
        Column("elasticity", "levers.column.elasticity", "center"),
        Column("chain", "levers.column.chain", "center"),
        Column("state", "levers.column.state", width=1.4),
    )
    rows: list[tuple[Cell, ...]] = []
    for direction in dict.fromkeys(effect.lever.direction for effect in effects):
        blank = (Verbatim(""),) * 5
        rows.append((Verbatim(str(direction)), TextRef(f"levers.direction.{direction}"), *blank))
        rows += [_overview_row(effect) for effect in effects if effect.lever.direction == direction]
    return TableBlock("levers.overview", "levers.overview.caption", columns, tuple(rows))


def _overview_row(effect: LeverEffect) -> tuple[Cell, ...]:
    lever, unknown = effect.lever, effect.lever.state_var is None
    return (
        Verbatim(lever.id),
        TextRef(f"policy.lever.{lever.id}"),
        TextRef(f"levers.short.{_unit(lever)}") if lever.state_var else _DASH,
        _DASH if unknown else Verbatim(effect.link_grade),
        _DASH if effect.elasticity_grade is None else Verbatim(effect.elasticity_grade),
        Verbatim(effect.grade),
        TextRef(f"levers.short.{_state(effect)}"),
    )


def _driver(lever: Lever) -> Cell:
    if is_direct(lever):
        return TextRef("levers.driver.direct")
    return LabelRef(lever.state_var) if lever.state_var else _DASH


def _state(effect: LeverEffect) -> str:
    """Return on, assumed, off (connected, but this model has no path for it) or unconnected."""
    return "unconnected" if effect.lever.state_var is None else effect.state


def _card(effect: LeverEffect, effects: Sequence[LeverEffect]) -> CardBlock:
    lever = effect.lever
    own = f"levers.{lever.id}"
    facts: list[tuple[str, Cell]] = []
    more: list[tuple[str, Cell]] = []
    if lever.state_var:
        facts.append(("levers.fact.driver", _driver(lever)))
        facts.append(("levers.fact.effect", _effect(effect, own)))
        facts.append(("levers.fact.unit", TextRef(f"levers.unit.{_unit(lever)}", own)))
        facts.append(("levers.fact.cost", _cost(effect, own)))
    facts.append(("levers.fact.grade", TextRef(f"levers.grade.{_reason(effect)}")))
    facts.append(("levers.fact.evidence", _bilingual(lever.note.ru, lever.note.en)))
    if lever.delivery_lag and lever.delivery_why:
        why = _bilingual(lever.delivery_why.ru, lever.delivery_why.en)
        spread = "levers.text.transition" if lever.state_var == MINING else "levers.text.lag"
        more.append(("levers.fact.lag", Stack((TextRef(spread, own), why))))
    if lever.additionality:
        why = lever.additionality["why"]
        number = TextRef("levers.text.prior" if lever.additionality["source"] == "expert" else "levers.text.cited", own)
        more.append(("levers.fact.psi", Stack((number, _bilingual(why["ru"], why["en"])))))
    if lever.direct:
        why = lever.direct["why"]
        more.append(
            ("levers.fact.direct", Stack((TextRef("levers.text.direct", own), _bilingual(why["ru"], why["en"]))))
        )
    if lever.capacity_why:
        why = _bilingual(lever.capacity_why.ru, lever.capacity_why.en)
        limit = TextRef(f"levers.capacity.{lever.capacity_rule or _unit(lever)}", own)
        more.append(("levers.fact.capacity", Stack((limit, why))))
        more.append(("levers.fact.saturation", TextRef("levers.saturation")))
    if lever.overlap:
        more.append(("levers.fact.group", _group(lever, effects)))
    cited = tuple(TextRef(f"levers.finding.{row}") for row in lever.rows)
    more.append(("levers.fact.rows", Stack(cited) if cited else TextRef("levers.no_rows")))
    more.append(("levers.fact.raises", _bilingual(lever.raises.ru, lever.raises.en)))
    if not lever.state_var:
        more.append(("levers.fact.cost", _bilingual(lever.cost_why.ru, lever.cost_why.en)))
    return CardBlock(
        lever.id, _bilingual(lever.name.ru, lever.name.en), f"levers.state.{_state(effect)}", _TONES[effect.state],
        Bilingual(f"«{lever.quote.ru}»", f"“{lever.quote.en}”"), tuple(facts), tuple(more),
    )  # fmt: skip


def _bilingual(ru: str, en: str) -> Bilingual:
    return Bilingual(ru, en)


def _effect(effect: LeverEffect, own: str) -> Cell:
    if effect.gain is None:
        return TextRef("levers.effect.none")
    if effect.elasticity_grade is None:
        return TextRef("levers.effect.prior", own)
    return TextRef(f"levers.effect.{effect.state}", own)


def _unit(lever: Lever) -> str:
    return "direct" if is_direct(lever) else str(lever.state_var)


def _cost(effect: LeverEffect, own: str) -> Cell:
    why = _bilingual(effect.lever.cost_why.ru, effect.lever.cost_why.en)
    if effect.cost is None:
        return why
    return Stack(
        (TextRef("levers.cost.point" if effect.cost.low == effect.cost.high else "levers.cost.range", own), why)
    )


def _reason(effect: LeverEffect) -> str:
    """Return why the chain has its grade: what its weakest link is."""
    if effect.lever.state_var is None:
        return "unconnected"
    if is_direct(effect.lever):
        return "direct"
    if effect.elasticity_grade is None:
        return "no_elasticity" if effect.gain is None else "assumption"
    if effect.grade != "C":
        return "published"
    return "expert" if effect.link_grade == "C" else "elasticity"


def _group(lever: Lever, effects: Sequence[LeverEffect]) -> Cell:
    group = lever.overlap["group"]
    others = [e.lever.id for e in effects if e.lever.overlap.get("group") == group and e.lever.id != lever.id]
    name = TextRef("levers.group.shared" if others else "levers.group.alone")
    return Stack((Verbatim(", ".join(others)), name)) if others else name
