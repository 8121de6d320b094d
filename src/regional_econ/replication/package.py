"""From a finished run to its replication package: checked, described, packed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from regional_econ._base.errors import StoreError
from regional_econ._base.location import package_dir
from regional_econ.core.record import compare, read_record, record_path
from regional_econ.core.workspace import Workspace
from regional_econ.data.catalogue import load_sources, load_variables
from regional_econ.data.regions import load_regions
from regional_econ.data.snapshot import TABLES
from regional_econ.referee.exports.made import Made
from regional_econ.replication.archive import write_archive
from regional_econ.replication.contents import packed_files
from regional_econ.replication.exhibits import exhibits
from regional_econ.replication.facts import Facts
from regional_econ.replication.programs import Step, programs
from regional_econ.replication.readme import readme_text
from regional_econ.replication.runs import read_run
from regional_econ.replication.software import read_software
from regional_econ.report.build import read_document

README = "README.md"


@dataclass(frozen=True)
class Packed:
    """What an archive holds: its one folder, SHA-256 by path inside it, and what its README was written from."""

    top: str
    hashes: dict[str, str]
    facts: Facts


def package(workspace: Workspace, steps: Iterable[Step], out: Path, *, intermediates: bool = False) -> Packed:
    """Write the replication package of a run whose steps are all up to date.

    Parameters
    ----------
    workspace : the study and profile that ran.
    steps : of the pipeline, with their products.
    out : the archive.
    intermediates : pack draws, scores and the pipeline's state too.

    Raises
    ------
    StoreError : the results differ from the record, or something of the package is missing; nothing is written.
    """
    agreeing = _check_record(workspace)
    if package_dir() != (workspace.root / "src" / "regional_econ").resolve():
        raise StoreError(
            "the running program is not the project's own code", where=str(package_dir()),
            advice="Run it from the project's own environment, or with PYTHONPATH=src",
        )  # fmt: skip
    files = packed_files(workspace, intermediates=intermediates, without=out.resolve())
    found = programs(steps, workspace.root, workspace.bld / "sections")
    labels = {name: variable.label for name, variable in load_variables().items()}
    regions = {name: region.name for name, region in load_regions().items()}
    document = read_document(workspace, "en", labels=labels, regions=regions)
    facts = Facts(
        workspace=workspace,
        made=Made.of(workspace),
        document=document,
        exhibits=exhibits(document, found),
        programs=found,
        software=read_software(workspace.root),
        run=read_run(workspace),
        sources=load_sources(),
        tables={name: table.title for name, table in TABLES.items()},
        recorded=agreeing,
        sizes={name: path.stat().st_size for name, path in files.items()},
        intermediates=intermediates,
    )
    top = f"{workspace.study.name}-replication"
    hashes = write_archive(out, top, {**files, README: readme_text(facts).encode("utf-8")})
    return Packed(top, hashes, facts)


def _check_record(workspace: Workspace) -> int:
    """Return how many recorded values the results meet, all of them."""
    path = record_path(workspace.root, workspace.study.name, workspace.profile)
    agreement = compare(read_record(path), workspace.results)
    if agreement.differences:
        raise StoreError(
            f"{len(agreement.differences)} results differ from the record ({agreement.differences[0]})",
            where=str(path),
            advice="If the change is wanted, run: regional-econ verify --record",
        )
    return agreement.agreeing
