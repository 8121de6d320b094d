"""Floor report: the site of these sections in both languages; no PDF."""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ._base.location import data_dir
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
ROOMS = ("data", "panel", "forecast", "elasticities", "policy", "referee")
SECTIONS = ("provenance", "panel", "referee")
SOURCES, TEXTS = data_dir().parent / "reports", WORK.root / "analyses" / "small_texts.yml"


def task_report(
    code: list[Path] = WORK.code("regional_econ.data.catalogue", "regional_econ.report.build"),
    data: list[Path] = WORK.data(),
    texts: list[Path] = [*sorted((data_dir() / "texts").glob("*.yml")), TEXTS],
    results: list[Path] = [WORK.index_path(room) for room in ROOMS],
    sections: list[Path] = [WORK.section_path(name) for name in SECTIONS],
    made: Annotated[list[Path], Product] = [WORK.bld / "report" / name for name in ("index.html", "files.json")],
) -> None:
    from regional_econ._base.text import LANGS, Catalogue
    from regional_econ.core.section import Section
    from regional_econ.data.catalogue import load_variables
    from regional_econ.data.regions import load_regions
    from regional_econ.report.build import write_report
    from regional_econ.report.numbers import read_ledger
    from regional_econ.report.words import Words, read_numbers

    labels = {name: variable.label for name, variable in load_variables().items()}
    regions = {name: region.name for name, region in load_regions().items()}
    catalogue, numbers, study = Catalogue.load(texts), read_numbers(WORK.results), WORK.study
    words = [Words(lang, catalogue, numbers, labels, regions, study.focal_region, study.outcome) for lang in LANGS]
    write_report(
        [Section.read(path) for path in sections], words, read_ledger(WORK), SOURCES, WORK.bld / "report",
        front="small", only="site", jobs=WORK.jobs,
    )  # fmt: skip
