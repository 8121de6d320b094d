"""Which specifications are admissible? The declared file, read and checked before anything is estimated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, cast

from regional_econ._base.errors import UnknownNameError
from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ._base.yaml_lines import Place, read_yaml_lines
from regional_econ.causal.axes import (
    AXES,
    Choices,
    Driver,
    Effects,
    Era,
    Limit,
    Restriction,
    Scale,
    Term,
    TermTransform,
    Units,
    Weighting,
)

_KEYS = (
    "schema_version", "outcome", "organisations_per_thousand_employed", "logit_sd_beyond_sampling", "terms", "drivers",
    "axes", "admissible", "alone", "exclusions",
)  # fmt: skip
_AXES = ("scale", "weights", "era", "lag", "effects", "sample", "vintage")
_ALONE = ("scale", "weights", "era", "lag", "effects", "sample", "vintage", "covariates")
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
    is shown beside the average, in the driver's first measure with all covariates. ``reasons`` maps ``axis.option`` and
    ``driver.term`` to the reason given; ``sha256`` is the file's hash.
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
    reasons: Mapping[str, str]
    exclusions: Mapping[str, str]
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

    def n_specifications(self, driver: str) -> int:
        """Number of admissible specifications of a driver."""
        own = self.drivers[driver]
        counted = {effects: len(self.subsets(own, effects)) for effects in self.effects}
        return sum(counted[cell.effects] for cell in self.cells() if not cell.measure or cell.measure in own.measures)

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
    path : YAML file, such as ``analyses/multiverse.yml``.
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
    top = document.mapping(_KEYS)
    terms = {key: _term(key, entry) for key, entry in top["terms"].entries().items()}
    drivers = {key: _driver(key, entry, terms) for key, entry in top["drivers"].entries().items()}
    axes = top["axes"].mapping(_AXES)
    eras = tuple(_era(key, entry) for key, entry in axes["era"].entries().items())
    options = {axis: tuple(place.entries()) for axis, place in axes.items()}
    vintages = options["vintage"]
    if vintages[:1] != (NEWEST,):
        raise axes["vintage"].refuse(f"the first vintage must be {NEWEST}", "The focal region's level is taken there")
    samples = tuple(_restriction(key, entry) for key, entry in axes["sample"].entries().items())
    admissible = tuple(_admissible(key, entry, options) for key, entry in top["admissible"].entries().items())
    _check_years(axes["sample"], samples, eras, admissible)
    return Multiverse(
        outcome=top["outcome"].text(),
        rule=rule,
        organisations_per_thousand_employed=top["organisations_per_thousand_employed"].number(),
        logit_sd_beyond_sampling=top["logit_sd_beyond_sampling"].number(),
        terms=terms,
        drivers=drivers,
        scales=tuple(cast(Scale, _named(key, entry, Scale)) for key, entry in axes["scale"].entries().items()),
        weights=tuple(cast(Weighting, _named(key, at, Weighting)) for key, at in axes["weights"].entries().items()),
        eras=eras,
        effects=tuple(cast(Effects, _named(key, entry, Effects)) for key, entry in axes["effects"].entries().items()),
        samples=samples,
        vintages=vintages,
        admissible=admissible,
        alone=_alone(top["alone"], eras, options, admissible, rule),
        reasons=_reasons(axes, top["drivers"]),
        exclusions={key: entry.text() for key, entry in top["exclusions"].entries().items()},
        sha256=sha256_file(path),
    )


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


def _named(key: str, entry: Place, literal: Any) -> str:
    """Return a key that is an option itself."""
    return replace(entry, value=key).option(literal)


def _term(term_id: str, place: Place) -> Term:
    optional = ("times", "per", "cut")
    entry = place.mapping(("variable", "transform", *optional), optional=optional)
    return Term(
        term_id,
        entry["variable"].text(),
        cast(TermTransform, entry["transform"].option(TermTransform)),
        entry["times"].text() if "times" in entry else None,
        entry["per"].texts() if "per" in entry else (),
        tuple(year.whole() for year in entry["cut"].items()) if "cut" in entry else (),
    )


def _driver(driver_id: str, place: Place, terms: Mapping[str, Term]) -> Driver:
    entry = place.mapping(("claimed_sign", "claims", "measures", "covariates"))
    covariates, measures = entry["covariates"].entries(), entry["measures"].entries()
    for name, at in ((driver_id, place), *measures.items(), *covariates.items()):
        if name not in terms:
            raise at.unknown("term", name, terms)
    if next(iter(measures), None) != driver_id:
        raise entry["measures"].refuse(f"the first measure of {driver_id} must be itself", "Name it first")
    for name in measures:
        if name in covariates:
            raise covariates[name].refuse(f"{name} measures {driver_id} and cannot be its covariate", "Leave it out")
    if entry["claimed_sign"].value not in (-1, 1):
        raise entry["claimed_sign"].refuse(f"claimed_sign of {driver_id} must be 1 or -1", "Write the sign")
    return Driver(
        driver_id,
        entry["claimed_sign"].whole(),
        entry["claims"].texts(),
        {name: str(reason.value or "") for name, reason in measures.items()},
        {name: str(reason.value or "") for name, reason in covariates.items()},
    )


def _era(era_id: str, place: Place) -> Era:
    entry = place.mapping(("years", "lags", "units", "reason"), optional=("reason",))
    years = tuple(year.whole() for year in entry["years"].items())
    if len(years) != 2 or years[0] > years[1]:
        raise entry["years"].refuse(f"years of {era_id} must be the first and the last year", "Write [2006, 2016]")
    units = cast(Units, entry["units"].option(Units))
    return Era(era_id, (years[0], years[1]), tuple(lag.whole() for lag in entry["lags"].items()), units)


def _restriction(sample_id: str, place: Place) -> Restriction:
    optional = ("regions", "smallest", "year", "reason")
    entry = place.mapping(optional, optional=optional)
    smallest = entry["smallest"].number() if "smallest" in entry else 0.0
    if not 0 <= smallest < 1:
        raise entry["smallest"].refuse(f"smallest of {sample_id} must be a share of the regions", "Write 0.1")
    return Restriction(
        sample_id,
        entry["regions"].texts() if "regions" in entry else (),
        smallest,
        entry["year"].whole() if "year" in entry else None,
    )


def _admissible(key: str, place: Place, options: Mapping[str, tuple[str, ...]]) -> Limit:
    entry = place.mapping(("only", "max_covariates", "reason"), optional=("max_covariates",))
    axis, _, option = key.partition(".")
    if axis not in options or option not in options[axis]:
        raise place.unknown("option", key, [f"{name}.{one}" for name, some in options.items() for one in some])
    only: dict[str, tuple[str, ...]] = {}
    for other, some in entry["only"].mapping(AXES, optional=AXES).items():
        only[other] = tuple(str(one.value) for one in some.items())
        for one in some.items():
            if str(one.value) not in options.get(other, ()):
                raise one.unknown(f"option of {other}", str(one.value), options.get(other, ()))
    most = entry["max_covariates"].whole() if "max_covariates" in entry else None
    if most is not None and axis != "effects":
        raise entry["max_covariates"].refuse("max_covariates goes with an option of effects", "Delete it")
    return Limit(axis, option, only, most, entry["reason"].text())


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
    entry = place.mapping(_ALONE)
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


def _reasons(axes: Mapping[str, Place], drivers: Place) -> dict[str, str]:
    """Return the reason of every option; an option without one is refused at its line."""
    given: dict[str, tuple[Place, object]] = {}
    for axis, options in axes.items():
        for key, entry in options.entries().items():
            if axis not in ("era", "sample"):
                entry.mapping(("reason",), optional=("reason",))
            given[f"{axis}.{key}"] = entry, entry.entries().get("reason", entry).value
    for driver, place in drivers.entries().items():
        for name, reason in (*place["measures"].entries().items(), *place["covariates"].entries().items()):
            given[f"{driver}.{name}"] = reason, reason.value
    for key, (at, reason_given) in given.items():
        if not isinstance(reason_given, str) or not reason_given.strip():
            raise at.refuse(f"no reason given for {key}", "Say why it is admissible")
    for era in axes["era"].entries().values():
        for lag in era["lags"].items():
            if f"lag.{lag.value}" not in given:
                raise lag.refuse(f"no reason given for lag.{lag.value}", "Declare the lag under axes.lag")
    return {key: str(reason) for key, (_, reason) in given.items()}
