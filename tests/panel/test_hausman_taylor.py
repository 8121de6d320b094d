"""Hausman–Taylor and Amemiya–MaCurdy: the Cornwell–Rupert wages, closed forms, a planted correlation, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError, UnknownNameError
from regional_econ.core.design import design
from regional_econ.core.formula import parse_formula
from regional_econ.panel.covariance import covariance
from regional_econ.panel.estimators import Sample, fixed_effects
from regional_econ.panel.hausman_taylor import InstrumentedFit, Variant, hausman_taylor
from regional_econ.panel.inference import Classical
from regional_econ.panel.least_squares import solve
from regional_econ.panel.random_effects import random_effects

pytestmark = pytest.mark.filterwarnings("error")

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
PLM = json.loads((ORACLES / "panel_plm_random.json").read_text(encoding="utf-8"))
EARNINGS = "lwage ~ wks + south + smsa + married + exp + exp2 + bluecol + ind + union + sex + black + ed"
ENDOGENOUS = ("wks", "married", "union", "exp", "exp2", "ed")


@pytest.fixture(scope="module")
def wages() -> pd.DataFrame:
    frame = pd.read_csv(ORACLES / "data" / "wages.csv.gz")
    return frame.assign(exp2=frame["exp"] ** 2).set_index(["person", "year"])


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    """200 regions, 5 years, a quarter missing; x2 and z2 go with the region effect, truth is 1, −1, 2, 0.5."""
    rng = np.random.default_rng(4)
    index = pd.MultiIndex.from_product([range(200), range(2000, 2005)], names=["region", "year"])
    effect, own, z1, noise = np.repeat(rng.normal(size=(4, 200)), 5, axis=1)
    shocks = rng.normal(size=(3, 1000))
    frame = pd.DataFrame({"x1": own + shocks[0], "x2": effect + shocks[1], "z1": z1}, index=index)
    frame["z2"] = own + effect + noise
    frame["y"] = 3 + frame["x1"] - frame["x2"] + 2 * frame["z1"] + 0.5 * frame["z2"] + effect + shocks[2]
    return frame.sample(750, random_state=1)


def sample_of(formula: str, frame: pd.DataFrame) -> Sample:
    return Sample.of(design(parse_formula(formula), frame))


def errors_of(found: InstrumentedFit) -> np.ndarray:
    return np.sqrt(np.diag(covariance(found.data, found.solution, Classical(), {}).matrix))


@pytest.mark.parametrize("entry", PLM["taylor"], ids=lambda e: f"{e['tool']}-{e['variant']}-{e['balanced']}")
def test_plm(entry: dict[str, Any], wages: pd.DataFrame) -> None:
    frame = wages if entry["balanced"] else wages.drop(index=wages.index[PLM["dropped"]["wages"]])
    found = hausman_taylor(sample_of(EARNINGS, frame), ENDOGENOUS, entry["variant"])
    stored = entry["fit"]
    # 1e-8, the contract of the project: between the two programs is rounding
    np.testing.assert_allclose(found.solution.beta, list(stored["coef"].values()), rtol=1e-8)
    np.testing.assert_allclose(errors_of(found), list(stored["se"].values()), rtol=1e-8)
    assert found.components.sigma2_e == pytest.approx(stored["sigma2"]["idios"], rel=1e-8)
    assert found.components.sigma2_u == pytest.approx(stored["sigma2"]["id"], rel=1e-8)


def test_the_published_table(wages: pd.DataFrame) -> None:
    """Stata's manual, xthtaylor, example 1, recalled; Baltagi, table 7.4, prints the same to fewer digits."""
    found = hausman_taylor(sample_of(EARNINGS, wages), ENDOGENOUS)
    table = dict(zip(found.data.names, zip(found.solution.beta, errors_of(found), strict=True), strict=True))
    printed = {
        "ed": (0.137944, 0.0212485),
        "exp": (0.1131328, 0.002471),
        "bluecol": (-0.0207047, 0.0137809),
        "sex": (-0.1309236, 0.126659),
        "Intercept": (2.912726, 0.2836522),
    }
    for name, values in printed.items():
        np.testing.assert_allclose(table[name], values, atol=5e-7, err_msg=name)  # seven printed digits
    parts = found.components
    assert np.sqrt([parts.sigma2_u, parts.sigma2_e]) == pytest.approx(
        [0.9418030, 0.1518027], abs=1e-7
    )  # single precision
    assert not parts.truncated


def test_just_identified_the_varying_regressors_have_their_within_coefficients(planted: pd.DataFrame) -> None:
    """Hausman & Taylor (1981, prop. 3.2): as many X1 as Z2 leaves nothing beyond fixed effects for X."""
    sample = sample_of("y ~ x1 + x2 + z1 + z2", planted)
    found = hausman_taylor(sample, ("x2", "z2"))
    inside = solve(fixed_effects(sample_of("y ~ x1 + x2", planted), ("region",)))
    np.testing.assert_allclose(found.solution.beta[1:3], inside.beta, rtol=1e-9)  # two routes, rounding between


def test_a_planted_correlation_is_undone(planted: pd.DataFrame) -> None:
    sample = sample_of("y ~ x1 + x2 + z1 + z2", planted)
    truth = np.array([3, 1, -1, 2, 0.5])
    found = hausman_taylor(sample, ("x2", "z2"))
    assert (np.abs(found.solution.beta - truth) < 3 * errors_of(found)).all()
    random = solve(random_effects(sample, ("region",))[0]).beta
    assert random[4] - 0.5 > 0.2  # what the instruments are for
    assert found.instruments == ("within(x1)", "within(x2)", "z1", "mean(x1)")


def test_residuals_are_those_of_the_regressors_not_of_their_projections(planted: pd.DataFrame) -> None:
    sample = sample_of("y ~ x1 + x2 + z1 + z2", planted)
    found = hausman_taylor(sample, ("x2", "z2"))
    left = found.data.y - found.data.X @ found.solution.beta
    assert not np.allclose(found.solution.residuals, left)
    np.testing.assert_allclose(found.solution.scores.sum(axis=0), 0, atol=1e-9)  # normal equations, 750 rows


@pytest.mark.parametrize("variant", ["hausman-taylor", "amemiya-macurdy"])
def test_units_order_and_labels_change_nothing(wages: pd.DataFrame, variant: Variant) -> None:
    few = wages.loc[1:200]
    base = hausman_taylor(sample_of(EARNINGS, few), ENDOGENOUS, variant)
    mixed = few.sample(frac=1, random_state=2).rename(index=lambda person: 1000 - person, level="person")
    mixed = mixed.assign(lwage=100 * mixed["lwage"], ed=mixed["ed"] / 10)
    other = hausman_taylor(sample_of(EARNINGS, mixed), ENDOGENOUS, variant)
    scale = np.where(np.array(base.data.names) == "ed", 1000.0, 100.0)
    # 1e-7: columns of experience and its square are nearly one
    np.testing.assert_allclose(other.solution.beta, scale * base.solution.beta, rtol=1e-7)
    np.testing.assert_allclose(errors_of(other), scale * errors_of(base), rtol=1e-7)


def test_no_constant_regressor_is_needed_and_dummies_go_by_their_name(planted: pd.DataFrame) -> None:
    frame = planted.assign(kind=planted.index.get_level_values("region") % 3)
    plain = hausman_taylor(sample_of("y ~ x1 + x2", frame), ("x2",))
    assert plain.data.names == ("Intercept", "x1", "x2")
    grouped = sample_of("y ~ x1 + lag(x1, 1) + x2 + C(kind)", frame)
    by_group = hausman_taylor(grouped, ("C(kind)",))
    assert by_group.instruments[-3:] == ("mean(x1)", "mean(lag(x1, 1))", "mean(x2)")


def test_refusals_name_the_reason(planted: pd.DataFrame) -> None:
    sample = sample_of("y ~ x1 + x2 + z1 + z2", planted)
    refused: list[tuple[type[Exception], str, tuple[str, ...]]] = [
        (EstimationError, r"under-identified: z1, z2 \(2 endogenous.*against 1 exogenous", ("x2", "z1", "z2")),
        (EstimationError, "under-identified: z2", ("x1", "x2", "z2")),
        (EstimationError, "no endogenous term is named", ()),
        (UnknownNameError, "unknown endogenous term 'z3'", ("z3",)),
    ]
    for kind, message, endogenous in refused:
        with pytest.raises(kind, match=message):
            hausman_taylor(sample, endogenous)
    with pytest.raises(OptionError, match="hausman-taylor, amemiya-macurdy"):
        hausman_taylor(sample, ("x2",), "am")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="every region in every year"):
        hausman_taylor(sample, ("x2", "z2"), "amemiya-macurdy")
    with pytest.raises(EstimationError, match="no regressor varies within"):
        hausman_taylor(sample_of("y ~ z1 + z2", planted), ("z2",))
    once = planted.groupby(level="region").head(1)
    with pytest.raises(EstimationError, match="no regressor varies within"):
        hausman_taylor(sample_of("y ~ x1 + x2", once), ("x2",))
    short = pd.concat([once, planted.loc[[3]]])
    short = short[~short.index.duplicated()]
    with pytest.raises(EstimationError, match="regions leave no variation within beside 4 regressors"):
        hausman_taylor(sample_of("y ~ x1 + x2 + lag(x1, 0) + lag(x2, 0)", short), ("x2",))
    exact = planted.assign(y=planted["x1"] + planted["x2"])
    with pytest.raises(EstimationError, match="fit the outcome exactly"):
        hausman_taylor(sample_of("y ~ x1 + x2 + z2", exact), ("x2", "z2"))
    flat = planted.assign(x1=planted["x1"] - planted["x1"].groupby(level="region").transform("mean"))
    with pytest.raises(EstimationError, match="do not identify the coefficients: z2 is a linear combination"):
        hausman_taylor(sample_of("y ~ x1 + x2 + z2", flat), ("x2", "z2"))
    with pytest.raises(EstimationError, match="do not identify the coefficients: twice is a linear combination"):
        hausman_taylor(sample_of("y ~ x1 + x2 + z1 + twice", planted.assign(twice=2 * planted["z1"])), ("x2",))


def test_as_many_instruments_as_regions_instrument_nothing(wages: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="29 instruments between 20 regions"):
        hausman_taylor(
            sample_of("lwage ~ wks + exp + ind + bluecol + union", wages.loc[1:20]), ("union",), "amemiya-macurdy"
        )
