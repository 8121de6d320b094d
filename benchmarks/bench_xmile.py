"""One draw of the policy model: the compiled simulator beside PySD on the model that we export.

Ours runs all 4,000 draws of 36 levers in a pass, and its seconds are shared among them; "ours_one_draw" asks a
simulator of a single draw, as PySD must. PySD's model is translated once, which is not counted, and then run with each
draw's constants and graphical functions. Both must give the same outcome within 1e-6.

PySD is no part of the project: it is run by the Python named in PYSD (CONTRIBUTING.md says how to make one).
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from bench_policy import YEARS, amounts, simulator
from peers import ELSEWHERE
from pytest_benchmark.fixture import BenchmarkFixture
from replay import CLOCK

from regional_econ.policy.exports.diagram import diagram
from regional_econ.policy.exports.xmile import xmile_text
from regional_econ.policy.model.parameters import compiled
from regional_econ.policy.model.simulator import Simulator

HERE = Path(__file__).resolve().parent
PYSD = Path(ELSEWHERE["pysd"])
DRAWS, ROUNDS, SAME = 12, 10, 1e-6
NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
Values = dict[str, float | list[float]]


def values_of(draw: int) -> Values:
    """Constants and graphical functions of a draw's diagram."""
    found: Values = {}
    for element in diagram(simulator(), amounts(1)[0], draw=draw):
        if element.graph:
            found[element.name] = list(element.graph)
        elif element.kind == "aux" and NUMBER.fullmatch(element.equation):
            found[element.name] = float(element.equation)
    return found


def one_draw(draw: int) -> Simulator:
    """The simulator with a single draw; the mean elasticities stay those of all draws."""
    whole = simulator()
    parameters = {name: values[[draw]] for name, values in whole.parameters.items()}
    lever, world = compiled(whole.model, parameters)
    arrays = lever, world._replace(centre=whole.arrays[1].centre)
    return replace(whole, parameters=parameters, baseline=whole.baseline[[draw]], arrays=arrays)


def ours() -> list[float]:
    """Seconds of a draw where all are run at once."""
    plan, found = amounts(1)[0], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        simulator().outcome(plan)
        found.append((time.perf_counter() - started) / simulator().n_draws)
    return found


def ours_one_draw() -> list[float]:
    """Seconds of a draw that is run alone."""
    plan, found = amounts(1)[0], []
    for draw in range(DRAWS):
        alone = one_draw(draw)
        alone.outcome(plan)
        started = time.perf_counter()
        alone.outcome(plan)
        found.append(time.perf_counter() - started)
    return found


def pysd() -> list[float]:
    """Seconds of a draw in PySD, whose outcome is compared."""
    plan = amounts(1)[0]
    expected = simulator().outcome(plan)[:DRAWS]
    with TemporaryDirectory() as folder:
        model, given, answer = (Path(folder) / name for name in ("model.xmile", "draws.json", "answer.json"))
        model.write_text(xmile_text(diagram(simulator(), plan), list(YEARS), name="model"), encoding="utf-8")
        first = values_of(0)
        others = [{name: v for name, v in values_of(d).items() if v != first[name]} for d in range(1, DRAWS)]
        draws = [first, *({name: row.get(name, first[name]) for name in _varying(others)} for row in others)]
        request = {"years": list(YEARS), "outcome": simulator().model.outcome, "draws": draws}
        given.write_text(json.dumps(request), encoding="utf-8")
        command = [str(PYSD), str(HERE / "pysd_runs.py"), str(model), str(given), str(answer)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(answer.read_text(encoding="utf-8"))
    np.testing.assert_allclose(found["outcomes"], expected, rtol=SAME)
    return list(found["seconds"][1:])


def _varying(rows: list[Values]) -> list[str]:
    return sorted({name for row in rows for name in row})


@cache
def seconds() -> Mapping[str, list[float]]:
    simulator().outcome(amounts(1)[0])
    found = {"ours": ours(), "ours_one_draw": ours_one_draw()}
    return found | ({"pysd": pysd()} if PYSD.is_file() else {})


@pytest.mark.benchmark(group="policy.one_draw", timer=CLOCK)
@pytest.mark.parametrize("peer", ["ours", "ours_one_draw", "pysd"])
def test_one_draw(benchmark: BenchmarkFixture, peer: str) -> None:
    if peer not in seconds():
        pytest.skip("PYSD names no Python with PySD")
    CLOCK.show(benchmark, seconds()[peer])
