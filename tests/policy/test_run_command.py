"""``policy run`` says under what a scenario was run: shocks, a budget that cuts, drivers held, what was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
import yaml
from joblib import Parallel
from made_up import DRAWS
from typer.testing import CliRunner

from regional_econ._base.errors import OptionError, SchemaError, StoreError
from regional_econ.cli.policy import app
from regional_econ.cli.policy_run import Asked, _cut
from regional_econ.cli.policy_texts import shock_line
from regional_econ.core.scenario import Scenario, Shock
from regional_econ.core.workspace import Workspace
from regional_econ.policy.exports.browser import NUMBERS, browser_files
from regional_econ.policy.exports.page_draws import DOCUMENT
from regional_econ.policy.model.costs import unit_cost
from regional_econ.policy.model.shocks import ShockUse
from regional_econ.policy.scenarios.run import Inputs

FILE = """\
schema_version: "1"
scenario:
  id: push
  baseline_ref: forecast.nc
  draws_ref: elasticities.json
  start: 2023
  end: 2035
  seed: 1
  shocks: []
  settings:
    - {lever: L10, path: [[2027, 1.0]]}
"""
Ask = Callable[..., tuple[str, Any]]


@pytest.fixture
def ask(study_file: Path, tmp_path: Path) -> Ask:
    """Run a scenario and return what is said and the data."""

    def run(text: str, *options: str) -> tuple[str, Any]:
        path = tmp_path / "push.yml"
        path.write_text(text, encoding="utf-8")
        asked = ["run", str(path), *options, "--study", str(study_file)]
        done = [CliRunner().invoke(app, [*asked, *more], catch_exceptions=False) for more in ([], ["--json"])]
        return done[0].stdout, json.loads(done[1].stdout)["data"]

    return run


def with_entry(entry: str) -> str:
    return FILE.replace("  shocks: []", f"  {entry}\n  shocks: []")


def written(folder: Path, *texts: str) -> list[str]:
    """Write scenario files and return their names."""
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.yml").write_text(text, encoding="utf-8")
    return [str(folder / f"{number}.yml") for number in range(len(texts))]


def test_several_scenarios_are_each_run_as_alone(world: Inputs, study_file: Path, tmp_path: Path) -> None:
    def asked(*options: str) -> tuple[str, Any]:
        arguments = ["run", *options, "--study", str(study_file)]
        said = CliRunner().invoke(app, arguments, catch_exceptions=False)
        return said.stdout, json.loads(CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False).stdout)

    weak = FILE.replace("id: push", "id: weak").replace("L10", "L11")
    held = with_entry('target: {outcome: innovation_activity_pct, op: ">=", value: 9, year: 2030, prob: 0.9}')
    shocked = FILE.replace("shocks: []", "shocks: [{variable: coal_australian_usd_t, path: [[2025, 100]]}]")
    browser = FILE.replace("elasticities.json", DOCUMENT)
    files = written(tmp_path / "asked", FILE, weak, held, shocked, browser)
    pages = browser_files(world, start=2023, end=2035, seed=1, draws=50)
    pages.write(Workspace(study_file, "full").artifact(DOCUMENT), study_file.with_name(NUMBERS))
    said, together = asked(*files)
    alone = [asked(file) for file in files]
    blocks = said.split("\n\n")
    assert len(blocks) == len(files) + 1
    for file, block, found, (words, answer) in zip(files, blocks, together["data"]["scenarios"], alone, strict=False):
        remarks = found.pop("remarks")
        assert found.pop("file") == file
        assert found == answer["data"]
        assert [*remarks, together["messages"][0]] == answer["messages"][:-1]
        assert answer["messages"][-1] in together["messages"]
        assert block.splitlines() == [file, *words.splitlines()[:-2]]
    assert len(together["messages"]) == 3  # the error's note, and what to ask next for each of two targets
    assert [one["n_draws"] for one in together["data"]["scenarios"]] == [*[DRAWS] * 4, 50]


def test_scenarios_run_in_processes_when_asked(
    study_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, made = written(tmp_path / "asked", FILE, FILE.replace("L10", "L11")), []

    def parallel(n_jobs: int, **options: Any) -> Parallel:
        made.append(n_jobs)
        return Parallel(n_jobs=n_jobs, **options)

    monkeypatch.setattr("regional_econ._base.parallel.Parallel", parallel)
    said = set()
    for options, processes in (([], []), (["--jobs", "1"], []), (["--jobs", "2"], [2])):
        made.clear()
        done = CliRunner().invoke(app, ["run", *files, *options, "--study", str(study_file)], catch_exceptions=False)
        said.add(done.stdout)
        assert made == processes
    assert len(said) == 1


def test_a_mistake_in_one_of_several_scenarios_stops_all(study_file: Path, tmp_path: Path) -> None:
    good, lever, region = written(
        tmp_path / "asked", FILE, FILE.replace("L10", "L99"),
        FILE.replace("shocks: []", "shocks: [{variable: rd_mln_rub, region: RU-NO, path: [[2025, 100]]}]"),
    )  # fmt: skip
    twice = f"{Path(good).parent}/../asked/{Path(good).name}"
    for files, mistake in (
        ([good, lever], "L99"),
        ([good, region], "RU-NO"),
        ([good, twice], "a scenario file is named twice"),
    ):
        done = CliRunner().invoke(app, ["run", *files, "--study", str(study_file)])
        assert mistake in str(done.exception)
        assert done.stdout == ""


def test_a_case_takes_along_the_regions_that_it_needs(world: Inputs) -> None:
    one = world.baseline.variables["rd_mln_rub"]
    other = one.assign_coords(region=["RU-TOM"])
    wide = replace(world, baseline=replace(world.baseline, variables={
        **world.baseline.variables, "rd_mln_rub": xr.concat([one, other], "region"),
    }))  # fmt: skip
    given = Scenario.from_dict(yaml.safe_load(FILE))
    cut = _cut(wide, given).baseline
    assert cut.variables["rd_mln_rub"]["region"].to_numpy().tolist() == [world.region]
    assert all(cut.variables[name].equals(array) for name, array in world.baseline.variables.items())
    named = replace(given, shocks=(Shock(variable="rd_mln_rub", region="RU-TOM", path=((2025, 1.0),)),))
    assert _cut(wide, named).baseline.variables["rd_mln_rub"].sizes["region"] == 2
    lost = replace(given, shocks=(Shock(variable="rd_mln_rub", region="RU-NO", path=((2025, 1.0),)),))
    assert _cut(wide, lost) is wide


def test_without_a_target_the_year_nearest_to_the_studys_is_asked_about(world: Inputs, study_file: Path) -> None:
    study, given = Workspace(study_file, "full").study, Scenario.from_dict(yaml.safe_load(FILE))
    for start, end, year in ((2023, 2035, 2035), (2023, 2030, 2030), (2031, 2033, 2033)):
        asked = Asked.of(replace(given, start=start, end=end), world, study, all_grades=False)
        assert (asked.year, asked.value) == (year, study.target_value)
    later = Asked.of(replace(given, start=2031), world, replace(study, target_year=2030), all_grades=False)
    assert later.year == 2031


def test_a_budget_that_cuts_says_so(world: Inputs, ask: Ask) -> None:
    cost = unit_cost(next(lever for lever in world.levers if lever.id == "L10"), world.panel, world.region)
    assert cost is not None
    said, data = ask(with_entry("budget: {total: 0.01, unit: bln_rub, price_year: 2023}"))
    assert (
        f"Budget: 10.0 of {9 * cost.high:,.1f} mln roubles asked for are paid; levers were cut to what it pays" in said
    )
    assert "at the R&D and the prices of 2023" in said
    budget = data["budget"]
    assert (budget["unit"], budget["price_year"], budget["spent"]) == ("mln_rub", 2023, pytest.approx(10.0))
    assert budget["asked"] == pytest.approx(9 * cost.high)
    assert [row["asked"] > 0.0 for row in budget["years"]] == [row["year"] >= 2027 for row in budget["years"]]
    assert all(row["spent"] == pytest.approx(row["planned"]) for row in budget["years"])
    said, _ = ask(with_entry("budget: {total: 1000, unit: bln_rub, price_year: 2023}"))
    assert "nothing was cut" in said
    assert "deficits" not in said
    said, data = ask(with_entry("budget: {total: 0.01, unit: bln_rub, price_year: 2023}\n  deficit: {lag: 1}"))
    budget = data["budget"]
    assert budget["planned"] == pytest.approx(10.0)
    assert budget["spent_p10"] < budget["spent"] < 10.0
    assert budget["spent"] == pytest.approx(sum(row["spent"] for row in budget["years"]))
    assert f"deficits cut that to {budget['spent']:,.1f} ±{budget['spent_mc_error']:,.1f} on average" in said
    said, data = ask(FILE)
    assert "Budget" not in said
    assert data["budget"] is None


def test_shocks_are_named_whether_on_or_off(world: Inputs, ask: Ask) -> None:
    price = "shocks: [{variable: coal_australian_usd_t, path: [[2024, 80]]}]"
    said, data = ask(FILE.replace("shocks: []", price))
    far = data["shocks"][0]["tail_probability"]
    assert "With: path of coal_australian_usd_t, RU, as the joint forecast has it; " in said
    assert f"a path as far away or farther probability {far:.2g}; gains" in said
    price = price.replace("]]}", "]], channel: investment}")
    said, _ = ask(FILE.replace("shocks: []", price) + "  include_grades: [A]")
    assert "RU, through investment (grade B); the scenario's include_grades leave it out" in said
    share = FILE.replace("shocks: []", "shocks: [{mining_share_pct: 20}]")
    said, data = ask(share)
    assert "Off: mining share to 20 % in 8 years (grade C); it is switched on by --all-grades" in said
    assert not data["shocks"][0]["on"]
    assert "With: " not in ask(FILE)[0]
    assumed = shock_line(ShockUse("mining share", "assumption", "C", True, None))
    assert assumed == "With: mining share (grade C), an assumption; gains are held against the forecast under it"
    known = shock_line(ShockUse("cheap", "investment", "B", True, 0.04))
    assert known.startswith("With: cheap, through investment (grade B); the forecast gives a path")


def test_a_lever_of_grade_b_is_called_no_assumption(ask: Ask) -> None:
    said, data = ask(FILE + "  include_grades: [A]")
    assert "Off: L10 (grade B); the scenario's include_grades leave it out; --all-grades switches it on" in said
    said, data = ask(FILE + "  include_grades: [A]", "--all-grades")
    assert (data["scenario"], data["grade"], data["assumption"]) == ("push", "B", False)


def test_whether_the_probability_asked_for_is_reached_is_said(ask: Ask) -> None:
    aim = 'target: {outcome: innovation_activity_pct, op: ">=", value: 8, year: 2035, prob: 0.999}'
    said, data = ask(with_entry(aim))
    without, error = data["probability"]["without"], 1.96 * data["probability"]["without_mc_error"]
    assert f"(without measures {without:.3f} ± {error:.3f}); asked 1.00: not reached." in said
    assert data["probability"]["asked"] == 0.999
    assert data["probability"]["without"] <= data["probability"]["share"] < 0.999
    said, _ = ask(with_entry(aim.replace("0.999", "0.01")))
    assert "asked 0.01: reached." in said
    said, data = ask(FILE)
    assert "asked" not in said
    assert data["probability"]["asked"] is None
    assert "prior share of the effect 0.20" in said


def test_a_scenario_of_the_policy_page_runs_on_its_draws(world: Inputs, study_file: Path, ask: Ask) -> None:
    files = browser_files(world, start=2023, end=2035, seed=1, draws=50)
    files.write(Workspace(study_file, "full").artifact(DOCUMENT), study_file.with_name(NUMBERS))
    mine = FILE.replace("draws_ref: elasticities.json", f"draws_ref: {DOCUMENT}")
    said, data = ask(mine)
    assert data["n_draws"] == 50
    assert "median of 50 draws" in said
    assert data["fan"][-1]["p50"] != ask(FILE)[1]["fan"][-1]["p50"]
    with pytest.raises(OptionError, match="Write seed: 1"):
        ask(mine.replace("seed: 1", "seed: 2"))
    other = replace(world.elasticities, draws=world.elasticities.draws * 1.01)
    other.write(study_file.parents[1] / "bld" / "kuzbass" / "full" / "artifacts")
    with pytest.raises(StoreError, match=r"policy_browser.json was made from another"):
        ask(mine)


def test_a_driver_that_is_not_forecast_is_named(world: Inputs, study_file: Path, ask: Ask) -> None:
    assert ask(FILE)[1]["held"] == []
    less = {name: values for name, values in world.baseline.variables.items() if name != "rd_mln_rub"}
    replace(world.baseline, variables=less).to_netcdf(Workspace(study_file, "full").artifact("forecast.nc"))
    said, data = ask(FILE)
    assert "Held at the newest official level, not forecast: rd_grp_pct" in said
    assert data["held"] == ["rd_grp_pct"]
    for command in ("target", "rank"):
        words = CliRunner().invoke(app, [command, "--study", str(study_file)], catch_exceptions=False).stdout
        assert "Held at the newest official level, not forecast: rd_grp_pct" in words


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('outcome = "innovation_activity_pct"', 'outcome = "wear_pct"', "knows no outcome 'wear_pct'"),
        ('"rd_grp_pct", ', '"patents_granted", ', "knows no driver 'patents_granted'"),
    ],
)
def test_a_study_of_something_else_is_refused(
    study_file: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = study_file.read_text(encoding="utf-8")
    assert old in text
    study_file.write_text(text.replace(old, new), encoding="utf-8")
    path = tmp_path / "push.yml"
    path.write_text(FILE, encoding="utf-8")
    for asked in (["run", str(path)], ["target"], ["rank"], ["export", str(path), "--out", str(tmp_path / "a.xmile")]):
        done = CliRunner().invoke(app, [*asked, "--study", str(study_file)])
        assert isinstance(done.exception, OptionError), (asked, done.exception)
        assert message in str(done.exception)


def test_a_costs_file_in_another_encoding_is_refused(study_file: Path, tmp_path: Path) -> None:
    costs = tmp_path / "costs.yml"
    costs.write_bytes('costs: [{lever: L10, source: "Закон"}]'.encode("cp1251"))
    done = CliRunner().invoke(app, ["rank", "--costs", str(costs), "--study", str(study_file)])
    assert isinstance(done.exception, SchemaError)
    assert "Give a text in UTF-8" in str(done.exception)


def test_a_ranking_by_money_says_at_what_a_push_is_priced(study_file: Path, tmp_path: Path) -> None:
    costs = tmp_path / "costs.yml"
    costs.write_text(
        "costs: [{lever: L10, cost: 4e8, unit: rub a standard push a year, price_year: 2022, source: law}]",
        encoding="utf-8",
    )
    asked = ["rank", "--study", str(study_file)]
    assert "costs the same in every year" in CliRunner().invoke(app, [*asked, "--costs", str(costs)]).stdout
    assert "costs the same in every year" not in CliRunner().invoke(app, asked).stdout
