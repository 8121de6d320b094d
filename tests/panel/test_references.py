"""The register of references: every method that a user can name is in it, its tests exist, its docstring agrees."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue
from regional_econ.core import spatial_weights
from regional_econ.core.section import Verbatim
from regional_econ.data import weights
from regional_econ.panel import (
    cce,
    estimators,
    fractional,
    hausman,
    hausman_taylor,
    inference,
    inference_text,
    margins,
    methods,
    permutation,
    variance_components,
)
from regional_econ.panel.diagnostics import (
    born_breitung,
    breaks,
    cointegration,
    cross_section,
    durbin_watson,
    granger,
    heteroskedasticity,
    homogeneity,
    influence,
    poolability,
    power,
    serial,
)
from regional_econ.panel.dynamic import gmm, half_panel, instrument_counts, lsdvc, moment_tests, specification
from regional_econ.panel.heterogeneous import dynamic_cce, interactive, mean_group, pmg
from regional_econ.panel.inference import Classical, Clustered, DriscollKraay, Inference, Robust, WildBootstrap
from regional_econ.panel.pages.parts import references_table
from regional_econ.panel.references import ESTIMATORS, INFERENCES, REFERENCES, TESTS, Reference
from regional_econ.panel.spatial import dependence, effects
from regional_econ.panel.spatial.lattice import Lattice
from regional_econ.panel.spatial.regression import spatial_regression
from regional_econ.panel.unit_roots import cips, first_generation

FITTED: dict[methods.Kind, Callable[..., Any]] = {
    "pooled": estimators.pooled,
    "between": estimators.between,
    "fe": estimators.fixed_effects,
    "re": variance_components.variance_components,
    "mundlak": estimators.with_region_means,
    "fd": estimators.first_differences,
    "fama-macbeth": estimators.fama_macbeth,
    "hausman-taylor": hausman_taylor.hausman_taylor,
    "amemiya-macurdy": hausman_taylor.hausman_taylor,
    "fractional-logit": fractional.fractional_logit,
    "cce": cce.common_effects,
    "gmm-diff": gmm.gmm_estimate,
    "gmm-system": gmm.gmm_estimate,
    "lsdvc": lsdvc.lsdvc,
    "hpj": half_panel.half_panel_jackknife,
    "mean-group": mean_group.mean_group,
    "cce-mean-group": mean_group.cce_mean_group,
    "dynamic-cce": dynamic_cce.dynamic_cce,
    "swamy": mean_group.swamy,
    "pmg": pmg.pooled_mean_group,
    "interactive": interactive.interactive_effects,
    "slx": Lattice.with_lags,
    "sar": spatial_regression,
    "sem": spatial_regression,
    "sdm": spatial_regression,
}
TESTING: tuple[ModuleType, ...] = (
    hausman, permutation, margins, born_breitung, cross_section, durbin_watson, heteroskedasticity, influence,
    poolability, power, serial, specification, instrument_counts,
    breaks, cointegration, granger, homogeneity, first_generation, cips, dependence, effects,
)  # fmt: skip
RESULTS = ("HypothesisTest", "Influence", "pd.DataFrame")  # what a test, a diagnostic or a table of effects returns
OPTIONS: dict[str, tuple[str, ...]] = {
    "cross_section_test": get_args(cross_section.Method),
    "groupwise_heteroskedasticity": get_args(heteroskedasticity.Method),
    "sargan": get_args(moment_tests.Convention),
    "durbin_watson": get_args(durbin_watson.Variant),
    "born_breitung": get_args(born_breitung.Correction),
    "slope_homogeneity": get_args(homogeneity.Dispersion),
    "westerlund_test": get_args(cointegration.Cointegration),
    "granger_test": get_args(granger.Granger),
    "unit_root_test": get_args(first_generation.Test),
    "spatial_dependence": get_args(dependence.Method),
}


ROOMS = ("dynamic", "heterogeneous", "unit_roots", "spatial", "diagnostics")
HELPERS = {  # functions of those rooms that prepare rows, read texts or refuse, and are no method of their own
    "adf.columns", "adf.deterministic", "adf.refuse_smooth", "adf.series_of", "comparison.spatial_comparison",
    "cross_section.pair_correlations", "equations.equations", "equations.independent_columns",
    "equations.lags_of_outcome", "equations.of_variable", "equations.refuse_determined",
    "equations.refuse_fixed_outcome", "equations.refuse_short", "equations.without_lags", "factor_number.largest",
    "lattice.check_units", "lattice.lag_of", "lattice.lagged_over", "lattice.without_effects", "lsdvc.corrected",
    "lsdvc.lsdvc_model", "mean_group.described", "moment_tests.refusal", "moments.moments_of", "moments.own_lags",
    "moments.past", "options.factor_of", "options.parse_gmm", "options.parse_lsdvc", "own.by_length",
    "own.long_enough", "own.mean_of_regions", "own.own_slopes", "own.region_of", "own.weighed",
    "regression.native_weights", "rows.effect_basis", "rows.fitted", "rows.grouped", "rows.labels_of",
    "rows.need_region_effects", "rows.refuse_perfect", "rows.residuals_of", "specification.behind",
    "two_step.inverse", "two_step.solved",
}  # fmt: skip


def public_tests() -> dict[str, Callable[..., Any]]:
    """Functions of the rooms of tests that return one of `RESULTS`."""
    return {
        name: function
        for module in TESTING
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.signature(function).return_annotation in RESULTS
    }


def object_of(entry: Reference) -> Any:
    """The function or class whose docstring speaks of a method."""
    if entry in ESTIMATORS:
        return FITTED[methods.parse_estimator(entry.method).kind]
    if entry in INFERENCES:
        return type(inference_text.parse_inference(entry.method))
    return public_tests()[entry.method.partition("(")[0]]


def cited(subject: Any) -> tuple[str, str]:
    """The two halves of the paragraph "Source: … Held against … (tests/…)." of a docstring."""
    paragraphs = (inspect.getdoc(subject) or "").split("\n\n")
    (own,) = (" ".join(one.split()) for one in paragraphs if one.startswith("Source: "))
    found = re.fullmatch(r"Source: (.+)\. Held against (.+ \(tests/panel/.+\.py\))\.", own)
    assert found, own
    return found[1], found[2]


def files_of(text: str) -> set[str]:
    return set(re.findall(r"\btest_\w+\.py\b", text))


def test_every_estimator_has_an_entry() -> None:
    named = [methods.parse_estimator(entry.method) for entry in ESTIMATORS]
    assert {one.kind for one in named} == set(get_args(methods.Kind)) == set(FITTED)
    assert {one.components for one in named if one.kind == "re"} == set(get_args(variance_components.Method))
    assert {one.transformation for one in named} == set(get_args(methods.Transformation))
    assert {one.step == 1 for one in named if one.kind == "fd"} == {True, False}


def test_every_inference_has_an_entry() -> None:
    every: list[Inference] = [
        Classical(),
        *map(Robust, get_args(inference.RobustFactor)),
        *(Clustered("region", factor) for factor in get_args(inference.ClusterFactor)),
        *(Clustered("region+year", two_way=factor) for factor in get_args(inference.TwoWayFactor)),
        *(DriscollKraay(small_sample=factor) for factor in get_args(inference.KernelFactor)),
        *(inference.Conley(500, lag) for lag in (0, 3, "all")),
        inference.Conley(500, 3, "bartlett"),
        inference.Heterogeneous(),
        inference.Windmeijer(),
        inference.Efficient(),
        *(inference.Bootstrap(errors=errors) for errors in get_args(inference.DrawnErrors)),
        inference.Own(),
        *(WildBootstrap(weights=weights) for weights in get_args(inference.DrawnWeights)),
    ]
    assert {type(rule) for rule in every} == set(get_args(inference.Inference))
    assert {inference_text.parse_inference(entry.method) for entry in INFERENCES} == set(every)


def test_every_test_and_each_of_its_options_has_an_entry() -> None:
    expected = {
        f'{name}(…, "{option}")' if option else name for name in public_tests() for option in OPTIONS.get(name, ("",))
    }
    assert {entry.method for entry in TESTS} == expected


def functions_of_the_rooms() -> dict[str, Callable[..., Any]]:
    """Every public function of the rooms of methods, by module and name, with the makers of weights."""
    rooms = [importlib.import_module(f"regional_econ.panel.{room}") for room in ROOMS]
    names = [f"{room.__name__}.{one.name}" for room in rooms for one in pkgutil.iter_modules(room.__path__)]
    modules = [*map(importlib.import_module, names), spatial_weights, weights]
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


@pytest.mark.parametrize("name", sorted(functions_of_the_rooms().keys() - HELPERS))
def test_every_public_function_says_where_it_comes_from(name: str, root: Path) -> None:
    paragraphs = (inspect.getdoc(functions_of_the_rooms()[name]) or "").split("\n\n")
    (own,) = (" ".join(one.split()) for one in paragraphs if one.startswith("Source: "))
    found = re.fullmatch(r"Source: .+\. Held against .+ \((tests/\w+)/(test_\w+\.py(, test_\w+\.py)*)\)\.", own)
    assert found, own
    for file in found[2].split(", "):
        assert (root / found[1] / file).is_file(), file


def test_the_helpers_exist() -> None:
    assert functions_of_the_rooms().keys() >= HELPERS


def test_no_method_stands_twice() -> None:
    assert len({entry.method for entry in REFERENCES}) == len(REFERENCES)


@pytest.mark.parametrize("entry", REFERENCES, ids=lambda entry: entry.method)
def test_sources_and_files_are_those_of_the_docstring(entry: Reference, root: Path) -> None:
    sources, held_against = cited(object_of(entry))
    for source in entry.source.split("; "):
        assert re.fullmatch(r"[^()]+ \(\d{4}, [^()]+\)", source)
        assert source in sources
    assert re.search(r" \(tests/panel/test_\w+\.py(, test_\w+\.py)*\)$", entry.held_against)
    for file in files_of(entry.held_against):
        assert file in files_of(held_against)
        path = root / "tests" / "panel" / file
        assert path.is_file()
        if entry in TESTS:
            function, _, option = entry.method.partition("(…, ")
            tried = path.read_text(encoding="utf-8")
            assert function in tried or option.rstrip(")") in tried


def test_every_file_of_a_docstring_is_named_by_an_entry() -> None:
    for subject in {object_of(entry) for entry in REFERENCES}:
        own = set().union(*(files_of(entry.held_against) for entry in REFERENCES if object_of(entry) is subject))
        assert own == files_of(cited(subject)[1]), subject.__name__


@pytest.mark.parametrize(
    ("part", "references"), [("estimators", ESTIMATORS), ("inferences", INFERENCES), ("tests", TESTS)]
)
def test_the_table_of_the_report(part: str, references: tuple[Reference, ...]) -> None:
    table = references_table(part, references)
    assert [row[0] for row in table.rows] == [Verbatim(entry.method) for entry in references]
    texts = Catalogue.load([data_dir() / "texts" / "panel.yml"]).texts
    for key in (table.caption, *(column.header for column in table.columns)):
        assert all(texts[key].get(lang) for lang in LANGS)
