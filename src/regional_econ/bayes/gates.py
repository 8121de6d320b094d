"""May these draws be used? Gates on convergence, effective size, divergences and energy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regional_econ._base.errors import SamplingError
from regional_econ.bayes.convergence import convergence
from regional_econ.bayes.trace import Array, Trace


@dataclass(frozen=True)
class Gates:
    """What a sample must reach; the defaults are those of Vehtari et al. (2021) for four chains."""

    rhat_max: float = 1.01
    ess_min: float = 400.0
    bfmi_min: float = 0.3
    divergences_max: int = 0


@dataclass(frozen=True)
class GateReport:
    """The worst values over all scalar parameters, and which parameter has them."""

    rhat: float
    rhat_parameter: str
    ess_bulk: float
    ess_bulk_parameter: str
    ess_tail: float
    ess_tail_parameter: str
    divergences: int
    bfmi: float
    n_parameters: int

    def to_dict(self) -> dict[str, float | int | str]:
        """Return the values by name."""
        return dict(vars(self))

    def __str__(self) -> str:
        return (
            f"{self.n_parameters} parameters: R-hat at most {self.rhat:.4f} ({self.rhat_parameter}), "
            f"bulk ESS at least {self.ess_bulk:.0f} ({self.ess_bulk_parameter}), "
            f"tail ESS at least {self.ess_tail:.0f} ({self.ess_tail_parameter}), "
            f"{self.divergences} divergences, E-BFMI at least {self.bfmi:.2f}."
        )


def check(trace: Trace, gates: Gates | None = None) -> GateReport:
    """Hold a sample against its gates.

    Parameters
    ----------
    trace : draws of every scalar parameter, derived ones included.
    gates : what to reach; by default R-hat ≤ 1.01, ESS ≥ 400, E-BFMI ≥ 0.3 and no divergences.

    Returns
    -------
    The worst values found.

    Raises
    ------
    SamplingError : a gate fails; the message names the parameter and what to do.

    Source: Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), rank-normalised split R-hat, bulk and tail ESS;
    Betancourt (2016), E-BFMI.
    """
    wanted = gates or Gates()
    # what costs nothing to know comes first
    divergences = int(trace.divergent.sum())
    if divergences > wanted.divergences_max:
        _fail(f"{divergences} divergent transitions", "Raise the floors of the spreads or lengthen the tuning")
    found = diagnose(trace)
    if not found.bfmi >= wanted.bfmi_min:
        _fail(f"E-BFMI {found.bfmi:.2f} is below {wanted.bfmi_min}", "Reparametrise the widest hierarchy")
    if not found.rhat <= wanted.rhat_max:
        _fail(f"R-hat of {found.rhat_parameter} is {found.rhat:.4f}, above {wanted.rhat_max}", _LONGER)
    for kind, size, name in (
        ("bulk", found.ess_bulk, found.ess_bulk_parameter),
        ("tail", found.ess_tail, found.ess_tail_parameter),
    ):
        if not size >= wanted.ess_min:
            _fail(f"{kind} effective size of {name} is {size:.0f}, below {wanted.ess_min:.0f}", _LONGER)
    return found


def diagnose(trace: Trace) -> GateReport:
    """Return the worst diagnostics of a sample without judging them; a constant parameter counts as not converged."""
    worst: dict[str, tuple[float, str]] = {}
    n_parameters = 0
    for name, values in sorted(trace.posterior.items()):
        scalars = values.reshape(*values.shape[:2], -1)
        n_parameters += scalars.shape[2]
        rhat, bulk, tail = convergence(scalars)  # a constant parameter: its NaN fails the gate
        for kind, numbers in (("rhat", -rhat), ("bulk", bulk), ("tail", tail)):
            place = _worst_place(numbers)
            candidate = (float(numbers[place]), _scalar_name(name, values.shape[2:], place))
            if kind not in worst or not candidate[0] >= worst[kind][0]:
                worst[kind] = candidate
    return GateReport(
        -worst["rhat"][0], worst["rhat"][1], *worst["bulk"], *worst["tail"],
        int(trace.divergent.sum()), _bfmi(trace.energy), n_parameters,
    )  # fmt: skip


_LONGER = "Draw longer (draws and tune in the study file), or look at the data behind that parameter"


def _fail(what: str, advice: str) -> None:
    raise SamplingError(f"the posterior sample failed a gate: {what}", advice=advice)


def _worst_place(numbers: Array) -> int:
    missing = np.flatnonzero(np.isnan(numbers))
    return int(missing[0]) if missing.size else int(np.argmin(numbers))


def _scalar_name(name: str, shape: tuple[int, ...], place: int) -> str:
    if not shape:
        return name
    return f"{name}[{', '.join(str(int(k)) for k in np.unravel_index(place, shape))}]"


def _bfmi(energy: Array) -> float:
    return float(np.min(np.square(np.diff(energy, axis=1)).mean(axis=1) / energy.var(axis=1)))
