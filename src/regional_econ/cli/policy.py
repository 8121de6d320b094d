"""``policy``: run scenarios, ask what a target would take, or rank the measures."""

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
from regional_econ.cli.policy_export import export_scenario
from regional_econ.cli.policy_inputs import inputs_of
from regional_econ.cli.policy_run import run_scenarios

app = typer.Typer(help="Levers, scenarios and targets.", no_args_is_help=True)
YearsOption = Annotated[
    str | None,
    typer.Option("--years", help="Years of the build-up, such as 2027-2031; the study's by default."),
]
app.command("run")(run_scenarios)
app.command("export")(export_scenario)


@app.command("target")
def target(
    indicator: Annotated[str | None, typer.Option("--indicator", help="The outcome; the study's by default.")] = None,
    value: Annotated[float | None, typer.Option("--value", help="Target of the outcome, %.")] = None,
    year: Annotated[int | None, typer.Option("--year", help="By when.")] = None,
    probability: Annotated[
        float | None, typer.Option("--probability", help="With which probability; the study's by default.")
    ] = None,
    years: YearsOption = None,
    all_grades: AllGradesOption = False,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Say which mix of measures, and which change of each driver, would reach a target, and whether any does."""
    from regional_econ.cli import policy_texts as texts
    from regional_econ.policy.answers.backcast import backcast
    from regional_econ.policy.answers.question import ALL, DECLARED, Question
    from regional_econ.policy.answers.target import needed_changes, needs_rows

    workspace = open_workspace(study, profile)
    settings = workspace.study
    texts.check_indicator(indicator, settings.outcome)
    wanted, by = settings.target_value if value is None else value, settings.target_year if year is None else year
    probability = settings.target_probability if probability is None else probability
    first, last = texts.span(years, settings)
    inputs = inputs_of(workspace)
    needs = needed_changes(inputs, value=wanted, year=by, probability=probability, seed=settings.seed)
    grades = ALL if all_grades else DECLARED
    question = Question.of(inputs, grades=grades, end=by, first=first, last=last, seed=settings.seed)
    found = None
    if question.chains:
        found = backcast(
            question.model, question.programme, question.bounds(), target=wanted, year=by, probability=probability
        )
    data = {
        "indicator": settings.outcome,
        "value": wanted,
        "year": by,
        "probability": probability,
        "n_draws": question.model.n_draws,
        "needs": needs_rows(needs),
        "mix": None if found is None else texts.mix_data(found, question),
        "limits": texts.limit_data(question),
        "held": question.held,
    }
    lines = [*texts.mix_lines(found, question), "", *texts.need_lines(needs, probability)]
    emit(
        "policy target", data, as_json=as_json, text="\n".join(lines),
        messages=[*texts.held_lines(question.held), texts.ERROR_NOTE, *texts.target_messages(found, all_grades)],
    )  # fmt: skip


@app.command("rank")
def rank_levers(
    costs: Annotated[Path | None, typer.Option("--costs", help="A file of costs, each with its source.")] = None,
    budget: Annotated[float | None, typer.Option("--budget", help="Roubles over the years; needs --costs.")] = None,
    years: YearsOption = None,
    year: Annotated[int | None, typer.Option("--year", help="When the gain is read; the target year.")] = None,
    worth: Annotated[float | None, typer.Option("--worth", help="Roubles that a percentage point is worth.")] = None,
    all_grades: AllGradesOption = False,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Rank measures by what one standard push brings and, with costs that have a source, by money."""
    from regional_econ._base.errors import OptionError
    from regional_econ.cli import policy_rank_texts as words
    from regional_econ.cli import policy_texts as texts
    from regional_econ.policy.answers import money
    from regional_econ.policy.answers.cost_file import read_costs
    from regional_econ.policy.answers.question import ALL, DECLARED, Question
    from regional_econ.policy.answers.ranking import rank

    texts.check_money(costs, budget, worth)
    workspace = open_workspace(study, profile)
    settings, (first, last) = workspace.study, texts.span(years, workspace.study)
    by = settings.target_year if year is None else year
    inputs = inputs_of(workspace)
    grades = ALL if all_grades else DECLARED
    question = Question.of(inputs, grades=grades, end=by, first=first, last=last, seed=settings.seed)
    if not question.chains:
        raise OptionError("no lever of these grades moves a driver", advice="Add --all-grades, as an assumption")
    ranking = rank(question.model, question.programme, question.chains, year=by, target=settings.target_value)
    table = None if costs is None else read_costs(costs, levers=[lever.id for lever in inputs.levers])
    priced = None if table is None else money.by_money(question, ranking, table)
    bought = None
    if table is not None and priced and budget is not None:
        bought = money.buy(question, table, budget=budget, target=settings.target_value, year=by)
    off = words.switched_off(question, inputs)
    data = words.rank_data(ranking, off, priced, bought, worth, question)
    data["held"] = question.held
    notes = [*texts.held_lines(question.held), *([] if table is None else [texts.COST_NOTE]), texts.ERROR_NOTE]
    lines = [*words.rank_lines(ranking, worth, question), *words.money_lines(priced, bought, question)]
    emit(
        "policy rank", data, as_json=as_json, text="\n".join(lines),
        messages=[*notes, *words.rank_messages(ranking, off, table, budget)],
    )  # fmt: skip
