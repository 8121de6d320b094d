"""Which causal designs fail the tests that were declared for them?"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_falsifications(
    code: list[Path] = WORK.code(
        "regional_econ.data.load", "regional_econ.data.tables", "regional_econ.causal.pages.falsifications"
    ),
    data: list[Path] = WORK.data(
        "questions.yml",
        "placebos.yml",
        "rules.yml",
        "events.yml",
        "national.csv",
        "industries.csv.gz",
        "neighbours.csv",
    ),
    specifications: Path = WORK.root / "analyses" / "multiverse.yml",
    results: Annotated[Path, Product] = WORK.index_path("falsifications"),
    section: Annotated[Path, Product] = WORK.section_path("causal_falsifications"),
) -> None:
    """Estimate every question and run each of its tests; the quick profile draws and splits less."""
    from regional_econ.causal.declaration import load_multiverse
    from regional_econ.causal.effort import FALSIFICATIONS
    from regional_econ.causal.event_table import load_events
    from regional_econ.causal.falsify import falsify
    from regional_econ.causal.pages import falsifications
    from regional_econ.causal.questions import load_questions
    from regional_econ.data.catalogue import load_variables
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_industries, load_national, load_neighbours

    effort = replace(FALSIFICATIONS[WORK.profile], exchanges=WORK.settings.bootstrap_replications)
    questions = load_questions(variables=load_variables())
    found = falsify(
        load_panel(), load_multiverse(specifications), questions, national=load_national(),
        industries=load_industries(), pairs=load_neighbours(), events=load_events(),
        focal_region=WORK.study.focal_region, seed=WORK.study.seed, effort=effort,
    )  # fmt: skip
    WORK.write_results("falsifications", [falsifications.result(found)], code)
    WORK.write_section(falsifications.section(found, questions))


if __name__ == "__main__":
    run_alone(task_falsifications)
