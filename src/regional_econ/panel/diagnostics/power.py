"""How small an effect could the estimate have seen? Minimum detectable effects, power, and effects of interest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import optimize, stats

from regional_econ._base.errors import EstimationError, OptionError, UnknownNameError
from regional_econ.core.estimate import Estimate
from regional_econ.panel.demean import Floats


def minimum_detectable_effects(estimate: Estimate, *, power: float = 0.8, level: float = 0.05) -> pd.DataFrame:
    """Smallest true effects that a two-sided test of each term finds with a given probability.

    Source: Bloom (1995, Evaluation Review 19). Held against R's power.t.test(strict = TRUE)
    (tests/panel/test_diagnostics.py).

    Parameters
    ----------
    estimate : coefficients with their errors; any estimator.
    power : the probability, above `level`.
    level : of the test.

    Returns
    -------
    One row a term: term, std_error, df, multiple (t_(1−α/2) + t_power), mde (multiple · std_error, Bloom's),
    mde_exact (where the noncentral t gives the power, Bloom's approximation solved exactly).

    Raises
    ------
    OptionError : a power or level outside its range.

    Examples
    --------
    >>> terms = ["x"]
    >>> from regional_econ.core.estimate import Spec
    >>> one = pd.DataFrame([[1.0]], index=terms, columns=terms)
    >>> estimate = Estimate(pd.Series([0.0], index=terms), one, Spec("y ~ x", "fe", "region", "iid"), "")
    >>> float(minimum_detectable_effects(estimate)["mde"].round(3).item())
    2.802
    """
    _check(level, power)
    df = _df(estimate)
    multiple = stats.t.ppf(1 - level / 2, df) + stats.t.ppf(power, df)
    errors = estimate.std_errors.to_numpy()
    exact = np.array([_needed(power, one, level) for one in df])
    return pd.DataFrame(
        {
            "term": _terms(estimate),
            "std_error": errors,
            "df": df,
            "multiple": multiple,
            "mde": multiple * errors,
            "mde_exact": exact * errors,
        }
    )


def power_at(estimate: Estimate, effect: float | Mapping[str, float], *, level: float = 0.05) -> pd.DataFrame:
    """Probability that a two-sided test rejects under given true effects, by the noncentral t.

    Give effects that matter, not the estimates themselves: power at one's own estimate is the p-value said again.

    Source: Cohen (1988, Statistical Power Analysis, 2); Hoenig & Heisey (2001, American Statistician 55). Held against
    R's power.t.test(strict = TRUE) (tests/panel/test_diagnostics.py).

    Parameters
    ----------
    estimate : coefficients with their errors; any estimator.
    effect : one effect for all terms, or effects by term.
    level : of the test.

    Returns
    -------
    One row a term asked for: term, effect, std_error, df, power.

    Raises
    ------
    UnknownNameError : a term the estimate does not have.
    OptionError : an effect or level outside its range.
    EstimationError : a standard error of zero.
    """
    _check(level)
    asked = _effects(estimate, effect)
    size, errors, df = _asked(estimate, asked)
    found = [_power(one, own, level) for one, own in zip(size / errors, df, strict=True)]
    return pd.DataFrame({"term": list(asked), "effect": size, "std_error": errors, "df": df, "power": found})


def smallest_effects(
    estimate: Estimate, effects: Mapping[str, float], *, power: float = 0.8, level: float = 0.05
) -> pd.DataFrame:
    """Hold an estimate against the smallest effects that would matter.

    Source: Schuirmann (1987, J. Pharmacokinetics and Biopharmaceutics 15); Lakens (2017, Social Psychological and
    Personality Science 8). Held against cases with known readings (tests/panel/test_diagnostics.py).

    Parameters
    ----------
    estimate : coefficients with their errors; any estimator.
    effects : smallest effect of interest by term, above zero.
    power, level : of the minimum detectable effect and the tests.

    Returns
    -------
    One row a term: term, smallest, estimate, std_error, df, mde (exact), power (at the smallest effect), detectable
    (mde ≤ smallest), p_equivalence (two one-sided tests of |β| ≥ smallest), reading:
    "smaller" (the tests reject), "larger" (the interval of 1 − level lies beyond the smallest effect) or "open".

    Raises
    ------
    UnknownNameError : a term the estimate does not have.
    OptionError : an effect, power or level outside its range.
    EstimationError : a standard error of zero.
    """
    _check(level, power)
    if bad := [term for term, size in effects.items() if not size > 0]:
        raise OptionError(f"the smallest effect of {bad[0]} must be above zero", advice="Give its size, without a sign")
    asked = _effects(estimate, effects)
    size, errors, df = _asked(estimate, asked)
    beta = estimate.params.to_numpy()[_places(estimate, asked)]
    mde = np.array([_needed(power, own, level) for own in df]) * errors
    p_equivalence = stats.t.sf((size - np.abs(beta)) / errors, df)
    reach = stats.t.ppf(1 - level / 2, df) * errors
    readings = np.where(p_equivalence < level, "smaller", np.where(np.abs(beta) - reach > size, "larger", "open"))
    return pd.DataFrame(
        {
            "term": list(asked),
            "smallest": size,
            "estimate": beta,
            "std_error": errors,
            "df": df,
            "mde": mde,
            "power": [_power(one, own, level) for one, own in zip(size / errors, df, strict=True)],
            "detectable": mde <= size,
            "p_equivalence": p_equivalence,
            "reading": readings,
        }
    )


def _check(level: float, power: float = 0.8) -> None:
    if not 0 < level < 1:
        raise OptionError(f"level cannot be {level}", advice="Give a number between 0 and 1, such as 0.05")
    if not level < power < 1:
        raise OptionError(
            f"power cannot be {power}", advice=f"Give a number between the level {level} and 1, such as 0.8"
        )


def _terms(estimate: Estimate) -> list[str]:
    return [str(term) for term in estimate.params.index]


def _df(estimate: Estimate) -> Floats:
    return np.broadcast_to(np.asarray(estimate.df, dtype=np.float64), (len(estimate.params),))


def _effects(estimate: Estimate, effect: float | Mapping[str, float]) -> dict[str, float]:
    terms = _terms(estimate)
    asked = dict(effect) if isinstance(effect, Mapping) else dict.fromkeys(terms, effect)
    for term, size in asked.items():
        if term not in terms:
            raise UnknownNameError.of("term", term, terms)
        if not np.isfinite(size):
            raise OptionError(f"the effect of {term} cannot be {size}", advice="Give a number")
    return {term: float(size) for term, size in asked.items()}


def _places(estimate: Estimate, asked: Mapping[str, float]) -> list[int]:
    terms = _terms(estimate)
    return [terms.index(term) for term in asked]


def _asked(estimate: Estimate, asked: Mapping[str, float]) -> tuple[Floats, Floats, Floats]:
    """Effects, standard errors and degrees of freedom of the terms asked for."""
    places = _places(estimate, asked)
    errors = estimate.std_errors.to_numpy()[places]
    for term, error in zip(asked, errors, strict=True):
        if not error > 0:
            raise EstimationError(f"{term} has no standard error above zero", advice="Ask for other terms")
    return np.array(list(asked.values())), errors, _df(estimate)[places]


def _power(ratio: float, df: float, level: float) -> float:
    """Probability of rejecting when the true effect is `ratio` standard errors."""
    critical, ratio = float(stats.t.ppf(1 - level / 2, df)), abs(float(ratio))
    if not np.isfinite(df):
        return float(stats.norm.sf(critical - ratio) + stats.norm.cdf(-critical - ratio))
    # beyond this the power is 1 to the last digit, for √(χ²/df) exceeds 8 with a probability below 1e-15
    if ratio > 8 * critical + 10:
        return 1.0
    return float(stats.nct.sf(critical, df, ratio) + stats.nct.sf(critical, df, -ratio))


def _needed(power: float, df: float, level: float) -> float:
    """Effect, in standard errors, at which the test has the power."""
    far = 2 * float(stats.t.ppf(1 - level / 2, df) + stats.t.ppf(power, df))
    while _power(far, df, level) < power:
        far *= 2
    return float(optimize.brentq(lambda ratio: _power(ratio, df, level) - power, 0.0, far, xtol=1e-13, rtol=1e-14))
