"""What does all of it say, in Russian and English, as a site and as a PDF?"""

from pathlib import Path
from typing import Annotated

from pytask import Product, PythonNode

from regional_econ.core.code import whole_code
from regional_econ.core.explorer import EXPLORERS
from regional_econ.core.script import run_alone
from regional_econ.core.section import SECTION_ORDER
from regional_econ.core.workspace import Workspace
from regional_econ.report.downloads import DOWNLOADS

WORK = Workspace.current()
ROOMS = (
    "data", "panel", "time_series", "dynamic", "dynamic_study", "heterogeneity", "spatial", "estimators", "questions",
    "causal", "stress", "falsifications", "events", "mining", "planted", "forecast", "fans", "elasticities", "policy",
    "policy_answers", "levers", "policy_history", "referee", "paper",
)  # fmt: skip
TEXTS = sorted((WORK.root / "data" / "texts").glob("*.yml"))
PARTS = ("site", "site/explorers", "pdf", "fonts")
SOURCES = sorted(path for part in PARTS for path in (WORK.root / "reports" / part).glob("*.*"))
VERSION = whole_code(WORK.root / "requirements.lock")
PAGES = ("index.html", "files.json", *(f"{lang}/index.html" for lang in ("ru", "en")))


def task_report(
    code: list[Path] = WORK.code(
        "regional_econ.data.catalogue", "regional_econ.data.regions", "regional_econ.report.build"
    ),
    version: PythonNode = PythonNode(value=VERSION.sha256, hash=True),
    data: list[Path] = WORK.data(),
    texts: list[Path] = TEXTS + SOURCES,
    results: list[Path] = [WORK.index_path(room) for room in (*ROOMS, "backtest")],
    downloads: list[Path] = [WORK.artifact(name) for names in DOWNLOADS.values() for name in names],
    sections: list[Path] = [WORK.section_path(name) for name in SECTION_ORDER],
    explorers: list[Path] = [WORK.explorer_path(name) for name in EXPLORERS],
    reports: Annotated[list[Path], Product] = [
        WORK.bld / "report" / name for name in (*PAGES, "report_ru.pdf", "report_en.pdf")
    ],
) -> None:
    """Render every section in both languages."""
    from regional_econ.data.catalogue import load_variables
    from regional_econ.data.regions import load_regions
    from regional_econ.report.build import build

    labels = {name: variable.label for name, variable in load_variables().items()}
    regions = {name: region.name for name, region in load_regions().items()}
    build(WORK, labels=labels, regions=regions, out=WORK.bld / "report")


if __name__ == "__main__":
    run_alone(task_report)
