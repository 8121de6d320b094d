"""Which outcomes can no driver move within a year? The declared table, read and checked before it is used.

The stress tests take all of them; a question of ``questions.yml`` names those that it is held against.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ._base.yaml_lines import Place, read_yaml_lines
from regional_econ.causal.axes import Term, TermTransform
from regional_econ.causal.declaration import Multiverse
from regional_econ.core.panel import Panel

FILE = "placebos.yml"


@dataclass(frozen=True)
class PlaceboOutcome:
    """An outcome that the driver cannot move within the lag, and why."""

    variable: str
    transform: TermTransform
    reason: Text


def load_placebos(
    path: Path | None = None, *, variables: Collection[str] | None = None, multiverse: Multiverse | None = None
) -> Mapping[str, PlaceboOutcome]:
    """Read and check the placebo outcomes.

    Parameters
    ----------
    path : YAML file; ``data/placebos.yml`` by default.
    variables : known variable ids; with them, an unknown variable is refused.
    multiverse : declared specifications; no variable of theirs can be a placebo.

    Returns
    -------
    the placebo outcomes by variable, in the order of the file.

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
    used = {multiverse.outcome, *(term.variable for term in multiverse.terms.values())} if multiverse else set()
    return {name: _placebo(name, entry, variables, used) for name, entry in found.items()}


def placebo_term(panel: Panel, outcome: PlaceboOutcome) -> Term:
    """Return the term of a placebo outcome, cut where its own method changes."""
    name = f"placebo.{outcome.variable}"
    return Term(name, outcome.variable, outcome.transform, cut=panel.variable(outcome.variable).new_methods())


def _placebo(name: str, entry: Place, variables: Collection[str] | None, used: Collection[str]) -> PlaceboOutcome:
    if variables is not None and name not in variables:
        raise entry.unknown("variable", name, variables)
    if name in used:
        raise entry.refuse(f"{name} is in use as outcome, driver or covariate", "A placebo must be none of them")
    parts = entry.mapping(("transform", "reason"))
    transform: TermTransform = "ln" if parts["transform"].option(TermTransform) == "ln" else "identity"
    return PlaceboOutcome(name, transform, parts["reason"].both())
