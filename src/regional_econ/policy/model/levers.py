"""The paper's measures as levers: what each acts on, how good the evidence of each link is, and what arrives when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError, SchemaError, StoreError, UnknownNameError
from regional_econ._base.files import sha256_bytes
from regional_econ._base.location import data_dir
from regional_econ._base.seeds import rng_for
from regional_econ.core.elasticity import Elasticity, ElasticitySet, Grade
from regional_econ.core.lever import Lever
from regional_econ.core.scenario import Setting
from regional_econ.core.schemas import validate
from regional_econ.elasticities.declared import load_findings
from regional_econ.policy.model.priors import Prior, check_findings, parse_prior

Floats = NDArray[np.float64]
PUSH_UNIT = "historical push"
_LINK_GRADES: Mapping[str, Grade] = {"identified": "B", "literature_prior": "B", "expert": "C", "none": "C"}


def load_levers(path: Path | None = None) -> tuple[Lever, ...]:
    """Read ``data/levers.yml``.

    Raises
    ------
    SchemaError : the file breaks the schema, an id stands twice, or a grade is not the one its link earns.
    UnknownNameError : a lever names a finding that the literature table does not hold.
    """
    path = path or data_dir() / "levers.yml"
    document = _read(path)
    levers = tuple(Lever.from_dict(entry) for entry in document["levers"])
    ids, findings = [lever.id for lever in levers], load_findings()
    for lever in levers:
        if ids.count(lever.id) > 1:
            raise SchemaError(f"lever {lever.id} stands twice", where=path.name, advice="Keep one of them")
        if lever.grade != link_grade(lever):
            raise SchemaError(
                f"lever {lever.id} carries grade {lever.grade}, its link earns {link_grade(lever)}",
                where=path.name,
                advice="The grade follows evidence.status and state_var",
            )
        priors = (lever.additionality or {}, lever.direct or {})
        cited = " ".join(map(str, (*lever.evidence.values(), *(value for prior in priors for value in prior.values()))))
        check_findings(cited, findings, where=f"{path.name} at {lever.id}")
    return levers


def check_quotes(levers: Sequence[Lever], document: bytes, *, path: Path | None = None) -> int:
    """Hold every quote against the paper and return how many were found.

    Raises
    ------
    SchemaError : another document, or a quote that does not stand at its offsets.
    """
    path = path or data_dir() / "levers.yml"
    if _read(path)["document"]["sha256"] != sha256_bytes(document):
        raise SchemaError("the quotes are from another document", where=path.name, advice="Locate the quotes again")
    text = document.decode("utf-8")
    for lever in levers:
        start, end = lever.quote_at
        if text[start:end] != lever.paper_quote:
            found = text.find(lever.paper_quote)
            advice = f"It stands at {found}" if found >= 0 else "Copy it from the document, letter by letter"
            raise SchemaError(f"the quote of {lever.id} does not stand at {start}", where=path.name, advice=advice)
    return len(levers)


def is_direct(lever: Lever) -> bool:
    """Tell whether a lever acts on the outcome itself, through the organisations that it treats."""
    return lever.direct is not None


def link_grade(lever: Lever) -> Grade:
    """Return the grade of the link from instrument to driver: B for an effect identified here or published for the
    same relation, C for expert judgement, for no evidence, where nothing is moved, and for a direct lever, whose
    effect is all prior."""
    return "C" if lever.state_var is None or is_direct(lever) else _LINK_GRADES[lever.evidence["status"]]


def chain_grade(lever: Lever, elasticity: Elasticity | None) -> Grade:
    """Return the lowest grade on a lever's chain; C where a link has none."""
    if elasticity is None:
        return "C"
    return max(link_grade(lever), elasticity.grade)


def elasticity_of(elasticities: ElasticitySet, driver: str | None, outcome: str) -> Elasticity | None:
    """Return the elasticity from a driver to an outcome, or None.

    Raises
    ------
    OptionError : two elasticities for the same pair.
    """
    found = [p for p in elasticities.parameters if p.source == driver and p.target == outcome]
    if len(found) > 1:
        raise OptionError(f"two elasticities lead from {driver} to {outcome}", advice="Keep one group with one effect")
    return found[0] if found else None


def find_lever(levers: Iterable[Lever], lever_id: str, *, where: str) -> Lever:
    """Return a lever by id.

    Raises
    ------
    UnknownNameError : no such lever; the nearest ids are listed.
    """
    by_id = {lever.id: lever for lever in levers}
    if lever_id not in by_id:
        raise UnknownNameError.of("lever", lever_id, by_id, where=where)
    return by_id[lever_id]


def additionality(lever: Lever) -> Prior:
    """Return the declared prior of ψ: a rouble of the lever adds 1 + ψ roubles to the driver's flow.

    Raises
    ------
    SchemaError : the lever declares none.
    """
    if lever.additionality is None:
        raise SchemaError(f"lever {lever.id} moves a driver but declares no additionality", where="levers.yml")
    return _prior(lever, "additionality", lever.additionality)


def direct_effect(lever: Lever) -> Prior:
    """Return the declared prior of the effect on the organisations that a direct lever treats, in percentage points.

    Levers of one group share its draws: they have one effect.

    Raises
    ------
    SchemaError : the lever declares none.
    """
    if lever.direct is None:
        raise SchemaError(f"lever {lever.id} declares no effect on the organisations it treats", where="levers.yml")
    return replace(_prior(lever, "direct", lever.direct), id=f"{lever.overlap['group']}.direct")


def standard_push(lever: Lever) -> float:
    """Return one standard push in the lever's unit: a historical push or, of a lever in another unit, its range."""
    if lever.unit == PUSH_UNIT or not lever.max:
        return 1.0
    return float(lever.max)


def lag_bounds(lever: Lever) -> tuple[int, int]:
    """Return the shortest and longest delivery lag in whole years; none declared: nothing is late."""
    low, high = lever.delivery_lag or (0.0, 0.0)
    return round(low), round(high)


def funded_path(setting: Setting, lever: Lever, years: Sequence[int], *, where: str) -> Floats:
    """Return what a setting funds by year (years,), in the lever's unit: held between the years it names, zero before.

    Raises
    ------
    OptionError : a value outside the lever's range.
    """
    funded = np.zeros(len(years))
    for year, value in sorted(setting.path):
        low, high = lever.min or 0.0, np.inf if lever.max is None else lever.max
        if not low <= value <= high:
            raise OptionError(
                f"lever {lever.id} is set to {value:g} in {year}, outside {low:g} to {high:g} {lever.unit}",
                where=where,
                advice="Choose a value inside the lever's range",
            )
        funded[np.asarray(years) >= year] = value
    return funded if lever.capacity is None else np.minimum(funded, lever.capacity)


def drawn_lags(lever: Lever, *, draws: int, seed: int) -> NDArray[np.int64]:
    """Return the delivery lag of each draw (draws,): whole years, uniform between the lever's bounds."""
    low, high = lag_bounds(lever)
    return rng_for(seed, "policy", lever.id, "lag").integers(low, high + 1, size=draws)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except FileNotFoundError as error:
        raise StoreError("no such levers file", where=str(path), advice="See data/levers.yml") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise SchemaError("not valid YAML", where=f"{path.name}{line}", advice="Mend that line") from error
    validate(document, "levers", where=path.name)
    return dict(document)


def _prior(lever: Lever, name: str, declared: Mapping[str, Any]) -> Prior:
    why = declared["why"]
    entry = {**declared, "why": why if isinstance(why, str) else why["en"]}
    return parse_prior(f"{lever.id}.{name}", entry, where=f"levers.yml at {lever.id}")
