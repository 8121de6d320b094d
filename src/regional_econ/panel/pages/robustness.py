"""The page on what the reference regression hangs on: other estimators, eras, editions, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from regional_econ._base.text import Text
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Bilingual,
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
    Verbatim,
)
from regional_econ.panel.pages.parts import estimates_result, value, with_error
from regional_econ.panel.robustness import Robustness

SECTION_ID = "panel_robustness"
OTHERS, ERAS, EDITIONS, DECOMPOSITION = "panel.others", "panel.eras", "panel.editions", "panel.decomposition"
PANELS = ("between", "within")


def results(found: Robustness) -> list[Result]:
    """The results ``panel.others``, ``panel.eras``, ``panel.editions`` and ``panel.decomposition``.

    Keys of the first three as :func:`parts.estimate_values`; of the last ``<panel>.slope``, ``term``, and
    ``spread_ratio``, how many times as widely the averages scatter as the deviations; of ``panel.others`` also
    ``fractional.<term>.effect|effect_error``, average effects in percentage points.
    """
    checksum = {"panel": found.eras["all"].panel_checksum}
    others = estimates_result(OTHERS, found.others)
    effects = {
        f"fractional.{row['term']}.{name}": value(float(row[key]), 2)
        for row in found.effects.to_dict("records")
        for name, key in (("effect", "estimate"), ("effect_error", "std_error"))
    }
    spread = found.decomposition.groupby("panel")["x"].std()
    lines: dict[str, Value] = {f"{panel}.slope": value(found.slopes[panel], 3) for panel in PANELS}
    lines |= {
        "term": Value(str(found.eras["all"].params.index[0])),
        "spread_ratio": value(float(spread["between"] / spread["within"]), 1),
    }
    return [
        Result(OTHERS, {**others.values, **effects}, others.inputs),
        estimates_result(ERAS, found.eras),
        estimates_result(EDITIONS, found.editions),
        Result(DECOMPOSITION, lines, checksum),
    ]


def section(found: Robustness, focal_region: str, labels: Mapping[str, Text]) -> Section:
    """The two clouds behind the between and the within slope, other estimators, eras and editions.

    Parameters
    ----------
    labels : names of the editions.
    """
    terms = [str(term) for term in found.eras["all"].params.index]
    blocks: tuple[Block, ...] = (
        Paragraph("panel.decomposition.text"),
        FigureBlock(
            id=DECOMPOSITION,
            kind="decomposition",
            data=_points(found.decomposition, focal_region),
            caption="panel.decomposition.caption",
            alt="panel.decomposition.alt",
            options={
                "names": "panel.cloud",
                "slopes": tuple(found.slopes[panel] for panel in PANELS),
                "intercepts": tuple(found.intercepts[panel] for panel in PANELS),
                "x": "panel.decomposition.x",
                "y": "panel.decomposition.y",
            },
        ),
        Paragraph("panel.others.text"),
        _others(terms),
        Paragraph("panel.eras.text"),
        _long(ERAS, "panel.eras.caption", "panel.column.years", terms, {era: _era(era) for era in found.eras}),
        Paragraph("panel.editions.text"),
        _long(
            EDITIONS,
            "panel.editions.caption",
            "panel.column.edition",
            terms,
            {name: _edition(name, labels) for name in found.editions},
        ),
    )
    return Section(SECTION_ID, "panel.robustness.title", blocks)


def _points(points: pd.DataFrame, focal_region: str) -> pd.DataFrame:
    is_focal = points["region"] == focal_region
    return pd.DataFrame(
        {
            "panel": points["panel"],
            "x": points["x"],
            "y": points["y"],
            "label": points["region"],
            "highlight": is_focal,
        }
    )


def _era(era: str) -> Cell:
    return TextRef("panel.era.all") if era == "all" else Verbatim(era.replace("-", "–"))


def _edition(name: str, labels: Mapping[str, Text]) -> Cell:
    return TextRef("panel.edition.newest") if name == "newest" else Bilingual(labels[name].ru, labels[name].en)


def _others(terms: list[str]) -> TableBlock:
    models = ("re_twoway", "mundlak", "fd5", "fama_macbeth")
    rows: list[tuple[Cell, ...]] = [
        (
            LabelRef(term),
            *(with_error(f"{OTHERS}.{model}.{term}") for model in models),
            _effect(f"{OTHERS}.fractional.{term}"),
        )
        for term in terms
    ]
    rows.append(
        (
            TextRef("panel.row.n_obs"),
            *(NumberRef(f"{OTHERS}.{model}.n_obs") for model in (*models, "fractional")),
        )
    )
    shown = (*models, "fractional")
    rows.append((TextRef("panel.row.errors"), *(TextRef(f"panel.other_error.{model}") for model in shown)))
    columns = (
        Column("term", "panel.column.term", "left", 2.2),
        *(Column(model, f"panel.other.{model}", "right") for model in (*models, "fractional")),
    )
    return TableBlock(OTHERS, "panel.others.caption", columns, tuple(rows))


def _effect(key: str) -> Cell:
    return Stack((NumberRef(f"{key}.effect"), NumberRef(f"{key}.effect_error", "({})")))


def _long(result: str, caption: str, header: str, terms: list[str], names: dict[str, Cell]) -> TableBlock:
    """One row a model and term: estimate with its error, p, the smallest detectable effect, observations."""
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            LabelRef(term),
            with_error(f"{result}.{model}.{term}"),
            NumberRef(f"{result}.{model}.{term}.p_value"),
            NumberRef(f"{result}.{model}.{term}.mde"),
            NumberRef(f"{result}.{model}.n_obs"),
        )
        for term in terms
        for model, name in names.items()
    ]
    columns = (
        Column("model", header, "left", 1.2),
        Column("term", "panel.column.term", "left", 2.2),
        Column("estimate", "panel.column.estimate", "right"),
        Column("p_value", "panel.column.p_value", "right"),
        Column("mde", "panel.column.mde", "right"),
        Column("n_obs", "panel.row.n_obs", "right"),
    )
    return TableBlock(result, caption, columns, tuple(rows))
