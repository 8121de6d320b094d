"""The page of answers: what would reach the target, which measure does most, whose doubt it is, what to learn first."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from regional_econ._base.text import Text
from regional_econ.core.section import (
    Block,
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
from regional_econ.policy.answers.backcast import Backcast
from regional_econ.policy.answers.contract import gains
from regional_econ.policy.answers.page_results import Z95, mixed
from regional_econ.policy.answers.page_tables import (
    TEXTS,
    box_table,
    ends_cell,
    grade_cell,
    limit_table,
    ranking_table,
    regime_table,
    rule_table,
    share_cell,
    spread_cell,
    synergy_table,
    without_path_table,
)
from regional_econ.policy.answers.question import Question
from regional_econ.policy.answers.study import Answers
from regional_econ.policy.answers.target import ALL as ALL_DRIVERS

_DASH = Verbatim("–")


def section(answers: Answers, *, regimes: Mapping[str, Text]) -> Section:
    """Return the section ``policy_answers``.

    Parameters
    ----------
    regimes : what a reader calls the price paths, by name.
    """
    reached = "reached" if answers.assumed.mix is not None else "none"
    blocks: tuple[Block, ...] = (
        Paragraph(f"{TEXTS}.intro"),
        Paragraph(f"{TEXTS}.backcast.{reached}"),
        _backcast_table(answers),
        _frontier_figure(answers),
        Paragraph(f"{TEXTS}.edges"),
        limit_table(answers),
        Paragraph(f"{TEXTS}.breaks"),
        _need_table(answers),
        Paragraph(f"{TEXTS}.default.{_default(answers)}"),
        Paragraph(f"{TEXTS}.ranking"),
        _ranking_figure(answers),
        ranking_table(answers),
        *_without_path(answers),
        Paragraph(f"{TEXTS}.programme"),
        _part_table(answers),
        Paragraph(f"{TEXTS}.doubt"),
        _share_figure(answers),
        _swing_figure(answers),
        Paragraph(f"{TEXTS}.learning"),
        *([] if answers.declared_ranking is None else [Paragraph(f"{TEXTS}.learning_declared")]),
        _learning_figure(answers),
        _doubt_table(answers),
        Paragraph(f"{TEXTS}.boxes"),
        box_table(answers),
        Paragraph(f"{TEXTS}.synergy"),
        synergy_table(answers),
        Paragraph(f"{TEXTS}.rules"),
        rule_table(answers),
        Paragraph(f"{TEXTS}.regimes"),
        regime_table(answers, regimes),
        Paragraph(f"{TEXTS}.limits"),
    )
    return Section(TEXTS, f"{TEXTS}.title", blocks)


def _backcast_table(answers: Answers) -> TableBlock:
    columns = (
        Column("levers", f"{TEXTS}.column.levers", width=1.6),
        Column("mix", f"{TEXTS}.column.mix", width=2.6),
        Column("reached", f"{TEXTS}.column.reached", "right"),
        Column("gain", f"{TEXTS}.column.gain", "right", 1.4),
        Column("grade", "policy.column.grade", "center", 0.8),
        Column("prior", "policy.column.prior_share", "right"),
    )
    rows = []
    for name, found, question in _backcasts(answers):
        own = f"answers.backcast.{name}"
        levers = mixed(found, question)
        equal: dict[float, list[str]] = {}
        for lever, size in levers:
            equal.setdefault(round(size, 2), []).append(lever)
        sizes: tuple[Cell, ...] = tuple(
            NumberRef(f"{own}.{few[0]}.size", f"{{}} × {', '.join(few)}") for few in equal.values()
        )
        rows.append(
            (
                TextRef(f"{TEXTS}.levers.{name}"),
                Stack(sizes) if sizes else TextRef(f"{TEXTS}.nothing"),
                share_cell(f"{own}.reached"),
                spread_cell(f"{own}.gain"),
                NumberRef(f"{own}.grade") if levers else _DASH,
                NumberRef(f"{own}.prior_share") if levers else _DASH,
            )
        )
    return TableBlock(f"{TEXTS}.backcast", f"{TEXTS}.backcast.caption", columns, tuple(rows))


def frontier_data(answers: Answers) -> pd.DataFrame:
    """Return panel, x (pushes), series, estimate and 95 % Monte Carlo interval of the chance, %; label, highlight."""
    rows: list[dict[str, object]] = []
    for name, found, _ in _backcasts(answers):
        for allowance, reached in zip(found.allowances, found.frontier_reached, strict=True):
            chance, error = float(reached.value or 0.0), Z95 * float(reached.mc_error or 0.0)
            ends = [100.0 * max(chance - error, 0.0), 100.0 * min(chance + error, 1.0)]
            rows.append(_frontier_row(name, allowance, 100.0 * chance, *ends))
    asked = 100.0 * answers.aim.probability
    return pd.DataFrame([*rows, _frontier_row("asked", None, asked, asked, asked)])


def _frontier_row(series: str, x: float | None, chance: float, low: float, high: float) -> dict[str, object]:
    return {
        "panel": "frontier", "x": x, "series": series, "estimate": chance, "conf_low": low, "conf_high": high,
        "label": "", "highlight": False,
    }  # fmt: skip


def _frontier_figure(answers: Answers) -> FigureBlock:
    options: dict[str, OptionValue] = {
        "names": f"{TEXTS}.levers",
        "x": f"{TEXTS}.axis.pushes",
        "y": f"{TEXTS}.axis.chance",
    }
    return FigureBlock(
        f"{TEXTS}.frontier", "intervals", frontier_data(answers), f"{TEXTS}.frontier.caption", f"{TEXTS}.frontier.alt",
        options,
    )  # fmt: skip


def _need_table(answers: Answers) -> TableBlock:
    columns = (
        Column("driver", "policy.column.driver", width=2.2),
        Column("edge", "policy.column.edge_pushes", "right"),
        Column("gain", f"{TEXTS}.column.edge_gain", "right", 1.4),
        Column("best", f"{TEXTS}.column.best", "right"),
        Column("sign", f"{TEXTS}.column.sign", "right"),
        Column("grade", f"{TEXTS}.column.effect_grade", "center"),
        Column("prior", "policy.column.prior_share", "right"),
    )
    rows = tuple(
        (
            TextRef("policy.all_drivers") if need.driver == ALL_DRIVERS else LabelRef(need.driver),
            NumberRef(f"answers.needs.{need.driver}.edge_pushes"),
            spread_cell(f"answers.needs.{need.driver}.gain"),
            *(share_cell(f"answers.needs.{need.driver}.{key}") for key in ("best", "unbounded")),
            Verbatim(need.grade),
            NumberRef(f"answers.needs.{need.driver}.prior_share"),
        )
        for need in answers.needs
    )
    return TableBlock(f"{TEXTS}.needs", f"{TEXTS}.needs.caption", columns, rows)


def ranking_data(answers: Answers) -> pd.DataFrame:
    """Return term, model, group, median and 80 and 95 % intervals of each lever's gain, those of grade C apart."""
    question = answers.question
    brought = gains(question.model, question.programme, np.eye(len(question.chains)), answers.aim.year)
    draws = dict(zip(question.model.levers, brought, strict=True))
    rows = []
    for assumed in (False, True):
        for row in answers.ranking.rows:
            if row.chain.assumption == assumed:
                low95, low80, middle, high80, high95 = np.quantile(
                    draws[row.chain.lever], [0.025, 0.1, 0.5, 0.9, 0.975]
                )
                rows.append(
                    {
                        "term": f"{TEXTS}.axis.gain", "model": row.chain.lever, "estimate": middle,
                        "group": "assumed" if assumed else "declared", "conf_low80": low80, "conf_high80": high80,
                        "conf_low95": low95, "conf_high95": high95,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def _ranking_figure(answers: Answers) -> FigureBlock:
    options: dict[str, OptionValue] = {
        "names": "policy.lever",
        "groups": f"{TEXTS}.group_of_levers",
        "estimate_name": f"{TEXTS}.median",
    }
    return FigureBlock(
        f"{TEXTS}.ranking", "coefficients", ranking_data(answers), f"{TEXTS}.ranking.caption", f"{TEXTS}.ranking.alt",
        options,
    )  # fmt: skip


def _without_path(answers: Answers) -> tuple[Block, ...]:
    if not answers.question.without_path:
        return ()
    return Paragraph(f"{TEXTS}.without_path"), without_path_table(answers)


def _part_table(answers: Answers) -> TableBlock:
    columns = (
        Column("lever", "policy.column.lever", width=2.2),
        Column("size", f"{TEXTS}.column.size", "right"),
        Column("mean", f"{TEXTS}.column.mean", "right"),
        Column("gain", f"{TEXTS}.column.gain", "right", 1.4),
        Column("grade", f"{TEXTS}.column.grade", "center", 1.2),
        Column("prior", "policy.column.prior_share", "right"),
    )
    chains = {chain.lever: chain for chain in answers.question.chains}
    rows: list[tuple[Cell, ...]] = [
        (
            Stack((Verbatim(part.lever), TextRef(f"policy.lever.{part.lever}"))),
            NumberRef(f"answers.parts.{part.lever}.size"),
            NumberRef(f"answers.parts.{part.lever}.mean"),
            spread_cell(f"answers.parts.{part.lever}"),
            grade_cell(chains[part.lever]),
            NumberRef(f"answers.ranking.{part.lever}.prior_share"),
        )
        for part in answers.decomposition.parts
    ]
    whole = (
        TextRef(f"{TEXTS}.whole"), _DASH, NumberRef("answers.parts.whole.mean"), spread_cell("answers.parts.whole"),
        NumberRef("answers.target.programme_grade"), NumberRef("answers.target.programme_prior_share"),
    )  # fmt: skip
    return TableBlock(f"{TEXTS}.parts", f"{TEXTS}.parts.caption", columns, (*rows, whole))


def share_data(answers: Answers) -> pd.DataFrame:
    """Return panel (gain, level), label, share of the variance and its 95 % Monte Carlo interval; what noise has put
    below zero is drawn as zero."""
    rows = [
        {
            "panel": f"{TEXTS}.shares.{name}", "label": row["group"],
            **_bar(float(row["share"]), float(row["mc_error"]), most=1.0),
        }
        for name, shares in (("gain", answers.gain_shares), ("level", answers.level_shares))
        for row in shares.tidy()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _bar(value: float, error: float, *, most: float) -> dict[str, float]:
    low, middle, high = (min(max(value + z * error, 0.0), most) for z in (-Z95, 0.0, Z95))
    return {"value": middle, "low": low, "high": high}


def _share_figure(answers: Answers) -> FigureBlock:
    options: dict[str, OptionValue] = {"names": f"{TEXTS}.group", "share": 1}
    return FigureBlock(
        f"{TEXTS}.shares", "bars", share_data(answers), f"{TEXTS}.shares.caption", f"{TEXTS}.shares.alt", options
    )


def swing_data(answers: Answers) -> pd.DataFrame:
    """Return label, low, high and centre of each group's swing, the widest first."""
    return pd.DataFrame(
        [{"label": one.group, "low": one.low, "high": one.high, "centre": one.mean} for one in answers.swings]
    )


def _swing_figure(answers: Answers) -> FigureBlock:
    options: dict[str, OptionValue] = {"names": f"{TEXTS}.group", "variable": f"{TEXTS}.axis.mean_gain", "digits": 2}
    return FigureBlock(
        f"{TEXTS}.tornado", "tornado", swing_data(answers), f"{TEXTS}.tornado.caption", f"{TEXTS}.tornado.alt", options
    )


def learning_data(answers: Answers) -> pd.DataFrame:
    """Return panel, label, value of learning and its 95 % Monte Carlo interval, pp."""
    learning = answers.ranking.learning
    rows = [
        {
            "panel": f"{TEXTS}.axis.learning", "label": row["group"],
            **_bar(float(row["value"]), float(row["mc_error"]), most=learning.everything),
        }
        for row in learning.tidy()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _learning_figure(answers: Answers) -> FigureBlock:
    options: dict[str, OptionValue] = {"names": f"{TEXTS}.group", "digits": 3}
    return FigureBlock(
        f"{TEXTS}.learning", "bars", learning_data(answers), f"{TEXTS}.learning.caption", f"{TEXTS}.learning.alt",
        options,
    )  # fmt: skip


def _doubt_table(answers: Answers) -> TableBlock:
    columns = (
        Column("group", f"{TEXTS}.column.group", width=2.4),
        Column("gain", f"{TEXTS}.column.gain_share", "right"),
        Column("level", f"{TEXTS}.column.level_share", "right"),
        Column("swing", f"{TEXTS}.column.swing", "right", 1.4),
        Column("learning", f"{TEXTS}.column.learning", "right"),
        Column("switches", f"{TEXTS}.column.switches", "right"),
    )
    shared = [str(row["group"]) for row in answers.gain_shares.tidy()]
    others = [str(row["group"]) for row in answers.ranking.learning.tidy() if row["group"] not in shared]
    rows = []
    for group in (*shared, *others):
        swing = f"answers.doubt.swing.{group}"
        own: tuple[Cell, ...] = (
            share_cell(f"answers.doubt.gain.{group}"),
            share_cell(f"answers.doubt.level.{group}"),
            ends_cell(f"{swing}.low", f"{swing}.high"),
        )
        learned = (share_cell(f"answers.learning.{group}"), share_cell(f"answers.learning.{group}.switches"))
        rows.append((TextRef(f"{TEXTS}.group.{group}"), *(own if group in shared else (_DASH,) * 3), *learned))
    return TableBlock(f"{TEXTS}.doubt", f"{TEXTS}.doubt.caption", columns, tuple(rows))


def _default(answers: Answers) -> str:
    """Return whether none, one or some of the levers stand in the ranking without an assumption."""
    ranking = answers.declared_ranking
    return "none" if ranking is None else "one" if len(ranking.rows) == 1 else "some"


def _backcasts(answers: Answers) -> list[tuple[str, Backcast, Question]]:
    found = [("assumed", answers.assumed, answers.question)]
    if answers.declared is not None:
        found.insert(0, ("declared", answers.declared, answers.declared_question))
    return found
