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

from regional_econ._base.errors import OptionError, SchemaError
from regional_econ.core.forecast import Forecast
from regional_econ.core.scenario import Deficit
from regional_econ.policy.exports.browser import DOCUMENT, NUMBERS, BrowserFiles, browser_files, linear_response
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.simulator import Simulator

ALL = ("A", "B", "C")
DRAWS = 60
TOLERANCE = 1e-9  # the document's own
REPLAY = Path(__file__).with_name("browser_replay.mjs")


def with_zeros(world: Inputs) -> Inputs:
    """In a third of the draws nobody innovates in the last years, as a few draws of a real forecast have it."""
    variables = dict(world.baseline.variables)
    outcome = variables["innovation_activity_pct"].copy(deep=True)
    outcome.values[::3, :, -2:] = 0.0
    return replace(world, baseline=replace(world.baseline, variables=variables | {"innovation_activity_pct": outcome}))


@pytest.fixture(scope="module")
def sim(world: Inputs) -> Simulator:
    given = with_zeros(varied(world))
    return Simulator.of(given, start=2023, end=2035, seed=3, grades=ALL, assumed=True)


@pytest.fixture(scope="module")
def small(world: Inputs, forecast_of: Callable[..., Forecast]) -> Simulator:
    given = replace(world, baseline=forecast_of(40, range(2023, 2036)))
    return Simulator.of(given, start=2023, end=2035, seed=3, grades=ALL)


@pytest.fixture(scope="module")
def folder(sim: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("page")
    browser_files(sim, region="RU-AAA", seed=11, draws=DRAWS).write(found / DOCUMENT, found / NUMBERS)
    return found


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page(json.loads((folder / DOCUMENT).read_text(encoding="utf-8")), (folder / NUMBERS).read_bytes())


def test_plain_python_gives_every_answer(page: Page) -> None:
    vectors = page.document["tests"]["vectors"]
    assert len(vectors) >= 20
    for vector in vectors:
        paths = [page.outcome(vector, draw) for draw in range(DRAWS)]
        for draw, path in vector["paths"].items():
            assert paths[int(draw)] == pytest.approx(path, rel=TOLERANCE), vector["name"]
        for t in range(page.years):
            values = [path[t] for path in paths]
            assert math.fsum(values) / DRAWS == pytest.approx(vector["mean"][t], rel=TOLERANCE)
            for p, expected in vector["quantiles"].items():
                assert quantile(values, float(p)) == pytest.approx(expected[t], rel=TOLERANCE), vector["name"]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here: plain Python replays the same vectors")
def test_javascript_gives_every_answer(folder: Path) -> None:
    command = ["node", str(REPLAY), str(folder / DOCUMENT), str(folder / NUMBERS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    differences = json.loads(done.stdout)["differences"]
    assert len(differences) == len(set(differences)) >= 20
    assert max(differences.values()) <= TOLERANCE


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
        "overlap": None, "synergy_sd": 0.0, "decreasing_returns": 0.0,
    }  # fmt: skip
    expected = sim.outcome(amounts)
    for draw, row in enumerate(chosen[:20]):
        assert page.outcome(vector, draw) == pytest.approx(expected[row].tolist(), rel=TOLERANCE)


def test_the_response_of_the_stock_is_its_slope(sim: Simulator) -> None:
    v = sim.drivers.index("rd_grp_pct")
    amounts = np.zeros((len(sim.levers), len(sim.years)))
    amounts[sim.levers.index("L10"), 1] = 0.5
    moved = sim.traces(amounts).level[v] / sim.arrays[1].base[:, v] - 1.0
    lever, j = sim.arrays[0], sim.levers.index("L10")
    late = 1 + lever.lag[:, j]
    expected = 0.5 * lever.gain[:, [j]] * linear_response(sim, v)[np.arange(sim.n_draws), :, late]
    np.testing.assert_allclose(moved, expected, rtol=1e-9, atol=1e-14)  # a ratio near one loses digits


def test_the_same_seed_gives_the_same_files(small: Simulator) -> None:
    one, same, other = (browser_files(small, region="RU-AAA", seed=seed, draws=20) for seed in (1, 1, 2))
    assert one == same
    assert one.numbers != other.numbers
    every = browser_files(small, region="RU-AAA", seed=1, draws=10**6).document["draws"]
    assert every["count"] == every["of"] == small.n_draws


def test_a_document_of_another_form_is_not_written(small: Simulator, world: Inputs, tmp_path: Path) -> None:
    good = browser_files(small, region="RU-AAA", seed=1, draws=5)
    wrong = BrowserFiles({**good.document, "surplus": 1}, good.numbers)
    with pytest.raises(SchemaError, match="surplus"):
        wrong.write(tmp_path / DOCUMENT, tmp_path / NUMBERS)
    assert not list(tmp_path.iterdir())
    cut = Simulator.of(world, start=2023, end=2035, seed=3, grades=ALL, deficit=Deficit(1, 1.0))
    with pytest.raises(OptionError, match="without a deficit"):
        browser_files(cut, region="RU-AAA", seed=1)
