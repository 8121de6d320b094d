"""How is a question estimated, and what counts as failing a test of it? The declared parts that are computed with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from regional_econ._base.text import Text
from regional_econ._base.yaml_lines import Place
from regional_econ.causal.dag import Node
from regional_econ.causal.identification import Design
from regional_econ.causal.placebo_table import PlaceboOutcome

Rule = Literal[
    "beyond_smallest_effect", "excludes_zero", "excludes_zero_in_family", "p_above", "within_invented",
    "below_strongest_covariate", "sign_changes_without_year", "gap_no_smaller_before", "placebo_no_smaller",
    "rank_not_extreme",
]  # fmt: skip
Number = Literal["none", "share", "year"]
# What a rule's number is, and which designs it may judge.
RULES: Mapping[Rule, tuple[Number, tuple[Design, ...]]] = {
    "beyond_smallest_effect": ("none", ("leads",)),
    "excludes_zero": ("share", ("leads", "neighbour-exposure")),
    "excludes_zero_in_family": ("share", ("placebo-outcome",)),
    "p_above": ("share", ("randomisation",)),
    "within_invented": ("share", ("randomisation",)),
    "below_strongest_covariate": ("none", ("sensitivity",)),
    "sign_changes_without_year": ("year", ("shift-share",)),
    "gap_no_smaller_before": ("none", ("event",)),
    "placebo_no_smaller": ("none", ("synthetic-did",)),
    "rank_not_extreme": ("share", ("randomisation",)),
}


@dataclass(frozen=True)
class Falsification:
    """A test that the design must pass, and what counts as failing, in words and as it is computed.

    ``number`` belongs to the rule: a level, a p-value or a year; NaN where the rule needs none. ``where`` is its place
    in the file.
    """

    design: Design
    test: Text
    fails_if: Text
    rule: Rule
    number: float
    where: str


@dataclass(frozen=True)
class RegressionPlan:
    """The plain regression of a question.

    ``lag`` years from driver to outcome; first and last of the outcome's ``years``; ``rise_pct`` of the driver that
    effects are expressed for (None: the rise of the referee's rules); ``smallest_effect`` in the estimand's scale with
    its reason (None: that of the rules).
    """

    lag: int
    years: tuple[int, int]
    rise_pct: float | None = None
    smallest_effect: float | None = None
    reason: Text | None = None


def read_design(place: Place, of: Collection[Design] | None = None) -> Design:
    """Read a design.

    Parameters
    ----------
    place : its name.
    of : the designs of the question; None while these are read.

    Raises
    ------
    StudyError, OptionError : with the line: no design, or none of this question.
    """
    design = cast(Design, place.option(Design))
    if of is not None and design not in of:
        raise place.refuse(f"{design} is no design of this question", f"Its designs are: {', '.join(of)}")
    return design


def read_falsifications(place: Place, designs: Collection[Design]) -> tuple[Falsification, ...]:
    """Read the falsifications of a question, at most one a design.

    Parameters
    ----------
    place : their list.
    designs : those of the question.

    Raises
    ------
    StudyError, OptionError, UnknownNameError : with the line: a design that is none of the question's or stands twice,
        an unknown rule, one that does not judge this design, or a number that is missing, superfluous or out of range.
    """
    found: dict[Design, Falsification] = {}
    for one in place.items():
        design = read_design(one["design"], designs)
        if design in found:
            raise one["design"].refuse(f"{design} is judged twice", "Leave one of its falsifications")
        found[design] = _falsification(one, design)
    return tuple(found.values())


def read_regression(place: Place) -> RegressionPlan:
    """Read how a question is estimated.

    Raises
    ------
    StudyError, UnknownNameError : with the line: a lag below one, years that run backwards, a rise or smallest effect
        that is not positive.
    """
    entry = place.mapping(("lag", "years", "rise_pct", "smallest_effect"), optional=("rise_pct", "smallest_effect"))
    lag, ends = entry["lag"].whole(), [one.whole() for one in entry["years"].items()]
    if lag < 1:
        raise entry["lag"].refuse("the driver must lie at least a year before the outcome", "Write 1 or more")
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise entry["years"].refuse("years must be the first and the last one", "Write [2006, 2022], say")
    rise = _positive(entry["rise_pct"]) if "rise_pct" in entry else None
    if "smallest_effect" not in entry:
        return RegressionPlan(lag, (ends[0], ends[1]), rise)
    smallest = entry["smallest_effect"].mapping(("value", "reason"))
    return RegressionPlan(lag, (ends[0], ends[1]), rise, _positive(smallest["value"]), smallest["reason"].both())


def read_placebos(
    place: Place, nodes: Iterable[Node], placebos: Mapping[str, PlaceboOutcome]
) -> tuple[PlaceboOutcome, ...]:
    """Read the placebo outcomes of a question.

    Parameters
    ----------
    place : their list, by name.
    nodes : of the question's graph; what stands in it is no placebo.
    placebos : the declared ones, see `causal.placebo_table`.

    Raises
    ------
    StudyError, UnknownNameError : with the line: a name that is not declared, or a variable of the graph.
    """
    drawn = {name for node in nodes for name in (node.id, *node.of)}
    found = []
    for one in place.items():
        name = one.text()
        if name not in placebos:
            raise one.unknown("placebo outcome", name, placebos)
        if name in drawn:
            message = f"{name} stands in the graph of the question, so it is no placebo"
            raise one.refuse(message, "Name an outcome that the driver cannot reach")
        found.append(placebos[name])
    return tuple(found)


def _falsification(place: Place, design: Design) -> Falsification:
    entry = place.mapping(("design", "test", "fails_if", "rule"))
    stated = entry["rule"].mapping(("name", "number"), optional=("number",))
    rule = cast(Rule, stated["name"].option(Rule))
    kind, designs = RULES[rule]
    if design not in designs:
        fitting = [name for name, (_, judged) in RULES.items() if design in judged]
        advice = f"Its rules are: {', '.join(fitting)}" if fitting else "Leave it among the designs: it is shown"
        raise stated["name"].refuse(f"the rule {rule} does not judge {design}", advice)
    number = _number(entry["rule"], kind)
    return Falsification(design, entry["test"].both(), entry["fails_if"].both(), rule, number, place.where)


def _number(place: Place, kind: Number) -> float:
    stated = place.entries()
    if kind == "none":
        if "number" in stated:
            raise stated["number"].refuse("this rule has no number", "Delete it")
        return float("nan")
    if kind == "year":
        return float(place["number"].whole())
    value = place["number"].number()
    if not 0 < value < 1:
        raise place["number"].refuse(f"{value} is no share between 0 and 1", "Write 0.95 or 0.1, say")
    return value


def _positive(place: Place) -> float:
    value = place.number()
    if value <= 0:
        raise place.refuse(f"{value} is not positive", "Write a size")
    return value
