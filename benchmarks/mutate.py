"""Would the tests see a mistake? ``make mutate [PART=name]``: small changes of the code, one at a time.

base     errors, files, texts, options, YAML with lines, seeds
core     nouns, formula grammar, conditions, results, workspace
panel    demeaning, transformations, solution and covariances
referee  judges of claims
policy   dynamics of the policy model: kernel, stocks, lags, products

A part's mutants are drawn by a seed. Each that is not killed stands in ``tests/mutation/survivors.yml`` with its kind
and the reason; one that does not is printed, and the command fails. The figures are written beside that file.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from record import ROOT

from regional_econ._base.files import read_json, sha256_bytes, write_json, write_text

SEED = 11  # no test was written for what this draw leaves; after tests that were, take another
SIZE, GOAL = 400, 85  # mutants drawn of a part; percent of those that can be killed
KNOWN = ROOT / "tests" / "mutation" / "survivors.yml"
FIGURES = ROOT / "tests" / "mutation" / "figures.json"
PLACE = ROOT / "bld" / "mutation"
COPIED = ("src", "tests", "data", "analyses", "benchmarks", "reports/fonts", "reports/record", "reports/readers")
KILLED, SURVIVED, UNTESTED, OVERDUE = ("killed", "survived", "untested", "overdue")
EQUIVALENT = "equivalent"  # the kind of a survivor that no test could see
KINDS = (EQUIVALENT, "letters", "elsewhere", "edge", "rounding", "speed", OVERDUE, "gap")  # told in the README there
# Mutants are tried in forks of one process: what it remembers would be the answer of the unchanged code, and its pool
# of workers would never answer.
FORGETTING = """

def pytest_sessionstart(session: pytest.Session) -> None:
    import functools
    import gc

    import joblib.externals.loky.reusable_executor as pool

    pool._executor = None
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper) and one.__module__.startswith("regional_econ"):
            one.cache_clear()
"""
# what mutmut 3 writes down: pytest's code, 33 and 5 without a test, five codes of a run that was stopped for its length
_STATUS = {0: SURVIVED, 5: UNTESTED, 33: UNTESTED, **dict.fromkeys((24, -24, 36, 152, 255), OVERDUE)}


@dataclass(frozen=True)
class Part:
    """Source files below the package, and the tests that are to see a mistake in them.

    Parameters
    ----------
    smaller : a file of the tests, a line of it and what stands for it: kernels in plain Python are slow.
    without : tests that need the full size.
    """

    mutated: tuple[str, ...]
    tests: tuple[str, ...]
    smaller: tuple[str, str, str] | None = None
    without: tuple[str, ...] = ()


PARTS = {
    "base": Part(
        ("_base/errors.py", "_base/files.py", "_base/location.py", "_base/options.py", "_base/parallel.py",
         "_base/seeds.py", "_base/text.py", "_base/yaml_lines.py"),
        ("tests/base/test_base.py", "tests/base/test_messages.py", "tests/base/test_yaml_lines.py"),
    ),
    "core": Part(("core/*",), ("tests/core",)),
    "panel": Part(
        ("panel/demean.py", "panel/estimators.py", "panel/least_squares.py", "panel/covariance.py"),
        ("tests/panel/test_demean.py", "tests/panel/test_estimators.py", "tests/panel/test_published.py",
         "tests/panel/test_conventions.py", "tests/panel/test_conley.py")
    ),
    "referee": Part(
        ("referee/judge.py", "referee/judge_description.py", "referee/judge_text.py"),
        ("tests/referee/test_judge.py", "tests/referee/test_description.py", "tests/referee/test_text.py",
         "tests/referee/test_traces.py"),
    ),
    "policy": Part(
        ("policy/model/kernel.py", "policy/model/stocks.py", "policy/model/response.py", "policy/model/build_up.py",
         "policy/model/product.py", "policy/model/direct.py"),
        ("tests/policy/test_simulator.py", "tests/policy/test_stocks.py", "tests/policy/test_response.py",
         "tests/policy/test_kernel.py", "tests/policy/test_shocks.py", "tests/policy/test_run.py"),
        smaller=("tests/policy/made_up.py", "DRAWS = 4000\n", "DRAWS = 200\n"),
        without=(
            "tests/policy/test_simulator.py::test_joint_spread_is_the_analytic_one",
            "tests/policy/test_simulator.py::test_parameters_and_groups_are_complete",
            "tests/policy/test_run.py::test_exchanged_columns_are_noticed",
            "tests/policy/test_run.py::test_thirteen_years_of_four_thousand_draws_are_quick",
        ),
    ),
}  # fmt: skip


def prepared(name: str, part: Part) -> Path:
    """Return a copy of the project in which a part can be mutated."""
    place = PLACE / name
    shutil.rmtree(place, ignore_errors=True)
    for folder in COPIED:
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (place / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(FORGETTING)
    if part.smaller is not None:
        file, line, other = part.smaller
        text = (place / file).read_text(encoding="utf-8")
        assert text.count(line) == 1, f"{file} lacks {line!r}"
        (place / file).write_text(text.replace(line, other), encoding="utf-8")
    files = [path.name for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".")]
    for file in files:
        shutil.copy(ROOT / file, place)
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/regional_econ/{pattern}" for pattern in part.mutated],
        "also_copy": [*COPIED[2:], *files],
        "pytest_add_cli_args": [
            "-q",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "-m",
            "not calibrate",
            *(f"--deselect={test}" for test in part.without),
        ],
        "pytest_add_cli_args_test_selection": list(part.tests),
        "do_not_mutate_patterns": ["msvcrt", "win32"],  # runs on Windows only
        "use_git_change_detection": False,
        "track_dependencies": False,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    with (place / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tool.mutmut]\n" + "\n".join(lines) + "\n")
    return place


def mutmut(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run mutmut in a copy, with kernels as plain Python."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    environment.pop("PYTHONPATH", None)
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)


def results(place: Path) -> dict[str, int | None]:
    """Return the exit code of every mutant, None where it has not been tried."""
    found: dict[str, int | None] = {}
    for path in sorted((place / "mutants" / "src").rglob("*.meta")):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def change_of(place: Path, mutant: str) -> str:
    """Return what a mutant changes: the lines taken out and put in."""
    lines = mutmut(place, "show", mutant).stdout.splitlines()
    return "\n".join(line for line in lines if re.match(r"[+-](?![+-])", line))


def run(name: str, size: int) -> dict[str, int]:
    """Mutate a part, print what survives, and return the figures."""
    place = prepared(name, PARTS[name])
    made = mutmut(place, "run", "--max-children", "1", "none-of-them")
    every = sorted(results(place))
    if "nothing matches" not in made.stdout + made.stderr or not every:
        sys.exit(f"Error: no mutants of {name}.\n{made.stdout[-3000:]}{made.stderr[-3000:]}")
    drawn = sorted(sorted(every, key=_lot)[:size])
    done = mutmut(place, "run", "--max-children", str(os.cpu_count() or 1), *drawn)
    codes = results(place)
    tried = {mutant: _STATUS.get(codes[mutant], KILLED) for mutant in drawn if codes[mutant] is not None}  # type: ignore[arg-type]
    if len(tried) < len(drawn):
        sys.exit(f"Error: {len(drawn) - len(tried)} mutants of {name} were not tried.\n{done.stdout[-3000:]}")
    known = explained(KNOWN)
    kinds, unexplained = Counter[str](), list[str]()
    for mutant, status in tried.items():
        if status == KILLED:
            continue
        change, function = change_of(place, mutant), mutant.rpartition("__mutmut_")[0]
        kind = kind_of(known, function, change, status)
        kinds[kind] += 1
        if not kind:
            print(f"{status}: {mutant}\n{change}\n")
            lines = [f"- function: {function}", "  change: |", *(f"    {line}" for line in change.splitlines())]
            unexplained += [*lines, "  kind:", "  why:"]
    write_text(PLACE / f"unexplained.{name}.yml", "\n".join(unexplained))
    counts = Counter(tried.values())
    return {
        "seed": SEED, "mutants": len(every), "drawn": len(drawn),
        "killed": counts[KILLED], "survived": counts[SURVIVED], "untested": counts[UNTESTED],
        "overdue": counts[OVERDUE], "equivalent": kinds[EQUIVALENT], "unexplained": kinds[""],
    }  # fmt: skip


def _lot(mutant: str) -> str:
    """What decides whether a mutant is drawn: by its name alone, so that code elsewhere changes no lot."""
    return sha256_bytes(f"{SEED} {mutant}".encode())


def explained(path: Path) -> dict[tuple[str, str], str]:
    """Return the kind of each explained mutant by function and change; an entry without kind or reason ends the run."""
    found: dict[tuple[str, str], str] = {}
    for one in yaml.safe_load(path.read_text(encoding="utf-8")):
        key = one["function"], _bare(one["change"])
        if one["kind"] not in KINDS or not one["why"]:
            sys.exit(f"Error: no kind or reason ({path}, {key[0]}: {key[1]}). Kinds are: {', '.join(KINDS)}.")
        if key in found:
            sys.exit(f"Error: named twice ({path}, {key[0]}: {key[1]}). Take one out.")
        found[key] = one["kind"]
    return found


def kind_of(known: Mapping[tuple[str, str], str], function: str, change: str, status: str) -> str:
    """Return the kind of a mutant that was not killed, empty where none is named that can have this status."""
    kind = known.get((function, _bare(change)), "")
    possible = {EQUIVALENT: status == SURVIVED, OVERDUE: status == OVERDUE}.get(kind, True)
    return kind if possible else ""


def _bare(change: str) -> str:
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in change.splitlines() if line)


def main(part: str, size: int) -> None:
    """Mutate one part or all of them and write the figures."""
    if part not in (*PARTS, "all"):
        sys.exit(f"Error: unknown part {part!r}. Choose one of: all, {', '.join(PARTS)}.")
    behind: list[str] = []
    unexplained: list[str] = []
    for name in PARTS:
        if part in (name, "all"):
            found = run(name, size)
            figures = {**(read_json(FIGURES) if FIGURES.is_file() else {}), name: found}
            share = 100 * found["killed"] / (found["drawn"] - found["equivalent"])
            print(f"{name}: {found['killed']} of {found['drawn']} mutants killed, {share:.0f} % of those that can be")
            write_json(FIGURES, figures)
            behind += [name] if share < GOAL else []
            unexplained += [str(PLACE / f"unexplained.{name}.yml")] if found["unexplained"] else []
    if behind:
        sys.exit(f"Error: fewer than {GOAL} % of {', '.join(behind)} were killed. Start with the gaps in {KNOWN}.")
    if unexplained:
        sys.exit(f"Error: no reason is given for {', '.join(unexplained)}. Write tests, or name them in {KNOWN}.")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "all", int(sys.argv[2]) if len(sys.argv) > 2 else SIZE)
