"""Which specifications are admissible? The declared file, read and checked before anything is estimated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path
from typing import cast

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ._base.files import sha256_bytes, sha256_file
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ._base.yaml_lines import Place, read_yaml_lines
from regional_econ.causal.axes import (
    Choices,
    Driver,
    Effects,
    Era,
    Exclusion,
    Limit,
    Restriction,
    Scale,
    Specification,
    Term,
    Weighting,
)
from regional_econ.causal.entries import (
    read_driver,
    read_era,
    read_exclusion,
    read_limit,
    read_options,
    read_reasons,
    read_restriction,
    read_term,
)

_KEYS = (
    "schema_version", "outcome", "organisations_per_thousand_employed", "logit_sd_beyond_sampling", "terms", "drivers",
    "axes", "admissible", "alone", "exclusions",
)  # fmt: skip
_BESIDE = ("schema_version", "axes_of", "terms", "drivers", "admissible", "exclusions")
_AXES = ("scale", "weights", "era", "lag", "effects", "sample", "vintage")
NEWEST = "newest"


@dataclass(frozen=True)
class Rule:
    """What counts as an effect of interest, as the referee's rules declare it.

    ``smallest_effect_pp`` percentage points for the ``change_quantile`` of the driver's changes over
    ``change_window_years``; ``placebo_level`` of the placebo's interval; from ``deciding_lag`` years on lags decide.
    """

    smallest_effect_pp: float
    change_quantile: float
    change_window_years: int
    placebo_level: float
    deciding_lag: int


@dataclass(frozen=True)
class Multiverse:
    """The declared specifications.

    ``admissible`` limits options of axes to some options of others; ``alone`` is the region × method specification that
    is shown beside the average, in the driver's first measure with all covariates. ``reasons`` maps ``axis.option``
    to the reason given; ``axes_of`` names the file that this one takes all but terms and drivers from, "" where it
    declares everything itself; ``sha256`` is the hash of the file, or of both.
    """

    outcome: str
    rule: Rule
    organisations_per_thousand_employed: float
    logit_sd_beyond_sampling: float
    terms: Mapping[str, Term]
    drivers: Mapping[str, Driver]
    scales: tuple[Scale, ...]
    weights: tuple[Weighting, ...]
    eras: tuple[Era, ...]
    effects: tuple[Effects, ...]
    samples: tuple[Restriction, ...]
    vintages: tuple[str, ...]
    admissible: tuple[Limit, ...]
    alone: Choices
    reasons: Mapping[str, Text]
    exclusions: Mapping[str, Exclusion]
    axes_of: str
    sha256: str

    def era(self, era_id: str) -> Era:
        """Return an era by its id."""
        return _by_id("era", era_id, self.eras)

    def sample(self, sample_id: str) -> Restriction:
        """Return what a sample leaves out, by its id."""
        return _by_id("sample", sample_id, self.samples)

    def first_terms(self) -> tuple[str, ...]:
        """Terms of the cells that all drivers share: every driver in its first measure, and every covariate."""
        used = [name for driver in self.drivers.values() for name in (driver.id, *driver.covariates)]
        return tuple(name for name in self.terms if name in used)

    def measures(self) -> tuple[str, ...]:
        """Return the other measures of the drivers, after ``""`` for the first ones."""
        others = [name for driver in self.drivers.values() for name in driver.measures if name != driver.id]
        return ("", *dict.fromkeys(others))

    def drivers_of(self, measure: str) -> tuple[Driver, ...]:
        """Return the drivers whose specifications a cell holds: all for ``""``, else the one measured so."""
        return tuple(driver for driver in self.drivers.values() if not measure or measure in driver.measures)

    def cells(self) -> Iterator[Choices]:
        """Yield every admissible combination of choices but the covariates, those of one sample side by side."""
        for vintage in self.vintages:
            for era in self.eras:
                for lag in era.lags:
                    for measure in self.measures():
                        yield from self._within(vintage, era, lag, measure)

    def subsets(self, driver: Driver, effects: Effects) -> list[tuple[str, ...]]:
        """Return the admissible subsets of a driver's covariates, the empty one first, the largest last."""
        names = tuple(driver.covariates)
        limits = [rule.max_covariates for rule in self.admissible if (rule.axis, rule.option) == ("effects", effects)]
        most = min((limit for limit in limits if limit is not None), default=len(names))
        return [subset for size in range(min(most, len(names)) + 1) for subset in combinations(names, size)]

    def specifications(self, driver: str) -> Iterator[Specification]:
        """Yield a driver's admissible specifications in the order of the declaration, which is that of their rows.

        Raises
        ------
        UnknownNameError : the driver is not declared.
        """
        if driver not in self.drivers:
            raise UnknownNameError.of("driver", driver, self.drivers)
        own, row = self.drivers[driver], 0
        subsets = {effects: self.subsets(own, effects) for effects in self.effects}
        for cell in self.cells():
            if own in self.drivers_of(cell.measure):
                for covariates in subsets[cell.effects]:
                    row += 1
                    yield Specification(driver, row, cell, covariates)

    def specification(self, driver: str, row: int) -> Specification:
        """Return a driver's specification by its row, which counts from 1.

        Raises
        ------
        UnknownNameError : the driver is not declared.
        OptionError : it has no such row.
        """
        found = next(islice(self.specifications(driver), row - 1, None), None) if row > 0 else None
        if found is None:
            count = self.n_specifications(driver)
            raise OptionError(f"{driver} has no specification {row}", advice=f"Give a row from 1 to {count}")
        return found

    def n_specifications(self, driver: str) -> int:
        """Number of admissible specifications of a driver."""
        own = self.drivers[driver]
        counted = {effects: len(self.subsets(own, effects)) for effects in self.effects}
        return sum(counted[cell.effects] for cell in self.cells() if own in self.drivers_of(cell.measure))

    def __str__(self) -> str:
        counts = ", ".join(f"{driver} {self.n_specifications(driver)}" for driver in self.drivers)
        return f"Admissible specifications of {self.outcome}: {counts}."

    def _within(self, vintage: str, era: Era, lag: int, measure: str) -> Iterator[Choices]:
        for scale in self.scales:
            for weights in self.weights:
                for effects in self.effects:
                    for sample in self.samples:
                        cell = Choices(era.id, scale, weights, lag, effects, measure, sample.id, vintage)
                        chosen = {axis: str(value) for axis, value in vars(cell).items()}
                        if all(rule.admits(chosen) for rule in self.admissible):
                            yield cell


def load_multiverse(path: Path, rules: Path | None = None) -> Multiverse:
    """Read and check a file of admissible specifications.

    Parameters
    ----------
    path : YAML file, such as ``analyses/multiverse.yml``; one with ``axes_of`` names only what differs from that file.
    rules : the referee's rules, which alone say what an effect of interest is; ``data/rules.yml`` by default.

    Returns
    -------
    the declared specifications.

    Raises
    ------
    StudyError, UnknownNameError, OptionError : a file is missing, not YAML, lacks a key or has an unknown one, or an
        option is wrong or has no reason; the message names file, line and rule.
    """
    document = read_yaml_lines(path)
    rule = _rule(read_yaml_lines(rules or data_dir() / "rules.yml"))
    first = _first(path, document)
    top = document.mapping(_KEYS) if first is None else _beside(first, document)
    terms = {key: read_term(key, entry) for key, entry in top["terms"].entries().items()}
    drivers = {key: read_driver(key, entry, terms) for key, entry in top["drivers"].entries().items()}
    axes = top["axes"].mapping(_AXES)
    eras = tuple(read_era(key, entry) for key, entry in axes["era"].entries().items())
    options = {axis: tuple(place.entries()) for axis, place in axes.items()}
    vintages = options["vintage"]
    if vintages[:1] != (NEWEST,):
        raise axes["vintage"].refuse(f"the first vintage must be {NEWEST}", "The focal region's level is taken there")
    samples = tuple(read_restriction(key, entry) for key, entry in axes["sample"].entries().items())
    admissible = tuple(read_limit(key, entry, options) for key, entry in _limits(top, document).items())
    _check_years(axes["sample"], samples, eras, admissible)
    return Multiverse(
        outcome=top["outcome"].text(),
        rule=rule,
        organisations_per_thousand_employed=top["organisations_per_thousand_employed"].number(),
        logit_sd_beyond_sampling=top["logit_sd_beyond_sampling"].number(),
        terms=terms,
        drivers=drivers,
        scales=read_options(axes["scale"], Scale),
        weights=read_options(axes["weights"], Weighting),
        eras=eras,
        effects=read_options(axes["effects"], Effects),
        samples=samples,
        vintages=vintages,
        admissible=admissible,
        alone=_alone(top["alone"], eras, options, admissible, rule),
        reasons=read_reasons(axes),
        exclusions={key: read_exclusion(entry) for key, entry in top["exclusions"].entries().items()},
        axes_of="" if first is None else first.name,
        sha256=sha256_file(path) if first is None else _hash_of_both(first, path),
    )


def _first(path: Path, document: Place) -> Path | None:
    """Return the file that a declaration takes its axes from, beside it; None where it declares everything itself."""
    if "axes_of" not in document.entries():
        return None
    name = document["axes_of"].text()
    if Path(name).name != name or not (path.parent / name).is_file() or (path.parent / name).samefile(path):
        advice = "Name the file of the axes, such as multiverse.yml, and put both into one folder"
        raise document["axes_of"].refuse(f"no other declaration {name} stands beside {path.name}", advice)
    return path.parent / name


def _beside(first: Path, document: Place) -> Mapping[str, Place]:
    """Return the places of a declaration that names only what differs from the first one."""
    own = document.mapping(_BESIDE, optional=("admissible",))
    return {**read_yaml_lines(first).mapping(_KEYS), **{key: own[key] for key in ("terms", "drivers", "exclusions")}}


def _limits(top: Mapping[str, Place], document: Place) -> Mapping[str, Place]:
    """Return where options are admissible; a declaration's own limit takes the place of the first one's."""
    own = document.entries().get("admissible")
    return {**top["admissible"].entries(), **(own.entries() if own else {})}


def _hash_of_both(first: Path, path: Path) -> str:
    return sha256_bytes(f"{sha256_file(first)} {sha256_file(path)}".encode())


def _by_id[Option: Era | Restriction](kind: str, name: str, options: tuple[Option, ...]) -> Option:
    for option in options:
        if option.id == name:
            return option
    raise UnknownNameError.of(kind, name, [option.id for option in options])


def _rule(document: Place) -> Rule:
    causal = document["causal"]
    smallest = causal["smallest_effect"]
    return Rule(
        smallest_effect_pp=smallest["value"].number(),
        change_quantile=smallest["change_quantile"].number(),
        change_window_years=smallest["change_window_years"].whole(),
        placebo_level=causal["placebo_interval"].number(),
        deciding_lag=causal["deciding_lag"].whole(),
    )


def _check_years(
    place: Place, samples: tuple[Restriction, ...], eras: tuple[Era, ...], rules: tuple[Limit, ...]
) -> None:
    """Refuse a sample without a year in an era that does not hold it: it would be another sample counted twice."""
    for sample in samples:
        for era in eras:
            chosen = {"sample": sample.id, "era": era.id}
            if sample.year is None or era.years[0] <= sample.year <= era.years[1]:
                continue
            if all(rule.admits(chosen) for rule in rules):
                advice = f"Limit sample.{sample.id} to other eras under admissible"
                raise place[sample.id].refuse(f"{era.id} does not hold {sample.year}, the year left out", advice)


def _alone(
    place: Place, eras: tuple[Era, ...], options: Mapping[str, tuple[str, ...]], rules: tuple[Limit, ...], rule: Rule
) -> Choices:
    entry = place.mapping((*_AXES, "covariates"))
    for axis in _AXES:
        if str(entry[axis].value) not in options[axis]:
            raise entry[axis].unknown(f"option of {axis}", str(entry[axis].value), options[axis])
    era = next(era for era in eras if era.id == entry["era"].value)
    lag = entry["lag"].whole()
    if lag not in era.lags or entry["covariates"].value != "all":
        raise place.refuse("'alone' must name a lag of its era and covariates: all", f"Lags of {era.id}: {era.lags}")
    if lag < rule.deciding_lag:
        raise entry["lag"].refuse(f"'alone' must have a lag that decides, {rule.deciding_lag} or more", "Raise it")
    named = {axis: str(entry[axis].value) for axis in _AXES}
    if not all(one.admits(named) for one in rules) or named["effects"] not in ("region+year", "region+district_year"):
        raise place.refuse("'alone' must be admissible, with region and year effects", "Choose other options")
    return Choices(
        era.id, cast(Scale, named["scale"]), cast(Weighting, named["weights"]), lag, cast(Effects, named["effects"]),
        "", named["sample"], named["vintage"],
    )  # fmt: skip
