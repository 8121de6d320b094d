"""Elasticities are whole: domains, lags, blocks, seeds; and no data gives the prior."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from regional_econ._base.errors import DataError, RegionalEconError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue
from regional_econ.core.elasticity import ElasticitySet
from regional_econ.core.panel import Panel
from regional_econ.core.section import FigureBlock, NumberRef, Paragraph, TableBlock, TextRef
from regional_econ.elasticities.declared import Assumptions, load_assumptions
from regional_econ.elasticities.domain import domain_of
from regional_econ.elasticities.own_slopes import OwnSlopes
from regional_econ.elasticities.posterior import posterior
from regional_econ.elasticities.sections import results, section
from regional_econ.elasticities.sensitivity import design_pull, study
from regional_econ.elasticities.sources_page import Sources, source_results
from regional_econ.elasticities.synthesis import DriverFacts, newest_level, synthesise

SENSITIVITY = ("elasticities.sensitivity", "elasticities.sensitivity_others")
DRIVERS = ("rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct")
_K01 = {"drivers": ["rd_grp_pct"], "about": "study", "bias": "between_regions"}
Maker = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]


@pytest.fixture(scope="module")
def prior(official: Panel, assumptions: Assumptions, invented: Maker) -> ElasticitySet:
    estimates, covariance = invented(seed=1)
    return synthesise(
        estimates.iloc[:0], covariance.iloc[:0, :0], assumptions, official, drivers=DRIVERS,
        outcome="innovation_activity_pct", focal_region="RU-KEM", seed=7,
    )  # fmt: skip


def test_draws_and_gates(built: ElasticitySet) -> None:
    assert len(built.draws) == 4000
    assert built.chains == 4
    assert (built.draws.dtypes == "float64").all()
    chains = built.draws.to_numpy().reshape(4, 1000, -1)
    assert built.rhat_max == pytest.approx(max(_rhat(chains[..., at]) for at in range(chains.shape[-1])), rel=1e-9)
    # Independent draws count in full: the smallest of the columns' sizes is below 4,000 by chance only.
    assert 0.8 * 4000 < built.ess_min < 4000
    # Rows of one chain are one run of the generator: rows in order of size are chains that never meet.
    apart = np.sort(chains.reshape(4000, -1), axis=0).reshape(4, 1000, -1)
    assert all(_rhat(apart[..., at]) > 1.5 for at in range(apart.shape[-1]))
    columns = [column for block in built.joint_blocks for column in block.columns]
    assert sorted(columns) == sorted(built.draws.columns)
    assert [block.source for block in built.joint_blocks] == ["one_posterior", *["assumed_independent"] * 3]


def _rhat(chains: np.ndarray) -> float:
    """Rank-normalised split R-hat, the larger of bulk and folded (Vehtari et al. 2021), for draws (chains, n)."""
    split = chains.reshape(2 * len(chains), -1)
    found = []
    for values in (split, np.abs(split - np.median(split))):
        z = stats.norm.ppf((stats.rankdata(values).reshape(values.shape) - 0.375) / (values.size + 0.25))
        within, n = z.var(axis=1, ddof=1).mean(), z.shape[1]
        found.append(np.sqrt((n - 1) / n + z.mean(axis=1).var(ddof=1) / within))
    return float(max(found))


@pytest.mark.parametrize(
    ("designs", "identification"), [(("within", "between"), "panel_fe"), (("iv",), "panel_fe"), (("between",), "none")]
)
def test_the_designs_decide_the_identification(
    official: Panel, assumptions: Assumptions, invented: Maker, designs: tuple[str, ...], identification: str
) -> None:
    """Regions compared with each other have no fixed effects, however small their errors: grade C."""
    estimates, covariance = invented(seed=1, designs=designs, scale=0.01)
    found = synthesise(
        estimates, covariance, assumptions, official, drivers=DRIVERS, outcome="innovation_activity_pct",
        focal_region="RU-KEM", seed=7,
    )  # fmt: skip
    assert {one.identification for one in found.parameters} == {identification}
    assert {one.grade for one in found.parameters} == {"C" if identification == "none" else "B"}
    assert all(one.prior_share < 0.9 for one in found.parameters), "the prior share alone would not have it C"


def test_each_elasticity_is_what_it_says(built: ElasticitySet) -> None:
    forms = [parameter.form for parameter in built.parameters]
    assert forms == ["logit_per_log", "logit_per_log", "logit_per_log", "logit_per_unit"]
    for parameter in built.parameters:
        stock = parameter.source == "rd_grp_pct"
        assert parameter.lag.kernel == ("pim" if stock else "irf_draws")
        assert bool(parameter.lag.columns) != stock
        if not stock:
            weights = built.draws[list(parameter.lag.columns)]
            np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-12)
        assert parameter.q["p05"] < parameter.q["p50"] < parameter.q["p95"]
        assert (parameter.identification, parameter.grade) == ("panel_fe", "B")
        assert 0 < parameter.prior_share <= 0.9
    wear = built.get("wear_pct.innovation_activity_pct")
    assert (wear.claims, wear.rv, wear.mde80) == (("C04",), 0.05, 0.02)


def test_the_seed_decides(official: Panel, assumptions: Assumptions, invented: Maker, built: ElasticitySet) -> None:
    def again(seed: int) -> ElasticitySet:
        return synthesise(
            *invented(seed=1), assumptions, official, drivers=DRIVERS, outcome="innovation_activity_pct",
            focal_region="RU-KEM", seed=seed,
        )  # fmt: skip

    lags = [column for column in built.draws if ".lag" in column]
    assert again(7).draws[lags].equals(built.draws[lags])
    assert again(7).draws.equals(again(7).draws)
    assert not again(8).draws.equals(again(7).draws)


def test_no_data_gives_the_prior(prior: ElasticitySet) -> None:
    names = [(parameter.identification, parameter.grade) for parameter in prior.parameters]
    assert names == [("literature", "C"), ("literature", "C"), ("expert", "C"), ("expert", "C")]
    assert all(parameter.prior_share == pytest.approx(1.0, abs=1e-12) for parameter in prior.parameters)
    wear = prior.draws["wear_pct.innovation_activity_pct"]
    spread = np.hypot(0.03, 0.003)  # declared prior and transport
    assert wear.std() == pytest.approx(spread, rel=5 / np.sqrt(2 * 4000))
    assert wear.mean() == pytest.approx(0.0, abs=5 * spread / np.sqrt(4000))


@pytest.mark.parametrize(("scale", "expected"), [(0.5, "B"), (20.0, "C")])
def test_the_grade_follows_the_prior_share(
    official: Panel, assumptions: Assumptions, invented: Maker, scale: float, expected: str
) -> None:
    """Wide biases leave to the data less than a tenth of what the designs say."""
    designs = {name: replace(bias, sd=scale * bias.sd) for name, bias in assumptions.designs.items()}
    given = replace(assumptions, designs=designs)
    estimates, covariance = invented(seed=1)
    found = synthesise(
        estimates, covariance, given, official, drivers=DRIVERS, outcome="innovation_activity_pct",
        focal_region="RU-KEM", seed=7,
    )  # fmt: skip
    level = newest_level(official, "innovation_activity_pct", "RU-KEM")
    exact = posterior(estimates, covariance, given, drivers=DRIVERS, level_pct=level)
    for parameter in found.parameters:
        assert parameter.prior_share == pytest.approx(exact.prior_share[parameter.source], rel=1e-12)
        assert (parameter.prior_share <= 0.9) == (expected == "B")
        assert parameter.grade == expected


def test_transport_adds_its_own_spread(official: Panel, assumptions: Assumptions, invented: Maker) -> None:
    estimates, covariance = invented(seed=1)
    far = {name: replace(prior, transport_sd=prior.unit) for name, prior in assumptions.drivers.items()}
    there = synthesise(
        estimates, covariance, replace(assumptions, drivers=far), official, drivers=DRIVERS,
        outcome="innovation_activity_pct", focal_region="RU-KEM", seed=7,
    )  # fmt: skip
    inner = posterior(estimates, covariance, assumptions, drivers=DRIVERS, level_pct=7.07).covariance
    for parameter in there.parameters:
        unit = assumptions.drivers[parameter.source].unit
        expected = np.sqrt(inner.loc[parameter.source, parameter.source] + unit**2)
        # Five Monte Carlo errors of a standard deviation from 4,000 draws.
        assert there.draws[parameter.id].std() == pytest.approx(expected, rel=5 / np.sqrt(2 * 4000))
        assert parameter.transport["extra_sd"] == unit


def test_transport_spreads_the_drivers_independently(
    official: Panel, assumptions: Assumptions, invented: Maker, built: ElasticitySet
) -> None:
    far = {name: replace(prior, transport_sd=prior.unit) for name, prior in assumptions.drivers.items()}
    near = {name: replace(prior, transport_sd=0.0) for name, prior in assumptions.drivers.items()}
    there, here = (
        synthesise(
            *invented(seed=1), replace(assumptions, drivers=drivers), official, drivers=DRIVERS,
            outcome="innovation_activity_pct", focal_region="RU-KEM", seed=7,
        )
        for drivers in (far, near)
    )  # fmt: skip
    columns = [parameter.id for parameter in built.parameters]
    added = (there.draws[columns] - here.draws[columns]).corr().to_numpy() - np.eye(4)
    # Five Monte Carlo errors of a correlation from 4,000 draws.
    assert np.abs(added).max() < 5 / np.sqrt(4000)


def test_the_spread_of_specifications_reaches_the_draws(
    official: Panel, assumptions: Assumptions, invented: Maker
) -> None:
    one, wide = "rd_grp_pct", {"rd_grp_pct": DriverFacts((), None, None, 0.4, True)}
    given = [
        synthesise(
            *invented(seed=1), assumptions, official, drivers=DRIVERS, outcome="innovation_activity_pct",
            focal_region="RU-KEM", seed=7, facts=facts,
        )
        for facts in (None, wide)
    ]  # fmt: skip
    level = newest_level(official, "innovation_activity_pct", "RU-KEM")
    exact = posterior(
        *invented(seed=1), assumptions, drivers=DRIVERS, level_pct=level, specification_sd={one: 0.4}
    ).covariance.loc[one, one]
    sds = [found.draws[f"{one}.innovation_activity_pct"].std() for found in given]
    assert sds[1] > 1.1 * sds[0]
    assert sds[1] == pytest.approx(np.hypot(np.sqrt(exact), 0.05), rel=5 / np.sqrt(2 * 4000))
    assert given[1].parameters[0].prior_share > given[0].parameters[0].prior_share


def test_no_published_null_is_about_these_drivers(assumptions: Assumptions) -> None:
    """The page says so in words, which would be wrong once a null is declared."""
    assert not [null for relation in assumptions.relations for null in relation.nulls]


def test_a_jump_at_a_break_is_no_change(official: Panel) -> None:
    jumped = official.frame["wear_pct"] + 100.0 * (official.frame.index.get_level_values("year") >= 2017)
    panel = replace(official, frame=official.frame.assign(wear_pct=jumped))
    before = domain_of(official, "wear_pct", "logit_per_unit")
    assert domain_of(panel, "wear_pct", "logit_per_unit").max_abs_change == pytest.approx(before.max_abs_change)


def test_domains_respect_breaks_and_start_from_comparable_levels(official: Panel) -> None:
    """By hand: the levels of all regions and years, and the changes that start between their percentiles 5 and 95."""
    for driver, breaks in (("wear_pct", (2017, 2022)), ("rd_grp_pct", ())):
        levels = official.matrix(driver)
        form = "logit_per_unit" if driver == "wear_pct" else "logit_per_log"
        levels = levels if driver == "wear_pct" else levels.where(levels > 0)
        scaled = levels if driver == "wear_pct" else np.log(levels)
        low, high = np.nanquantile(levels.to_numpy(), [0.05, 0.95])
        years = [y for y in levels if y + 5 in levels and not any(y < start <= y + 5 for start in breaks)]
        moves = pd.concat([(scaled[y + 5] - scaled[y]).abs() for y in years])
        bases = pd.concat([levels[y] for y in years])
        found = domain_of(official, driver, form)
        assert found.max_abs_change == pytest.approx(moves[bases.between(low, high)].max())
        assert (found.x_min, found.x_max) == (levels.min().min(), levels.max().max())
    # From a base below the percentile R&D has grown more than twice as far, in logs, as from any usual one.
    assert moves.max() > 2 * found.max_abs_change


def test_a_driver_without_priors_is_refused(official: Panel, assumptions: Assumptions, invented: Maker) -> None:
    with pytest.raises(UnknownNameError, match="wear_pct"):
        synthesise(
            *invented(seed=1), assumptions, official, drivers=("waer_pct",), outcome="innovation_activity_pct",
            focal_region="RU-KEM", seed=1,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("drivers", "wear_pct", "form"), "linear"),
        (("literature", "relations", "knowledge_production", "nulls"), ["N99"]),
        (("literature", "relations", "knowledge_production", "nulls"), ["K01"]),
        (("literature", "relations", "knowledge_production", "findings"), {"K01": _K01}),
        (("literature", "relations", "knowledge_production", "findings"), {}),
        (("literature", "relations", "knowledge_production", "findings", "K15"), _K01),
        (("literature", "relations", "knowledge_production", "drivers"), [*DRIVERS[:2], "unknown"]),
        (("attenuation", "half_width"), 1.5),
        (("designs", "first_difference", "reliability"), 0.5),
        (("literature", "relations", "knowledge_production", "findings", "K01", "bias"), "none"),
        (("literature", "relations", "knowledge_production", "findings", "K01", "drivers"), ["wear_pct"]),
        (("literature", "selection", "null_share"), 1.0),
        (("literature", "unused"), {"K99": "unknown"}),
        (("designs", "iv", "family"), "sideways"),
        (("shared_bias", "correlation"), 1.0),
        (("designs", "within", "sd"), None),
        (("conversion",), {"centre": 0.5}),
        (("drivers", "rd_grp_pct", "lag_concentration"), [1.0, 1.0]),
        (("drivers", "wear_pct", "lag_kernel"), "gamma"),
    ],
)
def test_wrong_assumptions_are_refused(tmp_path: Path, path: tuple[str, ...], value: object) -> None:
    document = yaml.safe_load((data_dir() / "biases.yml").read_text(encoding="utf-8"))
    place = document
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    file = tmp_path / "biases.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(RegionalEconError):
        load_assumptions(file)


def test_missing_literature_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read"):
        load_assumptions(literature=tmp_path / "nowhere.csv")


@pytest.fixture(scope="module")
def sources(assumptions: Assumptions, invented: Maker) -> Sources:
    estimates, covariance = invented(seed=1, designs=tuple(assumptions.designs))
    designs = pd.DataFrame(
        {
            "design": covariance.index.get_level_values("design"),
            "driver": covariance.index.get_level_values("driver"),
            "estimate": estimates.to_numpy().ravel(),
            "std_error": np.sqrt(np.diag(covariance)),
        }
    )
    pull, varied = (
        look(estimates, covariance, assumptions, drivers=DRIVERS, level_pct=7.0, specification_sd={})
        for look in (design_pull, study)
    )
    table = pd.DataFrame(0.5, pd.Index(DRIVERS, name="driver"), ["spread", "exchanged", "share", "unnoticed"])
    own = OwnSlopes(table, 75, 17)
    return Sources(designs, dict.fromkeys(DRIVERS, 12.0), dict.fromkeys(DRIVERS, 1.6), assumptions, pull, varied, own)


def test_the_picture_of_removed_sources_shows_what_each_removal_does(
    built: ElasticitySet, prior: ElasticitySet, sources: Sources
) -> None:
    blocks = section(built, prior, sources).blocks
    drawn = pd.concat([one.data for one in blocks if isinstance(one, FigureBlock) and one.id in SENSITIVITY])
    rows = drawn.set_index(["term", "model"])
    for _, row in sources.sensitivity.iterrows():
        own = rows.loc[(row["driver"], row["variant"])]
        assert [own[key] for key in ("estimate", "conf_low80", "conf_high80")] == [
            row[k] for k in ("p50", "p10", "p90")
        ]
    without = [variant for variant in drawn["model"].unique() if variant.startswith("without_")]
    assert len(without) >= 3
    ends = ["estimate", "conf_low95", "conf_high95"]
    for variant in without:
        moved = [
            np.abs(
                rows.loc[(driver, variant), ends].astype(float) - rows.loc[(driver, "base"), ends].astype(float)
            ).max()
            for driver in DRIVERS
        ]
        assert max(moved) > 1e-6, variant


def test_the_report_finds_every_number_and_text(
    root: Path, built: ElasticitySet, prior: ElasticitySet, sources: Sources
) -> None:
    made = section(built, prior, sources)
    found = (*results(built, prior, sources, input_hashes={}), *source_results(sources, input_hashes={}))
    numbers = {f"{result.id}.{key}" for result in found for key in result.values}
    texts = Catalogue.load([root / "data" / "texts" / "elasticities.yml"]).texts
    wanted = [made.title]
    for block in made.blocks:
        match block:
            case Paragraph(text):
                wanted.append(text)
                for lang in ("ru", "en"):
                    assert set(re.findall(r"num\('([^']+)'", texts[text].get(lang))) <= numbers
            case TableBlock():
                wanted += [block.caption, *(column.header for column in block.columns)]
                cells = [cell for row in block.rows for cell in row]
                wanted += [cell.id for cell in cells if isinstance(cell, TextRef)]
                assert {cell.id for cell in cells if isinstance(cell, NumberRef)} <= numbers
            case FigureBlock(kind="bars"):
                wanted += [block.caption, block.alt]
                wanted += [f"elasticities.share.{label}" for label in block.data["label"].unique()]
                np.testing.assert_allclose(block.data.groupby("panel")["value"].sum(), 1.0, rtol=1e-12)
            case FigureBlock():
                wanted += [block.caption, block.alt]
                wanted += [f"{block.options['names']}.{model}" for model in block.data["model"].unique()]
                if "group" in block.data:
                    wanted += [f"{block.options['groups']}.{group}" for group in block.data["group"].unique()]
                assert (block.data["conf_low95"] < block.data["conf_low80"]).all()
                assert (block.data["conf_high95"] > block.data["conf_high80"]).all()
    assert set(wanted) <= set(texts)


def test_the_picture_of_the_variants_draws_each_as_it_is(
    built: ElasticitySet, prior: ElasticitySet, sources: Sources
) -> None:
    """Every row is its variant's, and leaving one source out moves what is drawn."""
    figures = [
        block
        for block in section(built, prior, sources).blocks
        if isinstance(block, FigureBlock) and block.id in SENSITIVITY
    ]
    assert [figure.data["term"].nunique() for figure in figures] == [2, 2], "a page holds two drivers"
    drawn = pd.concat([figure.data for figure in figures]).set_index(["term", "model"])
    frame = sources.sensitivity.set_index(["driver", "variant"])
    pairs = {
        "estimate": "p50", "conf_low80": "p10", "conf_high80": "p90", "conf_low95": "p025", "conf_high95": "p975",
    }  # fmt: skip
    assert list(drawn.index) == list(frame.index)
    for column, quantile in pairs.items():
        np.testing.assert_array_equal(drawn[column].to_numpy(), frame[quantile].to_numpy())
    names = drawn.index.get_level_values("model").unique()
    left_out = [name for name in names if name.startswith("without_")]
    assert len(left_out) > len(sources.assumptions.designs)
    for name in left_out:
        own = drawn.xs(name, level="model")[list(pairs)]
        assert (own - drawn.xs("base", level="model")[list(pairs)]).abs().to_numpy().max() > 1e-4, name


@pytest.mark.parametrize(("share", "said"), [(0.5, "alike"), (0.01, "apart")])
def test_the_words_on_transport_follow_the_own_slopes(
    root: Path, built: ElasticitySet, prior: ElasticitySet, sources: Sources, share: float, said: str
) -> None:
    table = sources.own.table.copy()
    table.loc["wear_pct", "share"] = share
    given = replace(sources, own=replace(sources.own, table=table))
    texts = Catalogue.load([root / "data" / "texts" / "elasticities.yml"]).texts
    shown = [block.text for block in section(built, prior, given).blocks if isinstance(block, Paragraph)]
    assert [text for text in shown if text.startswith("elasticities.transport.")] == [f"elasticities.transport.{said}"]
    numbers = {f"{one.id}.{key}" for one in source_results(given, input_hashes={}) for key in one.values}
    for lang in ("ru", "en"):
        assert set(re.findall(r"num\('([^']+)'", texts[f"elasticities.transport.{said}"].get(lang))) <= numbers
