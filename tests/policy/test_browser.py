"""The page's data answer its own test vectors in plain Python and in JavaScript, by the formulas in the document."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browser_replay import Page, quantile
from varied import random_amounts, varied

from regional_econ._base.errors import OptionError, SchemaError, StoreError
from regional_econ.core.conditions import Cell
from regional_econ.core.conditions import Path as ConditionPath
from regional_econ.core.forecast import Forecast
from regional_econ.core.scenario import Scenario
from regional_econ.policy.exports.browser import NUMBERS, BrowserFiles, browser_files
from regional_econ.policy.exports.browser_price import Price
from regional_econ.policy.exports.page_draws import DOCUMENT, on_page_draws
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.scenarios.run import run

ALL = ("A", "B", "C")
DRAWS = 60
SCENARIO = """
schema_version: "1"
scenario:
  id: mine
  baseline_ref: forecast.nc
  draws_ref: policy_browser.json
  start: 2023
  end: 2035
  seed: {seed}
  include_grades: [A, B, C]
  shocks: {shocks}
  settings:
    - {{lever: L10, path: [[2027, 0.6]]}}
    - {{lever: L13, path: [[2027, 7.5]]}}
"""
TOLERANCE = 1e-9  # the document's own, where no draw is rounded
COAL = "coal_australian_usd_t"
REPLAY = Path(__file__).with_name("browser_replay.mjs")
MODEL = Path(__file__).parents[2] / "reports" / "site" / "explorers" / "explore_policy.model.js"


def with_zeros(world: Inputs) -> Inputs:
    """In a third of the draws nobody innovates in the last years, as a few draws of a real forecast have it."""
    variables = dict(world.baseline.variables)
    outcome = variables["innovation_activity_pct"].copy(deep=True)
    outcome.values[::3, :, -2:] = 0.0
    outcome.attrs["offset"] = 0.25
    return replace(world, baseline=replace(world.baseline, variables=variables | {"innovation_activity_pct": outcome}))


@pytest.fixture(scope="module")
def given(world: Inputs) -> Inputs:
    """Official figures of the drivers reach a year further than those of the outcome."""
    cells = [Cell(COAL, "RU", year, 150.0 * by) for year, by in ((2024, 0.7), (2025, 0.5), (2026, 0.5))]
    late = replace(with_zeros(varied(world)), regimes={"coal_low": ConditionPath("coal_low", tuple(cells))})
    return replace(late, baseline=replace(late.baseline, origin=2023))


@pytest.fixture(scope="module")
def sim(given: Inputs) -> Simulator:
    return Simulator.of(given, start=2023, end=2035, seed=11, grades=ALL, assumed=True)


@pytest.fixture(scope="module")
def small(world: Inputs, forecast_of: Callable[..., Forecast]) -> Inputs:
    return replace(world, baseline=forecast_of(40, range(2023, 2036)))


@pytest.fixture(scope="module")
def folder(given: Inputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("page")
    price = Price.of(given, COAL, 150.0)
    files = browser_files(given, start=2023, end=2035, seed=11, price=price, draws=DRAWS)
    files.write(found / DOCUMENT, found / NUMBERS)
    return found


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page(json.loads((folder / DOCUMENT).read_text(encoding="utf-8")), (folder / NUMBERS).read_bytes())


def test_plain_python_gives_every_answer(page: Page) -> None:
    vectors = page.document["tests"]["vectors"]
    assert len(vectors) >= 20
    for vector in vectors:
        paths = [page.outcome(vector, draw) for draw in range(DRAWS)]
        within = vector["tolerance"]
        for draw, path in vector["paths"].items():
            assert paths[int(draw)] == pytest.approx(path, rel=within), vector["name"]
        for t in range(page.years):
            values = [path[t] for path in paths]
            assert math.fsum(values) / DRAWS == pytest.approx(vector["mean"][t], rel=within)
            for p, expected in vector["quantiles"].items():
                assert quantile(values, float(p)) == pytest.approx(expected[t], rel=within), vector["name"]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here: plain Python replays the same vectors")
def test_javascript_gives_every_answer(folder: Path) -> None:
    command = ["node", str(REPLAY), str(MODEL), str(folder / DOCUMENT), str(folder / NUMBERS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    differences = json.loads(done.stdout)["differences"]
    assert len(differences) == len(set(differences)) >= 20
    assert max(differences.values()) <= 1.0, {name: size for name, size in differences.items() if size > 1.0}


def test_the_vectors_ask_for_everything(page: Page, sim: Simulator) -> None:
    vectors = {vector["name"]: vector for vector in page.document["tests"]["vectors"]}
    assert vectors["zero"]["amounts"] == {}
    assert {f"{lever} alone" for lever in sim.levers} <= set(vectors)
    assert all(
        max(vectors["all at their maxima"]["amounts"][link.lever.id]) == link.lever.max for link in sim.model.levers
    )
    assert all(excess > 0.0 for excess in vectors["all at their maxima"]["largest_excess"].values())
    plain = vectors["mixed, additive"]["quantiles"]
    for other in ("random", "nested", "decreasing_returns", "synergy"):
        assert vectors[f"mixed, {other}"]["quantiles"] != plain
    for path in ("coal_low", "own"):
        assert vectors[f"zero, price {path}"]["quantiles"] != vectors["zero"]["quantiles"]
        assert vectors[f"mixed, price {path}"]["quantiles"] != vectors[f"zero, price {path}"]["quantiles"]


def test_the_file_holds_whole_draws_of_the_model(page: Page, sim: Simulator) -> None:
    about = page.document["draws"]
    assert about["sha256"] == hashlib.sha256(page.numbers.tobytes()).hexdigest()
    assert (about["count"], about["of"]) == (DRAWS, sim.n_draws)
    assert len(page.numbers) == sum(math.prod(place["shape"]) for place in about["arrays"].values())
    rows = [np.flatnonzero((sim.baseline == page.row("outcome", draw)).all(axis=1)) for draw in range(DRAWS)]
    chosen = np.concatenate(rows)
    assert len(chosen) == DRAWS == len(set(chosen))
    ranks = np.argsort(np.argsort(sim.baseline[:, -1], kind="stable"))[chosen]
    assert sorted(ranks * DRAWS // sim.n_draws) == list(range(DRAWS)), "one in each of as many equal parts"
    amounts = random_amounts(sim, 4)
    vector = {
        "amounts": dict(zip(sim.levers, amounts.tolist(), strict=True)),
        "overlap": None, "synergy_sd": 0.0, "decreasing_returns": 0.0, "price": None,
    }  # fmt: skip
    expected = sim.outcome(amounts)
    for draw, row in enumerate(chosen[:20]):
        assert page.outcome(vector, draw) == pytest.approx(expected[row].tolist(), rel=TOLERANCE)


def test_the_same_seed_gives_the_same_files(small: Inputs) -> None:
    one, same, other = (browser_files(small, start=2023, end=2035, seed=seed, draws=20) for seed in (1, 1, 2))
    assert one == same
    assert one.numbers != other.numbers
    every = browser_files(small, start=2023, end=2035, seed=1, draws=10**6).document["draws"]
    assert every["count"] == every["of"] == 40


def test_a_document_of_another_form_is_not_written(small: Inputs, tmp_path: Path) -> None:
    good = browser_files(small, start=2023, end=2035, seed=1, draws=5)
    wrong = BrowserFiles({**good.document, "surplus": 1}, good.numbers)
    with pytest.raises(SchemaError, match="surplus"):
        wrong.write(tmp_path / DOCUMENT, tmp_path / NUMBERS)
    assert not list(tmp_path.iterdir())


def test_no_price_where_other_numbers_would_change_with_it(given: Inputs) -> None:
    price = Price.of(given, COAL, 150.0)
    assert browser_files(given, start=2025, end=2035, seed=1, price=price, draws=5).document["price"] is None
    first, *rest = given.elasticities.parameters
    on_logs = replace(given.elasticities, parameters=(replace(first, form="elasticity"), *rest))
    other = replace(given, elasticities=on_logs)
    assert browser_files(other, start=2023, end=2035, seed=1, price=price, draws=5).document["price"] is None


@pytest.mark.parametrize("shock", ["", "{regime: coal_low}", f"{{variable: {COAL}, path: [[2023, 90], [2025, 80.5]]}}"])
def test_a_scenario_runs_on_the_pages_draws(page: Page, given: Inputs, shock: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(SCENARIO.format(shocks=f"[{shock}]", seed=11), encoding="utf-8")
    scenario = Scenario.read(file)
    rows = page.document["draws"]["rows"]
    few = run(scenario, on_page_draws(given, page.document, scenario))
    every = run(scenario, given)
    np.testing.assert_array_equal(few.paths, every.paths[rows])
    np.testing.assert_array_equal(few.baseline, every.baseline[rows])
    assert len(few.paths) == DRAWS
    path = {"": None, "{regime: coal_low}": [105.0, 75.0, 75.0]}.get(shock, "other years")
    if path != "other years":
        amounts = {"L10": [0.0] * 4 + [0.6] * 9, "L13": [0.0] * 4 + [7.5] * 9}
        rules = {"overlap": None, "synergy_sd": 0.0, "decreasing_returns": 0.0}
        for draw in range(DRAWS):
            found = page.outcome({"amounts": amounts, "price": path, **rules}, draw)
            assert found == pytest.approx(few.paths[draw].tolist(), rel=1e-6)


def test_other_draws_are_refused(page: Page, given: Inputs, tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(SCENARIO.format(shocks="[]", seed=12), encoding="utf-8")
    with pytest.raises(OptionError, match=r"seed 12.*mine.yml.*Write seed: 11"):
        on_page_draws(given, page.document, Scenario.read(file))
    file.write_text(SCENARIO.format(shocks="[]", seed=11), encoding="utf-8")
    draws = given.elasticities.draws * 1.01
    other = replace(given, elasticities=replace(given.elasticities, draws=draws))
    with pytest.raises(StoreError, match="another forecast or other elasticities"):
        on_page_draws(other, page.document, Scenario.read(file))
