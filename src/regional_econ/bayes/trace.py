"""What does sampling hand over? Arrays of draws and the record of how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import UnknownNameError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SamplerSettings:
    """How long to sample.

    Parameters
    ----------
    draws : kept draws a chain.
    tune : warm-up draws a chain, discarded.
    chains : independent chains.
    jobs : chains that run at the same time; it never changes a draw.
    target_accept : wanted acceptance.
    """

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    jobs: int = 1
    target_accept: float = 0.8

    def stricter(self) -> SamplerSettings:
        """Return settings for another attempt: half as many draws again and shorter steps.

        >>> again = SamplerSettings(draws=1000).stricter()
        >>> again.draws, round(again.target_accept, 2)
        (1500, 0.87)
        """
        return replace(self, draws=self.draws * 3 // 2, target_accept=1.0 - (1.0 - self.target_accept) / 1.5)


@dataclass(frozen=True)
class Trace:
    """A posterior sample.

    Parameters
    ----------
    posterior : by parameter, (chains, draws, ...) float64.
    divergent : (chains, draws) bool.
    energy : (chains, draws), the Hamiltonian's energy at each draw.
    n_steps : (chains, draws), leapfrog steps of each draw.
    seed : seed of the sampler.
    """

    posterior: Mapping[str, Array]
    divergent: NDArray[np.bool_]
    energy: Array
    n_steps: Array
    seed: int

    @property
    def n_chains(self) -> int:
        """Number of chains."""
        return int(self.energy.shape[0])

    @property
    def n_draws(self) -> int:
        """Number of draws over all chains."""
        return int(self.energy.size)

    def draws(self, parameter: str) -> Array:
        """Return (chains · draws, ...) of one parameter, chain after chain.

        Raises
        ------
        UnknownNameError : no such parameter.
        """
        if parameter not in self.posterior:
            raise UnknownNameError.of("parameter", parameter, self.posterior)
        values = self.posterior[parameter]
        return values.reshape(-1, *values.shape[2:])

    def __str__(self) -> str:
        size = f"{self.n_chains} chains of {self.n_draws // self.n_chains} draws"
        return f"Trace of {len(self.posterior)} parameters, {size}, seed {self.seed}."
