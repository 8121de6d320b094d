"""The page on neighbours: spatial models under several weights, spillovers of the focal region, errors over space."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from regional_econ.core.estimate import Estimate
from regional_econ.core.formula import parse_formula
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    FigureBlock,
    LabelRef,
    NumberRef,
    OptionValue,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
)
from regional_econ.panel.pages.parts import estimates_result, value
from regional_econ.panel.spatial.comparison import MAIN, SpatialComparison, Spillovers
from regional_econ.panel.spatial.effects import KINDS
from regional_econ.panel.spatial.regression import COEFFICIENT
from regional_econ.panel.tables import MDE_FACTOR

SECTION_ID = "panel_spatial"
SPATIAL, SPILLOVERS, ERRORS = "panel.spatial", "panel.spillovers", "panel.spatial_errors"
TESTS = ("lm_lag", "lm_error", "robust_lm_lag", "robust_lm_error", "neighbours_drivers")
LAGS = ("sar", "sem", "sdm", "sdm_lee_yu")
WITH_EFFECTS = ("slx", "sar", "sdm", "sdm_lee_yu")
DRAWN = ("sdm", "slx")
_ENDS = (("", "estimate"), ("_low", "conf_low95"), ("_high", "conf_high95"), ("_error", "std_error"))


def results(found: SpatialComparison) -> list[Result]:
    """The results ``panel.spatial``, ``panel.spatial_errors`` and, where there are maps, ``panel.spillovers``.

    Keys of the first: ``<weights>.<model>.coefficient|low|high|n_regions|log_likelihood`` (ρ or λ),
    ``<weights>.<model>.<term>.<effect>`` and the same with ``_low``, ``_high``, ``_error``,
    ``<weights>.<test>.statistic|p_value``, ``<weights>.moran_i``, ``dependence.statistic|p_value``, ``term.1`` and on
    (the drivers), the counts of the main sdm, and ``focus.*`` of the study's first driver; of the second as
    :func:`parts.estimate_values` and ``focus.region|dk|smallest|largest``; of the third ``change_pct``, ``own`` and by
    direction ``n``, ``excluding`` (regions whose interval excludes zero), ``strongest``, ``strongest_region``.
    """
    made = [
        Result(SPATIAL, _spatial_values(found), {"panel": found.within.panel_checksum}),
        _errors_result(found.errors),
    ]
    return made if found.spillovers is None else [*made, _spillovers_result(found.spillovers, found.within)]


def _spatial_values(found: SpatialComparison) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for weights, models in found.estimates.items():
        for model, estimate in models.items():
            values |= _coefficient(f"{weights}.{model}", estimate)
        for name, test in found.tests[weights].items():
            values[f"{weights}.{name}.statistic"] = value(test.statistic, 2)
            values[f"{weights}.{name}.p_value"] = value(test.p_value, 4)
        for model in LAGS:
            likelihood = float(models[model].diagnostics["log_likelihood"])
            values[f"{weights}.{model}.log_likelihood"] = value(likelihood, 1)
        values[f"{weights}.moran_i"] = value(float(found.tests[weights]["lm_error"].details["moran_i"]), 3)
    for row in found.effects.to_dict("records"):
        key = f"{row['weights']}.{row['model']}.{row['term']}.{row['effect']}"
        values |= {f"{key}{end}": value(float(row[column]), 3) for end, column in _ENDS}
    main = found.estimates[MAIN]["sdm"].diagnostics
    values |= {
        key: Value(int(main[key]), digits=0) for key in ("n_obs", "n_regions", "n_years", "first_year", "last_year")
    }
    values["all_regions"] = Value(int(found.within.diagnostics["n_regions"]), digits=0)
    values["n_weights"] = Value(len(found.estimates), digits=0)
    values["dependence.statistic"] = value(found.dependence.statistic, 2)
    values["dependence.p_value"] = value(found.dependence.p_value, 4)
    return values | _focus(found)


def _coefficient(key: str, estimate: Estimate) -> dict[str, Value]:
    """Numbers of ρ or λ, and of the sample."""
    values = {f"{key}.n_regions": Value(int(estimate.diagnostics["n_regions"]), digits=0)}
    name = COEFFICIENT.get(estimate.spec.estimator.partition(":")[0], "")
    if name in estimate.params.index:
        rows = estimate.tidy()
        row = rows[rows["term"] == name].to_dict("records")[0]
        columns = (("coefficient", "estimate"), ("low", "conf_low"), ("high", "conf_high"))
        values |= {f"{key}.{end}": value(float(row[column]), 2) for end, column in columns}
    return values


def _focus(found: SpatialComparison) -> dict[str, Value]:
    """What is said of the first driver: its indirect effects, and how many of their intervals exclude zero."""
    term = str(found.within.params.index[0])
    table = found.effects.query("term == @term and effect == 'indirect'")
    values = {f"term.{place}": Value(str(name)) for place, name in enumerate(found.within.params.index, start=1)}
    values["focus.term"] = Value(term)
    values["focus.variable"] = Value(parse_formula(found.within.spec.formula).variables[1])
    for model in DRAWN:
        rows = table[table["model"] == model]
        main = rows[rows["weights"] == MAIN].to_dict("records")[0]
        for end, column in _ENDS:
            values[f"focus.{model}{end}"] = value(float(main[column]), 3)
        values[f"focus.{model}_mde"] = value(MDE_FACTOR * float(main["std_error"]), 2)
        values[f"focus.{model}_excluding"] = Value(int(_excludes_zero(rows).sum()), digits=0)
        values[f"focus.{model}_smallest"] = value(float(rows["estimate"].min()), 2)
        values[f"focus.{model}_largest"] = value(float(rows["estimate"].max()), 2)
    return values


def _excludes_zero(rows: pd.DataFrame) -> pd.Series:
    return (rows["conf_low95"] > 0) | (rows["conf_high95"] < 0)


def _errors_result(errors: Mapping[str, Estimate]) -> Result:
    shown = estimates_result(ERRORS, errors)
    term = str(errors["region"].params.index[0])
    over_space = [float(one.std_errors.iloc[0]) for key, one in errors.items() if key.startswith("conley")]
    focus = {"region": float(errors["region"].std_errors[term]), "dk": float(errors["dk"].std_errors[term])}
    if over_space:
        focus |= {"smallest": min(over_space), "largest": max(over_space)}
    return Result(
        ERRORS, {**shown.values, **{f"focus.{key}": value(one, 3) for key, one in focus.items()}}, shown.inputs
    )


def _spillovers_result(found: Spillovers, within: Estimate) -> Result:
    values = {"change_pct": value(found.change_pct, 0), "own": value(found.own, 2)}
    for direction in found.maps:
        known = found.elsewhere(direction)
        top = known.iloc[int(known["value"].abs().to_numpy().argmax())]
        values |= {
            f"{direction}.n": Value(len(known), digits=0),
            f"{direction}.excluding": Value(int((~known["holds_zero"].astype(bool)).sum()), digits=0),
            f"{direction}.strongest": value(float(top["value"]), 3),
            f"{direction}.strongest_region": Value(str(top["region"])),
        }
    return Result(SPILLOVERS, values, {"panel": within.panel_checksum})


def section(found: SpatialComparison) -> Section:
    """Sample, tests, coefficients, effects, the same under other weights, spillovers as maps, errors over space."""
    terms = [str(term) for term in found.within.params.index]
    blocks: tuple[Block, ...] = (
        Paragraph("spatial.text"),
        Paragraph("spatial.weights.text"),
        Paragraph("spatial.sample"),
        *_absent(found.absent),
        Paragraph("spatial.tests.text"),
        _tests(found),
        Paragraph("spatial.lags.text"),
        _lags(found),
        Paragraph("spatial.shocks"),
        Paragraph("spatial.effects.text"),
        _effects(terms),
        Paragraph(f"spatial.effects.{'null' if _main_is_null(found, terms[0]) else 'found'}"),
        Paragraph("spatial.other.text"),
        _figure(found.effects),
        _other(found, terms),
        *_maps(found),
        Paragraph("spatial.errors.text"),
        _errors(found.errors, terms),
    )
    return Section(SECTION_ID, "spatial.title", blocks)


def _main_is_null(found: SpatialComparison, term: str) -> bool:
    rows = found.effects.query("term == @term and effect == 'indirect' and weights == @MAIN and model in @DRAWN")
    return not bool(_excludes_zero(rows).any())


def _absent(absent: Mapping[str, tuple[str, ...]]) -> tuple[Block, ...]:
    if not absent:
        return ()
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TextRef(f"spatial.absent.{reason.replace(' ', '_')}"), Stack(tuple(LabelRef(unit) for unit in units)))
        for reason, units in absent.items()
    )
    columns = (
        Column("reason", "spatial.column.reason", "left", 2.0),
        Column("regions", "spatial.column.regions", "left", 2.0),
    )
    return (TableBlock(f"{SPATIAL}.absent", "spatial.absent.caption", columns, rows),)


def _named(weights: str) -> Cell:
    name = TextRef(f"spatial.weights.{weights}")
    return Stack((name, TextRef("spatial.main"))) if weights == MAIN else name


def _interval(key: str, low: str, high: str) -> Stack:
    return Stack((NumberRef(key), NumberRef(low, "[{};"), NumberRef(high, "{}]")))


def _tests(found: SpatialComparison) -> TableBlock:
    def cell(key: str) -> Cell:
        return Stack((NumberRef(f"{key}.statistic"), NumberRef(f"{key}.p_value", "({})")))

    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _named(weights),
            NumberRef(f"{SPATIAL}.{weights}.moran_i"),
            *(cell(f"{SPATIAL}.{weights}.{test}") for test in TESTS),
        )
        for weights in found.estimates
    )
    columns = (
        Column("weights", "spatial.column.weights", "left", 1.8),
        Column("moran_i", "spatial.column.moran_i", "right"),
        *(Column(test, f"spatial.column.{test}", "right") for test in TESTS),
    )
    return TableBlock(f"{SPATIAL}.tests", "spatial.tests.caption", columns, rows)


def _lags(found: SpatialComparison) -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _named(weights),
            *(
                _interval(f"{key}.coefficient", f"{key}.low", f"{key}.high")
                for key in (f"{SPATIAL}.{weights}.{model}" for model in LAGS)
            ),
            NumberRef(f"{SPATIAL}.{weights}.sdm_lee_yu.n_regions"),
        )
        for weights in found.estimates
    )
    columns = (
        Column("weights", "spatial.column.weights", "left", 1.8),
        *(Column(model, f"spatial.model.{model}", "right") for model in LAGS),
        Column("n_regions", "spatial.column.n_lee_yu", "right"),
    )
    return TableBlock(f"{SPATIAL}.lags", "spatial.lags.caption", columns, rows)


def _effects(terms: list[str]) -> TableBlock:
    """Direct, indirect and total effects with the main weights."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            LabelRef(term),
            TextRef(f"spatial.effect.{effect}"),
            *(
                _interval(key, f"{key}_low", f"{key}_high")
                for key in (f"{SPATIAL}.{MAIN}.{model}.{term}.{effect}" for model in WITH_EFFECTS)
            ),
        )
        for term in terms
        for effect in KINDS
    )
    columns = (
        Column("term", "panel.column.term", "left", 1.8),
        Column("effect", "spatial.column.effect", "left", 1.2),
        *(Column(model, f"spatial.model.{model}", "right") for model in WITH_EFFECTS),
    )
    return TableBlock(f"{SPATIAL}.effects", "spatial.effects.caption", columns, rows)


def _figure(effects: pd.DataFrame) -> FigureBlock:
    """Indirect effects of each driver, one row a matrix of weights and model."""
    rows = effects.query("effect == 'indirect' and model in @DRAWN")
    ends = ["conf_low80", "conf_high80", "conf_low95", "conf_high95"]
    frame = rows.assign(model=rows["weights"] + "_" + rows["model"])[["term", "model", "estimate", *ends]]
    return FigureBlock(
        id=f"{SPATIAL}.figure",
        kind="coefficients",
        data=frame.reset_index(drop=True),
        caption="spatial.figure.caption",
        alt="spatial.figure.alt",
        options={"names": "spatial.drawn", "highlight": f"{MAIN}_sdm"},
    )


def _other(found: SpatialComparison, terms: list[str]) -> TableBlock:
    """Effects of sdm under the other matrices of weights, with errors, and the indirect effect of slx beside."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"spatial.weights.{weights}"),
            LabelRef(term),
            *(_with_error(f"{SPATIAL}.{weights}.sdm.{term}.{effect}") for effect in KINDS),
            *(_with_error(f"{SPATIAL}.{weights}.{model}.{term}.indirect") for model in ("sdm_lee_yu", "slx")),
        )
        for weights in found.estimates
        for term in terms
        if weights != MAIN
    )
    columns = (
        Column("weights", "spatial.column.weights", "left", 1.8),
        Column("term", "panel.column.term", "left", 1.8),
        *(Column(effect, f"spatial.effect.{effect}", "right") for effect in KINDS),
        Column("lee_yu", "spatial.column.indirect_lee_yu", "right"),
        Column("slx", "spatial.column.indirect_slx", "right"),
    )
    return TableBlock(f"{SPATIAL}.other", "spatial.other.caption", columns, rows)


def _with_error(key: str) -> Stack:
    return Stack((NumberRef(key), NumberRef(f"{key}_error", "({})")))


def _maps(comparison: SpatialComparison) -> tuple[Block, ...]:
    found = comparison.spillovers
    if found is None:
        return (Paragraph("spatial.maps.none"),)
    blocks: list[Block] = [Paragraph("spatial.maps.text")]
    excluding = 0
    for direction, frame in found.maps.items():
        elsewhere = found.elsewhere(direction)
        excluding += int((~elsewhere["holds_zero"].astype(bool)).sum())
        text = f"spatial.map.{direction}"
        options: dict[str, OptionValue] = {"variable": text, "breaks": _breaks(elsewhere), "diverging": True}
        blocks.append(
            FigureBlock(f"{SPATIAL}.{direction}", "tile_map", frame, f"{text}.caption", f"{text}.alt", options)
        )
    return (*blocks, Paragraph(f"spatial.maps.{'some' if excluding else 'null'}"))


def _breaks(elsewhere: pd.DataFrame) -> tuple[float, ...]:
    """Class limits on both sides of zero: a twentieth and a half of the largest size, rounded."""
    largest = float(np.nanmax(elsewhere["value"].abs()))
    small, great = (float(f"{largest * part:.1g}") for part in (0.05, 0.5))
    return (-great, -small, small, great)


def _errors(errors: Mapping[str, Estimate], terms: list[str]) -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TextRef(f"spatial.error.{kind}"), *(NumberRef(f"{ERRORS}.{kind}.{term}.std_error") for term in terms))
        for kind in errors
    )
    columns = (
        Column("error", "panel.column.error", "left", 3.0),
        *(Column(f"x{place}", f"spatial.term.{place}", "right") for place, _ in enumerate(terms, start=1)),
    )
    return TableBlock(ERRORS, "spatial.errors.caption", columns, rows)
