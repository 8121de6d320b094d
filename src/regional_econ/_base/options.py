"""Options are Literals with one check; the interval levels are fixed here and nowhere else."""

from __future__ import annotations

from numbers import Integral
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


def check_whole(name: str, value: object, *, least: int = 0) -> None:
    """Raise unless the value is a whole number, none below the least.

    Raises
    ------
    OptionError : saying what may be given.

    >>> check_whole("draws", "many", least=99)
    Traceback (most recent call last):
    regional_econ._base.errors.OptionError: draws cannot be 'many'. Give a whole number, 99 or more.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise OptionError(f"{name} cannot be {value!r}", advice=f"Give a whole number, {least} or more")


def check_years(years: object) -> None:
    """Raise unless years are None or a first and a last one.

    Raises
    ------
    OptionError : saying what may be given.
    """
    if years is None:
        return
    whole = isinstance(years, tuple | list) and len(years) == 2 and all(isinstance(year, Integral) for year in years)
    if not (whole and years[0] <= years[1]):  # type: ignore[index]
        raise OptionError(f"years cannot be {years!r}", advice="Give the first and the last year, such as (2006, 2022)")
