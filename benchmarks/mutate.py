"""Would the tests see a mistake? ``make mutate [PART=name]``: small changes of the code, one at a time.

base     errors, files, texts, options, YAML with lines, seeds
core     nouns, formula grammar, conditions, results, workspace
panel    demeaning, transformations, solution and covariances
referee  judges of claims
policy   dynamics of the policy model: kernel, stocks, lags, products

A part's mutants are drawn by the study's seed; what survives is listed. Those that change nothing that can be seen are
named with the reason in ``tests/mutation/equivalent.yml``; the figures are written beside it.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml
from record import ROOT

from regional_econ._base.files import read_json, write_json

SEED = 20221231
SIZE, GOAL = 400, 85  # mutants drawn of a part; percent of those that can be killed
KNOWN = ROOT / "tests" / "mutation" / "equivalent.yml"
FIGURES = ROOT / "tests" / "mutation" / "figures.json"
COPIED = ("src", "tests", "data", "analyses", "benchmarks", "reports/fonts", "reports/record", "reports/readers")
KILLED, SURVIVED, UNTESTED, OVERDUE = ("killed", "survived", "untested", "overdue")
# Mutants are tried in forks of one process: what it remembers would be the answer of the unchanged code.
FORGETTING = """

def pytest_sessionstart(session: pytest.Session) -> None:
    import functools
    import gc

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
    place = ROOT / "bld" / "mutation" / name
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
    drawn = sorted(random.Random(f"{SEED} {name}").sample(every, min(size, len(every))))
    done = mutmut(place, "run", "--max-children", str(os.cpu_count() or 1), *drawn)
    codes = results(place)
    tried = {mutant: _STATUS.get(codes[mutant], KILLED) for mutant in drawn if codes[mutant] is not None}  # type: ignore[arg-type]
    if len(tried) < len(drawn):
        sys.exit(f"Error: {len(drawn) - len(tried)} mutants of {name} were not tried.\n{done.stdout[-3000:]}")
    known = yaml.safe_load(KNOWN.read_text(encoding="utf-8")) or []
    equivalent = 0
    for mutant, status in tried.items():
        if status == KILLED:
            continue
        change, function = change_of(place, mutant), mutant.rpartition("__mutmut_")[0]
        named = any(one["function"] == function and _bare(one["change"]) == _bare(change) for one in known)
        if named and status == SURVIVED:
            equivalent += 1
        else:
            print(f"{status}: {mutant}\n{change}\n")
    counts = Counter(tried.values())
    return {
        "mutants": len(every), "drawn": len(drawn), "killed": counts[KILLED], "survived": counts[SURVIVED],
        "untested": counts[UNTESTED], "overdue": counts[OVERDUE], "equivalent": equivalent,
    }  # fmt: skip


def _bare(change: str) -> list[str]:
    return [f"{line[0]} {line[1:].strip()}" for line in change.splitlines() if line]


def main(part: str, size: int) -> None:
    """Mutate one part or all of them and write the figures."""
    if part not in (*PARTS, "all"):
        sys.exit(f"Error: unknown part {part!r}. Choose one of: all, {', '.join(PARTS)}.")
    behind = []
    for name in PARTS:
        if part in (name, "all"):
            found = run(name, size)
            figures = {**(read_json(FIGURES) if FIGURES.is_file() else {}), name: found}
            share = 100 * found["killed"] / (found["drawn"] - found["equivalent"])
            print(f"{name}: {found['killed']} of {found['drawn']} mutants killed, {share:.0f} % of those that can be")
            write_json(FIGURES, figures)
            behind += [name] if share < GOAL else []
    if behind:
        sys.exit(f"Error: fewer than {GOAL} % of {', '.join(behind)} were killed. Write tests for the survivors above.")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "all", int(sys.argv[2]) if len(sys.argv) > 2 else SIZE)
