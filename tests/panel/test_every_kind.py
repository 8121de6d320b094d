"""Every kind of estimate answers every question that an estimate is asked, or says why not and what to do instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import DataError, EstimationError, FormulaError, OptionError, RegionalEconError
from regional_econ.cli.panel import app
from regional_econ.core.estimate import Estimate
from regional_econ.core.panel import Panel
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.data.weights import load_weights
from regional_econ.panel.fit import fit
from regional_econ.panel.margins import marginal_effects
from regional_econ.panel.methods import EFFECTS, SPATIAL, Kind, parse_estimator
from regional_econ.panel.side_by_side import SideBySide
from regional_econ.panel.spatial.effects import spatial_effects
from regional_econ.panel.ways import WAYS
from regional_econ.report.charts.draw import chart_svg
from regional_econ.report.plot import plot

RUNNER = CliRunner()
KINDS: tuple[Kind, ...] = get_args(Kind)
TEXTS: Mapping[Kind, str] = {
    "hausman-taylor": "hausman-taylor:ln(rd_grp_pct)",
    "amemiya-macurdy": "amemiya-macurdy:ln(rd_grp_pct)",
    "fractional-logit": "fractional-logit:100",
    "dynamic-cce": "dynamic-cce:0",
}
INFERENCES = (
    "iid", "hc1", "hc3", "cluster:region", "cluster:region:CR0", "cluster:region:CR1", "cluster:region:CR2",
    "cluster:year", "cluster:region+year", "dk", "conley:500km", "conley:500km:3", "heterogeneous", "own", "windmeijer",
    "efficient", "bootstrap:50", "wild:region:webb:99",
)  # fmt: skip
SAMPLE_ONLY = {
    "mundlak", "fd", "cce", "mean-group", "cce-mean-group", "dynamic-cce", "swamy", "pmg", "interactive", "gmm-diff",
    "gmm-system", "lsdvc", "slx", "sar", "sem", "sdm",
}  # fmt: skip
WITHOUT_MARGINS = {"gmm-diff", "gmm-system", "lsdvc", "sar", "sem", "sdm"}
OUTCOME = "ln(innovation_activity_pct)"
PLAIN = f"{OUTCOME} ~ ln(rd_grp_pct) + wear_pct"


@pytest.fixture(scope="module")
def estimates(panel: Panel, beside: SideBySide) -> dict[str, Estimate]:
    """One estimate a kind, on the real panel; "pooled" from itself, the others from the page."""
    by_kind = {way.kind: beside.estimates["all", way.key] for way in WAYS if ("all", way.key) in beside.estimates}
    return {**by_kind, "pooled": fit(PLAIN, panel, estimator="pooled", years=(2006, 2022))}


def rows_behind(estimate: Estimate, fitted: pd.Series) -> pd.DataFrame:
    """The rows of the sample, with those a year before where the outcome's past is among the terms."""
    frame: pd.DataFrame = estimate.native.frame  # type: ignore[attr-defined]
    if "lag(" not in estimate.spec.formula:
        return frame.loc[fitted.index]
    regions = fitted.index.get_level_values(0).unique()
    return frame.loc[(list(regions), slice(2006, 2022)), :]


def focal(estimate: Estimate) -> str:
    return "x0" if "x0" in estimate.params.index else "ln(rd_grp_pct)"


@pytest.mark.parametrize("kind", KINDS)
def test_an_estimate_shows_itself(kind: Kind, estimates: Mapping[str, Estimate]) -> None:
    estimate = estimates[kind]
    assert np.isfinite(estimate.tidy(0.9).select_dtypes("number")).all(axis=None)
    assert np.isfinite(estimate.plot_data().select_dtypes("number")).all(axis=None)
    for word in (kind, "n_obs", focal(estimate)):
        assert word in estimate.summary()
    assert "nan" not in str(estimate.glance())
    assert str(estimate).endswith(f"{estimate.spec}")
    assert focal(estimate) in chart_svg(plot(estimate))


@pytest.mark.parametrize("kind", KINDS)
def test_an_estimate_predicts_or_says_for_what_it_can(kind: Kind, estimates: Mapping[str, Estimate]) -> None:
    estimate = estimates[kind]
    fitted = estimate.predict()
    assert np.isfinite(fitted).all()
    assert fitted.index.is_unique
    assert len(fitted) == estimate.diagnostics["n_obs"]
    if kind in SAMPLE_ONLY:
        with pytest.raises(EstimationError, match=r"for the sample only.*Use (fe to predict|spatial_effects)"):
            estimate.predict(pd.DataFrame())
        return
    again = estimate.predict(rows_behind(estimate, fitted))
    assert np.isfinite(again).all()
    if kind != "between":
        np.testing.assert_allclose(again[fitted.index], fitted, rtol=1e-6)
    for wrong in ("rows", None.__class__):
        with pytest.raises(DataError, match="must be a DataFrame"):
            estimate.predict(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_other_errors_are_given_or_refused(kind: Kind, estimates: Mapping[str, Estimate]) -> None:
    estimate, given, refused = estimates[kind], 0, list[str]()
    for text in INFERENCES:
        try:
            again = estimate.vcov(text)
        except RegionalEconError as error:
            refused.append(str(error))
            continue
        given += 1
        assert again.params.equals(estimate.params)
        row = again.tidy().set_index("term").loc[focal(estimate)]
        assert np.isfinite(row.astype(float)).all(), text
    assert given
    assert [one for one in refused if ". " not in one] == [], "each says what to do instead"
    for wrong in ("stata", None, 3):
        with pytest.raises(OptionError, match="inference"):
            estimate.vcov(wrong)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hypothesis_is_tested_by_the_estimate_s_own_errors(kind: Kind, estimates: Mapping[str, Estimate]) -> None:
    estimate = estimates[kind]
    found = estimate.test(f"{focal(estimate)} = 0")
    row = estimate.tidy().set_index("term").loc[focal(estimate)]
    assert found.p_value == pytest.approx(row["p_value"], rel=1e-6)
    with pytest.raises(FormulaError, match="coefficients are: "):
        estimate.test("nothing = 0")
    with pytest.raises(FormulaError, match="repeat or contradict"):
        estimate.test(f"{focal(estimate)} = 0, 2*{focal(estimate)} = 1")


@pytest.mark.parametrize("kind", KINDS)
def test_marginal_effects_are_coefficients_or_refused(kind: Kind, estimates: Mapping[str, Estimate]) -> None:
    estimate = estimates[kind]
    if kind in WITHOUT_MARGINS:
        instead = "spatial_effects" if kind in SPATIAL else "Read its coefficients"
        with pytest.raises(EstimationError, match=f"{kind}.* has no average marginal effects. .*{instead}"):
            marginal_effects(estimate)
        return
    effect = float(marginal_effects(estimate, names=focal(estimate))["estimate"].iloc[0])
    if kind == "fractional-logit":
        mean = estimate.predict()
        assert effect == pytest.approx((estimate.params[focal(estimate)] * mean * (1 - mean / 100)).mean())
    else:
        assert effect == pytest.approx(estimate.params[focal(estimate)])


@pytest.mark.parametrize("kind", KINDS)
def test_spatial_effects_are_for_those_with_neighbours(kind: Kind, estimates: Mapping[str, Estimate]) -> None:
    if kind in SPATIAL:
        assert np.isfinite(spatial_effects(estimates[kind])["std_error"]).all()
        return
    with pytest.raises(EstimationError, match=r"has no neighbours.*Fit sar, sem, sdm or slx"):
        spatial_effects(estimates[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_options_that_do_not_go_together(kind: Kind, panel: Panel) -> None:
    text, weights = TEXTS.get(kind, kind), load_weights("contiguity")
    lagged = f"{PLAIN} + lag({OUTCOME}, 1)"
    if kind in SPATIAL:
        for wrong in (None, "population_thousand"):
            with pytest.raises(OptionError, match=f"estimator '{kind}' needs spatial weights"):
                fit(lagged, panel, estimator=text, weights=wrong)
    else:
        with pytest.raises(OptionError, match=r"spatial weights do not go with estimator.*Use slx, sar, sem or sdm"):
            fit(lagged, panel, estimator=text, weights=weights)
    if kind not in ("pooled", "fe", *SPATIAL):
        with pytest.raises(OptionError, match=r"weights do not go.*Use pooled or fe; spatial weights go with slx"):
            fit(lagged, panel, estimator=text, weights="population_thousand")
    given = weights if kind in SPATIAL else None
    if kind not in ("fd", "gmm-diff"):
        with pytest.raises(OptionError, match=r"breaks do not go with estimator.*Use fd or gmm-diff"):
            fit(lagged, panel, estimator=text, weights=given, breaks=(2017, 2019))
    for effects in {"none", "region", "year", "region+year"} - set(EFFECTS[kind]):
        with pytest.raises(OptionError, match=f"effects '{effects}' do not go.*{EFFECTS[kind][0]}".replace("+", r"\+")):
            fit(lagged, panel, estimator=text, effects=effects, weights=given)  # type: ignore[arg-type]
    outcome = "innovation_activity_pct" if kind == "fractional-logit" else OUTCOME
    with pytest.raises(FormulaError, match=re.escape(f"{outcome} stands on both sides")):
        fit(f"{outcome} ~ wear_pct + {outcome}", panel, estimator=text, weights=given)


@pytest.mark.parametrize("kind", KINDS)
def test_a_typo_lists_the_right_texts(kind: Kind) -> None:
    for typo in (f"{kind}x", kind.upper(), f"{kind}:", f"{kind}:nonsense"):
        if kind not in ("hausman-taylor", "amemiya-macurdy") or not typo.endswith("nonsense"):
            with pytest.raises(OptionError, match=r"Choose one of|Name them|Write|Use |Give"):
                parse_estimator(typo)
    done = RUNNER.invoke(app, ["fit", PLAIN, "--estimator", f"{kind}x", "--weights", "contiguity"])
    assert f"estimator cannot be '{kind}x'. Choose one of: pooled, between" in str(done.exception)


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_line_fits_every_kind(kind: Kind) -> None:
    lagged = {"dynamic-cce", "gmm-diff", "gmm-system", "lsdvc", "hpj"}
    formula = f"{PLAIN} + lag({OUTCOME}, 1)" if kind in lagged else PLAIN
    if kind == "fractional-logit":
        formula = "innovation_activity_pct ~ ln(rd_grp_pct) + wear_pct"
    arguments = ["fit", formula, "--estimator", TEXTS.get(kind, kind), "--years", "2006-2016"]
    arguments += ["--weights", "contiguity"] if kind in SPATIAL else []
    done = RUNNER.invoke(app, arguments)
    if kind in ("amemiya-macurdy", "interactive"):
        assert "every region in every year" in str(done.exception)
        return
    assert done.exception is None
    assert "ln(rd_grp_pct)" in done.stdout
    assert "nan" not in done.stdout


def test_breaks_on_the_command_line(panel: Panel) -> None:
    done = RUNNER.invoke(app, ["fit", PLAIN, "--estimator", "fd", "--breaks", "2017,2019", "--years", "2006-2022"])
    ours = fit(PLAIN, panel, estimator="fd", breaks=(2017, 2019), years=(2006, 2022))
    assert f"n_obs: {ours.diagnostics['n_obs']}" in done.stdout
    for wrong in ("2017-2019", "", "17"):
        done = RUNNER.invoke(app, ["fit", PLAIN, "--estimator", "fd", "--breaks", wrong])
        assert "2017,2019" in str(done.exception)


def test_the_name_of_spatial_weights_is_no_column() -> None:
    done = RUNNER.invoke(app, ["fit", PLAIN, "--weights", "contiguity"])
    assert "spatial weights 'contiguity' do not go with estimator 'fe'. Use slx, sar, sem or sdm" in str(done.exception)
    done = RUNNER.invoke(app, ["fit", PLAIN, "--weights", "contiguous"])
    assert "unknown weights column 'contiguous'" in str(done.exception)


def test_the_pooled_mean_group_takes_the_past_itself(panel: Panel) -> None:
    with pytest.raises(EstimationError, match=r"takes the outcome's past itself.*Leave lag\(.*\) out"):
        fit(f"{PLAIN} + lag({OUTCOME}, 1)", panel, estimator="pmg", years=(2006, 2022))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "estimator",
    ["re", "hausman-taylor:x", "swamy", "interactive:1", "gmm-diff:lags=2-3,collapse", "gmm-system:lags=2-3,collapse",
     "sar", "sem", "sdm"],
)  # fmt: skip
def test_an_outcome_computed_from_a_term_is_refused(estimator: str) -> None:
    """Estimators that weigh by what is left would divide nothing by nothing."""
    rng = np.random.default_rng(0)
    regions = [f"r{number:02d}" for number in range(12)]
    index = pd.MultiIndex.from_product([regions, range(2000, 2014)], names=["region", "year"])
    frame = pd.DataFrame({"x": rng.normal(size=168), "z": rng.normal(size=168)}, index=index)
    frame["y"] = 2 * frame["x"]
    line = SpatialWeights.of(regions, (np.abs(np.subtract.outer(range(12), range(12))) == 1).astype(float), "line")
    formula = "y ~ x + z + lag(y, 1)" if estimator.startswith("gmm") else "y ~ x + z"
    with pytest.raises(EstimationError, match="fit the outcome exactly"):
        fit(formula, frame, estimator=estimator, weights=line if estimator in SPATIAL else None)
