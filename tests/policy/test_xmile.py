"""The exported model runs to the simulator's path: in an interpreter of our own, and in PySD.

PySD is no part of the project, which needs it nowhere else: ``PYSD`` names a Python that has it (CONTRIBUTING.md says
how to make one). Without it the model that PySD once ran, and its answer, are compared: they lie in tests/oracles.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from varied import random_amounts, varied
from xmile_run import SPACE, run

from regional_econ._base.errors import OptionError
from regional_econ.core.scenario import Deficit, Scenario, Setting
from regional_econ.policy.exports.diagram import diagram, mean_draw
from regional_econ.policy.exports.diagram_parts import Element
from regional_econ.policy.exports.xmile import xmile, xmile_text
from regional_econ.policy.model import stocks
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.scenarios.run import Grades, scenario_simulator
from regional_econ.policy.scenarios.run import run as run_scenario

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
PYSD = Path(os.environ.get("PYSD", "no-python-with-pysd"))
REWRITE = "REWRITE_XMILE"
NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?:e[+-]?\d+)?")
OUTCOME, MINING = "innovation_activity_pct", "mining_share_pct"
EXACT = 1e-11  # relative: the same doubles in another order
PEER = 1e-6  # PySD keeps ten digits of a graphical function


@pytest.fixture(scope="module")
def sim(world: Inputs) -> Simulator:
    given = varied(world)
    return Simulator.of(
        given, start=2023, end=2035, seed=3, grades=("A", "B", "C"), deficit=Deficit(1, 1.0), assumed=True
    )


def compare(
    sim: Simulator, amounts: np.ndarray, found: dict[str, Sequence[float]], *, draw: int, tolerance: float
) -> None:
    """Hold the outcome, every driver, every stock and what leads from one to the other against the simulator."""
    traces, expected = (
        sim.traces(amounts),
        {OUTCOME: sim.outcome(amounts)[draw], "logit_shift": sim.shift(amounts)[draw]},
    )
    lever, world = sim.arrays
    known = [part.driver for part in sim.model.drivers]
    for v, driver in enumerate(known):
        expected |= {
            driver: traces.level[v, draw],
            f"{driver}_change": traces.change[v, draw],
            f"{driver}_moved": traces.moved[v, draw],
            f"{driver}_outside": traces.outside[v, draw],
            f"{driver}_effect": traces.effect[v, draw],
        }
    programme = {driver: np.asarray(found[f"{driver}_programme"])[None, :] for driver in known}
    rates = {driver: world.rate[[draw], v] for v, driver in enumerate(known)}
    push = dict(zip(known, world.push, strict=True))
    rd, posts, wear = "rd_grp_pct", "researchers_per_10k_employed", "wear_pct"
    delta, start = rates[rd][:, 0], rates[rd][:, 1]
    flow = world.flow[[draw], sim.drivers.index(rd)]
    base = world.base[draw, sim.drivers.index(posts)]
    c, d, kappa, r, _ = rates[wear].T
    gross = np.cumprod(np.full(len(sim.years), 1.0 + c[0] - d[0]))
    wanted = push[wear] * programme[wear] * gross
    net_added, gross_added = held_assets(wanted, kappa)[0], held_assets((1.0 - r) * wanted, d)[0]
    expected |= {
        f"{rd}_stock_baseline_end": stocks.rd_stock(start, flow, delta)[0],
        f"{rd}_stock_end": stocks.rd_stock(start, flow * (1.0 + push[rd] * programme[rd]), delta)[0],
        f"{posts}_staff_end": stocks.funded_posts(push[posts] * programme[posts] * base, *rates[posts].T[:2])[0],
        f"{wear}_gross_baseline_end": gross,
        f"{wear}_gross": gross + gross_added,
        f"{wear}_net_added_end": net_added,
        f"{wear}_gross_added_end": gross_added,
    }
    for name, rows in {
        "mining_share_pct": ("mining_share_pct", "mining_effect"),
        OUTCOME: ("treated_gain", "treated_effect"),
    }.items():
        if name in sim.drivers:
            v = sim.drivers.index(name)
            expected |= {rows[0]: traces.level[v, draw], rows[1]: traces.effect[v, draw]}
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=tolerance, atol=tolerance, err_msg=name)
        if name.endswith("_end"):
            np.testing.assert_allclose(
                found[name.removesuffix("_end")][1:], values[:-1], rtol=tolerance, atol=tolerance, err_msg=name
            )
    for j, name in enumerate(sim.levers[: len(sim.model.levers)]):
        cap = sim.model.levers[j].lever.capacity or np.inf
        late, funded = int(lever.lag[draw, j]), np.minimum(amounts[j], cap) * lever.kept[draw]
        arrived = np.concatenate([np.zeros(late), funded])[: len(funded)]
        np.testing.assert_allclose(found[f"{name}_arrived"], arrived, rtol=tolerance, atol=tolerance)


def held_assets(wanted: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Return assets renewed up to what is wanted (1, years): posts that are all filled, which lose a share a year."""
    return stocks.funded_posts(wanted, lost, np.ones(1))


@pytest.mark.parametrize("seed", range(4))
def test_the_mean_draw_runs_to_the_simulators_path(sim: Simulator, seed: int) -> None:
    amounts = random_amounts(sim, seed)
    compare(mean_draw(sim), amounts, run(xmile(sim, amounts, name="m")), draw=0, tolerance=EXACT)


@pytest.mark.parametrize("rule", ["additive", "random", "nested"])
def test_any_draw_is_the_same_diagram_with_other_constants(sim: Simulator, rule: str) -> None:
    other = sim.with_overlap(rule).with_synergy(0.3, seed=1).with_decreasing_returns(0.5)
    amounts = random_amounts(sim, 9)
    mean = diagram(mean_draw(other), amounts)
    outside = other.traces(amounts).outside.max(axis=(0, 2))
    for draw in (0, 7, int(outside.argmax())):
        elements = diagram(other, amounts, draw=draw)
        same = [[(e.kind, e.name, not NUMBER.sub("", e.equation).strip("-") or e.equation) for e in found]
                for found in (elements, mean)]  # fmt: skip
        assert same[0] == same[1]
        compare(other, amounts, run(xmile_text(elements, other.years, name="m")), draw=draw, tolerance=EXACT)
    assert outside.max() > 0.0, "a draw outside the domain is among them"


def test_nothing_done_is_the_mean_of_the_baseline(sim: Simulator) -> None:
    found = run(xmile(sim, np.zeros((len(sim.levers), len(sim.years))), name="m"))
    np.testing.assert_allclose(found[OUTCOME], sim.baseline.mean(axis=0), rtol=EXACT)
    assert not any(found["logit_shift"])


def test_the_mean_draw_holds_means(sim: Simulator) -> None:
    mean = mean_draw(sim)
    for name, values in sim.parameters.items():
        expected = np.rint(values.mean()) if name.endswith(".delivery_lag") else values.mean()
        assert mean.parameters[name].tolist() == [expected], name
    assert mean.arrays[1].weights[0].sum(axis=1) == pytest.approx(np.ones(len(sim.model.drivers)))


def test_flows_exist_and_fill_their_stocks_by_the_year(sim: Simulator) -> None:
    elements = {e.name: e for e in diagram(mean_draw(sim), random_amounts(sim, 1))}
    assert all(e.units and e.doc for e in elements.values())
    kinds = {e.kind for e in elements.values()}
    assert kinds == {"aux", "flow", "stock"}
    moved = set()
    for stock in (e for e in elements.values() if e.kind == "stock"):
        for flow in (*stock.inflows, *stock.outflows):
            assert elements[flow].kind == "flow"
            assert elements[flow].units == f"{stock.units}/year", flow
            moved.add(flow)
    assert {e.name for e in elements.values() if e.kind == "flow"} - moved <= {"L36_funded"} | {
        e.name for e in elements.values() if e.name.endswith(("_funded", "_response"))
    }
    with pytest.raises(OptionError, match="outside 0 to 2"):
        xmile(sim, np.full((len(sim.levers), len(sim.years)), 3.0), name="m")


def test_pysd_ran_a_model_of_this_kind_to_our_path(sim: Simulator) -> None:
    """The stored model may hold other figures and levers than the present one, but it is the same language."""
    file = ORACLES / "policy_xmile.xmile"
    text = xmile(sim, random_amounts(sim, 0), name="oracle")
    if os.environ.get(REWRITE):
        file.write_text(text, encoding="utf-8")
    kept = file.read_text(encoding="utf-8")
    answer = json.loads((ORACLES / "policy_xmile.json").read_text(encoding="utf-8"))["path"]
    ours = run(kept)
    assert set(ours) <= set(answer)
    for name, values in ours.items():
        np.testing.assert_allclose(answer[name], values, rtol=PEER, atol=PEER, err_msg=name)
    advice = f"run this test with {REWRITE}=1, then policy_xmile.py in tests/oracles with PySD's Python"
    assert vocabulary(text) <= vocabulary(kept), advice
    assert skeleton(text, sim.levers) == skeleton(kept, sim.levers), advice


def vocabulary(text: str) -> set[str]:
    """Return the tags, attributes, functions and operators of a model."""
    nodes = list(ElementTree.fromstring(text).iter())
    equations = " ".join(node.text or "" for node in nodes if node.tag == f"{SPACE}eqn")
    words = set(re.findall(r"\b[A-Z]+\b(?!_)|[^\w\s.]", equations))
    return words | {f"{node.tag} {sorted(set(node.attrib) - {'name'})}" for node in nodes}


def skeleton(text: str, levers: Sequence[str]) -> dict[str, str]:
    """Return the equations of what is no lever's, without their numbers."""
    found = {}
    for node in ElementTree.fromstring(text).iter():
        name, equation = node.attrib.get("name", ""), node.findtext(f"{SPACE}eqn")
        if equation is not None and not name.startswith(tuple(levers)) and not name.endswith("_programme"):
            found[name] = NUMBER.sub("", equation).removeprefix("-")
    return found


@pytest.mark.skipif(
    not PYSD.is_file(),
    reason="PYSD names no Python with PySD (pip install pysd); its stored answer is compared instead",
)
def test_pysd_runs_it_to_the_simulators_path(sim: Simulator, tmp_path: Path) -> None:
    amounts = random_amounts(sim, 5)
    model, answer = tmp_path / "m.xmile", tmp_path / "m.json"
    model.write_text(xmile(sim, amounts, name="m"), encoding="utf-8")
    subprocess.run([PYSD, ORACLES / "policy_xmile.py", model, answer], check=True, capture_output=True)
    compare(mean_draw(sim), amounts, json.loads(answer.read_text())["path"], draw=0, tolerance=PEER)


@pytest.mark.parametrize("grades", ["as_declared", "all"])
def test_a_scenario_is_exported_on_the_draws_that_it_is_run_on(world: Inputs, grades: Grades) -> None:
    path = ((2025, 0.5), (2028, 1.5))
    settings = (Setting("L10", path), Setting("L11", path), Setting("L12", path))
    refs = {"baseline_ref": "forecast.nc", "draws_ref": "elasticities.json"}
    scenario = Scenario(
        id="s", start=2023, end=2035, settings=settings, shocks=(), seed=3, deficit=Deficit(1, 1.0), **refs
    )
    simulator, amounts = scenario_simulator(scenario, world, grades=grades)
    # 1e-12: sums of the same numbers in another order
    np.testing.assert_allclose(
        simulator.outcome(amounts), run_scenario(scenario, world, grades=grades).paths, atol=1e-12
    )
    assert (amounts > 0.0).any(axis=1).sum() == (3 if grades == "all" else 1)


def test_text_is_escaped() -> None:
    text = xmile_text([Element("aux", "a", "IF TIME < 2024 THEN 1 ELSE 2", "1", "a & b")], (2023, 2024), name="<m>")
    assert run(text)["a"] == [1.0, 2.0]
