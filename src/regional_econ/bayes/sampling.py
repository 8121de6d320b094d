"""How is a model sampled? Compiled once a process, by nutpie on numba, with the same draws for the same seed.

Fast math lets the compiler reorder sums, and then a cold and a warm cache of compiled code give different draws, so
it is switched off before anything is compiled. Each chain has its own random stream: how many run at a time changes
nothing.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from regional_econ._base.errors import Interrupted
from regional_econ._base.interrupts import ctrl_c_waits
from regional_econ.bayes.growth_model import GrowthData, Structure, build_growth_model
from regional_econ.bayes.trace import SamplerSettings, Trace

if TYPE_CHECKING:
    import pymc as pm


# With steps of one length most trajectories end half a turn from where they began: z becomes −z, and |z| hardly moves.
_JITTER = 0.5
# coordinates whose transforms are kept
_RAW = ("_z", "_above", "_01")


def sample(
    data: GrowthData,
    *,
    seed: int,
    settings: SamplerSettings | None = None,
    structure: Structure | None = None,
    store_log_lik: bool = False,
) -> Trace:
    """Draw from the posterior of one indicator's state-space model.

    Parameters
    ----------
    data : the figures; panels of one size share one compiled model.
    seed : seed of the chains.
    settings : chains, draws, warm-up draws and workers.
    structure : the parts of the model.
    store_log_lik : keep the log likelihood.

    Returns
    -------
    The draws, not yet judged: see :func:`regional_econ.bayes.gates.check`.

    Raises
    ------
    Interrupted : sampling was stopped before all draws were taken.
    """
    parts = structure or Structure()
    compiled = _compiled(*data.shape, parts, store_log_lik).with_data(**data.arrays(parts))
    return _draw(compiled, seed, settings or SamplerSettings())


def sample_model(model: pm.Model, *, seed: int, settings: SamplerSettings | None = None) -> Trace:
    """Compile any PyMC model and draw from its posterior.

    Raises
    ------
    Interrupted : sampling was stopped before all draws were taken.
    """
    return _draw(_compile(model), seed, settings or SamplerSettings())


@cache
def _compiled(n_regions: int, n_steps: int, structure: Structure, store_log_lik: bool) -> Any:
    return _compile(build_growth_model(n_regions, n_steps, structure, store_log_lik=store_log_lik))


def _compile(model: pm.Model) -> Any:
    import nutpie
    from pytensor.configdefaults import config

    config.numba__fastmath = False
    with warnings.catch_warnings(), ctrl_c_waits("compiling the model"):
        # whether a BLAS library was found does not matter here: the model multiplies no matrices
        warnings.filterwarnings("ignore", message="PyTensor could not link to a BLAS", category=UserWarning)
        return nutpie.compile_pymc_model(model, backend="numba")


def _draw(compiled: Any, seed: int, wanted: SamplerSettings) -> Trace:
    import nutpie

    outcome = nutpie.sample(
        compiled, draws=wanted.draws, tune=wanted.tune, chains=wanted.chains, cores=wanted.jobs, seed=seed,
        step_size_jitter=_JITTER, target_accept=wanted.target_accept, progress_bar=False, save_warmup=False,
    )  # fmt: skip
    return _to_trace(outcome, seed, wanted)


def _to_trace(outcome: Any, seed: int, wanted: SamplerSettings) -> Trace:
    statistics = outcome.sample_stats
    shape = tuple(statistics["energy"].shape)
    if shape != (wanted.chains, wanted.draws):
        taken = int(np.prod(shape))
        raise Interrupted(
            f"sampling stopped after {taken} of {wanted.chains * wanted.draws} draws",
            advice="Run the same command again; origins of a backtest that are finished are kept",
        )
    posterior = {
        str(name): np.asarray(values.to_numpy(), dtype=np.float64)
        for name, values in outcome.posterior.items()
        if not str(name).endswith(_RAW)
    }
    return Trace(
        posterior,
        np.asarray(statistics["diverging"].to_numpy(), dtype=bool),
        np.asarray(statistics["energy"].to_numpy(), dtype=np.float64),
        np.asarray(statistics["n_steps"].to_numpy(), dtype=np.float64),
        seed,
    )
