"""Which outcomes can no driver move within a year? The declared table, read and checked before it is used."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from regional_econ._base.location import data_dir
from regional_econ._base.yaml_lines import Place, read_yaml_lines
from regional_econ.causal.axes import TermTransform
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.neighbours import PlaceboOutcome

FILE = "placebos.yml"


def load_placebos(
    multiverse: Multiverse, *, variables: Collection[str], path: Path | None = None
) -> tuple[PlaceboOutcome, ...]:
    """Read and check the placebo outcomes.

    Parameters
    ----------
    multiverse : the declared specifications; no variable of theirs can be a placebo.
    variables : ids of the panel's variables.
    path : YAML file; ``data/placebos.yml`` by default.

    Returns
    -------
    the placebo outcomes in the order of the file.

    Raises
    ------
    StudyError : the file is missing or no YAML, lacks a key or half of a reason, names no placebo, or one that is in
        use; with file, line and the rule that is broken.
    UnknownNameError, OptionError : an unknown key or variable, another transform; likewise.
    """
    document = read_yaml_lines(path or data_dir() / FILE).mapping(("schema_version", "placebos"))
    found = document["placebos"].entries()
    if not found:
        raise document["placebos"].refuse("no placebo outcome is declared", "Declare one at least")
    used = {multiverse.outcome, *(term.variable for term in multiverse.terms.values())}
    return tuple(_placebo(name, entry, variables, used) for name, entry in found.items())


def _placebo(name: str, entry: Place, variables: Collection[str], used: Collection[str]) -> PlaceboOutcome:
    if name not in variables:
        raise entry.unknown("variable", name, variables)
    if name in used:
        raise entry.refuse(f"{name} is in use as outcome, driver or covariate", "A placebo must be none of them")
    parts = entry.mapping(("transform", "reason"))
    transform: TermTransform = "ln" if parts["transform"].option(TermTransform) == "ln" else "identity"
    return PlaceboOutcome(name, transform, parts["reason"].both())
