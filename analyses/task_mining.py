"""What happens in mining regions when rouble prices of raw materials rise?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_mining(
    code: list[Path] = WORK.code(
        "regional_econ.data.load", "regional_econ.data.tables", "regional_econ.causal.pages.mining"
    ),
    data: list[Path] = WORK.data("national.csv", "industries.csv.gz"),
    results: Annotated[Path, Product] = WORK.index_path("mining"),
    section: Annotated[Path, Product] = WORK.section_path("causal_mining"),
) -> None:
    """Estimate the mining-price effect; the quick profile draws fewer placebo paths."""
    from regional_econ.causal.mining_price import mining_price
    from regional_econ.causal.pages import mining, mining_numbers
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_industries, load_national

    found = mining_price(
        load_panel(),
        load_national(),
        load_industries(),
        focal_region=WORK.study.focal_region,
        draws=WORK.settings.bootstrap_replications,
        seed=WORK.study.seed,
    )
    WORK.write_results("mining", [mining_numbers.result(found)], code)
    WORK.write_section(mining.section(found))


if __name__ == "__main__":
    run_alone(task_mining)
