"""The page on standard errors: every kind side by side, and how often each rejects a true null."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from regional_econ._base.options import LEVELS
from regional_econ.core.estimate import Estimate
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    FigureBlock,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
)
from regional_econ.panel.pages.parts import estimates_result, references_table
from regional_econ.panel.references import INFERENCES as REFERENCES
from regional_econ.panel.robustness import INFERENCES, Robustness
from regional_econ.panel.tables import coefficients_data

SECTION_ID = "panel_errors"
RESULT_ID = "panel.errors"
SIZE_ID = "panel.size"
PROCESSES = ("independent", "heavy", "serial", "district", "factor")
SHOWN = ("std_error", "p_value", "conf_low", "conf_high")
STUDIED = {**INFERENCES, "dk_6": "dk:6", "larger": "larger"}


def results(found: Robustness, recorded: Result) -> list[Result]:
    """The results ``panel.errors`` and ``panel.size``.

    Keys of the first as :func:`parts.estimate_values`, one model a kind of error, with ``<kind>.df`` and
    ``nominal_pct``; of the second ``<process>.<kind>.size_pct|power_pct``, ``chosen`` (the kind of error that the rule
    of the study chose), its worst size where it is judged, ``replications``, ``regions``, ``years``, ``effect``,
    ``tolerated_pct``, ``draws``.

    Parameters
    ----------
    recorded : the record of the study of size, `benchmarks/size_study.py`.
    """
    shown = estimates_result(RESULT_ID, found.inferences)
    freedom = {f"{kind}.df": _df(kind, one) for kind, one in found.inferences.items()}
    kinds = {text: kind for kind, text in STUDIED.items()}
    size: dict[str, Value] = {}
    for key, value in recorded.values.items():
        process, _, rest = key.partition(".")
        text, _, measure = rest.rpartition(".")
        if process in PROCESSES and text in kinds:
            size[f"{process}.{kinds[text]}.{measure}"] = value
        elif process not in PROCESSES:
            size[key] = value
    size["chosen"] = Value(kinds[str(recorded.values["chosen"].value)])
    nominal = {"nominal_pct": Value(100 * (1 - LEVELS[0]), digits=0)}
    return [
        Result(RESULT_ID, {**shown.values, **freedom, **nominal}, shown.inputs),
        Result(SIZE_ID, size, recorded.inputs),
    ]


def section(found: Robustness, recorded: Result) -> Section:
    """Intervals of every driver under every kind of error, one driver in a table, the study of size, sources."""
    term = str(found.eras["all"].params.index[0])
    chosen = {text: kind for kind, text in STUDIED.items()}[str(recorded.values["chosen"].value)]
    blocks: tuple[Block, ...] = (
        Paragraph("panel.errors.side_by_side"),
        _table(term),
        FigureBlock(
            id="panel.errors.figure",
            kind="coefficients",
            data=_drawn(found.inferences),
            caption="panel.errors.figure.caption",
            alt="panel.errors.figure.alt",
            options={"names": "panel.error", "highlight": chosen if chosen in found.inferences else "region"},
        ),
        Paragraph("panel.size.text"),
        _rates("size_pct", "panel.size.caption", chosen),
        Paragraph("panel.size.chosen"),
        Paragraph(f"panel.error.{chosen}.why" if chosen == "larger" else "panel.size.default"),
        _rates("power_pct", "panel.size.power_caption", chosen),
        references_table("inferences", REFERENCES),
    )
    return Section(SECTION_ID, "panel.errors.title", blocks)


def _df(kind: str, estimate: Estimate) -> Value:
    """Degrees of freedom of t for the first driver; resampled statistics have none."""
    if kind.startswith("wild"):
        return Value(None)
    df = float(estimate.df.iloc[0]) if isinstance(estimate.df, pd.Series) else float(estimate.df)
    return Value(df, digits=0 if df.is_integer() else 1)


def _drawn(estimates: Mapping[str, Estimate]) -> pd.DataFrame:
    frame = coefficients_data(estimates)
    ends = ["conf_low95", "conf_high95", "conf_low80", "conf_high80"]
    return frame[np.isfinite(frame[ends]).all(axis=1)].reset_index(drop=True)


def _table(term: str) -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"panel.error.{kind}"),
            *(NumberRef(f"{RESULT_ID}.{kind}.{term}.{key}") for key in SHOWN),
            NumberRef(f"{RESULT_ID}.{kind}.df"),
        )
        for kind in INFERENCES
    )
    columns = (
        Column("error", "panel.column.error", "left", 3.0),
        *(Column(key, f"panel.column.{key}", "right") for key in SHOWN),
        Column("df", "panel.column.df", "right"),
    )
    return TableBlock(RESULT_ID, "panel.errors.one_driver", columns, rows)


def _rates(measure: str, caption: str, chosen: str) -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _named(kind, chosen),
            *(NumberRef(f"{SIZE_ID}.{process}.{kind}.{measure}") for process in PROCESSES),
        )
        for kind in STUDIED
        if kind != "hc3"
    )
    columns = (
        Column("error", "panel.column.error", "left", 3.0),
        *(Column(process, f"panel.process.{process}", "right") for process in PROCESSES),
    )
    return TableBlock(f"{SIZE_ID}.{measure}", caption, columns, rows)


def _named(kind: str, chosen: str) -> Cell:
    name = TextRef(f"panel.error.{kind}")
    return Stack((name, TextRef("panel.size.recommended"))) if kind == chosen else name
