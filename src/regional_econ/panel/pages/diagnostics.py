"""The page of diagnostics: what the residuals say, and how far single regions, years and districts decide."""

from __future__ import annotations

import math
from collections.abc import Mapping

from regional_econ._base.options import LEVELS
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    LabelRef,
    NumberRef,
    Paragraph,
    Section,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.panel.pages.parts import references_table, value
from regional_econ.panel.references import TESTS
from regional_econ.panel.robustness import Robustness

SECTION_ID = "panel_diagnostics"
TESTS_ID, INFLUENCE_ID = "panel.diagnostics", "panel.influence"
NOMINAL = round(1 - LEVELS[0], 2)
UNSOUND = (
    "cd",
    "heteroskedasticity_wald",
    "pool_regions",
)  # shown because papers use them; they reject without cause here


def results(found: Robustness) -> list[Result]:
    """The results ``panel.diagnostics`` and ``panel.influence``.

    Keys: ``<test>.statistic|df|df_denominator|p_value``, ``mean_abs_correlation`` of pairs of regions;
    ``<kind>.<term>.change|p_value|estimate|sign_changed|crosses``, ``<kind>.omissions``, kind being region, year or
    district; ``level`` of p.
    """
    checksum = {"panel": found.eras["all"].panel_checksum}
    values: dict[str, Value] = {}
    for name, test in found.diagnostics.items():
        df, denominator = (*test.df, math.nan, math.nan)[:2]
        values |= {
            f"{name}.statistic": value(test.statistic, 2),
            f"{name}.df": value(float(df), 0),
            f"{name}.df_denominator": value(float(denominator), 0),
            f"{name}.p_value": value(test.p_value, 4),
        }
    values["mean_abs_correlation"] = value(float(found.diagnostics["cdw"].details["mean_abs_correlation"]), 2)
    moved = {"level": Value(NOMINAL, digits=2)}
    for kind, influence in found.influence.items():
        most = influence.most()
        moved[f"{kind}.omissions"] = Value(int(most["n_omissions"].iloc[0]), digits=0)
        for row in most.to_dict("records"):
            key = f"{kind}.{row['term']}"
            moved |= {
                f"{key}.change": value(float(row["change"]), 2),
                f"{key}.estimate": value(float(row["estimate"]), 3),
                f"{key}.p_value": value(float(row["p_value"]), 3),
                f"{key}.sign_changed": Value(int(row["n_sign_changed"]), digits=0),
                f"{key}.crosses": Value(int(row["n_crosses"]), digits=0),
            }
    return [Result(TESTS_ID, values, checksum), Result(INFLUENCE_ID, moved, checksum)]


def section(found: Robustness) -> Section:
    """Tests with their readings, what leaving out changes, then the sources of tests and diagnostics."""
    blocks: tuple[Block, ...] = (
        Paragraph("panel.diagnostics.text"),
        _tests(found.diagnostics),
        Paragraph("panel.diagnostics.reading"),
        Paragraph("panel.influence.text"),
        _influence(found),
        references_table("tests", TESTS),
    )
    return Section(SECTION_ID, "panel.diagnostics.title", blocks)


def _tests(tests: Mapping[str, HypothesisTest]) -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"panel.diagnostic.{name}"),
            TextRef(f"panel.null.{name}"),
            *(NumberRef(f"{TESTS_ID}.{name}.{key}") for key in ("statistic", "p_value")),
            TextRef(f"panel.read.{_reading(name, test)}"),
        )
        for name, test in tests.items()
    )
    columns = (
        Column("test", "panel.column.test", "left", 2.4),
        Column("null", "panel.column.null", "left", 2.4),
        Column("statistic", "panel.column.statistic", "right"),
        Column("p_value", "panel.column.p_value", "right"),
        Column("reading", "panel.column.reading", "left", 2.0),
    )
    return TableBlock(TESTS_ID, "panel.diagnostics.caption", columns, rows)


def _reading(name: str, test: HypothesisTest) -> str:
    if name in UNSOUND:
        return "unsound"
    return "rejected" if test.p_value < NOMINAL else "not_rejected"


def _influence(found: Robustness) -> TableBlock:
    rows: list[tuple[Cell, ...]] = []
    for kind, influence in found.influence.items():
        for row in influence.most().to_dict("records"):
            key = f"{INFLUENCE_ID}.{kind}.{row['term']}"
            rows.append(
                (
                    TextRef(f"panel.omitted.{kind}"),
                    LabelRef(str(row["term"])),
                    Verbatim(str(row["dropped"])) if kind == "year" else LabelRef(str(row["dropped"])),
                    *(NumberRef(f"{key}.{name}") for name in ("change", "estimate", "sign_changed", "crosses")),
                )
            )
    columns = (
        Column("omitted", "panel.column.omitted", "left", 1.4),
        Column("term", "panel.column.term", "left", 2.2),
        Column("most", "panel.column.most", "left", 1.8),
        *(
            Column(name, f"panel.column.{name}", "right")
            for name in ("change", "estimate_without", "sign_changed", "crosses")
        ),
    )
    return TableBlock(INFLUENCE_ID, "panel.influence.caption", columns, tuple(rows))
