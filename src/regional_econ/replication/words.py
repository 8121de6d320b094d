"""How the README of a package writes table rows, spans of time and amounts of bytes."""

from __future__ import annotations

_MINUTE, _HOUR = 60, 3600


def row(*cells: str) -> str:
    """Return a row of a Markdown table.

    >>> row("a|b", "two\\nlines")
    '| a/b | two lines |'
    """
    return f"| {' | '.join(' '.join(cell.replace('|', '/').split()) for cell in cells)} |"


def duration(seconds: float) -> str:
    """Return a span of time as people say it.

    >>> duration(0.4), duration(44.8), duration(1100), duration(7300)
    ('under 1 s', '45 s', '18 min', '2 h 2 min')
    """
    if seconds < 1:
        return "under 1 s"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds // _HOUR:.0f} h {seconds % _HOUR / _MINUTE:.0f} min"


def amount(size: int) -> str:
    """Return an amount of bytes in binary units.

    >>> amount(900), amount(3 << 20), amount(23 << 30)
    ('1 KiB', '3 MiB', '23 GiB')
    """
    for power, unit in ((30, "GiB"), (20, "MiB")):
        if size >= 2 << power:
            return f"{size / (1 << power):.0f} {unit}"
    return f"{max(1, round(size / 1024))} KiB"
