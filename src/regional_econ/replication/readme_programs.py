"""The README's second half: what the programs do, how to run them, what each table and figure comes from."""

from __future__ import annotations

from regional_econ.replication.contents import PROJECT, REPORT
from regional_econ.replication.facts import Facts
from regional_econ.replication.words import row

_TEMPLATE = (
    "Vilhuber, L., Connolly, M., Koren, M., Llull, J. and Morrow, P. (2022). A template README for social science "
    "replication packages (v1.1). doi:10.5281/zenodo.7293838."
)


def programs(facts: Facts) -> list[str]:
    """Return the description of the programs."""
    return [
        "## Description of programs",
        "",
        f"Each step is one file in `{PROJECT}/analyses/` that loads, calls and saves; pytask finds their order from "
        "what they read and write. Each also runs alone (`python analyses/task_panel.py`). The numbers are made in "
        f"the package `{PROJECT}/src/regional_econ`.",
        "",
        row("Program", "What it is for", "Chapters it writes"),
        row("---", "---", "---"),
        *(
            row(f"`{program.file}`", program.about, ", ".join(f"`{section}`" for section in program.lines))
            for program in facts.programs
        ),
        "",
        row("Part of the package", "What it is for"),
        row("---", "---"),
        *(row(f"`regional_econ.{name}`", text) for name, text in facts.rooms().items()),
        "",
        f"`{PROJECT}/tests` mirrors the package; `{PROJECT}/benchmarks` holds studies of the methods, whose records "
        f"lie in `{PROJECT}/reports/record`. `{PROJECT}/ARCHITECTURE.md` says how it is built.",
        "",
        "### Licence for code",
        "",
        f"{facts.made.licence}, see `{PROJECT}/LICENSE`.",
        "",
    ]


def instructions(facts: Facts) -> list[str]:
    """Return what a replicator does, and the list of tables and figures."""
    machine = facts.run.machine
    time = f", in about {machine.minutes:.0f} minutes" if machine else ""
    state = f"all {len(facts.programs)} steps, since the intermediates are not packed; no input is missing"
    if facts.intermediates:
        state = "no step, since results, code and data are of one run"
    return [
        "## Instructions to replicators",
        "",
        "Only step 2 needs a network, and not if the wheels of the lock file are at hand.",
        "",
        "1. In the folder of this README: `sha256sum -c SHA256SUMS` checks every file.",
        f"2. `cd {PROJECT}`, then install what the lock file pins:",
        "",
        "```",
        "python3.12 -m venv .venv",
        ".venv/bin/python -m pip install --require-hashes --only-binary :all: -r requirements.lock",
        ".venv/bin/python -m pip install --no-build-isolation --no-deps --editable .",
        "```",
        "",
        "   With the wheels in a folder `WHEELS`, add `--no-index --find-links WHEELS` to the second line.",
        f"3. `.venv/bin/python -m regional_econ verify{facts.options}` holds the packed results against the packed "
        f"record: all {facts.recorded} values agree.",
        f"4. `.venv/bin/python -m regional_econ reproduce{facts.options} --explain` says which steps would run: "
        f"{state}.",
        f"5. `rm -r bld`, then `.venv/bin/python -m regional_econ reproduce{facts.options}` makes everything "
        f"anew{time}.",
        "6. Step 3 again holds the new results against the record; step 1 again says which files came out byte for "
        "byte (times and other processors may change sampled draws, see above).",
        "7. `make test` runs style, types and tests.",
        "",
        "## List of tables and programs",
        "",
        f"The code provided reproduces all {len(facts.exhibits)} numbered tables and figures of the report. The line "
        "is the one that writes the chapter; `analyses/task_report.py` numbers and draws them. Output files lie in "
        f"`{PROJECT}/{REPORT}/`; a figure's data stand beside it as CSV. Pages of single claims have tables and "
        "figures without numbers, by the program of their chapter.",
        "",
        row("Table or figure", "Caption", "Chapter", "Program", "Line", "Output file"),
        row("---", "---", "---:", "---", "---:", "---"),
        *(
            row(one.number, one.caption, one.chapter, f"`{one.file}`", str(one.line), f"`{one.output}`")
            for one in facts.exhibits
        ),
        "",
    ]


def references(facts: Facts) -> list[str]:
    """Return the sources of the data, and of this form."""
    cited = dict.fromkeys(one.origin.citation for one in facts.sources.values())
    methods = (
        f"Publications behind the methods: `{PROJECT}/data/references.csv` and the report's chapter on references."
    )
    return ["## References", "", *(f"* {text}" for text in (*cited, _TEMPLATE)), "", methods, ""]


def russian(facts: Facts) -> list[str]:
    """Return what a reader of Russian needs to begin."""
    return [
        "## По-русски",
        "",
        f"Это пакет для проверки и повторения расчётов исследования `{facts.workspace.study.name}`. В папке "
        f"`{PROJECT}` лежат данные с описанием (`data`), код (`src`, `analyses`), тесты, файл с версиями библиотек "
        f"(`requirements.lock`) и результаты (`{facts.bld}`); отчёт — `{PROJECT}/{REPORT}/index.html` и "
        "`report_ru.pdf`, заключения по утверждениям статьи — `verdicts`.",
        "",
        "1. `sha256sum -c SHA256SUMS` проверяет, что файлы не изменены.",
        f"2. В папке `{PROJECT}` установите библиотеки (см. «Instructions to replicators», шаг 2); дальше сеть не "
        "нужна.",
        f"3. `python -m regional_econ verify{facts.options}` сверяет результаты с записью, "
        f"`python -m regional_econ reproduce{facts.options}` после `rm -r bld` считает всё заново.",
        "",
        "Список таблиц и рисунков выше называет для каждого программу и строку, которая его создаёт. Времена и память "
        "приведены, только если они были записаны при расчёте; условия использования данных указаны по источникам.",
    ]
