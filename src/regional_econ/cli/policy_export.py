"""``policy export``: a scenario as an XMILE file for other system dynamics programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from regional_econ.cli.options import (
    DEFAULT_STUDY,
    AllGradesOption,
    JsonOption,
    ProfileOption,
    StudyOption,
    open_workspace,
)
from regional_econ.cli.output import emit
from regional_econ.cli.policy_inputs import inputs_of


def export_scenario(
    scenario: Annotated[Path, typer.Argument(help="A scenario file, such as analyses/scenarios/rd_push.yml.")],
    out: Annotated[Path, typer.Option("--out", help="The XMILE file to write.")],
    all_grades: AllGradesOption = False,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Write one scenario as stocks and flows: the model with every uncertain input at its mean."""
    from regional_econ._base.files import check_writable, write_text
    from regional_econ.core.scenario import Scenario
    from regional_econ.policy.exports.diagram import diagram, mean_draw
    from regional_econ.policy.exports.xmile import xmile_text
    from regional_econ.policy.scenarios.run import scenario_simulator

    workspace, given = open_workspace(study, profile), Scenario.read(scenario)
    check_writable(out)
    inputs = inputs_of(workspace, given)
    simulator, amounts = scenario_simulator(given, inputs, grades="all" if all_grades else "as_declared")
    mean = mean_draw(simulator)
    elements = diagram(mean, amounts)
    write_text(out, xmile_text(elements, mean.years, name=f"{given.id}, {inputs.region}"))
    last, plain = float(mean.outcome(amounts)[0, -1]), float(mean.baseline[0, -1])
    kinds = [element.kind for element in elements]
    data = {
        "scenario": given.id,
        "region": inputs.region,
        "outcome": inputs.outcome,
        "file": str(out),
        "years": [mean.years[0], mean.years[-1]],
        "stocks": kinds.count("stock"),
        "flows": kinds.count("flow"),
        "auxiliaries": kinds.count("aux"),
        "mean_draw": {"year": mean.years[-1], "value": last, "without_measures": plain},
    }
    text = (
        f"Wrote {out}: {data['stocks']} stocks, {data['flows']} flows, {data['auxiliaries']} auxiliaries,"
        f" {mean.years[0]}–{mean.years[-1]} in yearly steps.\n"
        f"Its path ends at {last:.4f} % in {mean.years[-1]} ({plain:.4f} % without measures)."
    )
    note = "Every uncertain input stands at its mean; the path is neither the mean nor the median of the draws."
    emit("policy export", data, as_json=as_json, text=text, messages=[note])
