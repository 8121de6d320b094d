"""Does the result hang on one region, year or district? Exact refits with each left out.

The cross products of `blocks` add up to the identity, so that a region g left out costs one small solve: coordinates
θ = (I − U_g'U_g)⁻¹ Σ_(h≠g) U_h'y_h, bread (I − U_g'U_g)⁻¹, scores U_h'y_h − U_h'U_h θ of the others. Years are left out
by refitting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.core.estimate import Estimate
from regional_econ.panel.blocks import Blocks, is_nested
from regional_econ.panel.covariance import counted_parameters
from regional_econ.panel.demean import Codes, Floats, effect_rank, singletons
from regional_econ.panel.diagnostics.rows import Grouping, fitted, grouped
from regional_econ.panel.estimators import fixed_effects, pooled, without_singletons
from regional_econ.panel.inference import Classical, Clustered, Inference, WildBootstrap
from regional_econ.panel.least_squares import solve
from regional_econ.panel.model import Fitted

UNSTABLE = 1e-7
_VANISHING = 1e-12


@dataclass(frozen=True, slots=True)
class Refit:
    """One refit: (k,) coefficients, standard errors and degrees of freedom; or why there is none."""

    beta: Floats
    std_errors: Floats
    df: Floats
    problem: str = ""


@dataclass(frozen=True)
class Influence:
    """Coefficients with each region, year or group left out.

    Attributes
    ----------
    by : "region", "year" or "group".
    frame : one row an omission and term: dropped, term, estimate, std_error, p_value, change (from the full estimate,
        in its standard errors: DFBETAS), sign_changed, crosses (whether p changes sides of the level), problem (why
        there is no estimate; else empty).
    level : the threshold for p.
    """

    by: Literal["region", "year", "group"]
    frame: pd.DataFrame
    level: float

    def most(self) -> pd.DataFrame:
        """Return, by term, the omission with the largest change, and what any omission changes.

        Columns: term, dropped, estimate, std_error, p_value, change, n_omissions, n_sign_changed, n_crosses,
        n_without_estimate, crossing (names of the omissions that change the sign or cross the threshold).
        """
        rows = []
        for term, own in self.frame.groupby("term", sort=False):
            known = own[own["problem"] == ""]
            worst = (
                known.iloc[int(known["change"].abs().fillna(-1.0).argmax())].to_dict()
                if len(known)
                else {"dropped": ""}
            )
            rows.append(
                {
                    "term": term,
                    **{name: worst.get(name) for name in ("dropped", "estimate", "std_error", "p_value", "change")},
                    "n_omissions": len(own),
                    "n_sign_changed": int(own["sign_changed"].sum()),
                    "n_crosses": int(own["crosses"].sum()),
                    "n_without_estimate": int((own["problem"] != "").sum()),
                    "crossing": ", ".join(own.loc[own["sign_changed"] | own["crosses"], "dropped"]),
                }
            )
        return pd.DataFrame(rows)

    def tidy(self) -> pd.DataFrame:
        """Return a copy of the frame."""
        return self.frame.copy()

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`tidy`."""
        return self.tidy()

    def __str__(self) -> str:
        lines = [f"{self.frame['dropped'].nunique()} omissions, one {self.by} each."]
        for row in self.most().to_dict("records"):
            if row["n_without_estimate"] == row["n_omissions"]:
                lines.append(f"{row['term']}: no omission leaves an estimate.")
                continue
            lines.append(
                f"{row['term']}: largest change {row['change']:+.2f} standard errors, without {row['dropped']}; "
                f"sign changed by {row['n_sign_changed']}, p = {self.level:g} crossed by {row['n_crosses']}, "
                f"no estimate without {row['n_without_estimate']}."
            )
        return "\n".join(lines)


def leave_one_out(estimate: Estimate, by: Grouping = "region", *, level: float = 0.05) -> Influence:
    """Refit an estimate with each region, year or group left out of its sample.

    Coefficients, errors and degrees of freedom are those of `fit` on the rest (lags keep what they reach back to).

    Source: Belsley, Kuh & Welsch (1980, Regression Diagnostics, 2). Held against refits one by one and CR3 as their
    jackknife (tests/panel/test_diagnostics_influence.py).

    Parameters
    ----------
    estimate : pooled or fe, with any inference but the bootstrap; weights are kept.
    by : "region"; "year"; a mapping or series from regions to groups, such as districts; first years of new eras; or a
        series with a group for each row.
    level : the threshold of p whose crossing is reported.

    Returns
    -------
    Influence

    Raises
    ------
    OptionError, DataError : an estimator, inference, level or groups that do not fit.

    Examples
    --------
    >>> from regional_econ.panel.fit import fit
    >>> index = pd.MultiIndex.from_product([list("abcdef"), range(2000, 2010)], names=["region", "year"])
    >>> x, u = np.random.default_rng(0).normal(size=(2, 60))
    >>> frame = pd.DataFrame({"x": x, "y": u + np.repeat([0, 0, 0, 0, 0, 9], 10) * x}, index=index)
    >>> leave_one_out(fit("y ~ x", frame)).most()["dropped"].item()
    'f'
    """
    if not 0 < level < 1:
        raise OptionError(f"level cannot be {level}", advice="Give a number between 0 and 1, such as 0.05")
    native = fitted(estimate, "leaving out", ("pooled", "fe"), weighted=True)
    if isinstance(native.inference, WildBootstrap):
        raise OptionError("leaving out does not bootstrap", advice="Use estimate.vcov('cluster:region')")
    codes, names = grouped(native.sample, by)
    effects = () if estimate.spec.effects == "none" else tuple(estimate.spec.effects.split("+"))
    quick = _Quick.of(native, codes)
    refits = [
        (None if quick is None else quick.without(code)) or _refit(native, effects, codes != code)
        for code in range(len(names))
    ]
    full = Refit(native.solution.beta, estimate.std_errors.to_numpy(), _per_term(estimate.df, len(estimate.params)))
    kind: Literal["region", "year", "group"] = (
        "region" if isinstance(by, str) and by == "region" else "year" if isinstance(by, str) else "group"
    )
    return Influence(kind, _frame(full, refits, names, native.data.names, level), level)


def _frame(
    full: Refit, refits: list[Refit], dropped: tuple[str, ...], terms: tuple[str, ...], level: float
) -> pd.DataFrame:
    beta, errors = np.stack([one.beta for one in refits]), np.stack([one.std_errors for one in refits])
    p_values = np.stack([_p_values(one) for one in refits])
    with np.errstate(invalid="ignore", divide="ignore"):
        change = (beta - full.beta) / full.std_errors
    known = np.isfinite(beta)
    k = len(terms)
    return pd.DataFrame(
        {
            "dropped": np.repeat(np.array(dropped, dtype=object), k),
            "term": list(terms) * len(refits),
            "estimate": beta.ravel(),
            "std_error": errors.ravel(),
            "p_value": p_values.ravel(),
            "change": change.ravel(),
            "sign_changed": (known & (np.sign(beta) != np.sign(full.beta))).ravel(),
            "crosses": (known & ((p_values < level) != (_p_values(full) < level))).ravel(),
            "problem": np.repeat(np.array([one.problem for one in refits], dtype=object), k),
        }
    )


def _p_values(one: Refit) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * stats.t.sf(np.abs(one.beta / one.std_errors), one.df))


def _per_term(df: float | Floats | pd.Series, k: int) -> Floats:
    return np.broadcast_to(np.asarray(df, dtype=np.float64), (k,))


def _refit(native: Fitted, effects: tuple[str, ...], keep: NDArray[np.bool_]) -> Refit:
    try:
        sample = native.sample.rows(keep)
        if effects:
            sample, _ = without_singletons(sample, effects)
        data = fixed_effects(sample, effects) if effects else pooled(sample)
        again = Fitted.of(native.cases, sample, data, solve(data), native.frame, native.inference)
    except EstimationError as error:
        nothing = np.full(len(native.data.names), np.nan)
        return Refit(nothing, nothing, nothing, str(error))
    k = len(data.names)
    errors = np.sqrt(np.diag(again.covariance.matrix))
    return Refit(again.solution.beta, errors, _per_term(again.covariance.df, k))


@dataclass(frozen=True, slots=True)
class _Quick:
    """Cross products by region, for leaving regions out under iid errors or errors clustered by region."""

    native: Fitted
    blocks: Blocks
    regions: Codes
    groups: Codes
    rule: Inference

    @classmethod
    def of(cls, native: Fitted, groups: Codes) -> _Quick | None:
        """None where another inference or groups that split regions need refits."""
        regions, rule = native.data.units, native.inference
        if not is_nested(regions, groups):
            return None
        if isinstance(rule, Clustered):
            if rule.by not in ("region", native.sample.index.names[0]) or rule.small_sample not in (
                "CR0",
                "CR1",
                "CR1S",
            ):
                return None
        elif not isinstance(rule, Classical):
            return None
        try:
            return cls(native, Blocks.of(native.data, regions), regions, groups, rule)
        except EstimationError:
            return None

    def without(self, group: int) -> Refit | None:
        """The refit, or None where rows become singletons or a slope loses its variation."""
        data, keep = self.native.data, self.groups != group
        absorbed = tuple(codes[keep] for codes in data.absorbed)
        if not keep.any() or singletons(absorbed).any():
            return None
        out = np.unique(self.regions[~keep])
        left = np.setdiff1d(np.arange(len(self.blocks.moments)), out)
        values, vectors = np.linalg.eigh(np.eye(self.blocks.grams.shape[1]) - self.blocks.grams[out].sum(axis=0))
        if values.min() < UNSTABLE or len(left) < 2:
            return None
        bread = (vectors / values) @ vectors.T
        coordinates = bread @ self.blocks.moments[left].sum(axis=0)
        loads = self.blocks.loads @ bread
        absorbed = tuple(np.unique(codes, return_inverse=True)[1].astype(np.intp) for codes in absorbed)
        rest = replace(data, absorbed=absorbed)
        n, k = int(keep.sum()), len(data.names)
        df = n - k - effect_rank(absorbed)
        if df <= 0:
            return None
        iid = self._ssr(keep, out, bread) / df * np.diag(loads @ self.blocks.loads.T)
        if isinstance(self.rule, Classical):
            return Refit(self.blocks.loads @ coordinates, np.sqrt(iid), _per_term(df, k))
        scores = (self.blocks.moments[left] - self.blocks.grams[left] @ coordinates) @ loads.T
        cluster = np.unique(self.regions[keep], return_inverse=True)[1].astype(np.intp)
        variances = _factor(self.rule, n, counted_parameters(rest, [cluster]), len(left)) * (scores**2).sum(axis=0)
        if (variances <= _VANISHING * iid).any():
            return None
        return Refit(self.blocks.loads @ coordinates, np.sqrt(variances), _per_term(len(left) - 1, k))

    def _ssr(self, keep: NDArray[np.bool_], out: NDArray[np.intp], bread: Floats) -> float:
        weighted = self.native.data.weights * self.native.solution.residuals**2
        scores = self.blocks.scores[out].sum(axis=0)
        return float(weighted[keep].sum() - scores @ bread @ scores)


def _factor(rule: Inference, n: int, k: int, clusters: int) -> float:
    kind = rule.small_sample if isinstance(rule, Clustered) else "CR0"
    factor = 1.0 if kind == "CR0" else clusters / (clusters - 1)
    return factor * (n - 1) / (n - k) if kind == "CR1S" else factor
