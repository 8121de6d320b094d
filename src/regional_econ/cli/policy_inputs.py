"""What the ``policy`` commands stand on: the study's forecast and elasticities, or those that a scenario names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regional_econ.core.scenario import Scenario
    from regional_econ.core.workspace import Workspace
    from regional_econ.policy.model.inputs import Inputs


def inputs_of(workspace: Workspace, scenario: Scenario | None = None) -> Inputs:
    """Return the policy model's inputs for a study.

    A scenario whose draws are those of the policy page runs on the page's own draws of the study's elasticities.

    Raises
    ------
    OptionError : the study has another outcome or driver than the model is written for, or the scenario another seed
        than the page's draws.
    StoreError : the forecast or the elasticities are not made yet, or the page's draws were made of others.
    """
    from regional_econ._base.files import read_json
    from regional_econ.core.elasticity import ElasticitySet
    from regional_econ.core.forecast import Forecast
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_national
    from regional_econ.forecasting.choice import read_choice
    from regional_econ.forecasting.scenarios import regime_paths
    from regional_econ.policy.exports.page_draws import DOCUMENT, on_page_draws
    from regional_econ.policy.model.baselines import check_study
    from regional_econ.policy.model.inputs import Inputs

    check_study(workspace.study, where=str(workspace.study_path))
    names = ("elasticities.json", "forecast.nc") if scenario is None else (scenario.draws_ref, scenario.baseline_ref)
    elasticities = ElasticitySet.read(workspace.artifact("elasticities.json" if names[0] == DOCUMENT else names[0]))
    baseline = Forecast.read(workspace.artifact(names[1]))
    regimes = regime_paths(load_national(), read_choice().scenarios, origin=baseline.origin)
    inputs = Inputs.of(elasticities, baseline, load_panel(), region=workspace.study.focal_region, regimes=regimes)
    if scenario is None or names[0] != DOCUMENT:
        return inputs
    return on_page_draws(inputs, read_json(workspace.artifact(DOCUMENT)), scenario)
