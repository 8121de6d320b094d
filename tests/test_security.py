"""Nothing that a file or a command line says is executed, unpacked without limit, or let out of its folder."""

from __future__ import annotations

import ast
import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import report_sample as sample

from regional_econ._base.errors import FormulaError, RegionalEconError, SchemaError
from regional_econ._base.text import Catalogue, Text
from regional_econ.causal.declaration import load_multiverse
from regional_econ.causal.event_table import load_events
from regional_econ.core.conditions import Path as ConditionPath
from regional_econ.core.formula import parse_formula
from regional_econ.core.hypothesis import parse_hypothesis
from regional_econ.core.scenario import Scenario
from regional_econ.core.section import Bilingual, Column, TableBlock, Verbatim
from regional_econ.core.study import load_study
from regional_econ.data.declared import read_yaml
from regional_econ.data.derive import Derivation
from regional_econ.data.export import export
from regional_econ.data.files.container import read_workbook
from regional_econ.data.load import load_panel
from regional_econ.elasticities.declared import load_assumptions
from regional_econ.policy.model.levers import load_levers
from regional_econ.policy.model.priors import load_priors
from regional_econ.referee.ledger import load_claims
from regional_econ.referee.rules import load_rules
from regional_econ.replication.archive import write_archive
from regional_econ.report.build import write_report
from regional_econ.report.charts.draw import frame_csv

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(1)">'
FORMULAS = ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-cmd|' /C calc'!A0", "\t=1+1", "\r=1+1")

# --- what the code may not call ---------------------------------------------------------------------------------------

MODULES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "marshal", "shelve", "tarfile", "pickletools"}
NAMES = {"eval", "exec", "compile", "__import__"}
METHODS = {
    "unsafe_load", "full_load", "unsafe_load_all", "full_load_all", "read_pickle", "to_pickle", "extractall",
    "unpack_archive", "mktemp", "eval", "exec", "__import__",
}  # fmt: skip
HIDING = {"os", "yaml", "joblib", "builtins", "pandas", "shutil", "tempfile"}
HIDDEN = METHODS | NAMES | {"load", "load_all", "system", "popen"}
LOADERS = {"Loader", "FullLoader", "UnsafeLoader"}
SAFE_LOADERS = {"SafeLoader", "CSafeLoader", "_Loader"}  # the last is CSafeLoader where there is one, else SafeLoader


def dangers(source: str) -> Iterator[str]:
    """What a source file does that could run what a file says; joblib's workers hand on the package's own functions
    only, and import-linter keeps it in one module."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (f"import {one.name}" for one in names if one.name.partition(".")[0] in MODULES)
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in MODULES:
                yield f"import {module}"
            case ast.ImportFrom(module=str(module)) if module in HIDING:
                yield from (f"from {module} import {one.name}" for one in node.names if one.name in HIDDEN)
            case ast.Call(func=ast.Name(id=name)) if name in NAMES:
                yield f"{name}()"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="yaml"), attr="load" | "load_all")):
                given = [*node.args[1:], *(word.value for word in node.keywords)]
                if not any(getattr(one, "attr", getattr(one, "id", "")) in SAFE_LOADERS for one in given):
                    yield "yaml.load without a safe loader"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="joblib"), attr="load")):
                yield "a pickle by joblib"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="system" | "popen")):
                yield "a shell"
            case ast.Call(func=ast.Attribute(attr=name)) if name in METHODS:
                yield f".{name}()"
            case ast.Attribute(value=ast.Name(id="yaml"), attr=name) if name in LOADERS:
                yield f"yaml.{name}"
        for word in getattr(node, "keywords", []) if isinstance(node, ast.Call) else []:
            if word.arg in ("shell", "allow_pickle") and not (
                isinstance(word.value, ast.Constant) and word.value.value is False
            ):
                yield f"{word.arg}="


@pytest.mark.parametrize("folder", ["src", "analyses", "benchmarks", "reports"])
def test_no_code_runs_what_a_file_says(root: Path, folder: str) -> None:
    files = [path for path in sorted((root / folder).rglob("*.py")) if "out" not in path.relative_to(root).parts]
    assert files
    found = {str(path.relative_to(root)): list(dangers(path.read_text(encoding="utf-8"))) for path in files}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from cloudpickle import loads", "eval('1')", "exec(text)", "compile(text, '', 'exec')",
        "__import__('os')", "yaml.load(text)", "yaml.load(text, Loader=yaml.FullLoader)", "yaml.unsafe_load(text)",
        "subprocess.run('ls', shell=True)", "subprocess.run('ls', shell=wanted)", "os.system('ls')",
        "np.load(file, allow_pickle=True)", "pd.read_pickle(file)", "archive.extractall(folder)",
        "class Own(yaml.Loader): pass", "from os import system", "from joblib import load",
        "from yaml import unsafe_load", "from builtins import eval as e", "builtins.eval('1')", "frame.eval('a + b')",
        "joblib.load(file)", "builtins.__import__('os')",
    ],
)  # fmt: skip
def test_such_code_would_be_seen(source: str) -> None:
    assert list(dangers(source))


# --- formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "y ~ __import__('os').system('true')", "y ~ x + eval('1')", "y ~ x.__class__", "y ~ I(x**2)", "y ~ {x}",
        "y ~ x\nimport os", "y ~ `x`", "y ~ x; DROP TABLE", "__import__('os') ~ x", "y ~ Q('x')", "y ~ @x", "y ~ $(id)",
        "y ~ " + "(" * 3000, "y ~ ln(" * 500, "y ~ " + "x + " * 900 + "x" * 900,
    ],
)  # fmt: skip
def test_a_hostile_formula_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(text)
    with pytest.raises(FormulaError):
        parse_hypothesis(f"{text.removeprefix('y ~ ')} = 0", ["x"])


@pytest.mark.parametrize(
    "text", ["__import__('os').system('true')", "a.b", "a[0]", "(lambda: a)()", "a if b else c", "f'{a}'", "a ** b"]
)
def test_a_hostile_derivation_is_refused(text: str) -> None:
    with pytest.raises(RegionalEconError):
        _ = Derivation("x", text).tree


# --- YAML -------------------------------------------------------------------------------------------------------------

OBJECT = "a: !!python/object/apply:os.system ['touch {made}']\n"
LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
READERS: dict[str, Callable[[Path], object]] = {
    "claims": load_claims,
    "scenario": Scenario.read,
    "condition": ConditionPath.read,
    "study": load_study,
    "specifications": load_multiverse,
    "events": load_events,
    "rules": load_rules,
    "biases": load_assumptions,
    "priors": load_priors,
    "levers": load_levers,
    "texts": lambda path: Catalogue.load([path]),
    "catalogue": read_yaml,
}


@pytest.mark.parametrize("reader", READERS)
def test_a_yaml_file_makes_no_object(tmp_path: Path, reader: str) -> None:
    made, path = tmp_path / "made", tmp_path / "given.yml"
    path.write_text(OBJECT.format(made=made), encoding="utf-8")
    with pytest.raises(RegionalEconError):
        READERS[reader](path)
    assert not made.exists()


@pytest.mark.parametrize("reader", ["claims", "scenario", "condition", "specifications"])
def test_a_file_of_a_user_does_not_grow_without_end(tmp_path: Path, reader: str) -> None:
    path = tmp_path / "given.yml"
    path.write_text(LAUGHS, encoding="utf-8")
    with pytest.raises(RegionalEconError, match="entries"):
        READERS[reader](path)


# --- zip and XML ------------------------------------------------------------------------------------------------------


def workbook(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Write a workbook whose parts are changed."""
    plain, book = io.BytesIO(), openpyxl.Workbook()
    book.active.append(["x", 1.0])  # type: ignore[union-attr]
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return path


PARTS = ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels")
ENTITIES = {
    "of a file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "of an address": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://192.0.2.1/a.dtd"> %a;]>',
    "that laugh": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>',
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("entities", ENTITIES)
def test_entities_in_a_workbook_are_refused(tmp_path: Path, part: str, entities: str) -> None:
    def declare(name: str, content: bytes) -> bytes:
        head, mark, rest = content.partition(b"?>")
        start = head + mark if mark else b""
        return start + ENTITIES[entities].encode() + (rest if mark else content) if name == part else content

    assert [sheet.rows for sheet in read_workbook(workbook(tmp_path / "plain.xlsx", lambda _, content: content))]
    with pytest.raises(RegionalEconError, match=r"defines entities.*\(given\.xlsx\)"):
        read_workbook(workbook(tmp_path / "given.xlsx", declare))


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    """``tests/data/files/test_mutations.py`` has six kinds of them, with the memory that they may take."""
    path = workbook(tmp_path / "given.xlsx", lambda name, content: content + b" " * 70_000_000 * (name == PARTS[1]))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(RegionalEconError, match="unpacks to more than"):
        read_workbook(path)


def test_a_part_of_a_workbook_reaches_no_file(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    path = workbook(tmp_path / "inside" / "given.xlsx", lambda _, content: content)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../out.txt", b"out")
    read_workbook(path)
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["given.xlsx", "inside"]


def test_archives_are_opened_in_known_places_only(root: Path) -> None:
    """A new place that opens an archive, or reads XML, needs its limits here."""
    opened = {
        path.relative_to(root / "src" / "regional_econ").as_posix()
        for path in (root / "src").rglob("*.py")
        for word in ("ZipFile(", "fromstring", "etree", "load_workbook", "CalamineWorkbook", "lxml", "read_excel")
        if word in path.read_text(encoding="utf-8")
    }
    reads_a_users_file = {"data/files/container.py", "data/files/rich_text.py", "data/files/sheet_xml.py"}
    reads_what_it_made = {"data/export.py", "report/tables.py", "report/svg.py"}
    writes_only = {"replication/archive.py", "policy/exports/xmile.py"}
    assert opened == reads_a_users_file | reads_what_it_made | writes_only


# --- names of files ---------------------------------------------------------------------------------------------------

OUTSIDE = ("../../out", "/tmp/out", "a/../../out", "..", "a/b", "C:\\out\\x", "..\\out")


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_name_in_a_file_leads_out_of_its_folder(root: Path, tmp_path: Path, name: str) -> None:
    """Pages (``tests/report``), lists of a report's files (``test_site``) and archives have tests of their own too."""
    path = tmp_path / "given.yml"
    shipped = (root / "analyses" / "scenarios" / "rd_push.yml").read_text(encoding="utf-8")
    for old in ("id: rd_push", "baseline_ref: forecast.nc", "draws_ref: elasticities.json"):
        assert old in shipped
        path.write_text(shipped.replace(old, f"{old.partition(':')[0]}: '{name}'"), encoding="utf-8")
        with pytest.raises(SchemaError):
            Scenario.read(path)
    claims = (root / "analyses" / "second_paper" / "tomsk.yml").read_text(encoding="utf-8")
    path.write_text(claims.replace("id: Q01", f"id: '{name}'"), encoding="utf-8")
    with pytest.raises(RegionalEconError, match="no id of a claim"):
        load_claims(path)
    study = (root / "analyses" / "study.toml").read_text(encoding="utf-8")
    path.write_text(study.replace('name = "kuzbass"', f"name = '{name}'"), encoding="utf-8")
    with pytest.raises(RegionalEconError, match="no name for a study"):
        load_study(path)
    if ".." in Path(name).parts or Path(name).is_absolute():
        with pytest.raises(RegionalEconError, match="cannot have that place"):
            write_archive(tmp_path / "a.zip", "package", {name: b"x"})
    assert sorted(one.name for one in tmp_path.iterdir()) == ["given.yml"]


# --- what readers open ------------------------------------------------------------------------------------------------


def test_a_hostile_quote_is_shown_as_text(tmp_path: Path) -> None:
    """``tests/report/test_site.py`` does the same with the name of a region."""
    cells = ((Verbatim(HOSTILE), Bilingual(HOSTILE, HOSTILE)),)
    columns = (Column("a", "sample.data"), Column("b", "sample.data"))
    first, *others = sample.sections()
    first = replace(first, blocks=(*first.blocks, TableBlock("hostile", "sample.data", columns, cells)))
    words, ledger = [sample.words("en")], sample.ledger()
    write_report([first, *others], words, ledger, sample.SOURCES, tmp_path, front="sample", only="site")
    page = (tmp_path / "en" / f"{first.id}.html").read_text(encoding="utf-8")
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x") >= 2
    for path in tmp_path.rglob("*"):
        if path.suffix in (".html", ".js", ".svg") and path.name != "vega.js":
            assert "<script>alert" not in path.read_text(encoding="utf-8"), path
            assert "<img src=x" not in path.read_text(encoding="utf-8"), path


def test_a_cell_of_a_csv_is_no_formula() -> None:
    """A spreadsheet program computes what begins so; an apostrophe makes it a text. Numbers and signs stay."""
    kept = ["+", "-", "-1.5", "+0.3", "−2", "- 3", "plain", ""]
    text = frame_csv(pd.DataFrame({"x": [*FORMULAS, *kept], "y": -1.0}))
    rows = list(csv.reader(io.StringIO(text)))[1:]
    assert [row[0] for row in rows] == [*(f"'{one}".replace("\r", "\n") for one in FORMULAS), *kept]
    assert {row[1] for row in rows} == {"-1.0"}


def test_a_cell_of_a_workbook_is_no_formula(tmp_path: Path) -> None:
    panel = load_panel()
    name = "RU-KEM"
    region = replace(panel.regions[name], name=Text("=1+1", "=1+1"))
    path = tmp_path / "a.xlsx"
    export(replace(panel, regions={**panel.regions, name: region}), path, file_format="xlsx")
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}
