"""Where does any one specification stand among all? Data for two pages that a reader works with."""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_specifications(
    code: list[Path] = WORK.code(
        "regional_econ.causal.pages.explorer", "regional_econ.core.elasticity", "regional_econ.referee.cells"
    ),
    specifications: Path = WORK.root / "analyses" / "multiverse.yml",
    rules: list[Path] = WORK.data("rules.yml"),
    table: Path = WORK.artifact("multiverse.parquet"),
    evidence: Path = WORK.artifact("causal_evidence.json"),
    elasticities: Path = WORK.artifact("elasticities.json"),
    verdicts: Path = WORK.artifact("verdicts.json"),
    pages: Annotated[list[Path], Product] = [
        WORK.explorer_path(name) for name in ("explore_specifications", "explore_workbench")
    ],
) -> None:
    """Pack all estimates with what verdicts and grades say of their drivers."""
    import pandas as pd

    from regional_econ._base.files import read_json
    from regional_econ.causal.declaration import load_multiverse
    from regional_econ.causal.evidence import read_evidence
    from regional_econ.causal.pages.explorer import explorers
    from regional_econ.core.elasticity import Elasticity
    from regional_econ.referee.cells import page_of

    known = [Elasticity.from_dict(one) for one in read_json(elasticities)["parameters"]]
    grades = {one.source: one.grade for one in known if one.target == WORK.study.outcome}
    labels = {
        claim["id"]: (f"report.label.{claim['verdict']['label']}", f"{page_of(claim['id'])}.html")
        for claim in read_json(verdicts)["claims"]
    }
    declared = load_multiverse(specifications)
    for page in explorers(pd.read_parquet(table), declared, read_evidence(evidence), grades, labels):
        WORK.write_explorer(page)


if __name__ == "__main__":
    run_alone(task_specifications)
