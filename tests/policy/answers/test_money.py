"""Costs with their sources, portfolios against brute force, and synergy as an assumption."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit

from regional_econ._base.errors import OptionError, RegionalEconError, SchemaError, StoreError
from regional_econ.policy.answers.complementarity import complementarity
from regional_econ.policy.answers.contract import Programme, gains
from regional_econ.policy.answers.cost_file import read_costs
from regional_econ.policy.answers.decomposition import decompose
from regional_econ.policy.answers.mixes import Bounds
from regional_econ.policy.answers.portfolio import halves, portfolios
from regional_econ.policy.answers.ranking import Chain, rank

Build = Callable[..., Any]
Floats = NDArray[np.float64]
GOOD = 'lever: L10, cost: 1.2e9, unit: rub a standard push a year, price_year: 2022, source: "Budget law"'


def of(model: Any) -> Programme:
    return Programme.of(model.years, first=2026, last=2030, standard=np.ones(len(model.levers)))


def write(folder: Path, *entries: str) -> Path:
    path = folder / "costs.yml"
    path.write_text("costs:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries), encoding="utf-8")
    return path


def test_costs_are_read_with_their_sources(tmp_path: Path) -> None:
    table = read_costs(
        write(tmp_path, GOOD, GOOD.replace("L10", "L11").replace("1.2e9", "500000")), levers=["L10", "L11"]
    )
    assert table.levers == ("L10", "L11")
    assert (table.costs["L10"].cost, table.costs["L11"].cost, table.price_year) == (1.2e9, 5e5, 2022)
    assert table.costs["L10"].source == "Budget law"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (GOOD.replace(', source: "Budget law"', ""), "no source"),
        (GOOD.replace("Budget law", " "), "no source"),
        (GOOD.replace("1.2e9", "-3"), "a cost of -3"),
        (GOOD.replace("1.2e9", "much"), "not a number"),
        (GOOD.replace("1.2e9", "true"), "not a number"),
        (GOOD.replace("1.2e9", "1" + "0" * 400), "beyond any number"),
        (GOOD.replace("1.2e9", "1.0e+308"), r"a cost of 1e\+308"),
        (GOOD.replace("a year", "once"), "Write: rub a standard push a year"),
        (GOOD.replace("2022", "22"), "price year 22"),
        (GOOD.replace("price_year", "year"), "Did you mean price_year"),
        (GOOD.replace(", price_year: 2022", ""), "lacks the key 'price_year'"),
        (GOOD.replace("L10", "L1O"), "Did you mean L11, L10"),
        (GOOD.replace("L10", "L11"), "stands twice"),
        (GOOD.replace("2022", "2019"), "one price year"),
    ],
)
def test_a_wrong_cost_is_refused_with_its_line(tmp_path: Path, entry: str, message: str) -> None:
    path = write(tmp_path, GOOD.replace("L10", "L11"), entry)
    with pytest.raises(RegionalEconError, match=message) as refused:
        read_costs(path, levers=["L10", "L11"])
    assert "costs.yml, line 3" in str(refused.value)


def test_a_file_without_costs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        read_costs(tmp_path / "nowhere.yml", levers=["L10"])
    path = tmp_path / "costs.yml"
    path.write_text("costs: []\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="no cost"):
        read_costs(path, levers=["L10"])


def test_portfolios_are_those_of_brute_force(linear: Build) -> None:
    model = linear([0.10, 0.12, 0.08], [0.02, 0.25, 0.06])
    costs = np.array([1.0, 0.8, 1.5])
    bounds = Bounds(np.full(3, 2.0), costs, 0.25)
    regimes = halves({lever: model.effects[:, j] for j, lever in enumerate(model.levers)})
    found = portfolios(model, of(model), bounds, regimes, budget=3.0, target=12.5, year=2035)
    grid = np.array(list(product(np.arange(0.0, 2.1, 0.25), repeat=3)))
    spent = [grid]
    for j, cost in enumerate(costs):
        rest = grid[grid[:, j] == 0.0]
        rest[:, j] = (3.0 - rest @ costs) / cost
        spent.append(rest[(rest[:, j] >= 0.0) & (rest[:, j] <= 2.0)])
    grid = np.concatenate(spent)
    grid = grid[grid @ costs <= 3.0 + 1e-9]
    gain = gains(model, of(model), grid, 2035)
    after = gain + model.baseline[:, -1]
    assert found.surest.mix.score == (after[:, ::2] >= 12.5).mean(axis=1).max()
    searched, unseen = (
        np.array([gain[:, half][:, members[half]].mean(axis=1) for members in regimes.values()]).T
        for half in (slice(0, None, 2), slice(1, None, 2))
    )
    regret = (searched.max(axis=0) - searched).max(axis=1)
    assert found.least_regret.mix.score == pytest.approx(-regret.min(), abs=1e-12)
    assert found.least_regret.regret.value < found.surest.regret.value
    for one in (found.surest, found.least_regret):
        at = int(np.abs(grid - one.mix.sizes).sum(axis=1).argmin())
        hits = after[at, 1::2] >= 12.5
        assert one.reached.value == hits.mean()
        paired = hits.astype(float) - (model.baseline[1::2, -1] >= 12.5)
        assert (one.change.value, one.change.mc_error) == pytest.approx((paired.mean(), paired.std() / 1000**0.5))
        lost = np.maximum(unseen[searched.argmax(axis=0), range(len(regimes))] - unseen[at], 0.0)
        assert [regret.value for regret in one.regrets.values()] == pytest.approx(lost.tolist(), abs=1e-9)
    assert found.surest.mix.taken <= 3.0 + 1e-9
    assert set(found.surest.regrets) == set(regimes)


def test_a_budget_must_be_positive_and_a_regime_must_occur(linear: Build) -> None:
    model = linear([0.1], [0.1])
    bounds = Bounds(np.array([1.0]), np.ones(1), 0.25)
    with pytest.raises(OptionError, match="the budget is -5"):
        portfolios(model, of(model), bounds, {"all": np.ones(2000, bool)}, budget=-5.0, target=12.5, year=2035)
    with pytest.raises(OptionError, match="no draws in regime never"):
        portfolios(model, of(model), bounds, {"never": np.zeros(2000, bool)}, budget=1.0, target=12.5, year=2035)


def test_parts_sum_to_the_gain(linear: Build) -> None:
    model = linear([0.1, -0.05, 0.2], [0.05, 0.1, 0.1])
    sizes = np.array([1.0, 0.5, 0.0])
    found = decompose(model, of(model), sizes, year=2035)
    gain = gains(model, of(model), sizes[None, :], 2035)[0]
    assert sum(float(part.gain.mean.value) for part in found.parts) == pytest.approx(gain.mean(), rel=1e-9)
    assert found.whole.p50.value == pytest.approx(np.median(gain))
    assert [part.lever for part in found.parts] == ["L01", "L02"]


def test_levers_are_ranked_by_their_median_gain(linear: Build) -> None:
    model = linear([0.05, 0.2, -0.1], [0.02, 0.1, 0.05])
    chains = [Chain(lever, f"d{j}", "B", 0.5, False, "push") for j, lever in enumerate(model.levers)]
    found = rank(model, of(model), chains, year=2035, target=12.5)
    assert [row.chain.lever for row in found.rows] == ["L02", "L01", "L03"]
    gain = gains(model, of(model), np.eye(3), 2035)
    assert found.rows[0].gain.mean.value == pytest.approx(gain[1].mean())
    assert found.rows[0].gain.positive.value == (gain[1] > 0).mean()
    assert found.rows[0].breakeven == pytest.approx(gain[1].mean())
    assert found.rows[2].breakeven == 0.0
    assert found.rows[1].reached.value == (model.baseline[:, -1] + gain[0] >= 12.5).mean()
    assert found.learning.best == "L02"
    assumed = [chains[0], replace(chains[1], assumption=True, grade="C"), chains[2]]
    ordered = rank(model, of(model), assumed, year=2035, target=12.5)
    assert [row.chain.lever for row in ordered.rows] == ["L01", "L03", "L02"], (
        "an assumption stands after what is known"
    )
    learning = found.learning
    assert (learning.estimates <= learning.everything + 4 * learning.errors).all()
    assert set(found.learning.groups) == {"elasticity.d0", "elasticity.d1", "elasticity.d2", "baseline"}


ASKED: Mapping[str, Any] = {"target": 12.5, "year": 2035, "probability": 0.8, "seed": 1}


def test_without_synergy_nothing_changes_and_a_spread_adds_doubt(linear: Build) -> None:
    """Levers 1 and 2 are one direction, 3 another, 4 of a third is off: κ meets u₁ + u₂ and u₃, and no other pair."""
    model = linear([0.1, 0.1, 0.2, 0.3], [0.02, 0.02, 0.02, 0.02])
    sizes = np.array([1.0, 1.0, 1.0, 0.0])
    found = complementarity(model, of(model), sizes, directions=(1, 1, 3, 7), sigmas=(0.5, 1.0), **ASKED)
    assert found.directions == (1, 3)
    assert [row.sigma for row in found.rows] == [0.0, 0.5, 1.0]
    gain = gains(model, of(model), sizes[None, :], 2035)[0]
    # 1e-9 points: through the logit and back
    assert found.rows[0].gain.p50.value == pytest.approx(np.median(gain), abs=1e-9)
    widths = [row.gain.p90.value - row.gain.p10.value for row in found.rows]
    assert widths[0] < widths[1] < widths[2]
    assert found.needed is not None
    first, second = model.effects[:, 0] + model.effects[:, 1], model.effects[:, 2]
    shift = first + second + found.needed * first * second / (np.abs(first) + np.abs(second))
    reached = 100.0 * expit(logit(model.baseline[:, -1] / 100.0) + shift)
    assert (reached >= 12.5).mean() == pytest.approx(0.8, abs=0.001)
    weak = linear([0.001, 0.001], [0.0, 0.0])
    assert complementarity(weak, of(weak), np.ones(2), directions=(1, 2), sigmas=(), **ASKED).needed is None


def test_one_direction_has_nothing_to_strengthen(linear: Build) -> None:
    model = linear([0.1, 0.1], [0.02, 0.02])
    found = complementarity(model, of(model), np.ones(2), directions=(3, 3), sigmas=(1.0,), **ASKED)
    assert found.rows[0].gain == found.rows[1].gain
    assert found.needed is None
