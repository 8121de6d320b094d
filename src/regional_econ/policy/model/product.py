"""What would regional product and the budget gain? A description by a published elasticity, outside the model's loop.

ln Y = ln Y⁰ + g (ln y − ln y⁰) and B = τ Y, draw by draw: y innovation activity, g its published elasticity of output,
τ the budget's revenue as a share of regional product in the region's own figures. Nothing of this returns to levers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ.policy.model.baselines import regional_product
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.scenarios.result import PolicyResult

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ProductGain:
    """What a scenario would add (draws, years): regional product in %, and budget revenue in million roubles of the
    forecast's origin year."""

    years: tuple[int, ...]
    product_pct: Floats
    budget_mln_rub: Floats


def product_gain(inputs: Inputs, result: PolicyResult) -> ProductGain:
    """Return the descriptive gain of product and budget.

    Parameters
    ----------
    inputs : what the scenario was run on; its declared elasticity of output and estimated budget share are drawn with
        the scenario's seed.
    result : the scenario.

    Raises
    ------
    UnknownNameError : regional product that the forecast does not hold.

    Source: Blanco, Gu and Prieger (2016), Southern Economic Journal 82(3), for the elasticity.
    """
    draws, seed = len(result.baseline), result.scenario.seed
    elasticity = inputs.priors["output_elasticity"].draw(draws, seed)[:, None]
    share = inputs.priors["budget_share"].draw(draws, seed)[:, None]
    some = result.baseline > 0.0
    logs = np.log(np.divide(result.paths, result.baseline, out=np.ones_like(result.baseline), where=some))
    factor = np.expm1(elasticity * logs)
    return ProductGain(
        result.years, 100.0 * factor, share * regional_product(inputs, result.years, draws=draws) * factor
    )
