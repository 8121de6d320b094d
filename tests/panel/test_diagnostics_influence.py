"""Leaving out regions, years and groups against refits one by one through `fit`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.core.estimate import Estimate
from regional_econ.panel.diagnostics.influence import Influence, leave_one_out
from regional_econ.panel.fit import fit
from regional_econ.panel.methods import Effects

FORMULA = "inv ~ value + capital"
# two exact solvers: only rounding is left between them
TOLERANCE = 1e-9
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def same(found: Influence, dropped: object, again: Estimate | str, full: Estimate) -> None:
    own = found.frame[found.frame["dropped"] == str(dropped)].set_index("term")
    if isinstance(again, str):
        assert (own["problem"] == again).all()
        assert own[["estimate", "std_error", "p_value", "change"]].isna().all(axis=None)
        return
    assert (own["problem"] == "").all()
    table = again.tidy().set_index("term")
    np.testing.assert_allclose(own["estimate"], table["estimate"], rtol=TOLERANCE)
    np.testing.assert_allclose(own["std_error"], table["std_error"], rtol=TOLERANCE)
    np.testing.assert_allclose(own["p_value"], table["p_value"], rtol=1e-7, atol=1e-14)  # tails multiply rounding
    np.testing.assert_allclose(own["change"], (again.params - full.params) / full.std_errors, rtol=1e-6, atol=1e-9)
    before = full.tidy().set_index("term")["p_value"] < found.level
    assert own["crosses"].tolist() == (before != (table["p_value"] < found.level)).tolist()
    assert own["sign_changed"].tolist() == (np.sign(again.params) != np.sign(full.params)).tolist()


def refit(data: pd.DataFrame, effects: Effects, inference: str, weights: str | None = None) -> Estimate | str:
    try:
        return fit(FORMULA, data, effects=effects, inference=inference, weights=weights)
    except EstimationError as error:
        return str(error)


@pytest.mark.parametrize("effects", ["region+year", "region", "year", "none"])
@pytest.mark.parametrize(
    "inference",
    [
        "cluster:region",
        "cluster:firm:CR1",
        "cluster:region:CR0",
        "iid",
        "hc1",
        "dk:1",
        "cluster:region:CR2",
        "cluster:year",
    ],
)
@pytest.mark.parametrize(("by", "level"), [("region", 0), ("year", 1)])
def test_against_refits(holes: pd.DataFrame, effects: Effects, inference: str, by: str, level: int) -> None:
    full = fit(FORMULA, holes, effects=effects, inference=inference)
    found = leave_one_out(full, by)
    labels = holes.index.get_level_values(level)
    assert found.frame["dropped"].nunique() == labels.nunique()
    for label in labels.unique():
        same(found, label, refit(holes[labels != label], effects, inference), full)


@pytest.mark.parametrize("inference", ["cluster:region", "iid", "hc1"])
def test_weights_and_very_sparse_data(grunfeld: pd.DataFrame, inference: str) -> None:
    """Few rows: leaving a firm out makes others singletons and cuts the panel in parts."""
    for seed in range(12):
        data = grunfeld.sample(40, random_state=seed)
        full = fit(FORMULA, data, inference=inference, weights="value")
        found = leave_one_out(full)
        firms = data.index.get_level_values(0)
        for firm in found.frame["dropped"].unique():
            same(found, firm, refit(data[firms != int(firm)], "region+year", inference, "value"), full)


@pytest.mark.parametrize("inference", ["cluster:region", "cluster:district"])
@pytest.mark.parametrize("form", ["mapping", "series by unit", "column"])
def test_groups_of_regions(holes: pd.DataFrame, inference: str, form: str) -> None:
    firms = holes.index.get_level_values(0)
    data = holes.assign(district=np.array(list("abcdeabcde"))[firms - 1])
    of_unit = data["district"].groupby(level=0).first()
    by = {"mapping": of_unit.to_dict(), "series by unit": of_unit, "column": data["district"]}[form]
    full = fit(FORMULA, data, inference=inference)
    found = leave_one_out(full, by)
    for district in "abcde":
        same(found, district, refit(data[data["district"] != district], "region+year", inference), full)


def test_eras_are_left_out(holes: pd.DataFrame) -> None:
    full = fit(FORMULA, holes)
    found, years = leave_one_out(full, (1942, 1949)), holes.index.get_level_values(1)
    assert list(found.frame["dropped"].unique()) == ["1935–1941", "1942–1948", "1949–1954"]
    same(found, "1942–1948", refit(holes[(years < 1942) | (years > 1948)], "region+year", "cluster:region"), full)


def test_leaving_out_is_the_jackknife_of_cr3(holes: pd.DataFrame) -> None:
    """Σ (β₍g₎ − β)² is the variance CR3 (MacKinnon, Nielsen & Webb 2023), computed elsewhere."""
    full = fit(FORMULA, holes)
    wide = leave_one_out(full).frame.pivot(index="dropped", columns="term", values="estimate")
    errors = np.sqrt(((wide - full.params) ** 2).sum())
    cr3 = full.vcov("cluster:region:CR3").std_errors
    np.testing.assert_allclose(errors[cr3.index], cr3, rtol=TOLERANCE)


def test_a_region_that_alone_moves_a_regressor() -> None:
    index = pd.MultiIndex.from_product([list("abcdef"), range(2000, 2008)], names=["region", "year"])
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"y": rng.normal(size=48), "x": rng.normal(size=48), "law": 0.0}, index=index)
    frame.loc[("c", 2004) : ("c", 2007), "law"] = 1.0
    found = leave_one_out(fit("y ~ x + law", frame, inference="hc1"))
    table = found.most().set_index("term")
    assert (table["n_without_estimate"] == 1).all()
    problem = found.frame.loc[found.frame["dropped"] == "c", "problem"].iloc[0]
    assert "law does not vary once the effects are taken out" in problem
    assert "no estimate without 1" in str(found)
    quick = leave_one_out(fit("y ~ x + law", frame, inference="iid"))
    assert quick.frame.loc[quick.frame["dropped"] == "c", "problem"].iloc[0] == problem


def test_the_most_influential_is_found() -> None:
    index = pd.MultiIndex.from_product([[f"r{i:02d}" for i in range(20)], range(2000, 2010)], names=["region", "year"])
    rng = np.random.default_rng(2)
    x = rng.normal(size=200)
    slope = np.where(index.get_level_values(0) == "r07", 5.0, -0.1)
    found = leave_one_out(fit("y ~ x", pd.DataFrame({"x": x, "y": slope * x + rng.normal(size=200) / 3}, index=index)))
    row = found.most().iloc[0]
    assert (row["dropped"], row["n_sign_changed"]) == ("r07", 1)
    assert "r07" in row["crossing"].split(", ")
    assert "without r07; sign changed by 1" in str(found)
    assert found.tidy() is not found.frame
    pd.testing.assert_frame_equal(found.to_frame(), found.frame)


def test_nothing_is_left(grunfeld: pd.DataFrame) -> None:
    two = fit(FORMULA, grunfeld.loc[[1, 2]], effects="region", inference="cluster:region:CR0")
    found = leave_one_out(two)
    assert "1 cluster of 'region' cannot give clustered errors" in found.frame["problem"].iloc[0]
    assert "value: no omission leaves an estimate." in str(found)
