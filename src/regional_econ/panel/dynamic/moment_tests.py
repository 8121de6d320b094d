"""The specification tests of a GMM fit, on its arrays; `specification` says what they mean."""

from __future__ import annotations

from typing import Literal

import numpy as np

from regional_econ.core.hypothesis_test import HypothesisTest, tail
from regional_econ.panel.demean import Floats, group_sums
from regional_econ.panel.dynamic.two_step import Errors, GmmFit

Convention = Literal["arellano-bond", "xtabond2", "plm"]
VALID = "all instruments are uncorrelated with the errors"
_WORDS: dict[Convention, str] = {
    "arellano-bond": "one-step residuals, σ² over rows less coefficients (Arellano & Bond, Stata's xtabond)",
    "xtabond2": "one-step residuals, σ² over observations, in a system those in levels (Roodman's xtabond2)",
    "plm": "residuals of the estimate, weights of the second step (plm's sargan)",
}


def hansen_of(found: GmmFit) -> HypothesisTest:
    """Hansen's test of a fit.

    Source: Hansen (1982, Econometrica 50). Held against plm 2.6-2 and pyxtabond2 0.0.4 (tests/panel/test_gmm.py).
    """
    df, refused = found.overidentified, refusal(found)
    p = float("nan") if refused else tail(found.second.criterion, "chi2", (df,))
    return HypothesisTest(
        "Hansen J, two-step", VALID, found.second.criterion, "chi2", (df,), p,
        "Hansen (1982, Econometrica 50)", refused,
        {"n_instruments": found.n_instruments, "n_regions": found.n_regions},
    )  # fmt: skip


def sargan_of(found: GmmFit, steps: int, convention: Convention) -> HypothesisTest:
    """Sargan's test of a fit in one of its conventions.

    Source: Sargan (1958, Econometrica 26). Held against plm 2.6-2 and pyxtabond2 0.0.4 (tests/panel/test_gmm.py).
    """
    df, n, k = found.overidentified, len(found.rows.later), len(found.rows.names)
    rows = len(found.rows.levels) or n
    total = found.step(steps).moments.sum(axis=0)
    values: dict[Convention, float] = {
        "arellano-bond": found.first.criterion / found.sigma2,
        "xtabond2": found.first.criterion / (found.sigma2 * (n - k) / rows),
        "plm": float(total @ found.second.weights @ total),
    }
    refused = "as many instruments as coefficients: nothing to test" if df == 0 else ""
    if convention == "plm":
        refused = refusal(found)
    p = float("nan") if refused else tail(values[convention], "chi2", (df,))
    note = refused or f"Convention: {_WORDS[convention]}."
    return HypothesisTest(
        "Sargan", f"{VALID}, which have one variance", values[convention], "chi2", (df,), p,
        "Sargan (1958, Econometrica 26)", note, {"convention": convention},
    )  # fmt: skip


def arellano_bond_of(found: GmmFit, steps: int, errors: Errors, order: int) -> HypothesisTest:
    """m of one order, under one of the covariances.

    Source: Arellano & Bond (1991, Review of Economic Studies 58). Held against plm 2.6-2 and pyxtabond2 0.0.4
    (tests/panel/test_gmm.py).
    """
    rows, step = found.rows, found.step(steps)
    before = _lagged(found, step.residuals[rows.differenced], order)
    lagged = np.concatenate([before, np.zeros(len(rows.levels))])
    there = np.isfinite(lagged)
    lagged = np.where(there, lagged, 0.0)
    changes = step.residuals[rows.differenced]
    products = lagged * step.residuals
    slope = rows.X.T @ lagged
    if errors == "iid":
        spread = rows.spread(lagged[:, None])
        own = found.sigma2 * float((spread**2).sum())
        mixed = found.sigma2 * rows.spread(found.columns.Z).T @ spread[:, 0]
    else:
        by_region = group_sums(products[:, None], rows.units)[:, 0]
        own, mixed = float(by_region @ by_region), step.moments.T @ by_region
    variance = own - 2 * slope @ step.bread @ found.XZ @ step.weights @ mixed
    variance += slope @ found.covariance(errors) @ slope
    pairs = int(np.isfinite(before).sum())
    note = "" if pairs else f"no two differences lie {order} years apart"
    if pairs and variance <= 0:
        note = "its estimated variance is not positive"
    statistic = 0.0 if note else float(products.sum() / np.sqrt(variance))
    correlation = float(products.sum() / pairs / np.mean(changes**2)) if pairs else float("nan")
    return HypothesisTest(
        f"Arellano–Bond m{order}", f"differenced errors {order} years apart are uncorrelated", statistic, "normal", (),
        float("nan") if note else tail(statistic, "normal"), "Arellano & Bond (1991, Review of Economic Studies 58)",
        note, {"correlation": correlation, "n_pairs": pairs},
    )  # fmt: skip


def _lagged(found: GmmFit, changes: Floats, order: int) -> Floats:
    """Each difference's residual `order` years before, NaN where there is none."""
    rows = found.rows
    years, units = rows.years[rows.differenced], rows.units[rows.differenced]
    since = years - years.min()
    keys = units * (int(since.max()) + order + 1) + since
    place = np.searchsorted(keys, keys - order)
    return np.where(keys[place] == keys - order, changes[place], np.nan)


def refusal(found: GmmFit) -> str:
    """Why a Hansen statistic has no p-value; empty where it has."""
    if found.overidentified == 0:
        return "as many instruments as coefficients: nothing to test"
    if found.n_instruments > found.n_regions:
        return (
            f"p refused: {found.n_instruments} instruments exceed {found.n_regions} regions; "
            "collapse them, or limit their lags"
        )
    return ""
