"""What the ``policy`` commands stand on: the study's forecast and elasticities, or those that a scenario names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regional_econ.core.scenario import Scenario
    from regional_econ.core.workspace import Workspace
    from regional_econ.policy.model.inputs import Inputs


def inputs_of(workspace: Workspace, scenario: Scenario | None = None) -> Inputs:
    """Return the policy model's inputs for a study, or those that a scenario names.

    Raises
    ------
    OptionError, StoreError : as :func:`stored_inputs` and :func:`on_own_draws`.
    """
    if scenario is None:
        return stored_inputs(workspace, "elasticities.json", "forecast.nc")
    return on_own_draws(workspace, scenario, stored_inputs(workspace, *stands_on(scenario)))


def stands_on(scenario: Scenario) -> tuple[str, str]:
    """Return the files of elasticities and forecast that a scenario names; the page's draws are some of the study's."""
    from regional_econ.policy.exports.page_draws import DOCUMENT

    return "elasticities.json" if scenario.draws_ref == DOCUMENT else scenario.draws_ref, scenario.baseline_ref


def stored_inputs(workspace: Workspace, elasticities: str, forecast: str) -> Inputs:
    """Return the policy model's inputs from two files of a workspace.

    Raises
    ------
    OptionError : the study has another outcome or driver than the model is written for.
    StoreError : the forecast or the elasticities are not made yet.
    """
    from regional_econ.core.elasticity import ElasticitySet
    from regional_econ.core.forecast import Forecast
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_national
    from regional_econ.forecasting.choice import read_choice
    from regional_econ.forecasting.scenarios import regime_paths
    from regional_econ.policy.model.baselines import check_study
    from regional_econ.policy.model.inputs import Inputs

    check_study(workspace.study, where=str(workspace.study_path))
    effects = ElasticitySet.read(workspace.artifact(elasticities))
    baseline = Forecast.read(workspace.artifact(forecast))
    regimes = regime_paths(load_national(), read_choice().scenarios, origin=baseline.origin)
    return Inputs.of(effects, baseline, load_panel(), region=workspace.study.focal_region, regimes=regimes)


def on_own_draws(workspace: Workspace, scenario: Scenario, inputs: Inputs) -> Inputs:
    """Return inputs on the policy page's own draws where a scenario names them, else as they are.

    Raises
    ------
    OptionError : the scenario has another seed than the page's draws.
    StoreError : the page's draws were made of another forecast or other elasticities.
    """
    from regional_econ._base.files import read_json
    from regional_econ.policy.exports.page_draws import DOCUMENT, on_page_draws

    if scenario.draws_ref != DOCUMENT:
        return inputs
    return on_page_draws(inputs, read_json(workspace.artifact(DOCUMENT)), scenario)
