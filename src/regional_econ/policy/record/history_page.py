"""What the report shows of the model's record: paths beside what happened, errors, and what the drivers told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    FigureBlock,
    LabelRef,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.policy.answers.cells import ends_cell, error_cell, interval_cell
from regional_econ.policy.record.history_numbers import RIVALS, SCOPES, blocks_of, published, reading
from regional_econ.policy.record.replay import FORECASTERS, Replay, in_units
from regional_econ.policy.record.track_record import TrackRecord

SECTION_ID = "policy_history"
_TRILLION = 1e-6
_DASH = Verbatim("–")
_BANDS = {"value": 10, "lo80": 2, "hi80": 18}


def section(record: TrackRecord) -> Section:
    """Return the section ``policy_history``."""
    blocks: tuple[Block, ...] = (
        Paragraph("policy_history.intro"),
        Paragraph("policy_history.marks"),
        Paragraph("policy_history.replayed"),
        Paragraph(f"policy_history.told.{reading(record.variants[0].comparison)}"),
        Paragraph("policy_history.stocks"),
        _paths_figure(record),
        Paragraph("policy_history.reading"),
        _error_table(record),
        _coverage_table(record),
        _theil_table(record),
        _block_table(record),
        _term_table(record),
        _start_table(record),
        Paragraph("policy_history.power"),
        _gain_figure(record),
        _gain_table(record),
        _horizon_table(record),
        Paragraph("policy_history.power_reading"),
        _effect_table(record),
        Paragraph("policy_history.limits"),
    )
    return Section(SECTION_ID, "policy_history.title", blocks)


def paths_data(record: TrackRecord) -> pd.DataFrame:
    """Return what the figure of paths draws: panel, series, year, value, lo80, hi80 of the focal region."""
    parts = []
    for replay in record.replays:
        at = replay.regions.index(record.focal)
        size = _TRILLION if replay.id.endswith("_mln_rub") else 1.0
        years = [record.start, *replay.years]
        base = pd.DataFrame({"panel": f"policy_history.name.{replay.id}", "year": years})
        first = in_units(replay.first[[at]], replay.scale)
        lines = {name: replay.quantiles(name)[:, at] for name in ("model", "naive")}
        seen = {
            "model": {key: lines["model"][level] for key, level in _BANDS.items()},
            "observed": {"value": in_units(replay.observed[at], replay.scale)},
            "naive": {"value": lines["naive"][_BANDS["value"]]},
        }
        for series, columns in seen.items():
            shown = {key: size * published(np.concatenate([first, values]), replay) for key, values in columns.items()}
            parts.append(base.assign(series=series, **shown))
    return pd.concat(parts, ignore_index=True)[["panel", "series", "year", "value", "lo80", "hi80"]]


def gains_data(record: TrackRecord) -> pd.DataFrame:
    """Return what the figure of gains draws: term, model and the 80 and 95 % intervals, in percentage points."""
    rows = []
    for variant in record.variants:
        gain = variant.comparison.gain
        low80, high80 = gain.interval80
        rows.append(
            {
                "term": "policy_history.gain_axis", "model": variant.id, "estimate": gain.value, "conf_low80": low80,
                "conf_high80": high80, "conf_low95": gain.low, "conf_high95": gain.high,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _paths_figure(record: TrackRecord) -> FigureBlock:
    return FigureBlock(
        "policy_history.paths", "small_multiples", paths_data(record), "policy_history.paths.caption",
        "policy_history.paths.alt", {"names": "policy_history.name"},
    )  # fmt: skip


def _gain_figure(record: TrackRecord) -> FigureBlock:
    return FigureBlock(
        "policy_history.gains", "coefficients", gains_data(record), "policy_history.gains.caption",
        "policy_history.gains.alt", {"names": "policy_history.variant"},
    )  # fmt: skip


def _name(replay: Replay) -> Cell:
    return Stack((TextRef(f"policy_history.name.{replay.id}"), TextRef(f"policy_history.unit.{replay.scale}")))


def _on_scale(replay: Replay) -> Cell:
    return Stack((TextRef(f"policy_history.name.{replay.id}"), TextRef(f"policy_history.term_unit.{replay.scale}")))


def _error_table(record: TrackRecord) -> TableBlock:
    columns = (
        Column("quantity", "policy_history.column.quantity", width=2.4),
        Column("scope", "policy_history.column.scope", width=1.3),
        *(Column(f"mae_{name}", f"policy_history.column.mae_{name}", "right") for name in FORECASTERS),
        *(Column(f"skill_{name}", f"policy_history.column.skill_{name}", "right", 1.6) for name in RIVALS),
    )
    rows: list[tuple[Cell, ...]] = []
    for replay in record.replays:
        for scope in SCOPES:
            own = f"policy.history.{replay.id}.{scope}"
            means, skills = ([f"{own}.mae.{n}" for n in FORECASTERS], [f"{own}.skill_{n}" for n in RIVALS])
            whole = scope == "regions"
            rows.append(
                (
                    _name(replay),
                    TextRef(f"policy_history.scope.{scope}"),
                    *(_with_error(key) if whole else NumberRef(key) for key in means),
                    *(_with_ends(key) if whole else NumberRef(key) for key in skills),
                )
            )
    return TableBlock("policy_history.errors", "policy_history.errors.caption", columns, tuple(rows))


def _coverage_table(record: TrackRecord) -> TableBlock:
    columns = (
        Column("quantity", "policy_history.column.quantity", width=2.4),
        *(Column(f"covered{level}", f"policy_history.column.covered{level}", "right") for level in (80, 95)),
    )
    rows = tuple(
        (_name(replay), *(_with_error(f"policy.history.{replay.id}.regions.covered{level}") for level in (80, 95)))
        for replay in record.replays
    )
    return TableBlock("policy_history.coverage", "policy_history.coverage.caption", columns, rows)


def _theil_table(record: TrackRecord) -> TableBlock:
    parts = ("bias", "variance", "covariance")
    columns = (
        Column("quantity", "policy_history.column.quantity", width=2.4),
        Column("scope", "policy_history.column.scope", width=1.3),
        Column("root", "policy_history.column.root", "right"),
        *(Column(part, f"policy_history.column.{part}", "right") for part in parts),
    )
    rows = tuple(
        (
            _on_scale(replay),
            TextRef(f"policy_history.scope.{scope}"),
            NumberRef(f"policy.history.{replay.id}.{scope}.theil.root"),
            *(NumberRef(f"policy.history.{replay.id}.{scope}.theil.{part}") for part in parts),
        )
        for replay in record.replays
        for scope in SCOPES
    )
    return TableBlock("policy_history.theil", "policy_history.theil.caption", columns, rows)


def _block_table(record: TrackRecord) -> TableBlock:
    columns = (
        Column("quantity", "policy_history.column.quantity", width=2.4),
        Column("block", "policy_history.column.block", width=1.2),
        *(Column(name, f"policy_history.column.wis_{name}", "right") for name in FORECASTERS),
        Column("error", "policy_history.column.mean_error", "right"),
    )
    rows = tuple(
        (
            _name(replay),
            Verbatim(str(first) if first == last else f"{first}–{last}"),
            *(_with_error(f"policy.history.{replay.id}.block.{first}.wis.{name}") for name in FORECASTERS),
            _with_error(f"policy.history.{replay.id}.block.{first}.error.model"),
        )
        for replay in record.replays
        for first, last in blocks_of(replay.years)
    )
    return TableBlock("policy_history.blocks", "policy_history.blocks.caption", columns, rows)


def _term_table(record: TrackRecord) -> TableBlock:
    columns = (
        Column("quantity", "policy_history.column.quantity", width=2.4),
        Column("year", "policy_history.column.year"),
        *(Column(name, f"policy_history.column.term_{name}", "right") for name in FORECASTERS),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _on_scale(replay),
            Verbatim(str(year)),
            *(NumberRef(f"policy.history.{replay.id}.term.{year}.{name}") for name in FORECASTERS),
        )
        for replay in record.replays
        for year in replay.breaks
    )
    return TableBlock("policy_history.terms", "policy_history.terms.caption", columns, rows)


def _start_table(record: TrackRecord) -> TableBlock:
    columns = (
        Column("quantity", "policy_history.column.quantity", width=2.4),
        Column("start", "policy_history.column.start"),
        *(Column(name, f"policy_history.column.wis_{name}", "right") for name in FORECASTERS),
        *(Column(f"skill_{name}", f"policy_history.column.skill_{name}", "right", 1.6) for name in RIVALS),
    )
    rows: list[tuple[Cell, ...]] = []
    for number, replay in enumerate(record.replays):
        for start in record.starts:
            own = f"policy.history.starts.{start}.{record.starts[start][number].id}"
            rows.append(
                (
                    _name(replay),
                    Verbatim(str(start)),
                    *(_with_error(f"{own}.wis.{name}") for name in FORECASTERS),
                    *(_with_ends(f"{own}.skill_{name}") for name in RIVALS),
                )
            )
    return TableBlock("policy_history.starts", "policy_history.starts.caption", columns, tuple(rows))


def _gain_table(record: TrackRecord) -> TableBlock:
    columns = (
        Column("variant", "policy_history.column.variant", width=2.4),
        Column("scores", "policy_history.column.scores", "right", 1.2),
        Column("gain", "policy_history.column.gain", "right", 1.6),
        Column("placebo", "policy_history.column.placebo", "right", 1.4),
        Column("found", "policy_history.column.found", "right", 1.2),
        Column("slope", "policy_history.column.slope", "right", 1.3),
    )
    rows: list[tuple[Cell, ...]] = []
    for variant in record.variants:
        own = f"policy.history.power.{variant.id}"
        slope = interval_cell(f"{own}.slope", f"{own}.slope_low", f"{own}.slope_high")
        placebos = ends_cell(f"{own}.placebo_low", f"{own}.placebo_high")
        rows.append(
            (
                _variant_name(record, variant.id),
                _pair(f"{own}.unconditional", f"{own}.conditional"),
                _gain(own),
                Stack((*placebos.cells, *error_cell(f"{own}.placebo_share").cells)),
                _pair(f"{own}.promised", f"{own}.detectable"),
                slope if variant.comparison.slope else _DASH,
            )
        )
    rows.append((TextRef("policy_history.scope.focal"), _DASH, _gain("policy.history.power.focal"), *(_DASH,) * 3))
    return TableBlock("policy_history.gains.table", "policy_history.gains.table_caption", columns, tuple(rows))


def _horizon_table(record: TrackRecord) -> TableBlock:
    columns = (
        Column("ahead", "policy_history.column.ahead"),
        Column("n", "policy_history.column.n", "right"),
        Column("scores", "policy_history.column.scores", "right", 1.2),
        Column("gain", "policy_history.column.gain", "right", 1.6),
        Column("found", "policy_history.column.found", "right", 1.2),
    )
    rows: list[tuple[Cell, ...]] = []
    for ahead in record.horizons:
        own = f"policy.history.power.horizon.{ahead}"
        rows.append(
            (
                Verbatim(str(ahead)),
                NumberRef(f"{own}.n"),
                _pair(f"{own}.unconditional", f"{own}.conditional"),
                _gain(own),
                _pair(f"{own}.promised", f"{own}.detectable"),
            )
        )
    return TableBlock("policy_history.horizons", "policy_history.horizons.caption", columns, tuple(rows))


def _effect_table(record: TrackRecord) -> TableBlock:
    drivers = record.cells.drivers
    columns = (
        Column("origin", "policy_history.column.origin"),
        *(Column(driver, f"policy_history.driver.{driver}", "right", 1.4) for driver in drivers),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Verbatim(str(origin)),
            *(
                Stack(
                    (
                        NumberRef(f"policy.history.effects.{origin}.{driver}.mean"),
                        NumberRef(f"policy.history.effects.{origin}.{driver}.sd", "({})"),
                        NumberRef(f"policy.history.effects.{origin}.{driver}.prior_share", "[{}]"),
                    )
                )
                for driver in drivers
            ),
        )
        for origin in sorted(record.effects)
    )
    return TableBlock("policy_history.effects", "policy_history.effects.caption", columns, rows)


def _variant_name(record: TrackRecord, name: str) -> Cell:
    return LabelRef(name) if name in record.cells.drivers else TextRef(f"policy_history.variant.{name}")


def _with_error(key: str) -> Cell:
    return Stack((NumberRef(key), NumberRef(f"{key}.std_error", "({})")))


def _with_ends(key: str) -> Cell:
    return interval_cell(key, f"{key}.low", f"{key}.high")


def _gain(own: str) -> Cell:
    return interval_cell(f"{own}.gain", f"{own}.gain_low", f"{own}.gain_high")


def _pair(upper: str, lower: str) -> Cell:
    return Stack((NumberRef(upper), NumberRef(lower)))
