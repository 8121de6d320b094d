"""What does the reader see of the regressions? The result `panel.reference` and the section built from it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from regional_econ._base.options import LEVELS
from regional_econ.core.hypothesis_test import HypothesisTest
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
from regional_econ.panel.pages.parts import estimate_values, references_table, value
from regional_econ.panel.references import ESTIMATORS
from regional_econ.panel.tables import MDE_FACTOR, ReferenceTable, coefficients_data

RESULT_ID = "panel.reference"
SECTION_ID = "panel"
MODELS = ("pooled", "between", "re", "fe_region", "fe_twoway", "fd")
ERRORS = ("fe_twoway", "fe_twoway_dk", "fe_twoway_both")
DRAWN = (*MODELS, "fe_newest")
SIGNIFICANCE = 1 - LEVELS[0]


def reference_result(table: ReferenceTable) -> Result:
    """All numbers of the reference table under one id.

    Keys: `<model>.<term>.estimate|std_error|p_value|conf_low|conf_high|conf_low80|conf_high80|mde`,
    `<model>.n_obs|n_regions|n_years|first_year|last_year|r2`, `<test>.statistic|df|p_value|definite`,
    `within_share.<term>`, `within_share_newest.<term>`, and `focus.…`, the same numbers of the first driver.

    Parameters
    ----------
    table : from `tables.reference_table`.

    Returns
    -------
    Result
    """
    values: dict[str, Value] = {"mde_factor": Value(MDE_FACTOR, digits=1)}
    for model, estimate in table.estimates.items():
        values |= estimate_values(model, estimate)
    for test, outcome in table.tests.items():
        values |= _test_values(test, outcome)
    for name, shares in (("within_share", table.within_share), ("within_share_newest", table.within_share_newest)):
        values |= {f"{name}.{term}": Value(share, digits=3) for term, share in shares.items()}
    focus = _focus(table)
    copied = {"estimate": "fe_twoway", "std_error": "fe_twoway", "p_value": "fe_twoway", "conf_low": "fe_twoway",
              "conf_high": "fe_twoway", "mde": "fe_twoway"}  # fmt: skip
    values |= {f"focus.{key}": values[f"{model}.{focus}.{key}"] for key, model in copied.items()}
    values |= {f"focus.newest_{key}": values[f"fe_newest.{focus}.{key}"] for key in copied}
    values["focus.term"] = Value(focus)
    values["focus.within_share"] = values[f"within_share.{focus}"]
    values["focus.within_share_newest"] = values[f"within_share_newest.{focus}"]
    checksum = table.estimates["fe_twoway"].panel_checksum
    return Result(RESULT_ID, values, {"panel": checksum})


def section(table: ReferenceTable) -> Section:
    """The section of the report: what was fitted, the table, the figure, how far to trust it, and the sources.

    Parameters
    ----------
    table : from `tables.reference_table`.

    Returns
    -------
    Section
    """
    terms = [str(term) for term in table.estimates["fe_twoway"].params.index]
    blocks: tuple[Block, ...] = (
        Paragraph("panel.associations"),
        Paragraph("panel.reading"),
        _coefficient_table(terms),
        FigureBlock(
            id="panel.coefficients",
            kind="coefficients",
            data=figure_data(table),
            caption="panel.figure.caption",
            alt="panel.figure.alt",
            options={"names": "panel.model", "highlight": "fe_twoway"},
        ),
        Paragraph("panel.power"),
        Paragraph("panel.errors"),
        _error_table(terms),
        Paragraph("panel.breaks"),
        Paragraph(_hausman_text(table)),
        _test_table(table.tests),
        references_table("estimators", ESTIMATORS),
    )
    return Section(SECTION_ID, "panel.title", blocks)


def figure_data(table: ReferenceTable) -> pd.DataFrame:
    """Coefficients of the models that the figure draws, as `tables.coefficients_data`."""
    return coefficients_data({model: table.estimates[model] for model in DRAWN})


def _focus(table: ReferenceTable) -> str:
    return str(table.estimates["fe_twoway"].params.index[0])


def _test_values(test: str, outcome: HypothesisTest) -> dict[str, Value]:
    return {
        f"{test}.statistic": value(outcome.statistic, 2),
        f"{test}.df": Value(int(outcome.df[0]), digits=0),
        f"{test}.p_value": value(outcome.p_value, 4),
        f"{test}.definite": Value(bool(outcome.details["definite"])),
    }


def _number(key: str, template: str = "{}") -> NumberRef:
    return NumberRef(f"{RESULT_ID}.{key}", template)


def _coefficient_table(terms: list[str]) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (LabelRef(term), *(_stacked(f"{model}.{term}") for model in MODELS)) for term in terms
    ]
    for key in ("n_obs", "n_regions", "r2"):
        rows.append((TextRef(f"panel.row.{key}"), *(_number(f"{model}.{key}") for model in MODELS)))
    rows.append((TextRef("panel.row.effects"), *(TextRef(f"panel.effects.{model}") for model in MODELS)))
    rows.append((TextRef("panel.row.errors"), *(TextRef(f"panel.error_of.{model}") for model in MODELS)))
    columns = (
        Column("term", "panel.column.term", "left", 2.2),
        *(Column(model, f"panel.model.{model}", "right") for model in MODELS),
    )
    return TableBlock("panel.reference", "panel.table.caption", columns, tuple(rows))


def _stacked(key: str) -> Stack:
    return Stack((_number(f"{key}.estimate"), _number(f"{key}.std_error", "({})")))


def _error_table(terms: list[str]) -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            LabelRef(term),
            _number(f"fe_twoway.{term}.estimate"),
            *(_number(f"{model}.{term}.std_error") for model in ERRORS),
            _number(f"fe_twoway.{term}.mde"),
            _number(f"within_share.{term}"),
        )
        for term in terms
    )
    columns = (
        Column("term", "panel.column.term", "left", 2.2),
        Column("estimate", "panel.column.estimate", "right"),
        *(Column(model, f"panel.column.{model}", "right") for model in ERRORS),
        Column("mde", "panel.column.mde", "right"),
        Column("within_share", "panel.column.within_share", "right"),
    )
    return TableBlock("panel.reference_errors", "panel.errors.caption", columns, rows)


def _test_table(tests: Mapping[str, HypothesisTest]) -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TextRef(f"panel.test.{test}"), *(_number(f"{test}.{key}") for key in ("statistic", "df", "p_value")))
        for test in tests
    )
    columns = (
        Column("test", "panel.column.test", "left", 3.0),
        *(Column(key, f"panel.column.{key}", "right") for key in ("statistic", "df", "p_value")),
    )
    return TableBlock("panel.tests", "panel.tests.caption", columns, rows)


def _hausman_text(table: ReferenceTable) -> str:
    if table.tests["hausman_years"].statistic < 0:
        return "panel.hausman.negative"
    rejected = table.tests["mundlak_years"].p_value < SIGNIFICANCE
    return "panel.hausman.rejected" if rejected else "panel.hausman.not_rejected"
