"""Some of a simulator's draws: the same model, answered on the rows that were handed on to somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from regional_econ.policy.model.simulator import Simulator

_OF_LEVERS = ("lag", "gain", "kept")
_OF_DRIVERS = ("epsilon", "phi", "theta", "weights", "rate", "base", "flow")


def thinned(simulator: Simulator, rows: Sequence[int]) -> Simulator:
    """Return the simulator with some of its draws, in their order; what all draws decide together stays as it is.

    That is the mean elasticity, around which the spread outside a domain is widened. A change of parameters would
    compute it anew, so thin last.

    Parameters
    ----------
    rows : which draws.
    """
    kept = np.asarray(rows, dtype=np.int64)
    levers, drivers = simulator.arrays
    return replace(
        simulator,
        parameters={name: values[kept] for name, values in simulator.parameters.items()},
        baseline=simulator.baseline[kept],
        arrays=(
            levers._replace(**{name: np.ascontiguousarray(getattr(levers, name)[kept]) for name in _OF_LEVERS}),
            drivers._replace(**{name: np.ascontiguousarray(getattr(drivers, name)[kept]) for name in _OF_DRIVERS}),
        ),
    )
