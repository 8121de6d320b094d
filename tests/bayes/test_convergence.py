"""Do R-hat and effective sizes of many parameters at once equal ArviZ's, one at a time?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from arviz_stats.base.array import array_stats

from regional_econ.bayes.convergence import TAILS, convergence

arviz: Any = array_stats


def chains(n_chains: int, n_draws: int) -> np.ndarray:
    """Independent, persistent, alternating, heavy-tailed, tied, drifting and separate chains."""
    rng = np.random.default_rng(3)
    z = rng.standard_normal((n_chains, n_draws, 9))
    for k, rho in ((1, 0.5), (2, 0.97), (3, -0.6)):
        for t in range(1, n_draws):
            z[:, t, k] += rho * z[:, t - 1, k]
    z[:, :, 4] = rng.standard_cauchy((n_chains, n_draws))
    z[:, :, 5] = np.round(z[:, :, 5])
    z[:, :, 6] += np.linspace(0.0, 3.0, n_draws)
    z[:, :, 7] += np.arange(n_chains)[:, None]
    z[:, :, 8] = z[:, :, 8] > 1.0
    return z


@pytest.mark.parametrize(("n_chains", "n_draws"), [(4, 1000), (4, 501), (2, 300), (3, 40), (4, 9)])
def test_all_parameters_together_equal_arviz_one_by_one(n_chains: int, n_draws: int) -> None:
    draws = chains(n_chains, n_draws)
    rhat, bulk, tail = convergence(draws)
    axes = {"chain_axis": 0, "draw_axis": 1}
    np.testing.assert_allclose(rhat, arviz.rhat(draws, **axes), rtol=1e-10)
    np.testing.assert_allclose(bulk, arviz.ess(draws, method="bulk", **axes), rtol=1e-8)
    np.testing.assert_allclose(tail, arviz.ess(draws, method="tail", prob=TAILS, **axes), rtol=1e-8)


def test_a_constant_parameter_has_not_converged() -> None:
    rhat, bulk, tail = convergence(np.full((4, 100, 1), 2.0))
    assert np.isnan(rhat).all()
    assert bulk.tolist() == tail.tolist() == [400.0]
