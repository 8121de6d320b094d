"""The page of events shows each estimate, each donor and each reason by its own id."""

from __future__ import annotations

import pytest

from regional_econ.causal.event_table import load_events
from regional_econ.causal.events import EventStudy, study_event
from regional_econ.causal.pages import events
from regional_econ.core.panel import Panel
from regional_econ.core.section import FigureBlock, NumberRef, Paragraph, TableBlock


@pytest.fixture(scope="module")
def found(official: Panel) -> EventStudy:
    return study_event(official, load_events()["centre_kuzbass_2019"])


def test_every_number_on_the_page_is_a_result(found: EventStudy) -> None:
    result, section = events.result(found), events.section(found)
    shown = {
        cell.id.removeprefix(f"{result.id}.")
        for block in section.blocks
        if isinstance(block, TableBlock)
        for row in block.rows
        for cell in row
        if isinstance(cell, NumberRef)
    }
    assert shown <= set(result.values)
    assert len(shown) >= 15 * 6
    assert {"panel", "events.yml"} == set(result.inputs)


def test_the_summary_counts_what_the_table_shows(found: EventStudy) -> None:
    values, table = events.result(found).values, found.to_frame()
    stable = (table["without_low"] * table["without_high"] > 0).sum()
    backdated = table[["backdated_2015", "backdated_2016"]].abs().max(axis=1)
    assert values["n_sign_stable"].value == stable
    assert values["n_beyond_backdated"].value == (table["effect"].abs() > backdated).sum()
    assert values["n_estimates"].value == len(table)


def test_donors_stand_by_outcome_and_weight(found: EventStudy) -> None:
    donors = events.largest_donors(found)
    assert list(dict.fromkeys(donors["outcome"])) == [o.id for o in found.event.outcomes if o.id in found.excluded]
    assert all(group["weight"].is_monotonic_decreasing for _, group in donors.groupby("outcome"))
    assert donors.groupby("outcome").size().max() == events.DONORS


def test_withheld_inference_is_said_and_the_gaps_are_drawn(found: EventStudy) -> None:
    blocks = events.section(found).blocks
    assert Paragraph("causal_events.withheld") in blocks
    figure = next(block for block in blocks if isinstance(block, FigureBlock))
    assert set(figure.data["series"]) == {"sc", "sdid"}
    assert set(figure.data["panel"]) == set(found.excluded)
