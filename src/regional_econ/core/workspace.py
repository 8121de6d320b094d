"""Where a study's intermediates and results lie, and which code a step depends on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path

from regional_econ._base.errors import OptionError, StoreError, StudyError
from regional_econ._base.files import holds, read_json, sha256_file, write_json
from regional_econ._base.location import data_dir, package_dir
from regional_econ._base.options import check_option
from regional_econ.core.code import Code, Made, code_of
from regional_econ.core.explorer import Explorer
from regional_econ.core.results import Result, ResultStore
from regional_econ.core.section import Section
from regional_econ.core.study import Profile, ProfileSettings, Study, load_study
from regional_econ.core.syntax import syntax_of

STUDY_VARIABLE = "REGIONAL_ECON_STUDY"
PROFILE_VARIABLE = "REGIONAL_ECON_PROFILE"
JOBS_VARIABLE = "REGIONAL_ECON_JOBS"
DEFAULT_STUDY = Path("analyses") / "study.toml"
_STUDY = "study"


@dataclass(frozen=True)
class Workspace:
    """A study under a profile, with its folder ``bld/<study>/<profile>``."""

    study_path: Path
    profile: Profile
    jobs: int = 1

    @classmethod
    def current(cls) -> Workspace:
        """Return the workspace that the environment names; by default the full profile of analyses/study.toml."""
        profile = os.environ.get(PROFILE_VARIABLE, "full")
        check_option("profile", profile, Profile)
        path = Path(os.environ[STUDY_VARIABLE]).resolve() if STUDY_VARIABLE in os.environ else _nearest_study()
        jobs = os.environ.get(JOBS_VARIABLE, str(os.cpu_count() or 1))
        if not jobs.isdecimal() or int(jobs) < 1:
            raise OptionError(f"{JOBS_VARIABLE} cannot be {jobs!r}", advice="Give a number of processes")
        return cls(path, "quick" if profile == "quick" else "full", int(jobs))

    @cached_property
    def study(self) -> Study:
        """The study's settings."""
        return load_study(self.study_path)

    @property
    def settings(self) -> ProfileSettings:
        """The profile's sizes."""
        return self.study.settings(self.profile)

    @cached_property
    def root(self) -> Path:
        """The project folder: the nearest one above the study file, or above the present folder, with ``analyses``.

        Raises
        ------
        StudyError : there is none.
        """
        here = Path.cwd()
        for folder in (*self.study_path.parents, here, *here.parents):
            if (folder / "analyses").is_dir():
                return folder
        raise StudyError("no project folder", where=str(self.study_path), advice="Run inside a clone of the project")

    @property
    def bld(self) -> Path:
        """The folder of intermediates."""
        return self.root / "bld" / self.study.name / self.profile

    @property
    def run_record(self) -> Path:
        """The committed record of the study's last full run: how long it took, and how much memory."""
        return self.root / "reports" / "record" / f"{self.study.name}.run.json"

    @property
    def results(self) -> ResultStore:
        """The results by id."""
        return ResultStore(self.bld / "results")

    def index_path(self, room: str) -> Path:
        """Return the file that lists a room's results with their hashes and the code that made them.

        It changes when a result does, or the meaning of the code.
        """
        return self.bld / "artifacts" / f"results.{room}.json"

    def write_results(self, room: str, results: Iterable[Result], code: Iterable[Path]) -> None:
        """Write a room's results and their index, and remove those that it no longer makes.

        Parameters
        ----------
        room : the room whose step made them.
        results : all of them.
        code : the files that the step depends on, from :meth:`code`.
        """
        index = self.index_path(room)
        before = set(read_json(index).get("results", {})) if index.is_file() else set()
        hashes = {result.id: sha256_file(self.results.write(result)) for result in results}
        for gone in sorted(before - set(hashes)):
            self.results.path(gone).unlink(missing_ok=True)
        files = self._code_files(code)
        write_json(index, {"code": {**asdict(code_of(files)), "files": sorted(files)}, "results": hashes})

    def mark_damaged_results(self) -> list[Path]:
        """Take back the hash of each result that is not as its step wrote it, so that the step runs anew.

        Returns
        -------
        The files that are missing, truncated or changed.
        """
        damaged: list[Path] = []
        for index in sorted((self.bld / "artifacts").glob("results.*.json")):
            try:
                document = read_json(index)
                hashes = dict(document["results"])
            except (StoreError, KeyError, TypeError, ValueError):
                index.unlink()
                damaged.append(index)
                continue
            gone = {one for one, sha in hashes.items() if sha and not holds(self.results.path(one), sha)}
            if gone:
                write_json(index, {**document, "results": {**hashes, **dict.fromkeys(gone, "")}})
                damaged += [self.results.path(one) for one in sorted(gone)]
        return damaged

    def code_version(self, code: Iterable[Path]) -> Code:
        """Return version and hash of files of the code, from :meth:`code`, alike on every machine."""
        return code_of(self._code_files(code))

    def made(self) -> dict[str, Made]:
        """Return by which code each result was made, and whether that code still stands, by result id."""
        found: dict[str, Made] = {}
        for path in sorted((self.bld / "artifacts").glob("results.*.json")):
            index = read_json(path)
            if "code" in index:
                code = Code(index["code"]["version"], index["code"]["sha256"])
                files = {name: self._code_path(name) for name in index["code"]["files"]}
                current = all(file.is_file() for file in files.values()) and code_of(files).sha256 == code.sha256
                found |= {result_id: Made(code, current) for result_id in index["results"]}
        return found

    def artifact(self, name: str) -> Path:
        """Return the file of an intermediate."""
        return self.bld / "artifacts" / name

    def section_path(self, section_id: str) -> Path:
        """Return the file of a section."""
        return self.bld / "sections" / f"{section_id}.json"

    def write_section(self, section: Section) -> Path:
        """Write a section and return its file."""
        path = self.section_path(section.id)
        section.write(path)
        return path

    def explorer_path(self, explorer_id: str) -> Path:
        """Return the file of an explorer."""
        return self.bld / "explorers" / f"{explorer_id}.json"

    def write_explorer(self, explorer: Explorer) -> Path:
        """Write an explorer and return its file."""
        path = self.explorer_path(explorer.id)
        explorer.write(path)
        return path

    def sections(self) -> dict[str, Section]:
        """Return all written sections by id."""
        return {path.stem: Section.read(path) for path in sorted((self.bld / "sections").glob("*.json"))}

    def data(self, *names: str) -> list[Path]:
        """Return files of the compiled data, and what every reader of the panel needs beside them."""
        always = ("manifest.json", "values.csv.gz", "variables.yml", "units.yml", "regions.yml")
        return [data_dir() / name for name in (*always, *names)]

    def code(self, *modules: str) -> list[Path]:
        """Return the lock file, the study file and the source files that the modules need, through all imports."""
        found: set[Path] = set()
        for module in modules:
            found |= source_files(module)
        lock = self.root / "requirements.lock"
        return sorted(found | {self.study_path} | ({lock} if lock.is_file() else set()))

    def _code_files(self, code: Iterable[Path]) -> dict[str, Path]:
        return {self._code_name(path): path for path in code}

    def _code_name(self, path: Path) -> str:
        """Name a file of the code alike on every machine."""
        if path == self.study_path:
            return _STUDY
        folder = package_dir().parent
        return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name

    def _code_path(self, name: str) -> Path:
        if name == _STUDY:
            return self.study_path
        inside = package_dir().parent / name
        return inside if inside.is_file() else self.root / name


def _nearest_study() -> Path:
    here = Path.cwd()
    return next(
        (folder / DEFAULT_STUDY for folder in (here, *here.parents) if (folder / DEFAULT_STUDY).is_file()),
        here / DEFAULT_STUDY,
    )


@cache
def source_files(module: str) -> frozenset[Path]:
    """Return the files of a module and of everything in the package that it imports, at any depth.

    >>> sorted(path.name for path in source_files("regional_econ._base.seeds"))
    ['__init__.py', 'seeds.py']
    """
    todo, found = [module], set[Path]()
    while todo:
        for path in _files_of(todo.pop()):
            if path not in found:
                found.add(path)
                todo.extend(syntax_of(path.read_bytes()).imports)
    return frozenset(found)


@cache
def _files_of(module: str) -> tuple[Path, ...]:
    parts = module.split(".")[1:]
    packages = [package_dir().joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
    return tuple(p for p in [*packages, package_dir().joinpath(*parts).with_suffix(".py")] if p.is_file())
