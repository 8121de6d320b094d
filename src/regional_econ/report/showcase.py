"""What the page of the design system shows: real examples from the report, the first of each kind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from regional_econ.core.section import FIGURE_KINDS, FigureKind, OptionValue
from regional_econ.report.document import Document, Picture, Table
from regional_econ.report.numbers import Ledger
from regional_econ.report.runs import plain_line
from regional_econ.report.verdicts import VerdictCard
from regional_econ.report.words import Words

Sample = tuple[pd.DataFrame, Mapping[str, OptionValue]]
_SHORT_TABLE = 9


@dataclass(frozen=True)
class Showcase:
    """Examples: a picture by kind (None where no chapter has data for one), short tables, a verdict of each tone."""

    pictures: Mapping[str, Picture | None]
    made: tuple[Picture, ...]
    tables: tuple[Table, ...]
    cards: tuple[VerdictCard, ...]


def showcase(document: Document, ledger: Ledger, words: Words) -> Showcase:
    """Choose the examples; a kind that no chapter draws is made from the data of one that does.

    Parameters
    ----------
    document : the report.
    ledger : the results, for the numbers of a table that becomes a waterfall.
    words : the texts of the language.
    """
    pictures: dict[str, Picture | None] = {kind: None for kind in FIGURE_KINDS}
    for picture in reversed(document.pictures()):
        pictures[picture.kind] = picture
    curve = pictures["specification_curve"]
    frames: dict[FigureKind, pd.DataFrame | None] = {
        "density": None if curve is None else curve.frame[["estimate"]],
        "waterfall": _sum_table(document, ledger),
        "small_multiples": _medians(document),
    }
    samples: dict[FigureKind, Sample | None] = {
        **{kind: None if frame is None else (frame, {}) for kind, frame in frames.items()},
        "decomposition": _districts(document, words.focal),
    }
    made = [_picture(kind, sample, words) for kind, sample in samples.items() if sample and pictures[kind] is None]
    pictures |= {picture.kind: picture for picture in made}
    tones = {card.tone: card for _, card in reversed(document.claims())}
    return Showcase(
        pictures,
        tuple(made),
        tuple(table for table in document.tables() if len(table.rows) <= _SHORT_TABLE)[:2],
        tuple(tones[tone] for tone in sorted(tones)),
    )


def _picture(kind: FigureKind, sample: Sample, words: Words) -> Picture:
    caption, alt = (words.text(f"report.design.{kind}.{part}") for part in ("caption", "alt"))
    return Picture(f"design.{kind}", "", plain_line(caption), alt, kind, *sample)


def _medians(document: Document) -> pd.DataFrame | None:
    """Return the medians of all fans, a panel each, as the frame of small multiples."""
    parts = [
        pd.DataFrame({"panel": picture.options["variable"], "year": rows["year"], "value": rows["value"]})
        for picture in document.pictures()
        if picture.kind == "fan" and isinstance(picture.options.get("variable"), str)
        for rows in [picture.frame[picture.frame["series"] == "p50"]]
    ]
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else None


def _districts(document: Document, focal: str) -> Sample | None:
    """Return the first two maps against each other, between and within districts, as the sample of a decomposition."""
    maps = [picture for picture in document.pictures() if picture.kind == "tile_map"]
    names = [str(picture.options["variable"]) for picture in maps if picture.options.get("variable")]
    if len(names) < 2 or len(names) < len(maps):
        return None
    y, x = (one.frame.set_index("region")["value"].astype(float) for one in maps[:2])
    known = pd.DataFrame({"x": x, "y": y, "district": maps[0].frame.set_index("region")["district"]}).dropna()
    groups = known.groupby("district")[["x", "y"]]
    parts = {"between": groups.mean(), "within": known[["x", "y"]] - groups.transform("mean")}
    marked = {focal, *known["district"][known.index == focal]}
    lines = [_line(part) for part in parts.values()]
    if len(parts["between"]) < 3 or not all(map(math.isfinite, sum(lines, ()))):
        return None
    prefix = "report.design.decomposition"
    options: dict[str, OptionValue] = {
        "names": prefix, "subtitles": tuple(f"{prefix}.{name}_what" for name in parts),
        "slopes": tuple(slope for slope, _ in lines), "intercepts": tuple(intercept for _, intercept in lines),
        "x": names[1], "y": names[0],
    }  # fmt: skip
    rows = [
        part.assign(panel=name, label=part.index, highlight=part.index.isin(marked)) for name, part in parts.items()
    ]
    frame = pd.concat(rows, ignore_index=True)[["panel", "x", "y", "label", "highlight"]]
    return frame, options


def _line(points: pd.DataFrame) -> tuple[float, float]:
    """Return slope and intercept of the least-squares line."""
    x, y = points["x"].to_numpy(float), points["y"].to_numpy(float)
    from_mean = x - x.mean()
    slope = float(from_mean @ y / (from_mean @ from_mean)) if from_mean.any() else math.nan
    return slope, float(y.mean() - slope * x.mean())


def _sum_table(document: Document, ledger: Ledger) -> pd.DataFrame | None:
    """Return the first table of words and counts whose last row is the sum of the others, as a waterfall's frame."""
    for table in document.tables():
        lines = [(row[0][0].text, row[-1][0].numbers) for row in table.rows if len(row) == 2]
        values = [_value(numbers, ledger) for _, numbers in lines]
        if len(values) > 2 and math.isfinite(values[-1]) and math.isclose(sum(values[:-1]), values[-1]):
            totals = [False] * (len(values) - 1) + [True]
            return pd.DataFrame({"label": [name for name, _ in lines], "value": values, "total": totals})
    return None


def _value(numbers: tuple[str, ...], ledger: Ledger) -> float:
    if len(numbers) != 1:
        return math.nan
    result_id, key = ledger.home(numbers[0])
    value = ledger.results[result_id].values[key].value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
