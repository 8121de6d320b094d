"""Which specifications are admissible? The declared file, read and checked before anything is estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from regional_econ._base.errors import UnknownNameError
from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ._base.yaml_lines import Place, read_yaml_lines

Scale = Literal["ln", "logit_wls"]
Units = Literal["region", "region_method"]
Effects = Literal["region+year", "region+district_year"]
TermTransform = Literal["identity", "ln"]
_KEYS = (
    "schema_version", "outcome", "organisations_per_thousand_employed", "logit_sd_beyond_sampling", "terms", "drivers",
    "axes", "alone", "exclusions",
)  # fmt: skip
_AXES = ("scale", "era", "lag", "effects")


@dataclass(frozen=True)
class Term:
    """A regressor: a variable, its transform, an optional divisor, and its breaks.

    Each year in ``cut`` starts a regime with unit effects of its own: no comparison crosses it.
    """

    id: str
    variable: str
    transform: TermTransform
    per: str | None = None
    cut: tuple[int, ...] = ()


@dataclass(frozen=True)
class Driver:
    """A cause under test: its claimed sign (+1 or -1), the claims it bears on, the covariates admitted with reasons.

    ``claims`` are those whose estimand has this driver and the outcome; the referee refuses any other claim.
    """

    id: str
    claimed_sign: int
    claims: tuple[str, ...]
    covariates: Mapping[str, str]


@dataclass(frozen=True)
class Era:
    """A span of years with its admissible lags and its unit effects."""

    id: str
    years: tuple[int, int]
    lags: tuple[int, ...]
    units: Units


@dataclass(frozen=True)
class Alone:
    """The region × method specification that is shown beside the average."""

    scale: Scale
    era: str
    lag: int
    effects: Effects


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

    ``reasons`` maps ``axis.option`` and ``driver.covariate`` to the reason given; ``sha256`` is the file's hash.
    """

    outcome: str
    rule: Rule
    organisations_per_thousand_employed: float
    logit_sd_beyond_sampling: float
    terms: Mapping[str, Term]
    drivers: Mapping[str, Driver]
    scales: tuple[Scale, ...]
    eras: tuple[Era, ...]
    effects: tuple[Effects, ...]
    alone: Alone
    reasons: Mapping[str, str]
    exclusions: Mapping[str, str]
    sha256: str

    def era(self, era_id: str) -> Era:
        """Return an era by its id."""
        for era in self.eras:
            if era.id == era_id:
                return era
        raise UnknownNameError.of("era", era_id, [era.id for era in self.eras])

    def n_specifications(self, driver: str) -> int:
        """Number of admissible specifications of a driver."""
        cells = sum(len(era.lags) for era in self.eras)
        subsets = 1 << len(self.drivers[driver].covariates)
        return cells * len(self.scales) * len(self.effects) * subsets

    def __str__(self) -> str:
        counts = ", ".join(f"{driver} {self.n_specifications(driver)}" for driver in self.drivers)
        return f"Admissible specifications of {self.outcome}: {counts}."


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
    return Multiverse(
        outcome=top["outcome"].text(),
        rule=rule,
        organisations_per_thousand_employed=top["organisations_per_thousand_employed"].number(),
        logit_sd_beyond_sampling=top["logit_sd_beyond_sampling"].number(),
        terms=terms,
        drivers=drivers,
        scales=tuple(cast(Scale, _named(key, entry, Scale)) for key, entry in axes["scale"].entries().items()),
        eras=eras,
        effects=tuple(cast(Effects, _named(key, entry, Effects)) for key, entry in axes["effects"].entries().items()),
        alone=_alone(top["alone"], eras, rule),
        reasons=_reasons(axes, top["drivers"]),
        exclusions={key: entry.text() for key, entry in top["exclusions"].entries().items()},
        sha256=sha256_file(path),
    )


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
    entry = place.mapping(("variable", "transform", "per", "cut"), optional=("per", "cut"))
    return Term(
        term_id,
        entry["variable"].text(),
        cast(TermTransform, entry["transform"].option(TermTransform)),
        entry["per"].text() if "per" in entry else None,
        tuple(year.whole() for year in entry["cut"].items()) if "cut" in entry else (),
    )


def _driver(driver_id: str, place: Place, terms: Mapping[str, Term]) -> Driver:
    entry = place.mapping(("claimed_sign", "claims", "covariates"))
    covariates = entry["covariates"].entries()
    for name, at in ((driver_id, place), *covariates.items()):
        if name not in terms:
            raise at.unknown("term", name, terms)
    if driver_id in covariates:
        raise covariates[driver_id].refuse(f"{driver_id} cannot be its own covariate", "Leave it out")
    if entry["claimed_sign"].value not in (-1, 1):
        raise entry["claimed_sign"].refuse(f"claimed_sign of {driver_id} must be 1 or -1", "Write the sign")
    return Driver(
        driver_id,
        entry["claimed_sign"].whole(),
        entry["claims"].texts(),
        {name: str(reason.value or "") for name, reason in covariates.items()},
    )


def _era(era_id: str, place: Place) -> Era:
    entry = place.mapping(("years", "lags", "units", "reason"), optional=("reason",))
    years = tuple(year.whole() for year in entry["years"].items())
    if len(years) != 2 or years[0] > years[1]:
        raise entry["years"].refuse(f"years of {era_id} must be the first and the last year", "Write [2006, 2016]")
    units = cast(Units, entry["units"].option(Units))
    return Era(era_id, (years[0], years[1]), tuple(lag.whole() for lag in entry["lags"].items()), units)


def _alone(place: Place, eras: tuple[Era, ...], rule: Rule) -> Alone:
    entry = place.mapping(("scale", "era", "lag", "effects", "covariates"))
    era = next((era for era in eras if era.id == entry["era"].value), None)
    lag = entry["lag"].whole()
    if era is None or lag not in era.lags or entry["covariates"].value != "all":
        message = "'alone' must name a declared era, one of its lags and covariates: all"
        raise place.refuse(message, f"Eras are: {', '.join(era.id for era in eras)}")
    if lag < rule.deciding_lag:
        raise entry["lag"].refuse(f"'alone' must have a lag that decides, {rule.deciding_lag} or more", "Raise it")
    return Alone(
        cast(Scale, entry["scale"].option(Scale)), era.id, lag, cast(Effects, entry["effects"].option(Effects))
    )


def _reasons(axes: Mapping[str, Place], drivers: Place) -> dict[str, str]:
    """Return the reason of every option; an option without one is refused at its line."""
    given: dict[str, tuple[Place, object]] = {}
    for axis, options in axes.items():
        for key, entry in options.entries().items():
            if axis != "era":
                entry.mapping(("reason",), optional=("reason",))
            given[f"{axis}.{key}"] = entry, entry.entries().get("reason", entry).value
    for driver, place in drivers.entries().items():
        for name, reason in place["covariates"].entries().items():
            given[f"{driver}.{name}"] = reason, reason.value
    for key, (at, reason_given) in given.items():
        if not isinstance(reason_given, str) or not reason_given.strip():
            raise at.refuse(f"no reason given for {key}", "Say why it is admissible")
    for era in axes["era"].entries().values():
        for lag in era["lags"].items():
            if f"lag.{lag.value}" not in given:
                raise lag.refuse(f"no reason given for lag.{lag.value}", "Declare the lag under axes.lag")
    return {key: str(reason) for key, (_, reason) in given.items()}
