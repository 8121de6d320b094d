"""Studies of the methods: ``make calibrate [PART=name]``; finished batches are kept, so a stopped study goes on.

size   how often each kind of standard error rejects a true null, and a false one, on panels of 85 regions × 24 years
permutation   how often permuted histories reach what a driver shows over the multiverse; size under the null
dynamic   which estimators of a model with the outcome's own past can be used with 4, 11, 16 or 24 years
candidates   which forecast model is best from early origins
sbc   whether the forecast model's posterior is the one it claims to be, by simulation-based calibration
planted   which designs find a known effect, and how often their intervals hold it, when something stands in the way
scale   what a fit, a multiverse and a posterior cost by the number of units, on made-up panels of up to 10⁷ rows
verdicts   which label the referee gives to an effect that is known, and to claims that cannot be true
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import candidate_study
import dynamic_study
import growth_world
import permutation_study
import planted_study
import planted_world
import sbc_study
import scale_study
import scale_world
import size_study
import verdict_machine
import verdict_study
import verdict_world
from record import ROOT, installation_here, write_record

from regional_econ._base.errors import OptionError, RegionalEconError
from regional_econ._base.files import read_json, sha256_bytes, write_json
from regional_econ._base.location import data_dir
from regional_econ.causal.pages import scale as scale_page
from regional_econ.cli.options import workers
from regional_econ.core.results import Value
from regional_econ.core.workspace import source_files
from regional_econ.referee.rules import load_rules


def size(jobs: int) -> dict[str, Value]:
    """Rejection rates by process and kind of error."""
    return size_study.summary(_batched("size", size_study, [size_study], jobs=jobs, per_job=20))


def planted(jobs: int) -> dict[str, Value]:
    """Bias, error, coverage and rejection by world and design."""
    specifications = ROOT / "analyses" / "multiverse.yml", ROOT / "data" / "rules.yml"
    modules = [planted_study, planted_world]
    return planted_study.summary(_batched("planted", planted_study, modules, specifications, jobs=jobs, per_job=8))


def verdicts(jobs: int) -> dict[str, Value]:
    """Labels by true effect; panels double while a share is too near to its goal to be judged."""
    others = [ROOT / "analyses" / name for name in ("multiverse.yml", "study.toml")]
    others += [data_dir() / name for name in ("rules.yml", "placebos.yml")]
    modules = [verdict_study, verdict_machine, verdict_world, planted_world]
    rules = load_rules().causal
    panels = rules.panels
    while True:
        cases = verdict_study.batches(panels)
        found = _batched("verdicts", verdict_study, modules, others, jobs=jobs, per_job=4, cases=cases)
        if panels >= rules.most_panels or verdict_study.settled(found):
            return verdict_study.summary(found)
        panels = min(2 * panels, rules.most_panels)


def dynamic(jobs: int) -> dict[str, Value]:
    """Bias, error, coverage and power by world, years, persistence and estimator."""
    return dynamic_study.summary(_batched("dynamic", dynamic_study, [dynamic_study], jobs=jobs, per_job=8))


def candidates(jobs: int) -> dict[str, Value]:
    """Scores of the candidate forecast models from early origins."""
    others = [ROOT / "data" / "forecast.yml"]
    found = _batched("candidates", candidate_study, [candidate_study], others, jobs=jobs, per_job=24)
    return candidate_study.summary(found)


def sbc(jobs: int) -> dict[str, Value]:
    """Tests of uniform ranks and coverage by quantity."""
    return sbc_study.summary(
        _batched("sbc", sbc_study, [sbc_study, growth_world], [data_dir() / "forecast.yml"], jobs=jobs, per_job=2)
    )


def scale(jobs: int) -> dict[str, Value]:
    """Processor time and memory by kind of work and size."""
    others = [ROOT / "analyses" / "multiverse.yml", data_dir() / "forecast.yml", Path(str(scale_page.__file__))]
    return scale_study.summary(_batched("scale", scale_study, [scale_study, scale_world], others, jobs=jobs, per_job=1))


def permutation(jobs: int) -> dict[str, Value]:
    """P-values of the drivers over the multiverse, and the size of the permutation."""
    own = [Path(permutation_study.__file__), ROOT / "analyses" / "multiverse.yml", *_sources_of(permutation_study)]
    code = "".join(path.read_text("utf-8") for path in own)
    folder = ROOT / "bld" / "calibrate" / f"permutation-{sha256_bytes(code.encode())[:12]}"
    cases = permutation_study.batches()
    for number, (key, batch) in enumerate(cases.items(), start=1):
        if not (folder / f"{key}.json").is_file():
            print(f"permutation, batch {number} of {len(cases)}: {key}", file=sys.stderr)
            write_json(folder / f"{key}.json", permutation_study.run_batch(batch, jobs))
    return permutation_study.summary({key: read_json(folder / f"{key}.json") for key in cases})


def _batched(
    name: str,
    study: ModuleType,
    modules: Sequence[ModuleType],
    others: Sequence[Path] = (),
    *,
    jobs: int,
    per_job: int,
    cases: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run a study's batches, all or some; those of an earlier run with the same code are taken from their files."""
    files = [Path(str(module.__file__)) for module in modules]
    sources = sorted({path for module in modules for path in _sources_of(module)})
    code = "".join(path.read_text("utf-8") for path in [*files, *others, *sources])
    folder = ROOT / "bld" / "calibrate" / f"{name}-{sha256_bytes(code.encode())[:12]}"
    cases = study.batches() if cases is None else cases
    todo = [key for key in cases if not (folder / f"{key}.json").is_file()]
    step = per_job * jobs
    for start in range(0, len(todo), step):
        part = {key: cases[key] for key in todo[start : start + step]}
        label = f"{name}, batches {len(cases) - len(todo) + start + len(part)} of {len(cases)}"
        for key, counted in study.run(part, jobs, label).items():
            write_json(folder / f"{key}.json", counted)
    return {key: read_json(folder / f"{key}.json") for key in cases}


def _sources_of(study: object) -> list[Path]:
    """Source files of the package behind a study's functions."""
    names = {str(getattr(value, "__module__", "")) for value in vars(study).values()}
    modules = {name for name in names if name.startswith("regional_econ.")}
    return sorted({path for module in modules for path in source_files(module)})


PARTS: dict[str, Callable[[int], dict[str, Value]]] = {
    "size": size, "permutation": permutation, "planted": planted, "verdicts": verdicts, "dynamic": dynamic,
    "candidates": candidates, "sbc": sbc, "scale": scale,
}  # fmt: skip


def main(part: str, jobs: int, cluster: str | None) -> None:
    """Run one part or all of them and write their records, in processes or on the workers of a cluster.

    What a machine takes for its work (``scale``) is measured here, wherever the rest runs.
    """
    if part == "scale" and cluster:
        raise OptionError("scale measures this machine, not a cluster", advice="Leave --cluster out")
    with workers(jobs, cluster, ask=installation_here) as number:
        for name, study in PARTS.items():
            if part in (name, "all"):
                print(f"wrote {write_record(f'calibrate.{name}', study(number)).relative_to(ROOT)}")


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default="all", choices=["all", *PARTS])
    parser.add_argument("--jobs", type=int, default=0, help="processes; as many as there are cores by default")
    parser.add_argument("--cluster", help="tcp://HOST:PORT of a scheduler whose workers find this folder in PYTHONPATH")
    try:
        main(**vars(parser.parse_args()))
    except RegionalEconError as error:
        sys.exit(f"Error: {error}")
