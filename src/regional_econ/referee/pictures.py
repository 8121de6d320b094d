"""What does a check look like? One picture for each check of a claim that holds it against figures.

A picture shows what the verdict read: the cells, windows and places stand in the rows of the claim, only the series
behind them is looked up. A citation, a unit, a caption and an inference have none: they compare words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import groupby

import numpy as np
import pandas as pd

from regional_econ.core.claim import Check, Claim, Estimand
from regional_econ.core.panel import Panel
from regional_econ.core.section import FigureBlock, FigureKind, OptionValue
from regional_econ.referee.checks import trend
from regional_econ.referee.examine import Vintages, official_series
from regional_econ.referee.ledger import Entry
from regional_econ.referee.listed_checks import (
    ANY_REGION,
    GROUPS,
    Benchmark,
    Internal,
    ListedCheck,
    Printed,
    Rank,
    Relation,
    Trend,
)
from regional_econ.referee.rules import Rules

_TEXTS = "referee.pictures"
_COURSE = ["part", "year", "last", "value", "low", "high", "name"]
_RANGES = ["label", "value", "low", "high", "highlight"]
_SIGNS: Mapping[Relation, str] = {"equals": "", "less": "<", "reached": "≥"}
_CELLS = {1.0: "true", 0.0: "false"}
# so many years to either side of the printed number: more than another year may lie away to match
_REACH = 8
_NAMES: Mapping[type[ListedCheck], str] = {
    Printed: "number", Benchmark: "benchmark", Trend: "trend", Rank: "rank", Estimand: "effect", Internal: "internal",
}  # fmt: skip
_Options = dict[str, OptionValue]


def pictures(claim: Claim, entry: Entry, panel: Panel, rules: Rules, *, vintages: Vintages) -> tuple[FigureBlock, ...]:
    """Return the pictures of a claim, one for each of its checks that has one, in the order listed.

    Parameters
    ----------
    claim : with its verdict.
    entry : the same claim as listed.
    panel : the newest official figures, which the verdict read.
    rules : the frozen rules.
    vintages : gives (region, year, vintage, value, source, cell, newest) of a variable.

    Returns
    -------
    Figures ``referee.<claim>.<kind>``, from the second of a kind on with its number; empty for a claim that compares
    words, is not testable, or lacks the evidence. The frame of each is what it draws and its CSV.
    """
    found: list[FigureBlock] = []
    seen: Counter[str] = Counter()
    for place, check in enumerate(entry.checks, start=1):
        name = _NAMES.get(type(check))
        if name is None:
            continue
        block_id = f"referee.{claim.id}.{name}" + (f".{seen[name] + 1}" if seen[name] else "")
        drawn = _picture(block_id, check, place, claim, panel, rules, vintages)
        if drawn is not None:
            found.append(drawn)
            seen[name] += 1
    return tuple(found)


def _picture(
    block_id: str, check: ListedCheck, place: int, claim: Claim, panel: Panel, rules: Rules, vintages: Vintages
) -> FigureBlock | None:
    match check:
        case Printed():
            return _number(block_id, check, _row(claim, "recompute", place, check.variable), panel, vintages)
        case Benchmark():
            return _benchmark(block_id, check, _row(claim, "benchmark", place, check.variable), panel)
        case Trend():
            return _trend(block_id, check, _row(claim, "trend", place, check.variable), panel)
        case Rank():
            return _rank(block_id, check, _row(claim, "rank", place, check.variable), panel)
        case Internal():
            return _internal(block_id, check, _row(claim, f"internal_{check.what}", place, None))
        case Estimand():
            return _effect(block_id, check, {row.id: row for row in claim.checks}, rules)
        case _:
            return None


def _row(claim: Claim, name: str, place: int, variable: str | None) -> Check:
    """The first row of a check: by its id or, without figures, ``series_available``; a later part carries its place."""
    rows = [
        row
        for row in claim.checks
        if row.id.partition(".")[0] in (name, "series_available") and row.stats.get("variable") == variable
    ]
    return next((row for row in rows if row.id.endswith(f".{place}")), rows[0])


def _number(block_id: str, check: Printed, row: Check, panel: Panel, vintages: Vintages) -> FigureBlock | None:
    series = official_series(check.variable, check.region, vintages=vintages, hashes={})
    year = row.stats["year"]
    if year is None:
        return None
    span = range(year - _REACH, year + _REACH + 1)
    newest = [("series", at, figure.value) for at, figure in sorted(series.newest.items()) if at in span]
    if not newest:
        return None
    older = [
        ("older", at, figure.value, figure.vintage)
        for at, figures in sorted(series.older.items())
        if at in span and check.region != ANY_REGION  # an edition of a few regions does not hold the highest of all
        for figure in sorted(figures, key=lambda figure: (figure.vintage, figure.value))
    ]
    rows = [(part, at, np.nan, value / check.scale, np.nan, np.nan, "") for part, at, value in newest]
    rows += [(part, at, np.nan, value / check.scale, np.nan, np.nan, name) for part, at, value, name in older]
    value, half = check.value / check.scale, check.halfwidth / check.scale
    low = {"equals": value - half, "less": np.nan, "reached": value}[check.relation]
    high = {"equals": value + half, "less": value, "reached": np.nan}[check.relation]
    rows.append(("claimed", year, float(year), value, low, high, ""))
    matches = row.stats.get("matches", []) if row.result != "pass" else []
    for found in matches:
        at = int(found["changed_to"]) if found["element"] == "year" else year
        rows.append(("match", at, np.nan, found["value"], np.nan, np.nan, found["element"]))
    options: _Options = {
        "names": f"{_TEXTS}.number", "variable": check.variable, "digits": check.digits,
        "unit": f"referee.unit.{check.unit or check.variable}", "sign": _SIGNS[check.relation],
        "region": f"{_TEXTS}.any_region" if check.region == ANY_REGION else check.region,
        "break_years": _breaks(panel, check.variable, (newest[0][1], newest[-1][1])),
    }  # fmt: skip
    said = f"{'number' if check.relation == 'equals' else 'bound'}.{'undated' if check.year is None else 'dated'}"
    return _block(block_id, "course", pd.DataFrame(rows, columns=_COURSE), said, _outcome(check, row), options, row)


def _outcome(check: Printed, row: Check) -> str:
    """Whether a printed number lies on the figure of its year, on another one or on none, or a limit is kept."""
    if row.kind == "series_available":
        return "number.no_figure"
    if check.relation != "equals":
        return f"bound.{row.result}"
    return f"number.{_lies_on(row)}"


def _told(row: Check) -> str:
    """What a grid told: its result, or that it has no cell."""
    return "no_figure" if row.kind == "series_available" else row.result


def _lies_on(row: Check) -> str:
    if row.result == "pass":
        return "agrees"
    return str(row.stats["matches"][0]["element"]) if row.stats["matches"] else "nowhere"


def _benchmark(block_id: str, check: Benchmark, row: Check, panel: Panel) -> FigureBlock:
    cells = {(cell["benchmark"], cell["year"]): cell for cell in row.stats.get("cells", [])}
    rows = []
    for against in check.against:
        for year in range(check.first_year, check.last_year + 1):
            cell = cells.get((against, year))
            status = "incomparable" if cell is None else "holds" if cell["true"] else "fails"
            own, other = (np.nan, np.nan) if cell is None else (cell["own"], cell["other"])
            name = f"{_TEXTS}.against.{against}" if against in GROUPS else against
            rows.append((name, "", year, status, own, other, check.variable))
    frame = pd.DataFrame(rows, columns=["region", "district", "year", "status", "own", "other", "variable"])
    options: _Options = {
        "variable": check.variable, "row": 22, "row_name": f"{_TEXTS}.against", "status_name": f"{_TEXTS}.statement",
        "break_years": _breaks(panel, check.variable, (check.first_year, check.last_year)),
    }  # fmt: skip
    return _block(block_id, "statuses", frame, f"benchmark.{check.direction}", f"benchmark.{_told(row)}", options, row)


def _trend(block_id: str, check: Trend, row: Check, panel: Panel) -> FigureBlock | None:
    series = trend.course(check, panel).dropna()
    if series.empty:
        return None
    rows = [("series", int(str(year)), np.nan, float(value), np.nan, np.nan, "") for year, value in series.items()]
    for window in row.stats.get("windows", []):
        name = "true" if window["true"] else "false"
        rows.append(("window", window["first"], float(window["last"]), window["value"], np.nan, window["other"], name))
    variable = panel.variable(check.variable)
    options: _Options = {
        "names": f"{_TEXTS}.trend", "variable": check.variable,
        "break_years": _breaks(panel, check.variable, (rows[0][1], check.last_year)),
    }  # fmt: skip
    if check.direction == "volatile":
        options["unit"] = f"{_TEXTS}.trend.growth"
    elif variable.unit in trend.INDICES:
        options["unit"] = f"{_TEXTS}.trend.chained"
    else:
        options |= {"unit_ru": variable.unit_label.ru, "unit_en": variable.unit_label.en}
    frame = pd.DataFrame(rows, columns=_COURSE)
    return _block(block_id, "course", frame, f"trend.{check.direction}", f"trend.{_told(row)}", options, row)


def _rank(block_id: str, check: Rank, row: Check, panel: Panel) -> FigureBlock | None:
    places = row.stats.get("places", [])
    if not places:
        return None
    rows = [
        (
            "series",
            place["year"],
            np.nan,
            place["place"],
            place["best"],
            place["worst"],
            _CELLS.get(place["cell"], "open"),
        )
        for place in places
    ]
    ends = {place["year"]: check.places or (1, (check.share or 0.0) * place["regions"]) for place in places}
    for (first, last), group in groupby(ends, key=lambda year: ends[year]):
        years = list(group)
        rows.append(("claimed", years[0], float(years[-1]), np.nan, float(first), float(last), ""))
    options: _Options = {
        "names": f"{_TEXTS}.rank", "variable": check.variable, "unit": f"{_TEXTS}.rank.{check.direction}",
        "limits": (max(place["regions"] for place in places) + 1.0, 0.0),
        "break_years": _breaks(panel, check.variable, (places[0]["year"], places[-1]["year"])),
    }  # fmt: skip
    frame = pd.DataFrame(rows, columns=_COURSE)
    return _block(block_id, "course", frame, "rank", f"rank.{row.result}", options, row)


def _effect(block_id: str, check: Estimand, rows: Mapping[str, Check], rules: Rules) -> FigureBlock:
    delta, mde = rules.causal.delta, rows["power"].computed
    shown = [
        (name, rows[name].computed, *(rows[name].interval or (np.nan, np.nan)), name == "lagged")
        for name in ("lagged", "averaged", "alone", "leads")
        if rows[name].interval is not None
    ]
    low, high = rows["lagged"].interval or (np.nan, np.nan)
    zero = "zero" if low <= 0.0 <= high else "clear"
    said = "beyond" if low > delta or high < -delta else "inside" if -delta < low and high < delta else zero
    options: _Options = {
        "names": f"{_TEXTS}.effect", "variables": (check.x, check.y), "measure": f"{_TEXTS}.effect.measure",
        "band": (-delta, delta), "digits": 2,
        "band_name": f"{_TEXTS}.effect.band", "marks": () if mde is None else (-mde, mde),
        "mark_name": None if mde is None else f"{_TEXTS}.effect.mde",
    }  # fmt: skip
    frame = pd.DataFrame(shown, columns=_RANGES)
    return _block(block_id, "ranges", frame, "effect", f"effect.{said}", options, rows["lagged"])


def _internal(block_id: str, check: Internal, row: Check) -> FigureBlock | None:
    said, parts = row.reported or {}, row.interval
    if parts is None:
        return None
    if check.relation == "equals":
        value, half = said["value"], said["halfwidth"]
        printed = (value, value - half, value + half)
    else:
        limit = said["limit"]
        printed = (np.nan, np.nan, limit) if check.relation == "less" else (np.nan, limit, np.nan)
    rows = [("printed", *printed, True), ("parts", row.computed, *parts, False)]
    options: _Options = {
        "names": f"{_TEXTS}.internal", "measure": f"{_TEXTS}.internal.{check.what}",
    }  # fmt: skip
    frame = pd.DataFrame(rows, columns=_RANGES)
    return _block(block_id, "ranges", frame, "internal", f"internal.{row.result}", options, row)


def _breaks(panel: Panel, variable: str, years: tuple[int, int]) -> tuple[int, ...]:
    return tuple(year for year in panel.variable(variable).new_methods() if years[0] < year <= years[1])


def _block(
    block_id: str, kind: FigureKind, frame: pd.DataFrame, caption: str, alt: str, options: _Options, row: Check
) -> FigureBlock:
    """The figure with its texts; its CSV names the source of the figures, where the check read one."""
    told: _Options = {}
    if row.provenance:
        told["provenance"] = f"{row.provenance['source']}, {row.provenance['vintage']}, {row.provenance['sha256'][:12]}"
    kept = {name: value for name, value in {**options, **told}.items() if value not in (None, (), "")}
    return FigureBlock(block_id, kind, frame, f"{_TEXTS}.caption.{caption}", f"{_TEXTS}.alt.{alt}", kept)
