"""Several regressions side by side, as journals print them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from regional_econ._base.text import format_number
from regional_econ.core.estimate import Estimate

_FOOT = {"n_obs": "Observations", "n_regions": "Regions", "r2": "R²"}


def etable(
    estimates: Estimate | Sequence[Estimate], *, names: Sequence[str] | None = None, digits: int = 3
) -> pd.DataFrame:
    """Return a table of estimates: a column a model, and under each coefficient its standard error.

    There are no stars: the standard error says more. The frame's own `to_string`, `to_html` and
    `to_latex` give the usual formats.

    Parameters
    ----------
    estimates : one estimate or several.
    names : heads of the columns; numbered by default.
    digits : decimals of coefficients and standard errors.

    Returns
    -------
    Texts, indexed (term, statistic); terms keep the order in which they first appear.

    Examples
    --------
    >>> from regional_econ.core.estimate import Spec
    >>> b = pd.Series({"x": 0.5})
    >>> v = pd.DataFrame(0.04, index=b.index, columns=b.index)
    >>> one = Estimate(b, v, Spec("y ~ x", "pooled", "none", "iid"), "", {"n_obs": 20})
    >>> etable(one)["(1)"].tolist()
    ['0.500', '(0.200)', '20', 'none', 'iid']
    """
    models = [estimates] if isinstance(estimates, Estimate) else list(estimates)
    heads = [f"({number})" for number in range(1, len(models) + 1)] if names is None else list(names)
    terms = list(dict.fromkeys(term for model in models for term in model.tidy()["term"]))
    rows: dict[tuple[str, str], list[str]] = {}
    for term in terms:
        rows[term, "estimate"] = [_cell(model, term, "estimate", digits) for model in models]
        rows[term, "std_error"] = [_cell(model, term, "std_error", digits) for model in models]
    for key, head in _FOOT.items():
        if any(key in model.diagnostics for model in models):
            rows[head, ""] = [_foot(model.diagnostics.get(key)) for model in models]
    rows["Effects", ""] = [model.spec.effects for model in models]
    rows["Errors", ""] = [model.spec.inference for model in models]
    index = pd.MultiIndex.from_tuples(list(rows), names=["term", "statistic"])
    return pd.DataFrame(list(rows.values()), index=index, columns=heads)


def _cell(model: Estimate, term: str, column: str, digits: int) -> str:
    tidy = model.tidy()
    found = tidy.loc[tidy["term"] == term, column].to_numpy(float)
    if not found.size:
        return ""
    shown = format_number(float(found[0]), digits, "en")
    return f"({shown})" if column == "std_error" else shown


def _foot(value: float | int | str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return format_number(value, 3 if isinstance(value, float) and not value.is_integer() else 0, "en")
