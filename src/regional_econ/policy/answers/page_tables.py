"""Tables of the page of answers that stand by themselves: limits, boxes of parameters, synergy, rules, coal price."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from regional_econ._base.text import Text
from regional_econ.core.section import (
    Bilingual,
    Cell,
    Column,
    LabelRef,
    NumberRef,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.policy.answers.cells import MARKS, error_cell, interval_cell, marks_cell
from regional_econ.policy.answers.ranking import Chain
from regional_econ.policy.answers.regimes import AS_FORECAST
from regional_econ.policy.answers.study import Answers

TEXTS = "policy_answers"
_DASH = Verbatim("–")


def box_table(answers: Answers) -> TableBlock:
    """Return the bounds of both boxes, with their density, coverage and mass."""
    columns = (
        Column("box", f"{TEXTS}.column.box", width=1.6),
        Column("parameter", f"{TEXTS}.column.parameter", width=2.4),
        Column("low", f"{TEXTS}.column.from", "right"),
        Column("high", f"{TEXTS}.column.to", "right"),
        Column("density", f"{TEXTS}.column.density", "right"),
        Column("coverage", f"{TEXTS}.column.coverage", "right"),
        Column("mass", f"{TEXTS}.column.mass", "right"),
    )
    rows: list[tuple[Cell, ...]] = []
    for name, box in (("anywhere", answers.anywhere), ("measures", answers.measures)):
        own = f"answers.boxes.{name}"
        figures = tuple(error_cell(f"{own}.{key}") for key in ("density", "coverage", "mass"))
        if not box.bounded:
            rows.append((TextRef(f"{TEXTS}.box.{name}"), TextRef(f"{TEXTS}.no_box"), _DASH, _DASH, *figures))
        for bounded in box.bounded:
            limits = box.limits[box.names.index(bounded)]
            ends = tuple(
                NumberRef(f"{own}.{bounded}.{end}") if np.isfinite(limit) else _DASH
                for end, limit in zip(("low", "high"), limits, strict=True)
            )
            rows.append((TextRef(f"{TEXTS}.box.{name}"), parameter_cell(answers, bounded), *ends, *figures))
    return TableBlock(f"{TEXTS}.boxes", f"{TEXTS}.boxes.caption", columns, tuple(rows))


def limit_table(answers: Answers) -> TableBlock:
    """Return how far each lever can be pulled, and which limit stops it."""
    columns = (
        Column("lever", "policy.column.lever", width=2.4),
        Column("driver", "levers.fact.driver", width=1.8),
        Column("range", f"{TEXTS}.column.range", "right"),
        Column("capacity", f"{TEXTS}.column.capacity", "right"),
        Column("domain", f"{TEXTS}.column.domain", "right"),
        Column("binds", f"{TEXTS}.column.binds", width=1.4),
        Column("grade", f"{TEXTS}.column.grade", "center", 1.2),
    )
    chains = {chain.lever: chain for chain in answers.question.chains}
    rows = tuple(
        (
            Stack((Verbatim(limit.lever), TextRef(f"policy.lever.{limit.lever}"))),
            TextRef(f"levers.short.{acts_on(answers, chains[limit.lever])}"),
            _DASH if limit.range is None else NumberRef(f"answers.limits.{limit.lever}.range"),
            _DASH if limit.capacity is None else NumberRef(f"answers.limits.{limit.lever}.capacity"),
            _DASH if limit.domain is None else NumberRef(f"answers.limits.{limit.lever}.domain"),
            TextRef(f"{TEXTS}.binds.{limit.binds}"),
            grade_cell(chains[limit.lever]),
        )
        for limit in answers.question.limits()
    )
    return TableBlock(f"{TEXTS}.limits_of_levers", f"{TEXTS}.limits_of_levers.caption", columns, rows)


def ranking_table(answers: Answers) -> TableBlock:
    """Return the levers by median gain, those of grades A and B first, with what each acts on and its push."""
    columns = (
        Column("lever", f"{TEXTS}.column.push", width=3.2),
        Column("gain", f"{TEXTS}.column.gain", "right", 1.4),
        Column("positive", f"{TEXTS}.column.positive", "right"),
        Column("reached", f"{TEXTS}.column.reached", "right"),
        Column("breakeven", f"{TEXTS}.column.breakeven", "right"),
        MARKS,
    )
    rows = []
    for row in answers.ranking.rows:
        chain, own = row.chain, f"answers.ranking.{row.chain.lever}"
        rows.append(
            (
                Stack(
                    (
                        Verbatim(chain.lever),
                        TextRef(f"policy.lever.{chain.lever}"),
                        TextRef(f"{TEXTS}.push.{acts_on(answers, chain)}", own),
                    )
                ),
                spread_cell(f"{own}.gain"),
                error_cell(f"{own}.gain.positive"),
                error_cell(f"{own}.reached"),
                error_cell(f"{own}.breakeven") if row.breakeven > 0.0 else TextRef(f"{TEXTS}.no_cost"),
                marks_cell(chain.grade, f"{own}.prior_share", assumption=chain.assumption),
            )
        )
    return TableBlock(f"{TEXTS}.ranking.table", f"{TEXTS}.ranking.table.caption", columns, tuple(rows))


def without_path_table(answers: Answers) -> TableBlock:
    """Return the levers that nothing known connects to the outcome, each with the reason."""
    columns = (
        Column("lever", "policy.column.lever", width=1.6),
        Column("reason", f"{TEXTS}.column.reason", width=4.0),
    )
    rows = tuple(
        (Stack((Verbatim(lever.id), TextRef(f"policy.lever.{lever.id}"))), Bilingual(lever.note.ru, lever.note.en))
        for lever in answers.question.without_path
    )
    return TableBlock(f"{TEXTS}.without_path", f"{TEXTS}.without_path.caption", columns, rows)


def rule_table(answers: Answers) -> TableBlock:
    """Return the programme's gain under rules of overlap and decreasing returns."""
    columns = (
        Column("rule", f"{TEXTS}.column.rule", width=2.6),
        Column("gain", f"{TEXTS}.column.gain", "right", 1.6),
        Column("positive", f"{TEXTS}.column.positive", "right"),
        MARKS,
    )
    rows = tuple(
        (
            TextRef(f"{TEXTS}.rule.{rule.name}"),
            spread_cell(f"answers.rules.{rule.name}.gain"),
            error_cell(f"answers.rules.{rule.name}.gain.positive"),
            marks_cell("answers.target.programme_grade", f"answers.rules.{rule.name}.prior_share"),
        )
        for rule in answers.rules
    )
    return TableBlock(f"{TEXTS}.rules", f"{TEXTS}.rules.caption", columns, rows)


def grade_cell(chain: Chain) -> Cell:
    """Return a chain's grade; C is marked as an assumption."""
    grade = Verbatim(chain.grade)
    return Stack((grade, TextRef(f"{TEXTS}.assumption"))) if chain.assumption else grade


def acts_on(answers: Answers, chain: Chain) -> str:
    """Return what a chain moves: a driver, or ``direct`` where it acts on the firms it treats."""
    return "direct" if chain.driver == answers.question.model.model.outcome else chain.driver


def synergy_table(answers: Answers) -> TableBlock:
    """Return the programme's results by the spread of the synergy, zero first."""
    columns = (
        Column("sigma", f"{TEXTS}.column.sigma", "right"),
        Column("gain", f"{TEXTS}.column.gain", "right", 1.6),
        Column("positive", f"{TEXTS}.column.positive", "right"),
        Column("reached", f"{TEXTS}.column.reached", "right"),
        Column("state", f"{TEXTS}.column.state", width=1.6),
        MARKS,
    )
    rows = tuple(
        (
            NumberRef(f"answers.synergy.{number}.sigma"),
            spread_cell(f"answers.synergy.{number}.gain"),
            error_cell(f"answers.synergy.{number}.gain.positive"),
            error_cell(f"answers.synergy.{number}.reached"),
            TextRef(f"{TEXTS}.{'synergy_off' if row.sigma == 0.0 else 'assumption'}"),
            whole_marks(),
        )
        for number, row in enumerate(answers.synergy.rows)
    )
    return TableBlock(f"{TEXTS}.synergy", f"{TEXTS}.synergy.caption", columns, rows)


def regime_table(answers: Answers, labels: Mapping[str, Text]) -> TableBlock:
    """Return the programme's results under each price path.

    Parameters
    ----------
    labels : what a reader calls the paths, by name.
    """
    columns = (
        Column("regime", f"{TEXTS}.column.regime", width=2.0),
        Column("tail", f"{TEXTS}.column.tail", "right"),
        Column("level", f"{TEXTS}.column.level", "right", 1.4),
        Column("before", f"{TEXTS}.column.before", "right"),
        Column("reached", f"{TEXTS}.column.reached", "right"),
        Column("gain", f"{TEXTS}.column.gain", "right", 1.6),
        MARKS,
    )
    rows = []
    for regime in answers.regimes:
        own = f"answers.regimes.{regime.name}"
        label = labels.get(regime.name)
        named: Cell = Verbatim(regime.name) if label is None else Bilingual(label.ru, label.en)
        rows.append(
            (
                TextRef(f"{TEXTS}.regime.forecast") if regime.name == AS_FORECAST else named,
                _DASH if regime.tail_probability is None else error_cell(f"{own}.tail"),
                spread_cell(f"{own}.level"),
                error_cell(f"{own}.before"),
                error_cell(f"{own}.reached"),
                spread_cell(f"{own}.gain"),
                whole_marks(),
            )
        )
    return TableBlock(f"{TEXTS}.regimes", f"{TEXTS}.regimes.caption", columns, tuple(rows))


def whole_marks() -> Cell:
    """Return the whole programme's grade and prior share."""
    return marks_cell("answers.target.programme_grade", "answers.target.programme_prior_share")


def parameter_cell(answers: Answers, name: str) -> Cell:
    """Return what a reader calls a parameter of the simulator."""
    if name.startswith("baseline."):
        return Stack((TextRef(f"{TEXTS}.parameter.baseline"), LabelRef(name.split(".")[1])))
    for part in answers.question.model.model.drivers:
        if name.startswith(part.elasticity.id):
            kind = "effect" if name == part.elasticity.id else "weight"
            return Stack((TextRef(f"{TEXTS}.parameter.{kind}"), LabelRef(part.driver)))
    first, _, last = name.partition(".")
    if first in answers.question.model.levers:
        return Stack((TextRef(f"policy.prior.{last}"), TextRef(f"policy.lever.{first}")))
    return TextRef(f"policy.prior.{name}")


def spread_cell(name: str) -> Cell:
    """Return a median with its 80 % interval below."""
    return interval_cell(f"{name}.p50", f"{name}.p10", f"{name}.p90")
