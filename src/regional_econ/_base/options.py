"""Options are Literals with one check; the interval levels are fixed here and nowhere else."""

from __future__ import annotations

from typing import Any, get_args

from regional_econ._base.errors import OptionError

LEVELS = (0.95, 0.80)
FAN_LEVELS = (0.50, 0.80, 0.95)
QUANTILES_21 = (0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975)


def check_option(name: str, value: str, literal: Any) -> None:
    """Raise unless the value is one of a Literal's options.

    Parameters
    ----------
    name : the option's name, for the message.
    value : what was given.
    literal : a ``typing.Literal``.

    Raises
    ------
    OptionError : listing the right options.

    >>> from typing import Literal
    >>> check_option("effects", "both", Literal["region", "year"])
    Traceback (most recent call last):
    regional_econ._base.errors.OptionError: effects cannot be 'both'. Choose one of: region, year.
    """
    options = [str(option) for option in get_args(literal)]
    if value not in options:
        raise OptionError(f"{name} cannot be {value!r}", advice=f"Choose one of: {', '.join(options)}")
