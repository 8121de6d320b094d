"""Do the gates let good draws pass and stop each kind of bad ones, naming the parameter?"""

from __future__ import annotations

import numpy as np
import pytest

from regional_econ._base.errors import SamplingError
from regional_econ.bayes.gates import Gates, check
from regional_econ.bayes.trace import Trace


def white(seed: int = 0) -> Trace:
    rng = np.random.default_rng(seed)
    shape = (4, 500)
    return Trace(
        {"level": rng.normal(size=shape), "slope": rng.normal(size=(*shape, 2, 3))},
        np.zeros(shape, dtype=bool), rng.normal(size=shape), np.full(shape, 7.0), seed,
    )  # fmt: skip


def spoiled(what: str) -> Trace:
    trace = white()
    slope = trace.posterior["slope"].copy()
    divergent, energy = trace.divergent.copy(), trace.energy
    if what == "stuck chain":
        slope[2, :, 1, 2] += 1.0
    elif what == "slow":
        slope[:, :, 0, 1] = np.cumsum(slope[:, :, 0, 1], axis=1)
    elif what == "constant":
        slope[:, :, 1, 0] = 3.0
    elif what == "no number":
        slope[3, 77, 1, 0] = np.nan
    elif what == "divergent":
        divergent[1, 5] = True
    elif what == "energy":
        energy = np.cumsum(energy, axis=1)
    return Trace({**trace.posterior, "slope": slope}, divergent, energy, trace.n_steps, 0)


def test_white_noise_passes_and_effective_size_is_near_the_number_of_draws() -> None:
    report = check(white())
    assert report.n_parameters == 7
    assert report.rhat < 1.005
    # independent draws: the smallest of seven estimates stays within a fifth of 2,000
    assert 1600 < report.ess_bulk < 2400
    # E-BFMI of independent energies is E(difference²)/variance = 2, its standard error here below 0.1
    assert report.bfmi == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("stuck chain", r"R-hat of slope\[1, 2\]"),
        ("slow", r"slope\[0, 1\]"),
        ("constant", r"R-hat of slope\[1, 0\]"),
        ("no number", r"R-hat of slope\[1, 0\] is nan"),
        ("divergent", "1 divergent"),
        ("energy", "E-BFMI"),
    ],
)
def test_each_kind_of_bad_draws_is_stopped_and_named(what: str, named: str) -> None:
    with pytest.raises(SamplingError, match=named):
        check(spoiled(what))


def test_gates_can_be_set() -> None:
    with pytest.raises(SamplingError, match="below 3000"):
        check(white(), Gates(ess_min=3000.0))
    assert check(spoiled("divergent"), Gates(divergences_max=1)).divergences == 1
