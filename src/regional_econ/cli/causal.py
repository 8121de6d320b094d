"""``causal``: the questions and their graphs, every admissible specification, and what they say together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regional_econ.cli.options import (
    DEFAULT_SPECIFICATIONS,
    DEFAULT_STUDY,
    ClusterOption,
    JobsOption,
    JsonOption,
    SpecificationsOption,
    StudyOption,
    workers,
)
from regional_econ.cli.output import emit

if TYPE_CHECKING:
    from regional_econ.causal.declaration import Multiverse
    from regional_econ.causal.multiverse import MultiverseResult
    from regional_econ.causal.questions import Question, Questions
    from regional_econ.core.panel import Panel

app = typer.Typer(
    help="Causal evidence: questions and graphs, admissible specifications, placebos, sensitivity.",
    no_args_is_help=True,
)
QuestionsOption = Annotated[Path | None, typer.Option("--file", help="The declared questions.")]
DriverOption = Annotated[str | None, typer.Option("--driver", help="One driver: its median, range and every choice.")]
RowOption = Annotated[
    int | None, typer.Option("--row", help="One specification of the driver, estimated alone; counts from 1.")
]


@app.callback()
def group() -> None:
    """Causal evidence: questions and graphs, admissible specifications, placebos, sensitivity."""


@app.command("questions")
def list_questions(file: QuestionsOption = None, as_json: JsonOption = False) -> None:
    """List the causal questions of the paper: what moves what, whether it is identified, by which designs."""
    questions = _questions(file)
    width = max(len(name) for name in questions.by_id)
    lines = [f"{'id':<{width}}  {'driver → outcome':<58} {'claims':<19} standing"]
    lines += [
        f"{one.id:<{width}}  {f'{one.driver.id} → {one.outcome.id}':<58} {', '.join(one.claims) or '–':<19}"
        f" {one.standing()}"
        for one in questions.by_id.values()
    ]
    rows = [_summary(one) for one in questions.by_id.values()]
    messages = [str(questions), "Next: regional-econ causal show rd-activity"]
    emit("causal questions", rows, as_json=as_json, text="\n".join(lines), messages=messages)


@app.command("show")
def show(
    question: Annotated[str, typer.Argument(help="id, such as rd-activity")],
    file: QuestionsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one question: estimand, graph, adjustment sets, threats, designs and what counts as failing."""
    found = _questions(file).question(question)
    emit("causal show", _details(found), as_json=as_json, text="\n".join(_described(found)))


@app.command("multiverse")
def multiverse(
    specifications: SpecificationsOption = DEFAULT_SPECIFICATIONS,
    study: StudyOption = DEFAULT_STUDY,
    driver: DriverOption = None,
    row: RowOption = None,
    jobs: JobsOption = 0,
    cluster: ClusterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Estimate every declared specification and print what a verdict reads; or one driver's, or one alone."""
    from regional_econ._base.errors import OptionError, UnknownNameError
    from regional_econ.causal.declaration import load_multiverse
    from regional_econ.causal.evidence import causal_evidence
    from regional_econ.core.study import load_study

    declared, focal = load_multiverse(specifications), load_study(study).focal_region
    if row is not None:
        if driver is None:
            raise OptionError("--row counts the specifications of one driver", advice="Give --driver too")
        _emit_row(declared, driver, row, focal, as_json=as_json)
        return
    panel, *others = (_figures(declared, name) for name in declared.vintages)
    vintages = dict(zip(declared.vintages[1:], others, strict=True))
    if driver is not None:
        from regional_econ.causal.multiverse import run

        if driver not in declared.drivers:
            raise UnknownNameError.of("driver", driver, declared.drivers)
        with workers(jobs, cluster) as number:
            result = run(panel, declared, focal_region=focal, vintages=vintages, jobs=number)
        _emit_driver(result, driver, as_json=as_json)
        return
    with workers(jobs, cluster) as number:
        evidence = causal_evidence(panel, load_study(study), declared, vintages=vintages, jobs=number)
    lines = [_HEAD]
    for found in evidence.values():
        low, middle, high = found.lagged_pp
        lines.append(
            f"{found.driver:<30}{found.n_lagged:>8}{middle:>9.2f} [{low:6.2f}; {high:6.2f}]"
            f"{found.lagged.beyond:>10.2f}{found.lagged.right_sign:>8.2f}{found.lagged.negligible:>8.2f}"
            f"{found.sign_share:>8.2f}{found.robustness_value:>8.3f}{found.q_value:>7.2f}{found.mde_pp:>7.2f}"
        )
    first = next(iter(evidence.values()))
    messages = [
        f"Percentage points of {first.focal_region} at {first.level_pct:.2f} % ({first.level_year});"
        f" an effect of interest is {first.delta_pp} pp (data/rules.yml).",
        f"Specifications with a lag of at least {first.deciding_lag} decide and are shown; all are declared in"
        f" {specifications}.",
        "q-values are over the drivers of this file; verdicts take them over the drivers of all declarations together.",
        "Next: regional-econ referee run",
    ]
    data = {driver: found.to_dict() for driver, found in evidence.items()}
    emit("causal multiverse", data, as_json=as_json, text="\n".join(lines), messages=messages)


def _figures(declared: Multiverse, vintage: str) -> Panel:
    """Return the figures of a declared vintage, with the mining price where a term asks for it."""
    from regional_econ.causal.declaration import NEWEST
    from regional_econ.causal.question_sample import MINING_PRICE, with_mining_price
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_industries, load_national

    panel = load_panel() if vintage == NEWEST else load_panel(vintage)
    if all(term.variable != MINING_PRICE for term in declared.terms.values()):
        return panel
    return with_mining_price(panel, load_national(), load_industries())


_HEAD = (
    f"{'driver':<30}{'specs':>8}{'median':>9} [{'5 %':>6}; {'95 %':>6}]{'P(beyond)':>10}{'P(sign)':>8}{'P(<δ)':>8}"
    f"{'signs':>8}{'RV':>8}{'q':>7}{'MDE':>7}"
)


def _emit_driver(result: MultiverseResult, driver: str, *, as_json: bool) -> None:
    """Print number, weighted median and range of one driver's specifications, of all and of each choice."""
    found, explained = result.summary(driver), result.explained(driver)
    data = {"driver": driver, "summary": found.to_dict("records"), "explained": explained.to_dict()}
    lines = [f"{driver:<44}{'specs':>7}{'median':>9}{'lowest':>9}{'highest':>9}"]
    lines += [
        f"{f'{row.axis} {row.option}':<44}{row.specifications:>7}{row.median_pp:>9.2f}{row.low_pp:>9.2f}"
        f"{row.high_pp:>9.2f}"
        for row in found.itertuples()
    ]
    shares = ", ".join(f"{axis} {share:.0%}" for axis, share in explained.items())
    curve = result.curve(driver)
    lowest, highest = int(curve["row"].iloc[0]), int(curve["row"].iloc[-1])
    messages = [
        f"Percentage points of {result.focal_region} at {result.level_pct:.2f} % ({result.level_year}); medians are"
        " weighted as declared.",
        f"Share of the variance that each choice explains alone: {shares}.",
        f"The lowest effect is that of row {lowest}, the highest that of row {highest}.",
        f"Next: regional-econ causal multiverse --driver {driver} --row {highest}",
    ]
    emit("causal multiverse", data, as_json=as_json, text="\n".join(lines), messages=messages)


def _emit_row(declared: Multiverse, driver: str, row: int, focal: str, *, as_json: bool) -> None:
    """Print one specification: its choices with their reasons, the estimate alone, and what the kernel says."""
    from regional_econ.causal.declaration import NEWEST
    from regional_econ.causal.drill_down import asked_choices, drill_down

    asked = declared.specification(driver, row)
    panels = {name: _figures(declared, name) for name in {NEWEST, asked.choices.vintage}}
    found = drill_down(panels, declared, asked, focal_region=focal)
    own, kernel, (middle, low, high) = found.tidy(), found.kernel, found.pp
    coef, error = float(kernel.coef[0]), float(kernel.std_error[0])
    chosen = asked_choices(declared, asked)
    data = {
        "driver": driver, "row": row, "n_specifications": found.n_specifications, **own, "n_regions": kernel.n_regions,
        "choices": [{"axis": axis, "option": option, "reason": reason.en} for axis, option, reason in chosen],
        "kernel": {"estimate": coef, "std_error": error, "apart": found.apart},
        "effect": {"pp": middle, "low": low, "high": high, "change": found.change, "region": focal,
                   "level_pct": found.level_pct, "level_year": found.level_year},
    }  # fmt: skip
    lines = [f"{found}:", *(f"  {axis:<10}{option:<30} {reason.en}" for axis, option, reason in chosen)]
    lines += [
        f"estimate  {own['estimate']:+.6f}, error {own['std_error']:.6f}, t {own['statistic']:.2f},"
        f" p {own['p_value']:.4f}, 95 % [{own['conf_low']:+.4f}; {own['conf_high']:+.4f}]",
        f"effect    {middle:+.3f} pp [{low:+.3f}; {high:+.3f}] of {focal} at {found.level_pct:.2f} %"
        f" ({found.level_year}), for a change of {found.change:.4g}",
        f"sample    {own['n_obs']} observations, {kernel.n_regions} regions, {own['df']:.0f} degrees of freedom",
        f"kernel    {coef:+.6f}, error {error:.6f}: apart by {found.apart:.1e} standard errors",
    ]
    emit("causal multiverse", data, as_json=as_json, text="\n".join(lines))


def _questions(file: Path | None) -> Questions:
    from regional_econ.causal.questions import load_questions
    from regional_econ.data.catalogue import load_variables
    from regional_econ.referee.ledger import load_claims

    claims = [entry.id for entry in load_claims() if entry.type == "causal"]
    return load_questions(file, variables=load_variables(), claims=claims)


def _summary(question: Question) -> dict[str, object]:
    graph = question.identification
    return {
        "id": question.id, "title": question.title.en, "status": question.status, "claims": list(question.claims),
        "driver": question.driver.id, "outcome": question.outcome.id, "beside": list(question.beside),
        "identified_by_adjustment": graph.identified if graph else None,
        "relies_on": list(graph.relies_on) if graph else [], "designs": list(question.designs),
    }  # fmt: skip


def _details(question: Question) -> dict[str, object]:
    from dataclasses import asdict

    graph = question.identification
    found = _summary(question) | {
        "line": question.line,
        "reason": question.reason.en if question.reason else None,
        "needed": question.needed.en if question.needed else None,
        "estimand": asdict(question.estimand) if question.estimand else None,
        "threats": [asdict(threat) for threat in question.threats],
        "falsifications": [asdict(test) for test in question.falsifications],
        "graph": None,
    }
    if graph:
        found["graph"] = {
            "nodes": [asdict(node) for node in graph.dag.nodes.values()],
            "edges": [asdict(edge) for edge in graph.dag.edges],
            "linked": list(graph.dag.linked),
            "adjustment": list(graph.adjustment),
            "minimal_sets": [list(one) for one in question.minimal_sets()],
            "sets_if_all_were_measured": [list(one) for one in question.ideal_sets()],
            "mediators": list(question.mediators()),
            "unadjusted": {node: asdict(reason) for node, reason in graph.unadjusted.items()},
            "open_paths": [graph.dag.written(path) for path in _open(question)],
            "absent": [asdict(one) for one in graph.absent],
            "implications": [str(one) for one in graph.dag.implications()],
        }
    return found


def _open(question: Question) -> tuple[tuple[str, ...], ...]:
    graph = question.identification
    return graph.dag.open_paths(question.driver.id, question.outcome.id, graph.adjustment) if graph else ()


def _described(question: Question) -> list[str]:
    graph, asked = question.identification, question.estimand
    lines = [question.title.en, str(question), f"Claims: {', '.join(question.claims) or 'none'}"]
    lines += [f"Reason: {question.reason.en}"] if question.reason else []
    lines += [f"Needed: {question.needed.en}"] if question.needed else []
    if asked:
        lines += [f"Estimand: {asked.words.en}", f"  {asked.symbols}"]
        lines += [
            f"  {name}: {text.en}"
            for name, text in (
                ("population", asked.population), ("contrast", asked.contrast), ("horizon", asked.horizon),
                ("scale", asked.scale),
            )
        ]  # fmt: skip
    if graph:
        lines += [
            str(graph.dag),
            f"Held fixed: {{{', '.join(graph.adjustment)}}}",
            f"Smallest valid sets: {_sets(question.minimal_sets())}",
            f"  were everything measured: {_sets(question.ideal_sets())}",
            f"Never held fixed (mediators): {', '.join(question.mediators()) or 'none'}",
        ]
        lines += [f"Open path: {graph.dag.written(path)}" for path in _open(question)]
        lines += [f"Untestable: {edge.source} → {edge.target}" for edge in graph.dag.edges if edge.untestable]
        lines += [f"Left out: {one.source} → {one.target}: {one.reason.en}" for one in graph.absent]
        lines += [f"Implied: {one}" for one in graph.dag.implications()]
    lines += [f"Threat, {t.name}: {t.text.en}. Met by {', '.join(t.designs)}: {t.answer.en}" for t in question.threats]
    lines += [f"Falsification, {f.design}: {f.test.en}. Fails if {f.fails_if.en}" for f in question.falsifications]
    return lines


def _sets(found: tuple[tuple[str, ...], ...]) -> str:
    return "; ".join(f"{{{', '.join(one)}}}" for one in found) or "none"
