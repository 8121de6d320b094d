"""Each question's regression against dummies written out; what is held fixed, when, and how a coefficient is read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import StudyError
from regional_econ.causal.coefficient import first_coefficient
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.question_plan import RegressionPlan
from regional_econ.causal.question_sample import (
    Yardstick,
    regression_of,
    sample_of,
    with_mining_price,
    yardstick,
)
from regional_econ.causal.questions import Question, Questions, load_questions
from regional_econ.causal.scales import contrast
from regional_econ.core.panel import Panel
from regional_econ.data.catalogue import load_variables
from regional_econ.data.tables import load_industries, load_national
from regional_econ.panel.fit import fit
from regional_econ.panel.inference import Clustered

ECONOMY = {"grp_per_head_rub": ("ln", 0), "unemployment_pct": ("identity", 0)}
SCIENCE = {"rd_grp_pct": ("ln", 0), "researchers_per_10k_employed": ("ln", 0)}
# outcome, its scale, driver, lag, covariates with transform and years before the driver, years: by hand from the file
BY_HAND = {
    "rd-activity": ("innovation_activity_pct", "logit", ("rd_grp_pct", "ln"), 1, {
        **ECONOMY, "investment_grp_pct": ("ln", 0), "wear_pct": ("identity", 0),
        "researchers_per_10k_employed": ("ln", 1)}, (2006, 2022)),
    "researchers-activity": ("innovation_activity_pct", "logit", ("researchers_per_10k_employed", "ln"), 1, {
        **ECONOMY, "investment_grp_pct": ("ln", 0), "wear_pct": ("identity", 0), "rd_grp_pct": ("ln", 0)},
        (2006, 2022)),
    "investment-activity": ("innovation_activity_pct", "logit", ("investment_grp_pct", "ln"), 1,
        {**ECONOMY, **SCIENCE}, (2006, 2022)),
    "wear-activity": ("innovation_activity_pct", "logit", ("wear_pct", "identity"), 1,
        {**ECONOMY, **SCIENCE, "investment_grp_pct": ("ln", 0)}, (2006, 2022)),
    "mining-activity": ("innovation_activity_pct", "logit", ("mining_share_pct", "identity"), 1,
        {"mining_price": ("identity", 0)}, (2010, 2022)),
    "rd-patents": ("patents_per_100k", "ln", ("rd_real_per_employed_cpi", "ln"), 1,
        {**ECONOMY, "researchers_per_10k_employed": ("ln", 1)}, (2001, 2023)),
    "rd-researchers": ("researchers_per_10k_employed", "ln", ("rd_real_per_employed_cpi", "ln"), 1,
        {**ECONOMY, "graduates_thousand": ("ln", 0)}, (2001, 2023)),
    "graduates-researchers": ("researchers_per_10k_employed", "ln", ("graduates_thousand", "ln"), 4,
        {**ECONOMY, "rd_real_per_employed_cpi": ("ln", 1)}, (2004, 2023)),
    "wages-migration": ("migration_rate", "identity", ("wage_real_rub_month", "ln"), 1,
        {"unemployment_pct": ("identity", 0)}, (2001, 2023)),
}  # fmt: skip


@pytest.fixture(scope="module")
def questions() -> Questions:
    """The declared questions."""
    return load_questions(variables=load_variables())


@pytest.fixture(scope="module")
def priced(official: Panel) -> Panel:
    """The official figures with the mining price."""
    return with_mining_price(official, load_national(), load_industries())


def by_hand(panel: Panel, declared: Multiverse, question: str) -> tuple[float, float, int]:
    """Coefficient, CR1S error and rows of a regression put together from the long table, every effect a dummy."""
    outcome, scale, (driver, transform), lag, covariates, (first, last) = BY_HAND[question]
    frame = panel.to_frame()

    def past(name: str, how: str, years: int) -> pd.Series:
        column = np.log(frame[name].where(frame[name] > 0)) if how == "ln" else frame[name]
        moved = column.reset_index()
        return moved.assign(year=moved["year"] + years).set_index(["region", "year"])[name]

    columns = {"x": past(driver, transform, lag)}
    columns |= {name: past(name, how, lag + earlier) for name, (how, earlier) in covariates.items()}
    raw = frame[outcome]
    weight = pd.Series(1.0, frame.index)
    if scale == "logit":
        inside = frame[(frame.index.get_level_values("year") >= first) & (frame.index.get_level_values("year") <= last)]
        n = declared.organisations_per_thousand_employed * inside["employed_thousand"].groupby("region").mean()
        share = (inside[outcome].groupby("region").mean() / 100 * n + 0.5) / (n + 1)
        precise = 1 / (declared.logit_sd_beyond_sampling**2 + 1 / (n * share * (1 - share)))
        places = frame.index.get_level_values("region")
        size, weight = places.map(n), pd.Series(places.map(precise).to_numpy(), frame.index)
        columns["y"] = np.log((raw / 100 * size + 0.5) / ((1 - raw / 100) * size + 0.5))
    else:
        columns["y"] = np.log(raw.where(raw > 0)) if scale == "ln" else raw
    rows = pd.DataFrame(columns).assign(w=weight).dropna().reset_index()
    rows = rows[rows["year"].between(first, last) & (rows["w"] > 0)].copy()
    cuts = {change.year for change in panel.variable(outcome).breaks}
    for name, years in ((driver, lag), *((one, lag + earlier) for one, (_, earlier) in covariates.items())):
        cuts |= {change.year + years for change in panel.variable(name).breaks if change.kind != "vintage"}
    rows["unit"] = rows["region"] + sum((rows["year"] >= cut).astype(int) for cut in cuts).astype(str)
    rows = rows[rows.groupby("unit")["y"].transform("size") > 1]
    names = ["x", *covariates]
    dummies = pd.get_dummies(rows[["unit", "year"]].astype(str), dtype=float)
    root = np.sqrt(rows["w"].to_numpy() / rows["w"].mean())[:, None]
    X = np.column_stack([rows[names], dummies]) * root
    y = rows["y"].to_numpy() * root[:, 0]
    beta, _, rank, _ = np.linalg.lstsq(X, y, rcond=1e-12)
    scores = pd.DataFrame(X * (y - X @ beta)[:, None]).groupby(rows["region"].to_numpy()).sum().to_numpy()
    bread = np.linalg.pinv(X.T @ X, rcond=1e-12)
    g, k = len(scores), rank - rows["unit"].nunique() + 1
    factor = g / (g - 1) * (len(y) - 1) / (len(y) - k)
    return float(beta[0]), float(np.sqrt(factor * ((scores @ bread[0]) ** 2).sum())), len(y)


@pytest.mark.parametrize("name", BY_HAND)
def test_each_question_with_dummies(priced: Panel, declared: Multiverse, questions: Questions, name: str) -> None:
    regression = regression_of(priced, declared, questions.question(name))
    found = first_coefficient(sample_of(priced, declared, regression, regression.regressors()))
    estimate, error, rows = by_hand(priced, declared, name)
    assert found.n_obs == rows
    # the dummies' pseudo-inverse and the sweep solve one system: rounding alone
    assert found.estimate == pytest.approx(estimate, rel=1e-8)
    assert found.std_error == pytest.approx(error, rel=1e-7)


def test_a_question_without_breaks_is_what_fit_gives(official: Panel, declared: Multiverse) -> None:
    """Patents on spending alone: no method breaks, so that units are regions and `panel.fit` says the same."""
    question = load_questions().question("rd-patents")
    regression = replace(regression_of(official, declared, question), covariates=())
    found = first_coefficient(sample_of(official, declared, regression, regression.regressors()))
    peer = fit(
        "ln(patents_per_100k) ~ ln(lag(rd_real_per_employed_cpi))", official, effects="region+year",
        inference=Clustered("region"),
    ).tidy().iloc[0]  # fmt: skip
    assert found.estimate == pytest.approx(peer["estimate"], rel=1e-8)
    assert found.std_error == pytest.approx(peer["std_error"], rel=1e-8)


def test_every_regression_question_is_tried_by_hand(questions: Questions) -> None:
    asked = {one.id for one in questions.with_status("testable") if one.driver.kind == "variable"}
    assert asked == set(BY_HAND)


def test_a_lead_crosses_no_break_of_the_driver(priced: Panel, declared: Multiverse, questions: Questions) -> None:
    regression = regression_of(priced, declared, questions.question("wear-activity"))
    sample = sample_of(priced, declared, regression, regression.lead_regressors())
    names = ["wear_pct@-1", "wear_pct@0", "wear_pct@1", "grp_per_head_rub@0", "unemployment_pct@0"]
    assert list(sample.columns[:5]) == names
    # 2017 and 2022 break wear: the outcome of 2016, 2017, 2018, 2021 and 2022 each begin a regime of the three columns
    starts = [2006, 2016, 2017, 2018, 2019, 2021, 2022]
    regime = np.searchsorted(starts, sample.year, side="right")
    pairs = pd.DataFrame({"unit": sample.unit, "regime": regime, "region": sample.region}).drop_duplicates()
    assert not pairs.duplicated("unit").any()
    assert not pairs.duplicated(["regime", "region"]).any()
    assert set(np.unique(sample.year)) == {*range(2006, 2016), 2019, 2020}


def test_the_mining_price_is_exposure_times_price(official: Panel, priced: Panel) -> None:
    wide = load_national().pivot(index="year", columns="series", values="value")
    dollars = wide[["coal_australian_usd_t", "brent_usd_bbl", "iron_ore_usd_dmt"]]
    index = np.log(dollars).mean(axis=1) + np.log(wide["usd_rub"])
    share = official.value("RU-KEM", "mining_share_pct", 2009)
    assert share is not None
    found = priced.matrix("mining_price", years=[2015]).loc["RU-KEM", 2015]
    assert found == pytest.approx(share / 100 * index.loc[2015], rel=1e-12)


def test_how_coefficients_are_read(priced: Panel, declared: Multiverse, questions: Questions) -> None:
    share = regression_of(priced, declared, questions.question("rd-activity"))
    read = yardstick(priced, declared, share, "RU-KEM")
    change = contrast(priced, share.driver, declared.rule, direction=1).change
    level = priced.value("RU-KEM", "innovation_activity_pct", 2022)
    assert level is not None
    odds = level / (100 - level) * np.exp(0.2 * change)
    assert read.effect(0.2) == pytest.approx(100 * odds / (1 + odds) - level, rel=1e-9)
    assert Yardstick(np.log(1.01), "ln").effect(0.4) == pytest.approx(100 * (1.01**0.4 - 1), rel=1e-12)
    level_read = Yardstick(np.log(1.1), "identity")
    assert level_read.effect(10.0) == pytest.approx(10 * np.log(1.1), rel=1e-12)
    assert level_read.error(10.0, 2.0) == pytest.approx(2 * np.log(1.1), rel=1e-12)
    # t quantiles at 84 degrees of freedom: 1.98861 + 0.84590
    assert level_read.detectable(1.0, 84) == pytest.approx(2.83451 * np.log(1.1), rel=1e-4)


def changed(question: Question, transform: str | None, plan: RegressionPlan | None) -> Question:
    outcome = replace(question.outcome, transform=transform)  # type: ignore[arg-type]
    return replace(question, outcome=outcome, regression=plan)


def test_an_incomplete_declaration_is_refused(priced: Panel, declared: Multiverse, questions: Questions) -> None:
    one = questions.question("rd-patents")
    with pytest.raises(StudyError, match=r"no regression is declared \(question rd-patents, line \d+\)"):
        regression_of(priced, declared, changed(one, "ln", None))
    with pytest.raises(StudyError, match="patents_per_100k cannot be read as logit"):
        regression_of(priced, declared, changed(one, "logit", one.regression))
    with pytest.raises(StudyError, match="patents_per_100k has no transform"):
        regression_of(priced, declared, changed(one, None, one.regression))
    with pytest.raises(StudyError, match="rd_real_per_employed_cpi is without a transform"):
        regression_of(priced, declared, replace(one, transforms={}))
    wear = regression_of(priced, declared, questions.question("wear-activity"))
    risen = replace(wear, plan=replace(wear.plan, rise_pct=10.0))
    with pytest.raises(StudyError, match="which is no logarithm"):
        yardstick(priced, declared, risen, "RU-KEM")


@pytest.mark.parametrize(
    ("read", "ends", "expected"),
    [
        (Yardstick(1.0, "logit", 7.07), (0.0, 30.0), (0.0, np.inf)),
        (Yardstick(1.0, "logit", 7.07), (-30.0, 0.0), (-np.inf, 0.0)),
        (Yardstick(1.0, "ln"), (-30.0, 0.0), (-np.inf, 0.0)),
        (Yardstick(1.0, "ln"), (np.log(0.5), np.log(2.0)), (-50.0, 100.0)),
        (Yardstick(2.0, "identity"), (-1e3, np.inf), (-2e3, np.inf)),
    ],
)
def test_an_interval_that_ends_at_the_edge_of_its_scale_has_no_bound(
    read: Yardstick, ends: tuple[float, float], expected: tuple[float, float]
) -> None:
    assert read.interval(*ends) == pytest.approx(expected)
