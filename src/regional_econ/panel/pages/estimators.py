"""The page on one elasticity under every estimator: a picture, the numbers by era, and what each assumes."""

from __future__ import annotations

import math
import re

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
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.panel.pages.parts import value
from regional_econ.panel.side_by_side import ENDS, PARTS, WITHIN, SideBySide
from regional_econ.panel.ways import WAYS, Way

SECTION_ID = "panel_estimators"
RESULT_ID = "panel.estimators"
# whose distance from within has its own text
EXPLAINED = ("fama_macbeth", "fd", "pmg", "cce", "interactive", "gmm_diff", "gmm_diff_own")
SHARED = {"re_wallace_hussain": "re", "re_amemiya": "re", "re_nerlove": "re", "dynamic_cce_0": "dynamic_cce"}
REFUSED = ("dynamic_cce", "dynamic_cce_0", "pmg")  # whose demands on the data have their own text
COUNTS = ("n_obs", "n_regions", "n_years")
NUMBERS = ("estimate", "ci95", "ci80", "two_way95", "two_way80", *COUNTS, "within")
LARGE = 0.1  # a tenth more of the driver, one per cent more of the outcome
NOISE = 0.01  # of the driver's variance
SHOWN = 0.9  # of the ends of intervals lie within the axis
LINE_LETTERS = 24  # of an estimator's text in a table
ROUND = 10  # axis ends at tenths


def result(found: SideBySide) -> Result:
    """The result ``panel.estimators``.

    Keys: ``<era>.<way>[.<part>].estimate|std_error|conf_low95|…|two_way_conf_low95|…|n_obs|n_regions|n_years|within``;
    ``<era>.contrast.…``, between less within; ``<era>.within_share`` and ``attenuation``, the share of the within
    coefficient that is lost where one per cent of the driver's variance is noise; ``<era>.n_…`` counts;
    ``<era>.lowest.…`` and ``highest.…``; ``term``; ``break.<place>``, years into which no difference is taken.
    """
    values: dict[str, Value] = {"term": Value(found.focal), "noise_share": Value(NOISE, "share", 2)}
    values["large"] = Value(LARGE, digits=1)
    values |= {f"break.{place}": Value(year, digits=0) for place, year in enumerate(found.breaks)}
    for era, (first, last) in found.eras.items():
        rows = found.of(era)
        values |= {f"{era}.first_year": Value(first, digits=0), f"{era}.last_year": Value(last, digits=0)}
        for row in rows.to_dict("records"):
            key = f"{era}.{_model(str(row['key']), str(row['part']))}"
            numbers = ("estimate", "std_error", *ENDS, *(f"two_way_{end}" for end in ENDS), "within")
            values |= {f"{key}.{name}": value(float(row[name]), 3) for name in numbers}
            values |= {f"{key}.{name}": Value(int(row[name]), digits=0) for name in COUNTS}
        values |= {f"{era}.{key}": one for key, one in _summary(found, era).items()}
    factors = {
        era: found.estimates[era, "interactive"] for era in found.eras if (era, "interactive") in found.estimates
    }
    values |= {f"{era}.n_factors": Value(int(one.diagnostics["n_factors"]), digits=0) for era, one in factors.items()}
    return Result(RESULT_ID, values, {"panel": found.estimates["all", WITHIN].panel_checksum})


def section(found: SideBySide) -> Section:
    """The picture of all estimates, what it says, the numbers of each era, what each estimator assumes."""
    within, share = f"{SECTION_ID}.table", f"{SECTION_ID}.assumptions"
    blocks: tuple[Block, ...] = (
        Paragraph("panel_estimators.intro"),
        FigureBlock(
            id=f"{SECTION_ID}.figure",
            kind="coefficients",
            data=_drawn(found),
            caption="panel_estimators.figure.caption",
            alt="panel_estimators.figure.alt",
            options={
                "names": "panel_estimators.row",
                "groups": "panel_estimators.family",
                "highlight": WITHIN,
                "limits": _limits(found),
            },
        ),
        Paragraph("panel_estimators.zero"),
        Paragraph("panel_estimators.range"),
        Paragraph("panel_estimators.contrast"),
        Paragraph("panel_estimators.attenuation"),
        Paragraph("panel_estimators.apart.text" if len(_apart(found)) else "panel_estimators.apart.none"),
        *((_apart_table(found),) if len(_apart(found)) else ()),
        Paragraph("panel_estimators.breaks"),
        *(_numbers(found, era, f"{within}.{era}") for era in found.eras),
        Paragraph("panel_estimators.reading"),
        Paragraph("panel_estimators.errors"),
        Paragraph("panel_estimators.exogeneity"),
        _assumptions(found, share),
        Paragraph("panel_estimators.stand"),
    )
    return Section(SECTION_ID, "panel_estimators.title", blocks)


def _model(key: str, part: str) -> str:
    return f"{key}.{part}" if part else key


def _models(way: Way) -> list[str]:
    return [_model(way.key, part) for part in PARTS[way.reading]]


def _missing(found: SideBySide, era: str) -> list[str]:
    """Ways without an estimate in an era, one model each."""
    return [way.key for way in WAYS if (era, way.key) in found.refused]


def _summary(found: SideBySide, era: str) -> dict[str, Value]:
    rows, contrast = found.of(era), found.contrasts[era]
    wide = rows.dropna(subset=["two_way_conf_low95"])
    ordered = rows.sort_values("estimate").to_dict("records")
    low, high = ordered[0], ordered[-1]
    counts = {
        "n_estimates": len(rows),
        "n_ways": rows["key"].nunique(),
        "n_refused": len(_missing(found, era)),
        "n_hold_zero": int(((rows["conf_low95"] <= 0) & (rows["conf_high95"] >= 0)).sum()),
        "n_two_way": len(wide),
        "n_two_way_hold_zero": int(((wide["two_way_conf_low95"] <= 0) & (wide["two_way_conf_high95"] >= 0)).sum()),
        "n_positive": int((rows["estimate"] > 0).sum()),
        "n_reach_large": int(((rows["conf_low95"] <= LARGE) & (rows["conf_high95"] >= LARGE)).sum()),
        "n_apart": len(found.apart(era)),
    }
    found_values = {key: Value(count, digits=0) for key, count in counts.items()}
    found_values |= {
        f"contrast.{key}": value(getattr(contrast, key), 3)
        for key in ("estimate", "std_error", "p_value", "conf_low", "conf_high")
    }
    for name, row in (("lowest", low), ("highest", high)):
        found_values[f"{name}.estimate"] = value(float(row["estimate"]), 2)
        found_values[f"{name}.model"] = Value(f"{SECTION_ID}.row.{_model(row['key'], row['part'])}")
    middle = np.quantile(rows["estimate"].to_numpy(), [0.25, 0.5, 0.75])
    found_values |= {name: value(float(one), 2) for name, one in zip(("lower", "median", "upper"), middle, strict=True)}
    share = found.within_share[era]
    found_values["within_share"] = Value(share, "share", 3)
    found_values["attenuation"] = Value(min(1.0, NOISE / share), "share", 2)
    return found_values


def _drawn(found: SideBySide) -> pd.DataFrame:
    rows = found.rows
    models = [_model(str(key), str(part)) for key, part in zip(rows["key"], rows["part"], strict=True)]
    frame = pd.DataFrame(
        {
            "term": "panel_estimators.era." + rows["era"],
            "model": models,
            "group": rows["family"],
            **{name: rows[name] for name in ("estimate", "conf_low80", "conf_high80", "conf_low95", "conf_high95")},
        }
    )
    order = {model: place for place, model in enumerate(model for way in WAYS for model in _models(way))}
    return frame.sort_values(
        ["term", "model"], key=lambda one: one.map(order) if one.name == "model" else one
    ).reset_index(drop=True)


def _limits(found: SideBySide) -> tuple[float, float]:
    """A symmetric axis that holds most ends of intervals; the rest are drawn as arrows."""
    ends = np.abs(found.rows[["conf_low95", "conf_high95"]].to_numpy())
    reach = math.ceil(ROUND * float(np.quantile(ends, SHOWN))) / ROUND
    return -reach, reach


def _cell(key: str) -> NumberRef:
    return NumberRef(f"{RESULT_ID}.{key}")


def _ends(key: str) -> Stack:
    """The lower end of an interval above the upper one."""
    return Stack((_cell(key.format("low")), _cell(key.format("high"))))


def _numbers(found: SideBySide, era: str, id_: str) -> TableBlock:
    rows = []
    for way in WAYS:
        if (era, way.key) in found.refused:
            rows.append(_refused_row(found, era, way))
            continue
        reason = found.two_way_refused.get((era, way.key))
        for model in _models(way):
            key = f"{era}.{model}"
            name = TextRef(f"panel_estimators.row.{model}")
            wide: tuple[Cell, Cell] = (
                (TextRef(f"panel_estimators.two_way.{reason}"), Verbatim(""))
                if reason
                else (_ends(f"{key}.two_way_conf_{{}}95"), _ends(f"{key}.two_way_conf_{{}}80"))
            )
            rows.append(
                (
                    name,
                    _cell(f"{key}.estimate"),
                    _ends(f"{key}.conf_{{}}95"),
                    _ends(f"{key}.conf_{{}}80"),
                    *wide,
                    *(_cell(f"{key}.{count}") for count in COUNTS),
                    _cell(f"{key}.within"),
                )
            )
    columns = (
        Column("way", "panel_estimators.column.way", "left", 2.4),
        *(Column(name, f"panel_estimators.column.{name}", "right") for name in NUMBERS),
    )
    return TableBlock(id_, f"panel_estimators.table.{era}", columns, tuple(rows))


def _refused_row(found: SideBySide, era: str, way: Way) -> tuple[Cell, ...]:
    name = TextRef(f"panel_estimators.way.{way.key}")
    why: tuple[Cell, ...] = (
        (TextRef(f"panel_estimators.refused.{way.key}"),)
        if way.key in REFUSED
        else (TextRef("panel_estimators.refused.other"), Verbatim(found.refused[era, way.key]))
    )
    return (Stack((name, *why)), *(Verbatim("–") for _ in NUMBERS))


def _apart(found: SideBySide) -> pd.DataFrame:
    return pd.concat([found.apart(era) for era in found.eras], ignore_index=True)


def _apart_table(found: SideBySide) -> TableBlock:
    rows: list[tuple[Cell, ...]] = []
    for row in _apart(found).to_dict("records"):
        model, key = _model(row["key"], row["part"]), str(row["key"])
        why = f"apart.{key}" if key in EXPLAINED else f"fails.{SHARED.get(key, key)}"
        at = f"{row['era']}.{model}"
        rows.append(
            (
                Stack((TextRef(f"panel_estimators.row.{model}"), TextRef(f"panel_estimators.era.{row['era']}"))),
                _cell(f"{at}.estimate"),
                _ends(f"{at}.conf_{{}}95"),
                _cell(f"{at}.within"),
                TextRef(f"panel_estimators.{why}"),
            )
        )
    columns = (
        Column("way", "panel_estimators.column.way", "left", 1.8),
        Column("estimate", "panel_estimators.column.estimate", "right"),
        Column("ci95", "panel_estimators.column.ci95", "right"),
        Column("within", "panel_estimators.column.within", "right"),
        Column("why", "panel_estimators.column.why", "left", 4.0),
    )
    return TableBlock(f"{SECTION_ID}.apart", "panel_estimators.apart.caption", columns, tuple(rows))


def _asked(text: str, effects: str | None) -> list[str]:
    """The text of an estimator in short lines, and the effects it is given."""
    lines = [text] if len(text) <= LINE_LETTERS else re.findall(r"[^:,]+[:,]?", text)
    return [*lines, *([f"effects={effects}"] if effects else [])]


def _assumptions(found: SideBySide, id_: str) -> TableBlock:
    rows: list[tuple[Cell, ...]] = []
    for way in WAYS:
        if way.key in SHARED:
            continue
        same = [one for one in WAYS if SHARED.get(one.key, one.key) == way.key]
        asked = tuple(Verbatim(line) for one in same for line in _asked(found.texts[one.key], one.effects))
        rows.append(
            (
                Stack((TextRef(f"panel_estimators.way.{way.key}"), *asked)),
                *(TextRef(f"panel_estimators.{part}.{way.key}") for part in ("uses", "assumes", "fails")),
            )
        )
    columns = (
        Column("way", "panel_estimators.column.way_asked", "left", 2.2),
        *(Column(part, f"panel_estimators.column.{part}", "left", 3.0) for part in ("uses", "assumes", "fails")),
    )
    return TableBlock(id_, "panel_estimators.assumptions.caption", columns, tuple(rows))
