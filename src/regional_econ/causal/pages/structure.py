"""What the page says of mining's share, which has specifications of its own beside those of the four drivers."""

from __future__ import annotations

from collections.abc import Mapping

from regional_econ.causal.axes import AXES
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.causal.multiverse import MultiverseResult
from regional_econ.causal.pages import declared
from regional_econ.causal.scales import contrast
from regional_econ.causal.sections import CHECKS, EFFECTS, curve, table
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, Value
from regional_econ.core.section import Block, Paragraph

RESULT_ID = "causal.structure"


def results(
    panel: Panel,
    evidence: Mapping[str, CausalEvidence],
    result: MultiverseResult,
    multiverse: Multiverse,
    *,
    family: int,
) -> tuple[Result, ...]:
    """Return ``causal.<driver>`` for each driver, and ``causal.structure`` for the whole.

    Parameters
    ----------
    panel : the figures that it was estimated from.
    evidence : by driver of this declaration.
    result : all its specifications.
    multiverse : the declaration.
    family : over how many drivers the q-values are, those of other declarations among them.
    """
    values = {
        "family": Value(family, digits=0),
        "n_specs": Value(sum(found.n_specs for found in evidence.values()), digits=0),
        "n_lagged": Value(sum(found.n_lagged for found in evidence.values()), digits=0),
    }
    for driver in evidence:
        other = -multiverse.drivers[driver].direction
        size = contrast(panel, multiverse.terms[driver], multiverse.rule, direction=other).change
        values[f"{driver}.other_way"] = Value(size, "driver", 1)
        shares = result.explained(driver)
        values |= {f"explained.{driver}.{axis}": Value(float(shares[axis]), "", 2) for axis in AXES}
    inputs = {"panel": result.panel_checksum, "multiverse": result.declaration_sha256}
    whole = Result(RESULT_ID, values | declared.values(multiverse), inputs)
    return (*(found.result() for found in evidence.values()), whole)


def blocks(
    evidence: Mapping[str, CausalEvidence], result: MultiverseResult, multiverse: Multiverse
) -> tuple[Block, ...]:
    """Return the paragraph, tables and curves of this declaration and what it declares itself."""
    return (
        Paragraph(f"{RESULT_ID}.text"),
        *(curve(driver, result) for driver in evidence),
        table(f"{RESULT_ID}.effects", EFFECTS, evidence),
        table(f"{RESULT_ID}.checks", CHECKS, evidence),
        Paragraph(f"{RESULT_ID}.declared_text"),
        *declared.terms_blocks(multiverse, RESULT_ID, RESULT_ID),
    )
