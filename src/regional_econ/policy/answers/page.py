"""The page of answers: what would reach the target, which measure does most, whose doubt it is, what to learn first."""

from __future__ import annotations

from collections.abc import Mapping

from regional_econ._base.text import Text
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    LabelRef,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.policy.answers.cells import MARKS, ends_cell, error_cell, marks_cell
from regional_econ.policy.answers.page_figures import (
    frontier_figure,
    learning_figure,
    ranking_figure,
    share_figure,
    swing_figure,
)
from regional_econ.policy.answers.page_results import backcasts, mixed
from regional_econ.policy.answers.page_tables import (
    TEXTS,
    box_table,
    limit_table,
    ranking_table,
    regime_table,
    rule_table,
    spread_cell,
    synergy_table,
    whole_marks,
    without_path_table,
)
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
        frontier_figure(answers),
        Paragraph(f"{TEXTS}.edges"),
        limit_table(answers),
        Paragraph(f"{TEXTS}.breaks"),
        _need_table(answers),
        Paragraph(f"{TEXTS}.default.{_default(answers)}"),
        Paragraph(f"{TEXTS}.ranking"),
        ranking_figure(answers),
        ranking_table(answers),
        *_without_path(answers),
        Paragraph(f"{TEXTS}.programme"),
        _part_table(answers),
        Paragraph(f"{TEXTS}.doubt"),
        share_figure(answers),
        swing_figure(answers),
        Paragraph(f"{TEXTS}.learning"),
        *([] if answers.declared_ranking is None else [Paragraph(f"{TEXTS}.learning_declared")]),
        learning_figure(answers),
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
        MARKS,
    )
    rows = []
    for name, found, question in backcasts(answers):
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
                error_cell(f"{own}.reached"),
                spread_cell(f"{own}.gain"),
                marks_cell(f"{own}.grade" if levers else None, f"{own}.prior_share"),
            )
        )
    return TableBlock(f"{TEXTS}.backcast", f"{TEXTS}.backcast.caption", columns, tuple(rows))


def _need_table(answers: Answers) -> TableBlock:
    columns = (
        Column("driver", "policy.column.driver", width=2.2),
        Column("edge", "policy.column.edge_pushes", "right"),
        Column("gain", f"{TEXTS}.column.edge_gain", "right", 1.4),
        Column("best", f"{TEXTS}.column.best", "right"),
        Column("sign", f"{TEXTS}.column.sign", "right"),
        MARKS,
    )
    rows = tuple(
        (
            TextRef("policy.all_drivers") if need.driver == ALL_DRIVERS else LabelRef(need.driver),
            NumberRef(f"answers.needs.{need.driver}.edge_pushes"),
            spread_cell(f"answers.needs.{need.driver}.gain"),
            *(error_cell(f"answers.needs.{need.driver}.{key}") for key in ("best", "unbounded")),
            marks_cell(need.grade, f"answers.needs.{need.driver}.prior_share"),
        )
        for need in answers.needs
    )
    return TableBlock(f"{TEXTS}.needs", f"{TEXTS}.needs.caption", columns, rows)


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
        MARKS,
    )
    chains = {chain.lever: chain for chain in answers.question.chains}
    rows: list[tuple[Cell, ...]] = [
        (
            Stack((Verbatim(part.lever), TextRef(f"policy.lever.{part.lever}"))),
            NumberRef(f"answers.parts.{part.lever}.size"),
            error_cell(f"answers.parts.{part.lever}.mean"),
            spread_cell(f"answers.parts.{part.lever}"),
            marks_cell(
                chains[part.lever].grade,
                f"answers.ranking.{part.lever}.prior_share",
                assumption=chains[part.lever].assumption,
            ),
        )
        for part in answers.decomposition.parts
    ]
    whole = (
        TextRef(f"{TEXTS}.whole"), _DASH, error_cell("answers.parts.whole.mean"), spread_cell("answers.parts.whole"),
        whole_marks(),
    )  # fmt: skip
    return TableBlock(f"{TEXTS}.parts", f"{TEXTS}.parts.caption", columns, (*rows, whole))


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
            error_cell(f"answers.doubt.gain.{group}"),
            error_cell(f"answers.doubt.level.{group}"),
            Stack((*ends_cell(f"{swing}.low", f"{swing}.high").cells, NumberRef(f"{swing}.error", "± {}"))),
        )
        learned = (error_cell(f"answers.learning.{group}"), error_cell(f"answers.learning.{group}.switches"))
        rows.append((TextRef(f"{TEXTS}.group.{group}"), *(own if group in shared else (_DASH,) * 3), *learned))
    return TableBlock(f"{TEXTS}.doubt", f"{TEXTS}.doubt.caption", columns, tuple(rows))


def _default(answers: Answers) -> str:
    """Return whether none, one or some of the levers stand in the ranking without an assumption."""
    ranking = answers.declared_ranking
    return "none" if ranking is None else "one" if len(ranking.rows) == 1 else "some"
