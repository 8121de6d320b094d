"""The README of a package, by the headings that the data editors of economics journals ask for.

Source: Vilhuber, Connolly, Koren, Llull and Morrow (2022), A template README for social science replication packages,
version 1.1, doi:10.5281/zenodo.7293838.
"""

from __future__ import annotations

from regional_econ.replication.contents import PROJECT, REPORT, VERDICTS
from regional_econ.replication.facts import Facts
from regional_econ.replication.readme_programs import instructions, programs, references, russian
from regional_econ.replication.words import amount, duration, row

_NOT_RECORDED = "not recorded"
_LISTS = {
    "literature.csv": "Published effects, each as its source reports it",
    "references.csv": "Publications behind the methods",
}


def readme_text(facts: Facts) -> str:
    """Return the README, in Markdown and English with a short Russian part at its end."""
    chapters = [
        *_overview(facts),
        *_availability(facts),
        *_datasets(facts),
        *_requirements(facts),
        *programs(facts),
        *instructions(facts),
        *references(facts),
        *russian(facts),
    ]
    return "\n".join(chapters) + "\n"


def _overview(facts: Facts) -> list[str]:
    study, made = facts.workspace.study, facts.made
    machine = facts.run.machine
    time = f"; the replicator should expect it to take about {machine.minutes:.0f} minutes" if machine else ""
    return [
        f"# Replication package: {facts.document.title}",
        "",
        f"Made by `regional-econ package` from the run of study `{study.name}`, profile `{facts.workspace.profile}`. "
        f"Software: {made.title}, version {made.version} ({', '.join(made.authors)}; {made.licence} licence).",
        "",
        "## Overview",
        "",
        f"The code in this package reads compiled official figures of the regions of Russia, taken from "
        f"{len(facts.sources)} source files, and makes the report from them with Python. One command runs all "
        f"{len(facts.programs)} steps{time}.",
        "",
        row("Folder", "What is in it"),
        row("---", "---"),
        row(f"`{PROJECT}/`", "the project as it ran: `src`, `analyses`, `data`, `tests`, the lock file, the record"),
        row(f"`{PROJECT}/data/`", "the data package (`datapackage.json`, Frictionless) and its own README"),
        row(f"`{PROJECT}/{facts.bld}/`", "the results, one JSON file each, and the sections of the report"
            + (", with all intermediates" if facts.intermediates else "")),
        row(f"`{PROJECT}/{REPORT}/`", "the report: `index.html`, `report_en.pdf`, `report_ru.pdf`, every table as CSV"),
        row(f"`{VERDICTS}/`", "the verdicts on the paper's claims: JSON, ClaimReview, and an RO-Crate of both"),
        row("`SHA256SUMS`", "SHA-256 of every other file, for `sha256sum -c`"),
        "",
    ]  # fmt: skip


def _availability(facts: Facts) -> list[str]:
    lines = [
        "## Data availability and provenance statements",
        "",
        "### Statement about rights",
        "",
        "The figures are facts published by public bodies; only figures are carried here, never a whole source file. "
        "Terms are stated for each source below, as the source states them; where a file states none, that is said. "
        "This statement is generated and certifies nothing beyond it.",
        "",
        "### Licence for data",
        "",
        *(f"* {licence}" for licence in sorted({one.origin.licence for one in facts.sources.values()})),
        "",
        "### Summary of availability",
        "",
        "* All figures needed to run the code are in this package.",
        "* The source files are public documents and not in this package; they are needed only to build the figures "
        "again (`regional-econ data build --sources DIR`).",
        "",
        "### Details on each data source",
        "",
        f"Citations and hashes of the files stand in `{PROJECT}/data/README.md`, the variables that each feeds too; "
        "`regional-econ data trace REGION VARIABLE YEAR` names file and cell behind a figure.",
        "",
        row("Source", "Producer", "Title", "Edition", "Accessed", "Licence"),
        row("---", "---", "---", "---", "---", "---"),
    ]
    for name, one in facts.sources.items():
        origin = one.origin
        lines.append(row(f"`{name}`", origin.producer, origin.title, origin.edition, origin.accessed, origin.licence))
    return [*lines, ""]


def _datasets(facts: Facts) -> list[str]:
    place = f"{PROJECT}/data/"
    lines = [
        "## Dataset list",
        "",
        f"All in `{place}`, all provided; `datapackage.json` describes columns, types and keys of the tables.",
        "",
        row("File", "What it holds", "Bytes"),
        row("---", "---", "---:"),
    ]
    held = {**facts.tables, **_LISTS, **facts.declarations()}
    lines += [row(f"`{file}`", text, str(facts.sizes[f"{place}{file}"])) for file, text in sorted(held.items())]
    return [*lines, ""]


def _requirements(facts: Facts) -> list[str]:
    return [
        "## Computational requirements",
        "",
        *_software(facts),
        *_randomness(facts),
        *_memory(facts),
    ]


def _software(facts: Facts) -> list[str]:
    software = facts.software
    differing = ", ".join(f"{one.name} ({one.installed or 'absent'})" for one in software.differing)
    return [
        "### Software requirements",
        "",
        f"Python {software.python}, make, git and a C++ compiler. `{PROJECT}/requirements.lock` pins "
        f"{software.pinned} packages with their hashes; those that the program names itself:",
        "",
        row("Package", "Version"),
        row("---", "---"),
        *(row(f"`{one.name}`", one.locked) for one in software.packages),
        "",
        f"When this package was made, other versions were installed of: {differing}."
        if differing
        else "When this package was made, exactly these versions were installed.",
        "",
        "The tests of the site also need chromium; without it they are skipped.",
        "",
    ]


def _randomness(facts: Facts) -> list[str]:
    return [
        "### Controlled randomness",
        "",
        f"One root seed, {facts.workspace.study.seed}; each piece of work derives its own from it by name, so neither "
        "the order of the steps nor the number of workers changes a draw. BLAS, OpenMP and numba run one thread a "
        "process. Verdicts draw nothing.",
        "",
        *(f"* The seed is set at line {line} of `{PROJECT}/{file}`." for file, line in facts.seeds().items()),
        "",
        "Sampled values carry their Monte Carlo error; `verify` allows five of them between two runs, 1e-8 (relative) "
        "for all other numbers, and nothing for words.",
        "",
    ]


def _memory(facts: Facts) -> list[str]:
    machine, seconds = facts.run.machine, facts.run.seconds
    packed = amount(sum(facts.sizes.values()))
    lines = ["### Memory, run time and storage requirements", ""]
    if machine is None:
        lines.append(f"* Run time, memory and machine of a run from nothing: {_NOT_RECORDED}.")
    else:
        lines += [
            f"* The last recorded run from nothing took {machine.minutes:g} minutes on {machine.cores} cores "
            f"({machine.system}, Python {machine.python}) with {machine.jobs} worker processes.",
            f"* Memory at most: {machine.memory_gb:g} GB in the main process, {machine.worker_gb:g} GB in a worker.",
        ]
    lines.append(f"* This package unpacked: {packed}.")
    if not seconds:
        return [*lines, f"* Run times of the steps: {_NOT_RECORDED}.", ""]
    return [
        *lines,
        "* Run times of the steps as the pipeline recorded them; each is that of the step's last run, which is shorter "
        "where parts of an earlier one were still there:",
        "",
        row("Step", "Time"),
        row("---", "---:"),
        *(
            row(f"`{program.name}`", duration(seconds[program.name]) if program.name in seconds else _NOT_RECORDED)
            for program in facts.programs
        ),
        "",
    ]
