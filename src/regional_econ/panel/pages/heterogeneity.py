"""The page of common factors and of slopes that differ between regions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from regional_econ._base.options import LEVELS
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
from regional_econ.panel.heterogeneity_table import (
    COMMON,
    CRITERIA,
    DEPENDENCE,
    FACTORS,
    OWN,
    PAST,
    PERSISTENCE,
    Heterogeneity,
)
from regional_econ.panel.pages.parts import driver_values, value, with_error

SECTION_ID, RESULT_ID = "panel_heterogeneity", "panel.heterogeneity"
MODELS = (*COMMON, *OWN, *PAST, *FACTORS)
_ALONE = ("dynamic_cce_focus", "dynamic_cce_jackknife")  # with the first driver alone
_COUNTS = ("n_obs", "n_regions", "n_years")
_NOMINAL = round(1 - LEVELS[0], 2)


def result(found: Heterogeneity, focal_region: str) -> Result:
    """The result ``panel.heterogeneity``.

    Keys: ``<model>.<term>.estimate|std_error|p_value|conf_low|conf_high|mde``, the first driver being ``focus`` beside
    its own name and the lagged outcome ``lag``; ``<model>.n_obs|n_regions|n_years``; ``pmg.adjustment|adjustment_min|
    adjustment_max``; ``<model>.cd|cdw.statistic|p_value`` and ``<model>.mean_abs_correlation``;
    ``homogeneity.<statistic>.…``; ``size.…``; ``criterion.<name>.n_factors|estimate|std_error|p_value``; ``slopes.…``
    and ``focal.…`` of the regions' own slopes; ``focus.…``, how many intervals of the first driver leave zero out.
    """
    values: dict[str, Value] = {}
    for model, estimate in found.estimates.items():
        values |= driver_values(model, estimate, found.terms, found.lag, _COUNTS)
    for model, tests in found.dependence.items():
        for name, test in tests.items():
            values[f"{model}.{name}.statistic"] = value(test.statistic, 2)
            values[f"{model}.{name}.p_value"] = value(test.p_value, 3)
        correlation = float(tests["cd"].details["mean_abs_correlation"])
        values[f"{model}.mean_abs_correlation"] = value(correlation, 2)
    for name, test in found.homogeneity.items():
        values[f"homogeneity.{name}.statistic"] = value(test.statistic, 2)
        values[f"homogeneity.{name}.p_value"] = value(test.p_value, 3)
        values[f"homogeneity.{name}.n_regions"] = Value(int(test.details["n_regions"]), digits=0)
    for criterion, estimate in found.chosen.items():
        name = f"criterion.{criterion}"
        values[f"{name}.n_factors"] = Value(int(estimate.diagnostics["n_factors"]), digits=0)
        row = estimate.tidy().set_index("term").loc[[found.terms[0]]].to_dict("records")[0]
        values |= {f"{name}.{key}": value(float(row[key]), 3) for key in ("estimate", "std_error", "p_value")}
    values |= {
        f"pmg.{key}": value(float(found.estimates["pmg"].diagnostics[key]), 2)
        for key in ("adjustment", "adjustment_min", "adjustment_max")
    }
    values |= {f"size.{model}": _drawn(share, found.draws) for model, share in found.size.items()}
    values["size.draws"] = Value(found.draws, digits=0)
    values["size.persistence"] = Value(PERSISTENCE, digits=1)
    values["size.nominal"] = Value(_NOMINAL, unit="share", digits=2)
    values["most_factors"] = Value(found.most_factors, digits=0)
    values["n_balanced"] = Value(len(found.balanced), digits=0)
    values |= _slopes(found, focal_region) | _focus(found)
    return Result(RESULT_ID, values, {"panel": found.estimates["within"].panel_checksum})


def section(found: Heterogeneity, focal_region: str) -> Section:
    """Estimates and their targets, dependence before and after, factors, and the regions' own slopes."""
    blocks: list[Block] = [
        Paragraph("panel_heterogeneity.intro"),
        Paragraph("panel_heterogeneity.estimators"),
        _drivers(found),
        Paragraph("panel_heterogeneity.targets"),
        _targets(),
        Paragraph("panel_heterogeneity.pmg"),
        Paragraph("panel_heterogeneity.size"),
    ]
    if found.refused:
        blocks.append(Paragraph("panel_heterogeneity.refused"))
    blocks += [
        Paragraph("panel_heterogeneity.dependence"),
        _dependence(),
        Paragraph("panel_heterogeneity.factors"),
        _criteria(),
        Paragraph("panel_heterogeneity.slopes"),
        FigureBlock(
            id=f"{RESULT_ID}.slopes",
            kind="intervals",
            data=slopes_frame(found, focal_region),
            caption="panel_heterogeneity.slopes.caption",
            alt="panel_heterogeneity.slopes.alt",
            options={
                "names": "panel_heterogeneity.slopes",
                "x": "panel_heterogeneity.slopes.x",
                "y": "panel_heterogeneity.slopes.y",
                "ranks": 1,
            },
        ),
        Paragraph("panel_heterogeneity.homogeneity"),
        _homogeneity(found),
        Paragraph("panel_heterogeneity.focus"),
    ]
    return Section(SECTION_ID, "panel_heterogeneity.title", tuple(blocks))


def slopes_frame(found: Heterogeneity, focal_region: str) -> pd.DataFrame:
    """The regions' own slopes in order, those with every year, and their average as a level."""
    own = found.slopes[found.slopes["region"].isin(found.balanced)].reset_index(drop=True)
    rows = pd.DataFrame(
        {
            "panel": "focus",
            "x": own.index.to_numpy(dtype=float) + 1,
            "series": "own",
            **{name: own[name] for name in ("estimate", "conf_low", "conf_high")},
            "label": own["region"].astype(str),
            "highlight": own["region"] == focal_region,
        }
    )
    average = float(found.estimates["demeaned"].params[found.terms[0]])
    level = pd.DataFrame(
        [{"panel": "focus", "series": "average", "estimate": average, "label": "", "highlight": False}]
    )
    return pd.concat([rows, level], ignore_index=True)


def _drawn(share: float, draws: int) -> Value:
    """A share of drawn panels with its Monte Carlo error."""
    return Value(share, unit="share", digits=2, mc_error=math.sqrt(share * (1 - share) / draws))


def _slopes(found: Heterogeneity, focal_region: str) -> dict[str, Value]:
    slopes = found.slopes
    clear = (slopes["conf_low"] > 0) | (slopes["conf_high"] < 0)
    values = {
        "slopes.n": Value(len(slopes), digits=0),
        "slopes.n_clear": Value(int(clear.sum()), digits=0),
        "slopes.n_clear_positive": Value(int((clear & (slopes["estimate"] > 0)).sum()), digits=0),
        "slopes.n_by_chance": value(_NOMINAL * len(slopes), 0),
        "slopes.median": value(float(slopes["estimate"].median()), 2),
        "slopes.lower_quartile": value(float(slopes["estimate"].quantile(0.25)), 2),
        "slopes.upper_quartile": value(float(slopes["estimate"].quantile(0.75)), 2),
        "slopes.median_error": value(float(slopes["std_error"].median()), 2),
    }
    own = slopes[slopes["region"] == focal_region]
    for row in own.to_dict("records"):
        numbers = ("estimate", "std_error", "p_value", "conf_low", "conf_high")
        values |= {f"focal.{key}": value(float(row[key]), 2) for key in numbers}
        values["focal.rank"] = Value(int(own.index[0]) + 1, digits=0)
    return values


def _focus(found: Heterogeneity) -> dict[str, Value]:
    rows = pd.concat([found.estimates[model].tidy().set_index("term").loc[[found.terms[0]]] for model in MODELS])
    above, below = int((rows["conf_low"] > 0).sum()), int((rows["conf_high"] < 0).sum())
    return {
        **{f"term.{place}": Value(term) for place, term in enumerate(found.terms)},
        "focus.term": Value(found.terms[0]),
        "focus.n_models": Value(len(rows), digits=0),
        "focus.n_clear": Value(above + below, digits=0),
        "focus.n_clear_positive": Value(above, digits=0),
        "focus.n_clear_negative": Value(below, digits=0),
        "focus.lowest": value(float(rows["estimate"].min()), 2),
        "focus.highest": value(float(rows["estimate"].max()), 2),
    }


def _drivers(found: Heterogeneity) -> TableBlock:
    rows: list[tuple[Cell, ...]] = []
    for model in MODELS:
        shown = found.terms[:1] if model in _ALONE else found.terms
        rows.append(
            (
                TextRef(f"panel_heterogeneity.model.{model}"),
                *(
                    with_error(f"{RESULT_ID}.{model}.{term}")
                    if term in shown
                    else TextRef("panel_heterogeneity.none.term")
                    for term in found.terms
                ),
                NumberRef(f"{RESULT_ID}.{model}.n_regions"),
                NumberRef(f"{RESULT_ID}.{model}.n_obs"),
            )
        )
    columns = (
        _column("model", "left", 2.2),
        *(Column(f"term_{place}", term, "right", 1.3) for place, term in enumerate(_headers(found.terms))),
        _column("n_regions"),
        _column("n_obs"),
    )
    return TableBlock(f"{RESULT_ID}.drivers", "panel_heterogeneity.drivers.caption", columns, tuple(rows))


def _headers(terms: Sequence[str]) -> list[str]:
    return [f"panel_heterogeneity.term.{place}" for place, _ in enumerate(terms)]


def _targets() -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"panel_heterogeneity.model.{model}"),
            TextRef(f"panel_heterogeneity.target.{'factors' if model in FACTORS else model}"),
            *(
                NumberRef(f"{RESULT_ID}.{model}.focus.{key}")
                for key in ("estimate", "conf_low", "conf_high", "p_value", "mde")
            ),
        )
        for model in MODELS
    )
    columns = (
        _column("model", "left", 2.0),
        _column("target", "left", 2.6),
        *(_column(key) for key in ("estimate", "conf_low", "conf_high", "p_value", "mde")),
    )
    return TableBlock(f"{RESULT_ID}.targets", "panel_heterogeneity.targets.caption", columns, rows)


def _dependence() -> TableBlock:
    keys = ("mean_abs_correlation", "cd.statistic", "cd.p_value", "cdw.statistic", "cdw.p_value")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TextRef(f"panel_heterogeneity.model.{model}"), *(NumberRef(f"{RESULT_ID}.{model}.{key}") for key in keys))
        for model in DEPENDENCE
    )
    columns = (_column("model", "left", 2.4), *(_column(key.replace(".", "_")) for key in keys))
    return TableBlock(f"{RESULT_ID}.dependence", "panel_heterogeneity.dependence.caption", columns, rows)


def _criteria() -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"panel_heterogeneity.criterion.{criterion}"),
            NumberRef(f"{RESULT_ID}.criterion.{criterion}.n_factors"),
            with_error(f"{RESULT_ID}.criterion.{criterion}"),
            NumberRef(f"{RESULT_ID}.criterion.{criterion}.p_value"),
        )
        for criterion in CRITERIA
    )
    columns = (_column("criterion", "left", 2.4), *(_column(key) for key in ("n_factors", "estimate", "p_value")))
    return TableBlock(f"{RESULT_ID}.criteria", "panel_heterogeneity.criteria.caption", columns, rows)


def _homogeneity(found: Heterogeneity) -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"panel_heterogeneity.homogeneity.{name}"),
            *(NumberRef(f"{RESULT_ID}.homogeneity.{name}.{key}") for key in ("statistic", "p_value", "n_regions")),
            TextRef(f"panel_heterogeneity.read.{name}.{'rejected' if test.p_value < _NOMINAL else 'not_rejected'}"),
        )
        for name, test in found.homogeneity.items()
    )
    columns = (
        _column("test", "left", 2.0),
        *(_column(key) for key in ("statistic", "p_value", "n_regions")),
        _column("reading", "left", 3.0),
    )
    return TableBlock(f"{RESULT_ID}.homogeneity", "panel_heterogeneity.homogeneity.caption", columns, rows)


def _column(key: str, align: str = "right", width: float = 1.0) -> Column:
    return Column(key, f"panel_heterogeneity.column.{key}", "left" if align == "left" else "right", width)
