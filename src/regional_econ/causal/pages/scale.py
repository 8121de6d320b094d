"""The page on large panels: what was measured by the number of units, and what it says of a hundred thousand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    FigureBlock,
    NumberRef,
    Paragraph,
    Section,
    TableBlock,
    TextRef,
)

SECTION_ID = RESULT_ID = TEXTS = "scale"
UNITS = (85, 250, 500, 1000, 2500)
ROWS = (10**5, 10**6, 10**7)
KINDS = ("fit", "multiverse", "sampler")
OF_FIRMS = ("firms", "places", "subsets", "sums")
FAR = 10**5
SHIPPED_ITERATIONS = 4 * (600 + 1100)  # chains × (warm-up + draws) of a forecast in the full profile
SHIPPED_ESS = 400  # least effective size that a forecast passes its gates with
_LARGEST = 3  # sizes at which what does not grow with the units hardly counts
_LABELLED = (85.0, 1000.0, 2500.0)


def results(recorded: Result | None) -> list[Result]:
    """The result ``scale``: what the study recorded, the growth of cost, and what it comes to at 10⁵ units.

    Keys: those of `benchmarks/scale_study.py`; ``size.<size>``; by kind ``slope`` and ``slope_error`` (of the log of
    time on the log of units, least squares over all sizes), ``slope_largest`` (over the three largest),
    ``far.hours_low`` and ``far.hours_high`` (from the largest size on by the lesser slope and
    by the greater, which is no less than 1; of the sampler for the draws of a full forecast) and ``far.gib`` (linear in
    the units over the three largest sizes); ``largest_gib``, the highest peak of all measurements.

    Parameters
    ----------
    recorded : the record of the study, None where it was not run: then there is no result.
    """
    if recorded is None:
        return []
    values = {key: _printed(key, value) for key, value in recorded.values.items()}
    values["size.far"] = Value(FAR, digits=0)
    values |= {f"size.{size}": Value(size, digits=0) for size in (*UNITS, *ROWS)}
    values |= {
        f"{kind}.slope": Value(loglog_slope(ROWS, curve(recorded.values, kind, "seconds", ROWS))[0], digits=2)
        for kind in OF_FIRMS
    }
    values["largest_gib"] = max(
        (value for key, value in values.items() if key.endswith(".gib")), key=lambda one: float(one.value or 0.0)
    )
    values["shipped_iterations"] = Value(SHIPPED_ITERATIONS, digits=0)
    values["shipped_ess"] = Value(SHIPPED_ESS, digits=0)
    for kind in KINDS:
        seconds, gib = (curve(recorded.values, kind, what, UNITS) for what in ("seconds", "gib"))
        slope, error = loglog_slope(UNITS, seconds)
        largest, _ = loglog_slope(UNITS[-_LARGEST:], seconds[-_LARGEST:])
        factor = SHIPPED_ITERATIONS / _number(recorded.values, "iterations") if kind == "sampler" else 1.0
        hours = [
            factor * seconds[-1] / 3600 * (FAR / UNITS[-1]) ** exponent
            for exponent in (min(slope, largest), max(slope, largest, 1.0))
        ]
        per_unit, at_none = np.polyfit(UNITS[-_LARGEST:], gib[-_LARGEST:], 1)
        values |= {
            f"{kind}.slope": Value(slope, digits=2),
            f"{kind}.slope_error": Value(error, digits=2),
            f"{kind}.slope_largest": Value(largest, digits=2),
            f"{kind}.far.hours_low": _significant(hours[0], "h"),
            f"{kind}.far.hours_high": _significant(hours[1], "h"),
            f"{kind}.far.gib": _significant(float(at_none + FAR * max(per_unit, 0.0)), "GiB"),
        }
    return [Result(RESULT_ID, values, recorded.inputs)]


def curve(values: Mapping[str, Value], kind: str, what: str, sizes: Sequence[int]) -> list[float]:
    """Return one measurement (such as ``seconds``) of a kind at each size."""
    return [_number(values, f"{kind}.{size}.{what}") for size in sizes]


def loglog_slope(sizes: Sequence[int], costs: Sequence[float]) -> tuple[float, float]:
    """Return the slope of log cost on log size by least squares, and its standard error.

    >>> [round(one, 9) for one in loglog_slope([10, 100, 1000], [2.0, 20.0, 200.0])]
    [1.0, 0.0]
    """
    x, y = np.log(np.asarray(sizes, dtype=float)), np.log(np.asarray(costs, dtype=float))
    x = x - x.mean()
    slope = float(x @ y / (x @ x))
    left = y - y.mean() - slope * x
    return slope, float(np.sqrt(left @ left / (len(x) - 2) / (x @ x)))


def section(recorded: Result | None) -> Section:
    """The measured costs by the number of units, those of firms, and what follows for 10⁵ units."""
    title = f"{TEXTS}.title"
    if recorded is None:
        return Section(SECTION_ID, title, (Paragraph(f"{TEXTS}.absent"),))
    blocks: tuple[Block, ...] = (
        Paragraph(f"{TEXTS}.text"),
        _figure(recorded),
        _costs(),
        Paragraph(f"{TEXTS}.firms_text"),
        _firms(),
        Paragraph(f"{TEXTS}.far_text"),
        _far(),
        Paragraph(f"{TEXTS}.limits"),
    )
    return Section(SECTION_ID, title, blocks)


def _figure(recorded: Result) -> FigureBlock:
    rows: list[dict[str, object]] = []
    for kind in KINDS:
        seconds = curve(recorded.values, kind, "seconds", UNITS)
        slope, _ = loglog_slope(UNITS, seconds)
        middle = float(np.mean(np.log(seconds)) - slope * np.mean(np.log(UNITS)))
        for units, cost in zip(UNITS, seconds, strict=True):
            law = math.exp(middle) * units**slope
            rows += [
                {"panel": kind, "series": name, "year": units, "value": value}
                for name, value in (("measured", cost), ("law", law))
            ]
    return FigureBlock(
        f"{RESULT_ID}.curve", "small_multiples", pd.DataFrame(rows), f"{TEXTS}.curve.caption", f"{TEXTS}.curve.alt",
        {"names": f"{TEXTS}.name", "ticks": _LABELLED, "x_title": f"{TEXTS}.column.units", "lower": 0.0},
    )  # fmt: skip


def _costs() -> TableBlock:
    keys = [f"{kind}.{what}" for kind in KINDS for what in ("seconds", "gib")]
    return _table("costs", "units", UNITS, [*keys, "sampler.compile_seconds", "sampler.ess"])


def _firms() -> TableBlock:
    return _table("firms", "rows", ROWS, [f"{kind}.{what}" for kind in OF_FIRMS for what in ("seconds", "gib")])


def _table(name: str, of: str, sizes: Sequence[int], keys: Sequence[str]) -> TableBlock:
    """A row a size; each key is ``<kind>.<what>``."""
    columns = (Column(of, f"{TEXTS}.column.{of}", "right"), *(_column(key) for key in keys))
    rows: list[tuple[Cell, ...]] = []
    for size in sizes:
        parts = [key.split(".") for key in keys]
        cells = (NumberRef(f"{RESULT_ID}.{kind}.{size}.{what}") for kind, what in parts)
        rows.append((NumberRef(f"{RESULT_ID}.size.{size}"), *cells))
    return TableBlock(f"{RESULT_ID}.{name}", f"{TEXTS}.{name}.caption", columns, tuple(rows))


def _far() -> TableBlock:
    keys = ("slope", "slope_error", "slope_largest", "far.hours_low", "far.hours_high", "far.gib")
    columns = (Column("kind", f"{TEXTS}.column.kind", width=2.0), *(_column(key) for key in keys))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TextRef(f"{TEXTS}.name.{kind}"), *(NumberRef(f"{RESULT_ID}.{kind}.{key}") for key in keys)) for kind in KINDS
    )
    return TableBlock(f"{RESULT_ID}.far", f"{TEXTS}.far.caption", columns, rows)


def _column(key: str) -> Column:
    return Column(key.replace(".", "_"), f"{TEXTS}.column.{key}", "right")


def _printed(key: str, value: Value) -> Value:
    """Seconds of very different sizes, with three digits that count."""
    return _significant(float(value.value or 0.0), value.unit, 3) if key.endswith(".seconds") else value


def _significant(value: float, unit: str, digits: int = 2) -> Value:
    """Of what is carried on, two digits: more would say that the law is known better than it is."""
    return Value(value, unit, max(0, digits - 1 - math.floor(math.log10(value))))


def _number(values: Mapping[str, Value], key: str) -> float:
    return float(values[key].value or 0.0)
