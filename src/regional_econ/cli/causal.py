"""``causal``: every admissible specification of the drivers' effects, and what they say together."""

from __future__ import annotations

import typer

from regional_econ.cli.options import (
    DEFAULT_SPECIFICATIONS,
    DEFAULT_STUDY,
    JsonOption,
    SpecificationsOption,
    StudyOption,
)
from regional_econ.cli.output import emit

app = typer.Typer(help="Causal evidence: admissible specifications, placebos, sensitivity.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Causal evidence: admissible specifications, placebos, sensitivity."""


@app.command("multiverse")
def multiverse(
    specifications: SpecificationsOption = DEFAULT_SPECIFICATIONS,
    study: StudyOption = DEFAULT_STUDY,
    as_json: JsonOption = False,
) -> None:
    """Estimate every declared specification and print what a verdict reads."""
    from regional_econ.causal.declaration import load_multiverse
    from regional_econ.causal.evidence import causal_evidence
    from regional_econ.core.study import load_study
    from regional_econ.data.load import load_panel

    declared = load_multiverse(specifications)
    others = {name: load_panel(name) for name in declared.vintages[1:]}
    evidence = causal_evidence(load_panel(), load_study(study), declared, vintages=others)
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
        "Next: regional-econ referee run",
    ]
    data = {driver: found.to_dict() for driver, found in evidence.items()}
    emit("causal multiverse", data, as_json=as_json, text="\n".join(lines), messages=messages)


_HEAD = (
    f"{'driver':<30}{'specs':>8}{'median':>9} [{'5 %':>6}; {'95 %':>6}]{'P(beyond)':>10}{'P(sign)':>8}{'P(<δ)':>8}"
    f"{'signs':>8}{'RV':>8}{'q':>7}{'MDE':>7}"
)
