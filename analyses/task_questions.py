"""Which causes does the paper speak of, what stands between them and an answer, and which cannot be tested?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_questions(
    code: list[Path] = WORK.code(
        "regional_econ.causal.pages.questions", "regional_econ.data.catalogue", "regional_econ.referee.ledger"
    ),
    data: list[Path] = WORK.data("questions.yml", "placebos.yml", "claims.yml"),
    results: Annotated[Path, Product] = WORK.index_path("questions"),
    section: Annotated[Path, Product] = WORK.section_path("questions"),
) -> None:
    """Check the declared questions and their graphs, and write the page."""
    from regional_econ.causal.pages import questions as questions_page
    from regional_econ.causal.questions import load_questions
    from regional_econ.data.catalogue import load_variables
    from regional_econ.referee.ledger import load_claims

    claims = [entry.id for entry in load_claims() if entry.type == "causal"]
    questions = load_questions(variables=load_variables(), claims=claims)
    WORK.write_results("questions", [questions_page.result(questions)], code)
    WORK.write_section(questions_page.section(questions))


if __name__ == "__main__":
    run_alone(task_questions)
