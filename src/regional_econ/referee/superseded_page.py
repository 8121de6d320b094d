"""Which verdicts have been superseded, by which, and what had changed? What the page shows of it."""

from __future__ import annotations

from regional_econ.core.section import Block, Cell, Column, Paragraph, Stack, TableBlock, TextRef, Verbatim
from regional_econ.referee.docket import Docket
from regional_econ.referee.versions import Superseded, Version


def blocks(found: Docket) -> tuple[Block, ...]:
    """Return the table of superseded verdicts, or that there is none."""
    if not found.superseded:
        return (Paragraph("referee.superseded.none"),)
    columns = (
        Column("id", "referee.column.id", width=0.6),
        Column("old", "referee.column.old", width=1.6),
        Column("new", "referee.column.new", width=1.6),
        Column("changed", "referee.column.changed", width=2.4),
        Column("version", "referee.column.version", width=1.4),
    )
    rows = tuple(_row(one) for one in found.superseded)
    table = TableBlock("referee.superseded.table", "referee.superseded.caption", columns, rows)
    return (Paragraph("referee.superseded"), table)


def _row(one: Superseded) -> tuple[Cell, ...]:
    new = TextRef("referee.superseded.unlisted") if one.new is None else _verdict(one.new)
    changed = Stack(tuple(TextRef(f"referee.changed.{name}") for name in one.changed))
    return (Verbatim(one.old.claim), _verdict(one.old), new, changed, Verbatim(one.old.id))


def _verdict(version: Version) -> Cell:
    parts: list[Cell] = [TextRef(f"report.label.{version.label}")]
    if version.certainty:
        parts.append(TextRef(f"report.certainty.{version.certainty}"))
    if version.why and version.why.gap:
        parts.append(TextRef(f"referee.gap.{version.why.gap}"))
    if version.why and version.why.wrong:
        parts.append(Verbatim(version.why.wrong))
    return Stack(tuple(parts)) if len(parts) > 1 else parts[0]
