"""Which specifications are admissible? The declared file, read and checked before anything is estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from regional_econ._base.errors import StudyError, UnknownNameError
from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option

Scale = Literal["ln", "logit_wls"]
Units = Literal["region", "region_method"]
Effects = Literal["region+year", "region+district_year"]
TermTransform = Literal["identity", "ln"]
_KEYS = (
    "schema_version", "outcome", "organisations_per_thousand_employed", "logit_sd_beyond_sampling", "terms", "drivers",
    "axes", "alone", "exclusions",
)  # fmt: skip


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
    StudyError : a file is missing, not YAML, lacks a key or has an unknown one, or an option has no reason.
    """
    document = _read(path)
    rule = _rule(rules or data_dir() / "rules.yml")
    try:
        _check_keys(document, _KEYS, path.name)
        terms = {key: _term(key, entry) for key, entry in document["terms"].items()}
        drivers = {key: _driver(key, entry, terms) for key, entry in document["drivers"].items()}
        axes = document["axes"]
        eras = tuple(_era(key, entry) for key, entry in axes["era"].items())
        reasons = _reasons(axes, drivers, eras)
        return Multiverse(
            outcome=document["outcome"],
            rule=rule,
            organisations_per_thousand_employed=float(document["organisations_per_thousand_employed"]),
            logit_sd_beyond_sampling=float(document["logit_sd_beyond_sampling"]),
            terms=terms,
            drivers=drivers,
            scales=tuple(_scale(key) for key in axes["scale"]),
            eras=eras,
            effects=tuple(_effects(key) for key in axes["effects"]),
            alone=_alone(document["alone"], eras, rule),
            reasons=reasons,
            exclusions=dict(document["exclusions"]),
            sha256=sha256_file(path),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        advice = "Compare it with analyses/multiverse.yml"
        raise StudyError(f"missing or wrong key: {error}", where=str(path), advice=advice) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StudyError("file does not exist", where=str(path), advice="Give the file of specifications") from error
    except yaml.YAMLError as error:
        raise StudyError(f"not valid YAML: {error}", where=str(path), advice="Mend the file") from error
    if not isinstance(document, dict):
        raise StudyError("not a mapping", where=str(path), advice="Compare it with analyses/multiverse.yml")
    return document


def _rule(path: Path) -> Rule:
    document = _read(path)
    try:
        causal = document["causal"]
        smallest = causal["smallest_effect"]
        return Rule(
            smallest_effect_pp=float(smallest["value"]),
            change_quantile=float(smallest["change_quantile"]),
            change_window_years=int(smallest["change_window_years"]),
            placebo_level=float(causal["placebo_interval"]),
            deciding_lag=int(causal["deciding_lag"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"missing or wrong key: {error}", where=str(path), advice="See data/rules.yml") from error


def _check_keys(found: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in found:
        if key not in known:
            raise UnknownNameError.of("key", key, known, where=where)


def _term(term_id: str, entry: Mapping[str, Any]) -> Term:
    _check_keys(entry, ("variable", "transform", "per", "cut"), f"terms.{term_id}")
    check_option(f"transform of {term_id}", entry["transform"], TermTransform)
    return Term(term_id, entry["variable"], entry["transform"], entry.get("per"), tuple(entry.get("cut", ())))


def _driver(driver_id: str, entry: Mapping[str, Any], terms: Mapping[str, Term]) -> Driver:
    for name in (driver_id, *entry["covariates"]):
        if name not in terms:
            raise UnknownNameError.of("term", name, terms, where=f"drivers.{driver_id}")
    if entry["claimed_sign"] not in (-1, 1):
        raise ValueError(f"claimed_sign of {driver_id} must be 1 or -1")
    return Driver(driver_id, entry["claimed_sign"], tuple(entry["claims"]), dict(entry["covariates"]))


def _era(era_id: str, entry: Mapping[str, Any]) -> Era:
    check_option(f"units of {era_id}", entry["units"], Units)
    first, last = entry["years"]
    return Era(era_id, (first, last), tuple(entry["lags"]), entry["units"])


def _scale(name: str) -> Scale:
    check_option("scale", name, Scale)
    return cast(Scale, name)


def _effects(name: str) -> Effects:
    check_option("effects", name, Effects)
    return cast(Effects, name)


def _alone(entry: Mapping[str, Any], eras: tuple[Era, ...], rule: Rule) -> Alone:
    era = next((era for era in eras if era.id == entry["era"]), None)
    if era is None or entry["lag"] not in era.lags or entry["covariates"] != "all":
        raise ValueError("'alone' must name a declared era, one of its lags and covariates: all")
    if entry["lag"] < rule.deciding_lag:
        raise ValueError(f"'alone' must have a lag that decides, {rule.deciding_lag} or more")
    return Alone(_scale(entry["scale"]), era.id, entry["lag"], _effects(entry["effects"]))


def _reasons(axes: Mapping[str, Any], drivers: Mapping[str, Driver], eras: tuple[Era, ...]) -> dict[str, str]:
    reasons = {f"{axis}.{key}": entry["reason"] for axis, options in axes.items() for key, entry in options.items()}
    for driver in drivers.values():
        reasons |= {f"{driver.id}.{name}": reason for name, reason in driver.covariates.items()}
    needed = [*reasons, *(f"lag.{lag}" for era in eras for lag in era.lags)]
    empty = [key for key in needed if not str(reasons.get(key) or "").strip()]
    if empty:
        raise ValueError(f"no reason given for {empty[0]}")
    return reasons
