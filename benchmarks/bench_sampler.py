"""One effective draw of the forecast model: the shipped sampler beside the same model written naively.

The seconds of one effective draw are those that a whole run keeps one core busy, warm-up counted and compilation not,
over the least bulk effective size of all hyperparameters, volatilities and loadings. All see the same figures: real GRP
of 85 regions up to 2015. The naive model samples every level and growth; it is drawn by PyMC's own NUTS (what
``pm.sample`` does where nutpie is not installed), by nutpie, and by numpyro, each with its own defaults but for its
length. PyMC and numpyro are seen in some hundred draws, since their chains of 2,900 parameters go on for hours; an
effective size is hardly below one a chain, which flatters who gets nowhere. Nutpie is drawn long enough to hold its
posterior against ours. Years without figures are left out for the peers.

We should give at least 50 effective draws a second (20 ms each), and 500 times the rate of PyMC's NUTS.
Numpyro is no part of the project: it is run by the Python named in NUMPYRO, which needs PyMC too.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from arviz_stats.base.array import array_stats
from naive_growth import naive_model
from peers import ELSEWHERE
from pytest_benchmark.fixture import BenchmarkFixture
from replay import CLOCK

from regional_econ.bayes.sampling import sample
from regional_econ.bayes.trace import SamplerSettings
from regional_econ.data.load import load_panel
from regional_econ.forecasting.choice import load_choice
from regional_econ.forecasting.data import IndicatorData, prepare
from regional_econ.forecasting.indicators import indicator

HERE = Path(__file__).resolve().parent
NUMPYRO = Path(ELSEWHERE["numpyro"])
INDICATOR, ORIGIN = "grp_real_index", 2015
SHIPPED = SamplerSettings(draws=1000, tune=500)
CHAINS, TUNE, DRAWS = 2, 300, 300
LONG_TUNE, LONG_DRAWS = 1500, 2000
SEED = 20221231
COMPARED = (
    "log_sd_mean", "log_sd_sd", "log_sd", "common_drift", "parts", "persistence", "loading_sd", "loading", "factor_sd",
    "factor_persistence",
)  # fmt: skip
Draws = Mapping[str, np.ndarray]
Run = tuple[float, Draws]

pytestmark = pytest.mark.filterwarnings("ignore")


@cache
def figures() -> IndicatorData:
    """What the forecaster of 2015 sees."""
    found = prepare(load_panel(), indicator(INDICATOR), origin=ORIGIN, prior=load_choice().prior)
    assert not found.model.breaks.any()
    return found


def arrays() -> dict[str, np.ndarray]:
    """The same for the naive model, from the first year with figures on."""
    data = figures().model
    first = int(np.argmax(data.weight.any(axis=0)))
    names = ("observed", "weight", "national", "known", "before", "known_before")
    return {name: getattr(data, name)[..., first:] for name in names} | {"prior": data.prior.array()}


def ours() -> Run:
    """The shipped sampler."""
    structure, data = load_choice().structure, figures().model
    sample(data, seed=SEED, settings=SamplerSettings(draws=5, tune=5, chains=1), structure=structure)
    started = time.process_time()
    trace = sample(data, seed=SEED, settings=SHIPPED, structure=structure)
    return time.process_time() - started, trace.posterior


def pymc_nuts() -> Run:
    """PyMC's NUTS with its defaults; the clock starts with the first draw, when all is compiled."""
    import pymc

    clock: list[float] = []
    with naive_model(arrays()):
        found = pymc.sample(
            DRAWS, tune=TUNE, chains=CHAINS, cores=1, random_seed=SEED, nuts_sampler="pymc", progressbar=False,
            compute_convergence_checks=False, callback=lambda **_: clock.append(time.process_time()),
        )  # fmt: skip
    return clock[-1] - clock[0], _posterior(found)


def nutpie_naive() -> Run:
    """Nutpie with its defaults, on the naive model."""
    import nutpie

    compiled = nutpie.compile_pymc_model(naive_model(arrays()), backend="numba")
    started = time.process_time()
    found = nutpie.sample(
        compiled, draws=LONG_DRAWS, tune=LONG_TUNE, chains=CHAINS, cores=1, seed=SEED, progress_bar=False,
        save_warmup=False,
    )  # fmt: skip
    return time.process_time() - started, _posterior(found)


def numpyro_naive() -> Run:
    """Numpyro with its defaults, on the naive model."""
    with TemporaryDirectory() as folder:
        given, drawn = Path(folder) / "data.npz", Path(folder) / "draws.npz"
        np.savez(given, **arrays(), chains=CHAINS, tune=TUNE, draws=DRAWS, seed=SEED)
        command = [str(NUMPYRO), str(HERE / "numpyro_growth.py"), str(given), str(drawn)]
        said = subprocess.run(command, input="\n", capture_output=True, text=True, check=True).stdout.split()
        with np.load(drawn) as found:
            return float(said[-1]), _constrained(dict(found))


def _posterior(found: Any) -> Draws:
    return {str(name): np.asarray(values) for name, values in found.posterior.items()}


def _constrained(values: Draws) -> Draws:
    """Turn unconstrained draws into those of the compared parameters."""
    model = naive_model(arrays())
    wanted = [one for one in model.unobserved_value_vars if one.name in COMPARED]
    convert = model.compile_fn(wanted, inputs=model.value_vars, point_fn=False, on_unused_input="ignore")
    shape = next(iter(values.values())).shape[:2]
    rows = [convert(*(values[one.name][place] for one in model.value_vars)) for place in np.ndindex(shape)]
    return {
        one.name: np.array([row[k] for row in rows]).reshape(*shape, *np.shape(rows[0][k]))
        for k, one in enumerate(wanted)
    }


PEERS: dict[str, Callable[[], Run]] = {
    "ours": ours, "pymc": pymc_nuts, "nutpie": nutpie_naive, "numpyro": numpyro_naive,
}  # fmt: skip


def effective_sizes(draws: Draws) -> dict[str, np.ndarray]:
    """Bulk effective sizes of the compared parameters."""
    sizes = {}
    for name in COMPARED:
        values = np.asarray(draws[name], dtype=float)
        flat = values.reshape(*values.shape[:2], -1)
        sizes[name] = np.asarray(array_stats.ess(flat, chain_axis=0, draw_axis=1, method="bulk"))
    return sizes


@cache
def run_of(peer: str) -> Run:
    """One run."""
    return PEERS[peer]()


def agree(one: Draws, other: Draws) -> None:
    """Hold the means of the single parameters against each other: within five joint Monte Carlo errors."""
    sizes = effective_sizes(one), effective_sizes(other)
    for name in COMPARED:
        if np.ndim(one[name]) == 2:
            parts = [(draws[name].mean(), draws[name].std() / np.sqrt(size[name][0]))
                     for draws, size in zip((one, other), sizes, strict=True)]  # fmt: skip
            error = float(np.hypot(parts[0][1], parts[1][1]))
            assert abs(parts[0][0] - parts[1][0]) < 5.0 * error, name


def has_numpyro() -> bool:
    """Whether the Python of the peers has numpyro and PyMC."""
    return NUMPYRO.is_file() and subprocess.run([NUMPYRO, "-c", "import numpyro, pymc"], check=False).returncode == 0


@pytest.mark.benchmark(group="forecast.effective_draw", timer=CLOCK)
@pytest.mark.parametrize("peer", PEERS)
def test_effective_draw(benchmark: BenchmarkFixture, peer: str) -> None:
    if peer == "numpyro" and not has_numpyro():
        pytest.skip(f"no numpyro with PyMC in {NUMPYRO}")
    seconds, draws = run_of(peer)
    least = min(float(sizes.min()) for sizes in effective_sizes(draws).values())
    if peer == "nutpie":
        agree(run_of("ours")[1], draws)
    CLOCK.show(benchmark, [seconds / least])
