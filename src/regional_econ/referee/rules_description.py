"""What the rules say of descriptions, of a paper held against itself, of citations and of inferences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from regional_econ._base.errors import OptionError
from regional_econ._base.options import check_option
from regional_econ.core.claim import CheckResult, ClaimType, Label
from regional_econ.referee.checks.grid import Tally

SECTIONS: dict[str, set[str]] = {
    "descriptive": {
        "true_share", "false_share", "common_share", "common_spare", "few_cells", "window_years", "flat_growth",
        "volatile_share", "kendall_level", "peers",
    },
    "internal": {"units", "magnitudes", "stem_letters", "caption_share"},
    "citation": {"kinds"},
    "inference": {"fails", "refuted_by"},
    "multiplicity": {"prior_scale"},
}  # fmt: skip


@dataclass(frozen=True)
class DescriptiveRules:
    """How a description is judged.

    Parameters
    ----------
    true_share, false_share : shares of admissible cells from which on a statement is confirmed or contradicted.
    common_share : true of more than this share of the regions, a confirmed statement is uninformative.
    common_spare : fewer regions than this on the right side of that share are imprecise.
    few_cells : fewer admissible cells than this are imprecise.
    window_years : shortest admissible window of a trend.
    flat_growth : a year's growth nearer to zero than this (share of the level) is none.
    volatile_share : an unstable region has a standard deviation of growth above those of this share of the regions.
    kendall_level : a trend whose longest window has a higher Mann–Kendall p is imprecise.
    peers : regions that a region is compared with.
    """

    true_share: float
    false_share: float
    common_share: float
    common_spare: int
    few_cells: int
    window_years: int
    flat_growth: float
    volatile_share: float
    kendall_level: float
    peers: Mapping[str, tuple[str, ...]]

    def label(self, found: Tally) -> Label:
        """Return the label of a grid before it is asked how common the statement is."""
        if not found.cells:
            return "not_tested"
        if found.false >= self.false_share * found.cells - 1e-9:
            return "contradicted"
        return "confirmed" if found.true >= self.true_share * found.cells - 1e-9 else "inconclusive"

    def result(self, found: Tally) -> CheckResult:
        """Return the label of a grid as the result of a check."""
        results: dict[str, CheckResult] = {"confirmed": "pass", "contradicted": "fail", "not_tested": "not_run"}
        return results.get(self.label(found), "warn")


@dataclass(frozen=True)
class InternalRules:
    """How a paper is held against itself.

    ``units`` are the units of each quantity and ``magnitudes`` words that only scale one; of a caption's announced
    words, cut to ``stem_letters``, at least ``caption_share`` must stand in it.
    """

    units: Mapping[str, tuple[str, ...]]
    magnitudes: tuple[str, ...]
    stem_letters: int
    caption_share: float


@dataclass(frozen=True)
class TextRules:
    """All sections on what is not an effect.

    Parameters
    ----------
    kinds : stems of words that name the kind of a document.
    fails, refuted_by : the label of an inference one of whose premises bears a label of ``refuted_by``.
    weakest_first : all labels; of several that must hold together the first of this order counts.
    by_design : types of claims that state no fact.
    prior_scale : scale of the half-normal prior on the spread of true effects, in percentage points.
    """

    descriptive: DescriptiveRules
    internal: InternalRules
    kinds: tuple[str, ...]
    fails: Label
    refuted_by: tuple[Label, ...]
    weakest_first: tuple[Label, ...]
    by_design: tuple[ClaimType, ...]
    prior_scale: float


def read(document: Mapping[str, Any]) -> TextRules:
    """Build the sections from the parsed file.

    Raises
    ------
    KeyError : a key that is missing.
    OptionError : a label or claim type that does not exist, or a list of labels that leaves one out.
    """
    inference = document["inference"]
    check_option("inference.fails", inference["fails"], Label)
    order = _labels("weakest_first", document["weakest_first"])
    left_out = [label for label in get_args(Label) if label not in order]
    if left_out:
        raise OptionError(f"weakest_first leaves out {', '.join(left_out)}", advice="Order all labels")
    for one in document["by_design"]:
        check_option("by_design", one, ClaimType)
    return TextRules(
        descriptive=_descriptive(document["descriptive"]),
        internal=_internal(document["internal"]),
        kinds=tuple(document["citation"]["kinds"]),
        fails=inference["fails"],
        refuted_by=_labels("inference.refuted_by", inference["refuted_by"]),
        weakest_first=order,
        by_design=tuple(document["by_design"]),
        prior_scale=float(document["multiplicity"]["prior_scale"]),
    )


def _descriptive(entry: Mapping[str, Any]) -> DescriptiveRules:
    return DescriptiveRules(
        true_share=float(entry["true_share"]),
        false_share=float(entry["false_share"]),
        common_share=float(entry["common_share"]),
        common_spare=int(entry["common_spare"]),
        few_cells=int(entry["few_cells"]),
        window_years=int(entry["window_years"]),
        flat_growth=float(entry["flat_growth"]),
        volatile_share=float(entry["volatile_share"]),
        kendall_level=float(entry["kendall_level"]),
        peers={region: tuple(others) for region, others in entry["peers"].items()},
    )


def _internal(entry: Mapping[str, Any]) -> InternalRules:
    units = {quantity: tuple(names) for quantity, names in entry["units"].items()}
    return InternalRules(units, tuple(entry["magnitudes"]), int(entry["stem_letters"]), float(entry["caption_share"]))


def _labels(name: str, labels: list[str]) -> tuple[Label, ...]:
    for label in labels:
        check_option(name, label, Label)
    return cast(tuple[Label, ...], tuple(labels))
