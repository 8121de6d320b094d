"""Evidence for claims about regional innovation: regressions, forecasts, elasticities, policy and verdicts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from regional_econ._base.determinism import single_thread

single_thread()

if TYPE_CHECKING:
    from regional_econ.core.elasticity import load_elasticities as load_elasticities
    from regional_econ.core.forecast import load_forecast as load_forecast
    from regional_econ.core.tilting import mean_of as mean_of
    from regional_econ.core.tilting import probability_of as probability_of
    from regional_econ.core.tilting import tilt as tilt
    from regional_econ.data.load import load_panel as load_panel
    from regional_econ.data.weights import load_weights as load_weights
    from regional_econ.forecasting.sums import national_total as national_total
    from regional_econ.forecasting.sums import reconcile as reconcile
    from regional_econ.forecasting.sums import with_totals as with_totals
    from regional_econ.panel.fit import fit as fit
    from regional_econ.panel.inference import Clustered as Clustered
    from regional_econ.panel.inference import DriscollKraay as DriscollKraay
    from regional_econ.panel.margins import marginal_effects as marginal_effects
    from regional_econ.panel.spatial.effects import spatial_effects as spatial_effects
    from regional_econ.report.plot import etable as etable
    from regional_econ.report.plot import plot as plot

__version__ = "0.1.0"

_HOMES = {
    "Clustered": "regional_econ.panel.inference",
    "DriscollKraay": "regional_econ.panel.inference",
    "etable": "regional_econ.report.plot",
    "fit": "regional_econ.panel.fit",
    "load_elasticities": "regional_econ.core.elasticity",
    "load_forecast": "regional_econ.core.forecast",
    "load_panel": "regional_econ.data.load",
    "load_weights": "regional_econ.data.weights",
    "marginal_effects": "regional_econ.panel.margins",
    "mean_of": "regional_econ.core.tilting",
    "national_total": "regional_econ.forecasting.sums",
    "plot": "regional_econ.report.plot",
    "probability_of": "regional_econ.core.tilting",
    "reconcile": "regional_econ.forecasting.sums",
    "spatial_effects": "regional_econ.panel.spatial.effects",
    "tilt": "regional_econ.core.tilting",
    "with_totals": "regional_econ.forecasting.sums",
}

__all__ = [
    "Clustered",
    "DriscollKraay",
    "etable",
    "fit",
    "load_elasticities",
    "load_forecast",
    "load_panel",
    "load_weights",
    "marginal_effects",
    "mean_of",
    "national_total",
    "plot",
    "probability_of",
    "reconcile",
    "spatial_effects",
    "tilt",
    "with_totals",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'regional_econ' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
