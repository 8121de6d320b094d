"""How do the ``policy`` commands print a number with its doubt?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regional_econ.core.results import Value
    from regional_econ.policy.answers.figures import Spread


def limit_text(size: float | None) -> str:
    """Return a size with three figures, or a dash where there is none."""
    return "–" if size is None else f"{size:.3g}"


def gain_text(gain: Spread) -> str:
    """Return a gain as its median and 80 % interval."""
    return f"{gain.p50.value:+.2f} pp (80 % between {gain.p10.value:+.2f} and {gain.p90.value:+.2f})"


def error_text(number: Value, *, form: str = ".3f", sign: str = "") -> str:
    """Return a number with the half-width of its 95 % Monte Carlo interval.

    >>> from regional_econ.core.results import Value
    >>> error_text(Value(0.2, mc_error=0.01))
    '0.200 ± 0.020'
    """
    from regional_econ.policy.scenarios.result import Z95

    return f"{number.value:{sign}{form}} ± {Z95 * float(number.mc_error or 0.0):{form}}"


def share_text(share: float, draws: int) -> str:
    """Return a share of draws with the half-width of its 95 % Monte Carlo interval."""
    from regional_econ.core.results import Value
    from regional_econ.policy.answers.figures import share_error

    return error_text(Value(share, mc_error=share_error(share, draws)))


def number_text(share: float | None) -> str:
    """Return a share with two decimals, or a dash."""
    return "–" if share is None else f"{share:.2f}"
