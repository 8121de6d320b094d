"""The page of power: what the data could have found, beside what would be worth finding."""

from __future__ import annotations

import pandas as pd

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
from regional_econ.panel.pages.parts import value
from regional_econ.panel.robustness import Interest, Robustness

SECTION_ID = "panel_power"
RESULT_ID = "panel.power"
KINDS = ("region", "both")


def result(found: Robustness, interest: Interest) -> Result:
    """The result ``panel.power``.

    Keys: ``<era>.<error>.<term>.change|smallest|estimate|std_error|mde|power_pct``, ``level``, ``level_year``,
    ``points``, ``quantile_pct``, ``window``, ``detectable`` and ``compared``: in how many of how many comparisons the
    smallest effect of interest would have been found.
    """
    values: dict[str, Value] = {
        "level": value(found.level, 2),
        "level_year": Value(found.level_year, digits=0),
        "points": value(interest.points, 1),
        "quantile_pct": value(100 * interest.quantile, 0),
        "window": Value(interest.window, digits=0),
        "detectable": Value(int(shown(found)["detectable"].sum()), digits=0),
        "compared": Value(len(shown(found)), digits=0),
    }
    for row in found.power.to_dict("records"):
        key = f"{row['era']}.{row['inference']}.{row['term']}"
        values |= {f"{key}.{name}": value(float(row[name]), 3) for name in ("smallest", "estimate", "std_error", "mde")}
        values |= {
            f"{key}.change": value(float(row["change"]), 2),
            f"{key}.power_pct": value(100 * float(row["power"]), 0),
        }
    return Result(RESULT_ID, values, {"panel": found.eras["all"].panel_checksum})


def section(found: Robustness) -> Section:
    """Smallest effects of interest beside smallest detectable ones, by driver, era and kind of error."""
    blocks: tuple[Block, ...] = (
        Paragraph("panel.power.text"),
        _table(found),
        Paragraph("panel.power.verdict" if not shown(found)["detectable"].any() else "panel.power.some"),
    )
    return Section(SECTION_ID, "panel.power.title", blocks)


def shown(found: Robustness) -> pd.DataFrame:
    """The comparisons on the page, on which its sentence rests."""
    return found.power[found.power["inference"].isin(KINDS)]


def _table(found: Robustness) -> TableBlock:
    rows: list[tuple[Cell, ...]] = []
    table = shown(found)
    terms = list(dict.fromkeys(table["term"]))
    for row in table.sort_values("term", key=lambda one: one.map(terms.index), kind="stable").to_dict("records"):
        key = f"{RESULT_ID}.{row['era']}.{row['inference']}.{row['term']}"
        era = str(row["era"])
        rows.append(
            (
                LabelRef(str(row["term"])),
                TextRef("panel.era.all") if era == "all" else Verbatim(era.replace("-", "–")),
                TextRef(f"panel.error.{row['inference']}"),
                *(NumberRef(f"{key}.{name}") for name in ("change", "smallest", "mde", "power_pct")),
            )
        )
    columns = (
        Column("term", "panel.column.term", "left", 2.2),
        Column("era", "panel.column.years", "left", 1.2),
        Column("error", "panel.column.error", "left", 2.0),
        *(Column(name, f"panel.column.{name}", "right") for name in ("large_change", "smallest", "mde", "power_pct")),
    )
    return TableBlock(RESULT_ID, "panel.power.caption", columns, tuple(rows))
