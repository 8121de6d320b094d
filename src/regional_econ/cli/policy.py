"""``policy``: run a scenario, or ask what a target would take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regional_econ.cli.options import DEFAULT_STUDY, JsonOption, ProfileOption, StudyOption, open_workspace
from regional_econ.cli.output import emit
from regional_econ.cli.policy_export import export_scenario

if TYPE_CHECKING:
    from regional_econ.core.scenario import Scenario
    from regional_econ.core.workspace import Workspace
    from regional_econ.policy.run import Inputs

app = typer.Typer(help="Levers, scenarios and targets.", no_args_is_help=True)
app.command("export")(export_scenario)


@app.command("run")
def run_scenario(
    scenario: Annotated[Path, typer.Argument(help="A scenario file, such as analyses/scenarios/rd_push.yml.")],
    all_grades: Annotated[
        bool, typer.Option("--all-grades", help="Switch weak links (grade C) on, as an assumption.")
    ] = False,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Run one scenario on the study's baseline forecast and elasticities."""
    from regional_econ.core.scenario import Scenario
    from regional_econ.policy.run import run

    workspace, given = open_workspace(study, profile), Scenario.read(scenario)
    result = run(given, _inputs(workspace, given), grades="all" if all_grades else "as_declared")
    aim = given.target or {"value": workspace.study.target_value, "year": workspace.study.target_year}
    value, year = float(aim["value"]), int(aim["year"])
    reached = result.probability(value, year)
    before = float((result.baseline[:, result.years.index(year)] >= value).mean())
    fan, gain = result.fan(), result.gain()
    off = [
        f"Off: {use.lever} (grade {use.grade}); it is switched on by --all-grades, as an assumption"
        for use in result.off
    ]
    flags = [str(flag) for flag in result.flags]
    data = {
        "scenario": result.id,
        "region": result.region,
        "outcome": result.outcome,
        "n_draws": len(result.baseline),
        "grade": result.grade,
        "prior_share": result.prior_share,
        "assumption": result.assumption,
        "fan": fan.to_dict(orient="records"),
        "gain_pp": gain.to_dict(orient="records"),
        "contributions_pp": result.contributions().to_dict(orient="records"),
        "probability": {
            "value": value, "year": year, "share": reached.value, "mc_error": reached.mc_error,
        },
        "levers": [vars(use) for use in result.uses],
        "flags": [vars(flag) for flag in result.flags],
        "inputs": dict(result.inputs),
    }  # fmt: skip
    last = fan.iloc[-1]
    text = "\n".join(
        [
            str(result),
            f"{result.years[-1]}: {last['p50']:.2f} %, 80 % between {last['lo80']:.2f} and {last['hi80']:.2f},"
            f" gain {gain.iloc[-1]['p50']:+.2f} pp, grade {result.grade or '–'},"
            f" prior share {_shown(result.prior_share)}.",
            f"P(≥ {value:g} % in {year}) = {reached.value:.3f} ± {reached.mc_error:.3f}"
            f" (without measures {before:.3f}).",
        ]
    )
    emit("policy run", data, as_json=as_json, text=text, messages=[*off, *flags])


@app.command("target")
def target(
    value: Annotated[float | None, typer.Option("--value", help="Target of the outcome, %.")] = None,
    year: Annotated[int | None, typer.Option("--year", help="By when.")] = None,
    probability: Annotated[float, typer.Option("--probability", help="With which probability.")] = 0.5,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Say how far each driver would have to change for a target, and whether that was ever seen."""
    from regional_econ.policy.target import needed_changes, needs_rows

    workspace = open_workspace(study, profile)
    settings = workspace.study
    wanted, by = settings.target_value if value is None else value, settings.target_year if year is None else year
    needs = needed_changes(_inputs(workspace), value=wanted, year=by, probability=probability, seed=settings.seed)
    lines = [f"To reach {wanted:g} % by {by} with probability {probability:g}:"]
    for need in needs:
        if need.change is None:
            verb = "never" if need.unbounded < probability else "not within what regions have seen"
            lines.append(f"  {need.driver}: {verb} (probability at most {need.best:.2f})")
            continue
        level = "" if need.level is None else f", from {need.level_now:.3g} to {need.level:.3g}"
        seen = "inside what regions have seen" if need.inside else "outside what regions have seen"
        lines.append(f"  {need.driver}: {need.change:+.3g} {need.unit}{level}; {need.pushes:.1f} pushes, {seen}")
    data = {"value": wanted, "year": by, "probability": probability, "needs": needs_rows(needs)}
    emit("policy target", data, as_json=as_json, text="\n".join(lines))


def _inputs(workspace: Workspace, scenario: Scenario | None = None) -> Inputs:
    from regional_econ.core.elasticity import ElasticitySet
    from regional_econ.core.forecast import Forecast
    from regional_econ.data.load import load_panel
    from regional_econ.policy.run import Inputs

    names = ("elasticities.json", "forecast.nc") if scenario is None else (scenario.draws_ref, scenario.baseline_ref)
    elasticities = ElasticitySet.read(workspace.artifact(names[0]))
    baseline = Forecast.read(workspace.artifact(names[1]))
    return Inputs.of(elasticities, baseline, load_panel(), region=workspace.study.focal_region)


def _shown(share: float | None) -> str:
    return "–" if share is None else f"{share:.2f}"
