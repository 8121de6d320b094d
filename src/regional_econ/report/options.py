"""The options of a figure, read with their types: a text, a number, or several numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from regional_econ._base.errors import OptionError
from regional_econ.core.section import OptionValue


@dataclass(frozen=True)
class Options:
    """What a section asks of a figure beside its data.

    Parameters
    ----------
    values : text, number or tuple by option name.

    Examples
    --------
    >>> options = Options({"origin_year": 2022, "break_years": (2017, 2019)})
    >>> options.number("origin_year"), options.numbers("break_years"), options.text("variable")
    (2022.0, (2017.0, 2019.0), None)
    """

    values: Mapping[str, OptionValue]

    def text(self, name: str) -> str | None:
        """Return a text option, or None where it is not given."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        raise _wrong(name, value, "a text")

    def number(self, name: str) -> float | None:
        """Return a numeric option, or None where it is not given."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, str | tuple):
            raise _wrong(name, value, "a number")
        return float(value)

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return several numbers; a single one counts as a tuple of one."""
        value = self.values.get(name, ())
        items = value if isinstance(value, tuple) else (value,)
        if any(isinstance(item, str) for item in items):
            raise _wrong(name, value, "numbers")
        return tuple(float(item) for item in items if item is not None)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return several texts; a single one counts as a tuple of one."""
        value = self.values.get(name, ())
        items = value if isinstance(value, tuple) else (value,)
        if any(not isinstance(item, str) for item in items):
            raise _wrong(name, value, "texts")
        return tuple(str(item) for item in items)


def _wrong(name: str, value: object, wanted: str) -> OptionError:
    return OptionError(f"figure option {name} is {value!r}, not {wanted}", advice="mend the section that draws it")
