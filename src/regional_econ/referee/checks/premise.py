"""What do the premises of an inference bear, and do they bear on it at all?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ.core.claim import Check, CheckResult, Label, Verdict
from regional_econ.referee.listed_checks import Premise


@dataclass(frozen=True)
class PremiseFinding:
    """Verdicts of the premises by claim, and the id of a link that the paper does not give: then none bears on it."""

    verdicts: Mapping[str, Verdict]
    unstated: str | None

    @property
    def bears(self) -> bool:
        """Whether the premises carry the inference, as declared with the claim."""
        return self.unstated is None


def premise(claim: Premise, verdicts: Mapping[str, Verdict], *, where: str = "") -> PremiseFinding:
    """Look up the premises of an inference.

    Parameters
    ----------
    verdicts : of the claims judged before, by id.
    where : the inference, for the message.

    Raises
    ------
    UnknownNameError : a premise that is no claim of the list.
    """
    for name in claim.of:
        if name not in verdicts:
            raise UnknownNameError.of("premise", name, verdicts, where=where or None)
    return PremiseFinding({name: verdicts[name] for name in claim.of}, claim.unstated)


def in_order(premises: Mapping[str, Sequence[str]], places: Mapping[str, str] | None = None) -> list[str]:
    """Return claims so that each comes after its premises, otherwise in the order given.

    Parameters
    ----------
    premises : of each claim.
    places : where each claim stands, for the message.

    Raises
    ------
    OptionError : claims that are premises of each other, which are named.
    UnknownNameError : a premise that is no claim of the list.

    >>> in_order({"C15": ["D22"], "D22": [], "C31": ["C15", "D22"]})
    ['D22', 'C15', 'C31']
    """
    done: list[str] = []
    path: list[str] = []

    def visit(name: str, of: str) -> None:
        if name not in premises:
            raise UnknownNameError.of("premise", name, premises, where=of)
        if name in path:
            circle = " → ".join([*path[path.index(name) :], name])
            message, advice = f"a claim rests on itself: {circle}", "An inference needs a premise of its own"
            raise OptionError(message, where=(places or {}).get(name), advice=advice)
        if name in done:
            return
        path.append(name)
        for other in premises[name]:
            visit(other, name)
        path.pop()
        done.append(name)

    for claim in premises:
        visit(claim, claim)
    return done


def checks_of(finding: PremiseFinding, refuted_by: Sequence[Label], provenance: Mapping[str, str]) -> tuple[Check, ...]:
    """Return each premise as a check of the claim schema."""

    def result(label: Label) -> CheckResult:
        if label in ("not_tested", "not_testable_by_design"):
            return "not_run"
        return "pass" if finding.bears and label not in refuted_by else "fail"

    return tuple(
        Check(
            f"premise_{name}", "premise", result(verdict.label),
            stats={"claim": name, "label": verdict.label, "unstated": finding.unstated}, provenance=provenance,
        )
        for name, verdict in finding.verdicts.items()
    )  # fmt: skip
