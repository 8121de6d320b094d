"""What makes the report a paper: its methods on a page, its references, and how to come to the same numbers again."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ._base.text import format_number
from regional_econ.core.code import code_of
from regional_econ.core.results import VERBATIM, Result, Value
from regional_econ.core.section import (
    Bilingual,
    Cell,
    Column,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.core.workspace import Workspace

RESULT_ID = "paper"
REFERENCES, LITERATURE = "references.csv", "literature.csv"
FILES = {
    "values": "values.csv.gz", "vintages": "vintages.csv.gz", "claims": "claims.yml", "rules": "rules.yml",
    "questions": "questions.yml", "literature": LITERATURE,
}  # fmt: skip
_ROOMS = ("data", "panel", "causal", "forecasting", "elasticities", "policy", "referee")
_SETTINGS = ("forecast_draws", "forecast_tune", "backtest_draws", "ess_min")
_ELSEWHERE = {
    "elasticity_draws": "elasticities.set.n_draws",
    "policy_draws": "answers.target.n_draws",
    "price_paths": "falsifications.draws",
}
_RUN = {"minutes": 0, "memory_gb": 1, "worker_gb": 1, "jobs": 0, "cores": 0}


def result(workspace: Workspace) -> Result:
    """Return what the chapters say in numbers: publications, the version, the sizes of the profile."""
    settings = workspace.settings
    values = {
        "version": Value(code_of({}).version, VERBATIM),
        "profile": Value(f"reproducibility.{workspace.profile}"),
        "publications": Value(len(_rows(REFERENCES)), digits=0),
        "effects": Value(len(_effects()), digits=0),
        "origins": Value(len(settings.backtest_origins), digits=0),
        "resamples": Value(settings.bootstrap_replications, digits=0),
        **{name: Value(getattr(settings, name), digits=0) for name in _SETTINGS},
    }
    inputs = {name: sha256_file(data_dir() / name) for name in (REFERENCES, LITERATURE)}
    return Result(RESULT_ID, values, inputs | {"study": sha256_file(workspace.study_path)})


def methods() -> Section:
    """Return the chapter that says which question is asked how, and what each way is held against."""
    names = ("question", "method", "doubt", "held")
    rows = tuple(tuple(TextRef(f"methods.{room}.{name}") for name in names) for room in _ROOMS)
    columns = tuple(Column(name, f"methods.column.{name}", width=1.5) for name in names)
    table = TableBlock("methods.ways", "methods.caption", columns, rows)
    texts = tuple(Paragraph(f"methods.{name}") for name in ("causes", "numbers"))
    return Section("methods", "methods.title", (Paragraph("methods.text"), table, *texts))


def references() -> Section:
    """Return the chapter of publications: those behind the methods, and those that effects come from."""
    methods_of = [(f"{row['authors']} ({row['year']}). {row['published']}", row["rooms"]) for row in _rows(REFERENCES)]
    published: tuple[tuple[Cell, ...], ...] = tuple(
        (Verbatim(citation), Stack(tuple(TextRef(f"references.room.{room}") for room in rooms.split())))
        for citation, rooms in methods_of
    )
    effects = tuple((Verbatim(citation), Verbatim(doi or "–")) for citation, doi in _effects().items())
    return Section(
        "references",
        "references.title",
        (
            Paragraph("references.text"),
            _table("references.methods", "references", ("publication", "used"), published),
            _table("references.effects", "references", ("publication", "doi"), effects),
        ),
    )


def reproducibility(workspace: Workspace, run: Mapping[str, Any] | None) -> Section:
    """Return the chapter on what is random, the hashes of what was read, and what the last full run took.

    Parameters
    ----------
    workspace : the study and profile.
    run : the record of :func:`regional_econ.cli.pipeline.reproduce`, None where there is none yet.
    """
    numbers = {name: f"{RESULT_ID}.{name}" for name in (*_SETTINGS, "origins", "resamples")} | _ELSEWHERE
    random: list[tuple[Cell, ...]] = [(TextRef("reproducibility.seed"), Verbatim(str(workspace.study.seed)))]
    random += [(TextRef(f"reproducibility.{name}"), NumberRef(key)) for name, key in numbers.items()]
    files = {"lock": workspace.root / "requirements.lock", "study": workspace.study_path}
    files |= {name: data_dir() / file for name, file in FILES.items()}
    hashes = tuple(
        (TextRef(f"reproducibility.file.{name}"), Verbatim(sha256_file(path))) for name, path in files.items()
    )
    name = "reproducibility"
    return Section(
        name,
        f"{name}.title",
        (
            Paragraph(f"{name}.text"),
            Paragraph(f"{name}.random"),
            _table(f"{name}.random", name, ("what", "number"), tuple(random)),
            Paragraph(f"{name}.hashes"),
            _table(f"{name}.hashes", name, ("what", "sha256"), hashes),
            Paragraph(f"{name}.{'no_run' if run is None else 'run'}"),
            *(() if run is None else (_table(f"{name}.run", name, ("what", "value"), tuple(_run(run))),)),
        ),
    )


def _run(run: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    for name, digits in _RUN.items():
        shown = {lang: format_number(run[name], digits, lang) for lang in ("ru", "en")}
        yield TextRef(f"reproducibility.run.{name}"), Bilingual(**shown)
    for name in ("system", "python"):
        yield TextRef(f"reproducibility.run.{name}"), Verbatim(run[name])


def _table(name: str, texts: str, columns: tuple[str, str], rows: tuple[tuple[Cell, ...], ...]) -> TableBlock:
    heads = tuple(
        Column(key, f"{texts}.column.{key}", "right" if key in ("number", "value") else "left", width=3.0 - index)
        for index, key in enumerate(columns)
    )
    return TableBlock(name, f"{name}.caption", heads, rows)


def _effects() -> dict[str, str]:
    """Return the DOI, which may be empty, of each publication that an effect comes from."""
    found: dict[str, str] = {}
    for row in sorted(_rows(LITERATURE), key=lambda row: row["citation"].casefold()):
        found[row["citation"]] = found.get(row["citation"]) or row["doi"]
    return found


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(data_dir()) / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
