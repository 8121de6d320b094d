"""``policy run``: scenarios on the study's baseline forecast and elasticities, each by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regional_econ.cli.options import (
    DEFAULT_STUDY,
    AllGradesOption,
    ClusterOption,
    JsonOption,
    ProfileOption,
    StudyOption,
    working,
)
from regional_econ.cli.output import emit
from regional_econ.cli.policy_inputs import on_own_draws, stands_on, stored_inputs

if TYPE_CHECKING:
    from regional_econ.core.scenario import Scenario
    from regional_econ.core.study import Study
    from regional_econ.core.workspace import Workspace
    from regional_econ.policy.model.inputs import Inputs


@dataclass(frozen=True)
class Asked:
    """A scenario, what it stands on, whether weak links are on, and the value and year that it is asked about."""

    scenario: Scenario
    inputs: Inputs
    all_grades: bool
    value: float
    year: int

    @classmethod
    def of(cls, scenario: Scenario, inputs: Inputs, study: Study, *, all_grades: bool) -> Asked:
        """Ask about the scenario's own target, or about the study's in the year of the scenario nearest to it."""
        nearest = max(scenario.start, min(study.target_year, scenario.end))
        aim = scenario.target or {"value": study.target_value, "year": nearest}
        return cls(scenario, inputs, all_grades, float(aim["value"]), int(aim["year"]))

    @property
    def hint(self) -> str:
        """The command that goes on from here."""
        command = f"regional-econ policy target --value {self.value:g} --year {self.year}"
        return f"Next: {command} says what would reach the target"


@dataclass(frozen=True)
class Answer:
    """What a scenario brings: data of JSON types, lines for people, remarks."""

    data: Mapping[str, Any]
    lines: tuple[str, ...]
    remarks: tuple[str, ...]


def run_scenarios(
    scenarios: Annotated[
        list[Path], typer.Argument(help="Scenario files, such as analyses/scenarios/rd_push.yml.", show_default=False)
    ],
    all_grades: AllGradesOption = False,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", help="Worker processes for many files; 1 by default, 0: as many as there are cores."),
    ] = None,
    cluster: ClusterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run scenarios on the study's baseline forecast and elasticities, each as if alone.

    With --json one file gives its answer as data, several a list of such answers with file and remarks each.
    """
    from regional_econ._base.parallel import map_cases
    from regional_econ.cli.policy_texts import ERROR_NOTE
    from regional_econ.core.scenario import Scenario

    _check_once(scenarios)
    given = {str(path): Scenario.read(path) for path in scenarios}
    here = 1 if jobs is None and cluster is None else jobs or 0
    with working(study, profile, here, cluster) as workspace:
        asked = _asked(given, workspace, all_grades=all_grades)
        label = "scenarios" if len(asked) > 1 else ""
        answers = map_cases(answer, asked, seed=workspace.study.seed, jobs=workspace.jobs, label=label)
    data: Mapping[str, Any]
    if len(answers) == 1:
        (one,) = answers.values()
        data, lines, remarks = one.data, one.lines, one.remarks
    else:
        data = {"scenarios": [{"file": file, **one.data, "remarks": one.remarks} for file, one in answers.items()]}
        blocks = ("\n".join([file, *one.lines, *one.remarks]) for file, one in answers.items())
        lines, remarks = ("\n\n".join(blocks), ""), ()
    hints = dict.fromkeys(one.hint for one in asked.values())
    emit("policy run", data, as_json=as_json, text="\n".join(lines), messages=[*remarks, ERROR_NOTE, *hints])


def _check_once(files: Sequence[Path]) -> None:
    from regional_econ._base.errors import OptionError

    seen = set()
    for file in files:
        if file.resolve() in seen:
            raise OptionError("a scenario file is named twice", where=str(file), advice="Name each file once")
        seen.add(file.resolve())


def _asked(given: Mapping[str, Scenario], workspace: Workspace, *, all_grades: bool) -> dict[str, Asked]:
    """Return what each scenario is asked; files are read once, and of the forecast only its regions go along."""
    stored = {
        names: stored_inputs(workspace, *names) for names in dict.fromkeys(stands_on(one) for one in given.values())
    }
    asked = {}
    for file, one in given.items():
        inputs = on_own_draws(workspace, one, stored[stands_on(one)])
        asked[file] = Asked.of(one, _cut(inputs, one), workspace.study, all_grades=all_grades)
    return asked


def _cut(inputs: Inputs, scenario: Scenario) -> Inputs:
    """Leave of the forecast the regions that a scenario needs: all would be two hundred megabytes a case.

    Where a shock names a region that is not there, nothing is cut: the run knows its line and what there is.
    """
    from regional_econ.core.conditions import NATIONAL

    named = {shock.region for shock in scenario.shocks}
    held = {str(name) for array in inputs.baseline.variables.values() for name in array["region"].to_numpy()}
    if not named <= held:
        return inputs
    named |= {cell.region for path in inputs.regimes.values() for cell in path.cells}
    return replace(inputs, baseline=inputs.baseline.of_regions({inputs.region, NATIONAL, *named}))


def answer(asked: Asked, _seed: int) -> Answer:
    """Run one scenario; its draws are those of its own seed.

    Raises
    ------
    UnknownNameError, OptionError, SchemaError : as `policy.scenarios.run.run`.
    """
    from regional_econ.cli import policy_texts as texts
    from regional_econ.cli.policy_numbers import error_text, number_text
    from regional_econ.policy.answers.figures import share_value
    from regional_econ.policy.scenarios.run import run

    result = run(asked.scenario, asked.inputs, grades="all" if asked.all_grades else "as_declared")
    value, year = asked.value, asked.year
    reached = result.probability(value, year)
    before = share_value(result.baseline[:, result.years.index(year)] >= value)
    target = asked.scenario.target
    wanted = None if target is None else float(target["prob"])
    fan, gain = result.fan(), result.gain()
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
            "without": before.value, "without_mc_error": before.mc_error, "asked": wanted,
        },
        "levers": [vars(use) for use in result.uses],
        "flags": texts.flag_data(result),
        "shocks": texts.shock_data(result),
        "held": list(result.held),
        "budget": texts.budget_data(result),
        "inputs": dict(result.inputs),
    }  # fmt: skip
    last, grown = fan.iloc[-1], gain.iloc[-1]
    lines = (
        str(result),
        f"{result.years[-1]}: {last['p50']:.2f} %, 80 % between {last['lo80']:.2f} and {last['hi80']:.2f},"
        f" gain {grown['p50']:+.2f} pp, 80 % between {grown['lo80']:+.2f} and {grown['hi80']:+.2f},"
        f" grade {result.grade or '–'}, prior share of the effect {number_text(result.prior_share)}.",
        f"P(≥ {value:g} % in {year}) = {error_text(reached)}"
        f" (without measures {error_text(before)}){texts.asked_text(wanted, float(reached.value or 0.0))}.",
    )
    remarks = (*texts.condition_lines(result), *texts.held_lines(result.held), *texts.flag_lines(result))
    return Answer(data, lines, remarks)
