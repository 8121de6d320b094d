"""Results, section and commands of the policy room name only what exists."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from marked import Marked
from typer.testing import CliRunner

from regional_econ._base.errors import OptionError, StoreError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue
from regional_econ.cli.policy import app
from regional_econ.core.conditions import Cell, Path
from regional_econ.core.elasticity import Lag
from regional_econ.core.results import Result, Value
from regional_econ.core.scenario import Scenario
from regional_econ.core.section import NumberRef, Paragraph, Section, Stack, TableBlock, TextRef, Verbatim
from regional_econ.core.workspace import Workspace
from regional_econ.data.load import load_panel
from regional_econ.policy.answers.target import needed_changes
from regional_econ.policy.model.calibration import estimated_rates
from regional_econ.policy.model.drivers import DRIVERS
from regional_econ.policy.scenarios.assumptions import assumption_table
from regional_econ.policy.scenarios.findings import PolicyFindings, gather
from regional_econ.policy.scenarios.foundations import rate_table, rate_values
from regional_econ.policy.scenarios.run import Inputs, run, run_with_variants
from regional_econ.policy.scenarios.sections import figure_data, results, section

PRICES = {"low": 60.0, "high": 300.0}
SCENARIOS = pathlib.Path(__file__).parents[2] / "analyses" / "scenarios"


@pytest.fixture(scope="module")
def findings(world: Inputs) -> PolicyFindings:
    """Findings with lags as the synthesis exports them: a stock of research, drawn weights elsewhere."""
    rd, *others = world.elasticities.parameters
    lags = (Lag("pim", ()), *[Lag("point", (1.0,))] * len(others))
    parameters = tuple(replace(p, lag=lag) for p, lag in zip((rd, *others), lags, strict=True))
    world = replace(world, elasticities=replace(world.elasticities, parameters=parameters))
    scenarios = [Scenario.read(SCENARIOS / f"{name}.yml") for name in ("baseline", "rd_push", "capital_renewal")]
    coal = {f"coal_{k}": Path(f"coal_{k}", (Cell("coal_australian_usd_t", "RU", 2023, p),)) for k, p in PRICES.items()}
    world = replace(world, regimes=coal)
    regimes = [run(Scenario.read(SCENARIOS / f"{name}.yml"), world) for name in coal]
    outcomes = run_with_variants(scenarios, world)
    return gather(world, outcomes, regimes, value=12.5, year=2035, probability=0.5, seed=1)


def test_a_borrowed_rate_is_told_as_one(findings: PolicyFindings) -> None:
    """Tomsk's disposal: no years, no terms, no interval of its own, and its source in the reader's language."""
    rates = estimated_rates(load_panel(), "RU-TOM")
    borrowed = {rate.id for rate in rates if rate.donors}
    assert "disposal" in borrowed
    values = rate_values(rates)
    rows = {row[0].id: row for row in rate_table(rates).rows if isinstance(row[0], TextRef)}
    for rate in rates:
        _, middle, interval, years, terms = rows[f"policy.prior.{rate.id}"]
        assert middle == NumberRef(f"policy.calibration.{rate.id}.p50")
        assert [cell.id for cell in interval.cells] == [f"policy.calibration.{rate.id}.{end}" for end in ("p05", "p95")]
        shown = [cell.id for cell in years.cells]
        if rate.id in borrowed:
            assert shown == ["policy.calibration.donors", f"policy.calibration.{rate.id}.donors"]
            assert values[f"{rate.id}.donors"].value == rate.donors
            assert not [key for key in values if key.startswith(f"{rate.id}.term_")]
            assert terms == Verbatim("–")
        else:
            assert shown == [f"policy.calibration.{rate.id}.{end}_year" for end in ("first", "last")]
            assert f"{rate.id}.donors" not in values
    table = assumption_table((), {rate.id: rate.prior for rate in rates}, described=False)
    sources = dict(zip((rate.id for rate in rates), (row[-1] for row in table.rows), strict=True))
    assert all((sources[name] == TextRef("policy.borrowed_source")) == (name in borrowed) for name in sources)
    told = [block.text for block in section(replace(findings, rates=rates)).blocks if isinstance(block, Paragraph)]
    assert "policy.borrowed" in told
    assert "policy.borrowed" not in [b.text for b in section(findings).blocks if isinstance(b, Paragraph)]


def test_the_page_names_years_terms_and_regimes(findings: PolicyFindings) -> None:
    written = {result.id: result.values for result in results(findings, inputs={})}
    rates = written["policy.calibration"]
    assert (rates["disposal.first_year"].value, rates["disposal.last_year"].value) == (2016, 2023)
    assert {"disposal.term_2017", "disposal.term_2019"} <= rates.keys()
    assert rates["disposal.p05"].value < rates["disposal.p50"].value < rates["disposal.p95"].value  # type: ignore[operator]
    example = findings.example
    assert example is not None
    shown = written["policy.example"]
    assert shown["seen"].value == example.seen.count
    assert example.seen.change == pytest.approx(np.log(0.5 / example.level_now))
    assert example.spread >= 1.0
    low, high = (written[f"policy.coal_{name}"] for name in PRICES)
    assert low["unmoved.p50"].value < high["unmoved.p50"].value  # type: ignore[operator]
    assert (low["grade"].value, low["prior_share"].value) == ("B", 0.2)
    assert "rd_push.budget.p50" in written["policy.product"]
    flagged = written["policy.capital_renewal_assumed"]
    for flag in findings.outcomes[-1].flags:
        assert flagged[f"outside.{flag.driver}.seen"].value == flag.seen
        assert f"{flag.seen} of {flag.windows} windows" in str(flag)


def test_a_scenario_with_weak_links_is_followed_by_its_assumption(findings: PolicyFindings) -> None:
    assert [outcome.id for outcome in findings.outcomes] == [
        "baseline", "rd_push", "capital_renewal", "capital_renewal_assumed",
    ]  # fmt: skip
    assert list(figure_data(findings.outcomes)) == [
        "year", "scenario", "p50", "lo80", "hi80", "lo95", "hi95", "mc_error", "grade", "prior_share",
    ]  # fmt: skip


def test_the_table_of_assumptions_names_what_acts_and_where(findings: PolicyFindings) -> None:
    table = next(block for block in section(findings).blocks if getattr(block, "id", "") == "policy.priors.table")
    assert isinstance(table, TableBlock)
    acts = {row[0]: row[4] for row in table.rows}
    pushes, assumed = TextRef("policy.scenario.rd_push"), TextRef("policy.scenario.capital_renewal_assumed")
    for lever, scenario in (("L10", pushes), ("L11", assumed), ("L36", assumed)):
        for kind in ("additionality", "delivery_lag"):
            assert acts[Stack((TextRef(f"policy.prior.{kind}"), TextRef(f"policy.lever.{lever}")))] == Stack(
                (scenario,)
            )
    assert acts[TextRef("policy.prior.rd_depreciation")] == Stack((pushes,))
    assert acts[TextRef("policy.prior.renewal_decay")] == Stack((assumed,))
    for other, where in (
        ("persistence", "unused"), ("post_filling", "acts.answers"), ("budget_share", "acts.product"),
    ):  # fmt: skip
        assert acts[TextRef(f"policy.prior.{other}")] == TextRef(f"policy.{where}")
    assert len(table.rows) == 2 * 3 + len(findings.priors)


def test_a_scenario_of_weak_links_alone_equals_the_baseline(findings: PolicyFindings) -> None:
    baseline, _, renewal, assumed = findings.outcomes
    assert np.array_equal(renewal.paths, baseline.paths)
    assert not np.array_equal(assumed.paths, baseline.paths)


def test_no_nonsense_is_stored(findings: PolicyFindings) -> None:
    written = {result.id: result.values for result in results(findings, inputs={})}
    push, target = written["policy.push"], written["policy.target"]
    assert "wear_pct.percent" not in push
    assert push["rd_grp_pct.regions_exceeded"].value <= push["rd_grp_pct.regions"].value  # type: ignore[operator]
    programme = written["policy.programme"]
    assert (programme["first_year"].value, programme["last_year"].value) == (2027, 2031)
    for need in findings.needs:
        kept = ("change", "level", "level_low", "level_high", "pushes")
        stored = {key: target[f"{need.driver}.{key}"].value for key in kept}
        assert stored == {key: getattr(need, key) for key in kept}
        assert need.inside or set(stored.values()) == {None}
        assert target[f"{need.driver}.grade"].value == need.grade
        assert target[f"{need.driver}.prior_share"].value == need.prior_share
        share = need.at_edge
        error = target[f"{need.driver}.at_edge_pct"].mc_error
        assert error == pytest.approx(100.0 * np.sqrt(share * (1.0 - share) / len(findings.outcomes[0].baseline)))


def test_a_level_needed_stands_over_its_bounds(findings: PolicyFindings, world: Inputs) -> None:
    needs = needed_changes(world, value=9.0, year=2035, probability=0.4, seed=1)
    easy = replace(findings, needs=needs, probability=0.4)
    written = {result.id: result.values for result in results(easy, inputs={})}["policy.target"]
    table = next(b for b in section(easy).blocks if isinstance(b, TableBlock) and b.id == "policy.needs")
    cells = {need.driver: row[2] for need, row in zip(needs, table.rows, strict=True)}
    pushes = {need.driver: row[3] for need, row in zip(needs, table.rows, strict=True)}
    own = "policy.target.rd_grp_pct.pushes"
    assert pushes["rd_grp_pct"] == Stack((NumberRef(own), NumberRef(f"{own}_low", "{} –"), NumberRef(f"{own}_high")))
    for driver, last in (
        ("rd_grp_pct", NumberRef("policy.target.rd_grp_pct.level_high")),
        ("investment_grp_pct", TextRef("policy.beyond")),
    ):
        own = f"policy.target.{driver}.level"
        assert cells[driver] == Stack((NumberRef(own), NumberRef(f"{own}_low", "{} –"), last))
        assert float(written[f"{driver}.level_low"].value) < float(written[f"{driver}.level"].value)  # type: ignore[arg-type]


def test_the_page_holds_the_drivers_against_what_was_seen(findings: PolicyFindings, world: Inputs) -> None:
    values = next(result for result in results(findings, inputs={}) if result.id == "policy.plausible").values
    drawn = world.baseline.draws("wear_pct", world.region).sel(year=2035).to_numpy().ravel()
    assert values["wear_pct.p50"].value == pytest.approx(np.median(drawn), rel=1e-6)
    seen = world.panel.matrix("wear_pct")
    assert values["wear_pct.highest"].value == seen.loc[world.region].max()
    above = 100.0 * float((seen[2023] > np.median(drawn)).mean())
    assert values["wear_pct.regions_above_pct"].value == pytest.approx(above)


def test_every_number_and_text_exists(findings: PolicyFindings, tmp_path: pathlib.Path) -> None:
    written = {result.id: result for result in results(findings, inputs={"panel": "0" * 64})}
    contract = {"innovation_activity_pct.2035.p50", "probability_12_5_2035", "gain.2035.p50", "grade", "prior_share"}
    for name in ("policy.baseline", "policy.rd_push", "policy.capital_renewal"):
        assert contract <= written[name].values.keys()
    for key in ("innovation_activity_pct.2035.p50", "probability_12_5_2035", "gain.2035.p50"):
        error = written["policy.rd_push"].values[key].mc_error
        assert error is not None
        assert error > 0.0
    numbers = {f"{result.id}.{key}" for result in written.values() for key in result.values}
    texts = Catalogue.load([data_dir() / "texts" / "policy.yml"]).texts
    section(findings).write(tmp_path / "policy.json")
    assert Section.read(tmp_path / "policy.json").title == "policy.title"
    document = json.loads((tmp_path / "policy.json").read_text(encoding="utf-8"))
    for block in document["blocks"]:
        for key in ("caption", "alt", "text"):
            assert block.get(key, "policy.title") in texts
        for row in block.get("rows", []):
            for cell in [part for outer in row for part in outer.get("cells", [outer])]:
                assert cell["cell"] != "number" or cell["id"] in numbers
                assert cell["cell"] != "text" or cell["id"] in texts


FIXED = (
    r"policy\.(push|programme|example|calibration|priors)\..*",
    r"policy\.target\.(value|year|probability|error)",
    r"policy\.target\.\w+\.(level_now|edge_level|edge_pushes)",
    r"policy\.target\.\w+\.(level|pushes)(_low|_high)?",  # their bounds: test_a_level_needed_stands_over_its_bounds
    r"policy\.plausible\.\w+\.(now|lowest|highest|first_year|regions_above_pct)",
    r"policy\.\w+\.outside\.\w+\.(seen|seen_pct|windows|threshold|threshold_pct|regions|comparable|comparable_pct|comparable_windows)",
    r"elasticities\.sensitivity\.prior_doubt_(least|largest)",  # algebra of the posterior
)


def test_every_number_of_the_page_has_its_marks(findings: PolicyFindings) -> None:
    texts = Catalogue.load([data_dir() / "texts" / name for name in ("policy.yml", "policy_answers.yml")])
    doubt = {f"prior_doubt_{end}": Value(0.7, "share", 2) for end in ("least", "largest")}
    known = (*results(findings, inputs={}), Result("elasticities.sensitivity", doubt, {}))
    page = Marked(known, texts, FIXED)
    assert page.check(section(findings), stated="policy.target.error") > 60


@pytest.fixture
def workspace(study_file: pathlib.Path) -> Workspace:
    return Workspace(study_file, "full")


def test_run_and_target_answer_in_words_and_json(workspace: Workspace, tmp_path: pathlib.Path) -> None:
    push, study = str(SCENARIOS / "rd_push.yml"), ["--study", str(workspace.study_path)]
    words = CliRunner().invoke(app, ["run", push, *study], catch_exceptions=False)
    assert "P(≥ 12.5 % in 2035)" in words.stdout
    answer = json.loads(CliRunner().invoke(app, ["run", push, "--json", *study], catch_exceptions=False).stdout)
    assert answer["command"] == "policy run"
    assert answer["data"]["fan"][-1]["year"] == 2035
    renewal = str(SCENARIOS / "capital_renewal.yml")
    assert "Off: L11 (grade C)" in CliRunner().invoke(app, ["run", renewal, *study], catch_exceptions=False).stdout
    early = tmp_path / "early.yml"
    early.write_text(pathlib.Path(push).read_text(encoding="utf-8").replace("end: 2035", "end: 2032"), encoding="utf-8")
    early.write_text(re.sub(r"  target: .*\n", "", early.read_text(encoding="utf-8")), encoding="utf-8")
    words = CliRunner().invoke(app, ["run", str(early), *study], catch_exceptions=False)
    assert "P(≥ 12.5 % in 2032)" in words.stdout, "without a target of its own a scenario is asked about its last year"
    asked = ["target", "--value", "11", "--json", *study]
    needs = json.loads(CliRunner().invoke(app, asked, catch_exceptions=False).stdout)
    assert [need["driver"] for need in needs["data"]["needs"]] == [*DRIVERS, "all"]


def test_mistakes_end_with_one_message(workspace: Workspace) -> None:
    wrong = CliRunner().invoke(app, ["target", "--probability", "2", "--study", str(workspace.study_path)])
    assert isinstance(wrong.exception, OptionError)
    assert "--value 12.5 --probability 0.5" in str(wrong.exception)
    shutil.rmtree(workspace.bld)
    missing = CliRunner().invoke(app, ["run", str(SCENARIOS / "rd_push.yml"), "--study", str(workspace.study_path)])
    assert isinstance(missing.exception, StoreError)
    assert "Run: regional-econ reproduce" in str(missing.exception)
