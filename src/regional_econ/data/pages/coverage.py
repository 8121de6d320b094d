"""What is there, what is missing and what was changed since, in numbers and figures of the report?"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, Value
from regional_econ.core.section import FigureBlock, OptionValue
from regional_econ.data.pages.pictures import availability_frame, map_frame, newest_year, statuses
from regional_econ.data.snapshot import manifest

COVERAGE_ID, REVISIONS_ID = "data.coverage", "data.revisions"
MAPS = ("innovation_activity_pct", "rd_grp_pct")
STATUSES_OF = "technologies_developed"
LINES_ON_A_PAGE = 64
REVISED = ("investment_mln_rub", "grp_mln_rub")


def coverage_result(panel: Panel, rows: pd.DataFrame, focal: str) -> Result:
    """Count what is published and what is not, and place the focal region on the maps.

    Keys: ``cells`` (regions × years of every variable between its first and last year), ``filled`` (their share with a
    figure), ``complete`` (variables without a gap), ``confidential``, ``missing``, ``absent`` (cells of imported
    variables), ``breaks``; ``<variable>.year|focal|rank|regions|median|top|top_region`` of each map;
    ``<variable>.<status>`` of the variable whose statuses are drawn.

    Parameters
    ----------
    panel : newest figures.
    rows : the stored figures with their statuses.
    focal : id of the region the report is about.
    """
    cells = filled = complete = 0
    for name in panel.variables:
        known = panel.column(name).notna()
        years = known[known].index.get_level_values("year")
        if len(years):
            every = known.index.get_level_values("year")
            inside = known[(every >= years.min()) & (every <= years.max())]
            cells, filled, complete = cells + len(inside), filled + int(inside.sum()), complete + int(inside.all())
    own = rows[rows["region"].isin(panel.region_ids)]["status"].astype("str").value_counts()
    counts = {"cells": cells, "complete": complete, "breaks": sum(len(one.breaks) for one in panel.variables.values())}
    counts |= {name: int(own.get(name, 0)) for name in ("confidential", "missing", "absent")}
    drawn = statuses(panel, rows, STATUSES_OF)["status"].value_counts()
    counts |= {
        f"{STATUSES_OF}.{name}": int(drawn.get(name, 0)) for name in ("published", "absent", "missing", "confidential")
    }
    values = {name: Value(count, digits=0) for name, count in counts.items()}
    values["filled"] = Value(filled / cells if cells else None, "share", 3)
    for name in MAPS:
        values |= {f"{name}.{key}": value for key, value in _place(panel, name, focal).items()}
    return Result(COVERAGE_ID, values, {"panel": panel.checksum})


def revisions_result(changes: Mapping[str, pd.DataFrame], focal: str) -> Result:
    """Say how far older editions were revised.

    Keys, by variable: ``editions``, ``compared``, ``revised``, ``mean_pct`` (of the revised), ``largest_pct``,
    ``largest_region``, ``largest_year``, and ``focal_pct``, ``focal_year`` of the focal region's largest revision.

    Parameters
    ----------
    changes : by variable, from :func:`regional_econ.data.revisions.revision_plot_data`.
    focal : id of the region the report is about.
    """
    values: dict[str, Value] = {}
    for name, frame in changes.items():
        known = frame.dropna(subset=["change_pct"])
        revised = known[known["change_pct"] != 0]
        counts = {"editions": known["vintage"].nunique(), "compared": len(known), "revised": len(revised)}
        values |= {f"{name}.{key}": Value(int(count), digits=0) for key, count in counts.items()}
        mean = float(revised["change_pct"].mean()) if len(revised) else None
        values[f"{name}.mean_pct"] = Value(mean, "%", 1)
        for key, part in (("largest", revised), ("focal", revised[revised["region"] == focal])):
            top = part.iloc[int(part["change_pct"].abs().to_numpy().argmax())] if len(part) else None
            values[f"{name}.{key}_pct"] = Value(None if top is None else float(top["change_pct"]), "%", 1)
            values[f"{name}.{key}_year"] = Value(None if top is None else int(top["year"]), "year", 0)
            if key == "largest":
                values[f"{name}.largest_region"] = Value(None if top is None else str(top["region"]))
    return Result(REVISIONS_ID, values, manifest()["files"])


def map_blocks(panel: Panel, rows: pd.DataFrame) -> tuple[FigureBlock, ...]:
    """Return the tile maps of the newest year, one a variable."""
    blocks: list[FigureBlock] = []
    for name in MAPS:
        year = newest_year(panel, name)
        frame = map_frame(panel, rows, name, year)
        text = f"data.map.{name}"
        options: dict[str, OptionValue] = {"variable": name, "year": year}
        blocks.append(FigureBlock(text, "tile_map", frame, f"{text}.caption", f"{text}.alt", options))
    return tuple(blocks)


def availability_blocks(panel: Panel) -> tuple[FigureBlock, ...]:
    """Return the picture of all variables over all years, in as many parts as a page needs; chapters stay whole."""
    frame, name = availability_frame(panel), "data.availability"
    lines = frame.drop_duplicates("variable").groupby("group", sort=False).size() + 1
    part, used = dict[str, int](), 0
    for group, size in lines.items():
        last = max(part.values(), default=0)
        new_page = used > 0 and used + size > LINES_ON_A_PAGE
        part[str(group)], used = last + new_page, size if new_page else used + size
    parts = max(part.values()) + 1
    return tuple(
        FigureBlock(
            f"{name}.{number + 1}" if parts > 1 else name, "availability",
            frame[frame["group"].map(part) == number].reset_index(drop=True),
            f"{name}.{'caption' if number == 0 else 'continued'}", f"{name}.alt", {"names": "data.chapter"},
        )
        for number in range(parts)
    )  # fmt: skip


def statuses_block(panel: Panel, rows: pd.DataFrame) -> FigureBlock:
    """Return the picture of what the source says of every region and year of one variable."""
    frame, name = statuses(panel, rows, STATUSES_OF), "data.statuses"
    years = tuple(float(one.year) for one in panel.variable(STATUSES_OF).breaks)
    return FigureBlock(name, "statuses", frame, f"{name}.caption", f"{name}.alt", {"break_years": years})


def revision_blocks(changes: Mapping[str, pd.DataFrame]) -> tuple[FigureBlock, ...]:
    """Return a picture of the revisions of each variable that has older editions."""
    return tuple(
        FigureBlock(
            f"data.revisions.{name}", "revisions", _changed(frame), f"data.revisions.{name}.caption",
            f"data.revisions.{name}.alt",
        )
        for name, frame in changes.items()
        if len(_changed(frame))
    )  # fmt: skip


def _changed(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out the editions' years in which no figure changed: they hold most of the rows and nothing to see."""
    known = frame.dropna(subset=["change_pct"])
    moved = known["change_pct"].ne(0).groupby([known["vintage"], known["year"]]).transform("any")
    return known[moved].drop(columns="vintage").reset_index(drop=True)


def _place(panel: Panel, name: str, focal: str) -> dict[str, Value]:
    variable, year = panel.variable(name), newest_year(panel, name)
    figures = panel.column(name).xs(year, level="year").dropna()
    own = figures.get(focal)
    rank = None if own is None else int((figures > own).sum()) + 1
    unit = "%" if variable.unit == "percent" else variable.unit
    return {
        "year": Value(year, "year", 0),
        "focal": Value(None if own is None else float(own), unit, variable.digits),
        "rank": Value(rank, digits=0),
        "regions": Value(len(figures), digits=0),
        "median": Value(float(figures.median()), unit, variable.digits),
        "top": Value(float(figures.max()), unit, variable.digits),
        "top_region": Value(str(figures.idxmax())),
    }
