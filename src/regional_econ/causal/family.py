"""Which drivers stand once all of them were tried? Stepdown p-values from one wild bootstrap with common signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ.causal.kernel import sweep
from regional_econ.causal.sample import Sample
from regional_econ.causal.scales import FloatArray
from regional_econ.panel.blocks import Blocks
from regional_econ.panel.demean import Codes
from regional_econ.panel.inference import WildBootstrap
from regional_econ.panel.least_squares import Transformed
from regional_econ.panel.wild import Resampled

_TIE = 1e-9


@dataclass(frozen=True)
class Hypothesis:
    """That the coefficient of ``column`` is zero, given the columns ``others`` of the same sample."""

    id: str
    column: int
    others: tuple[int, ...]


@dataclass(frozen=True)
class Family:
    """Hypotheses tested together.

    ``table`` has a row a hypothesis: id, estimate, std_error and t (without small-sample factor), p_value (of its own
    bootstrap), p_single_step (against the largest of all), p_stepdown (Romano–Wolf), p_holm. ``draws`` resamples, or
    all sign patterns where ``enumerated``.
    """

    table: pd.DataFrame
    draws: int
    enumerated: bool
    n_clusters: int

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table."""
        return self.table.copy()

    def __str__(self) -> str:
        found = ", ".join(f"{name} {p:.3f}" for name, p in zip(self.table["id"], self.table["p_stepdown"], strict=True))
        return f"Stepdown p-values from {self.draws} resamples: {found}."


def family(sample: Sample, hypotheses: Sequence[Hypothesis], *, draws: int = 9999, seed: int = 20221231) -> Family:
    """Test a family of coefficients together by the restricted wild cluster bootstrap.

    Each hypothesis has its own regression and its own restricted residuals; the signs of the regions are the same in
    all of them, so that the resampled t statistics depend on each other as the observed ones do.

    Parameters
    ----------
    sample : complete cases; regions are the clusters.
    hypotheses : the family.
    draws : resamples; where no more are needed, all 2^G sign patterns are taken instead.
    seed : of the signs.

    Returns
    -------
    estimates with p-values.

    Raises
    ------
    EstimationError : no hypotheses, or one that stands twice.

    Source: Romano, Wolf (2005), Econometrica 73(4); Romano, Wolf (2016), Statistics & Probability Letters 113 (the
    p-values); Cameron, Gelbach, Miller (2008) (the bootstrap). Held against explicit refits over all sign patterns.
    """
    ids = [hypothesis.id for hypothesis in hypotheses]
    if not ids or len(set(ids)) < len(ids):
        raise EstimationError("a family needs hypotheses, each once", where=", ".join(ids), advice="Mend the list")
    rule = WildBootstrap(draws=draws, seed=seed, ties="all")
    codes = np.unique(sample.region, return_inverse=True)[1]
    resampled = [_resampled(sample, hypothesis, codes, rule) for hypothesis in hypotheses]
    value = np.array([one.value for one in resampled])
    error = np.array([one.std_error for one in resampled])
    null = np.column_stack([one.statistics(0.0) for one in resampled])
    enumerated = resampled[0].enumerated
    t = value / error
    own = np.array([_share(null[:, k], abs(t[k]), enumerated) for k in range(len(t))])
    largest = null.max(axis=1)
    table = pd.DataFrame(
        {
            "id": ids,
            "estimate": value,
            "std_error": error,
            "t": t,
            "p_value": own,
            "p_single_step": [_share(largest, abs(one), enumerated) for one in t],
            "p_stepdown": romano_wolf(np.abs(t), null, enumerated=enumerated),
            "p_holm": holm(own),
        }
    )
    return Family(table, resampled[0].draws, enumerated, int(codes.max()) + 1)


def romano_wolf(observed: FloatArray, null: FloatArray, *, enumerated: bool = False) -> FloatArray:
    """Return stepdown p-values.

    The hypotheses are taken from the largest statistic on; each is compared with the largest resampled statistic of
    those not yet taken, and no p-value is smaller than the one before.

    Parameters
    ----------
    observed : (S,) statistics, larger against the null.
    null : (B, S) resampled under all nulls together.
    enumerated : whether the resamples are all there are, the observed one among them; else one is added to both counts.

    Returns
    -------
    (S,) p-values that control the familywise error rate.

    Source: Romano, Wolf (2016), Algorithms 4.1 and 4.2. Held against its definition step by step.

    >>> null = np.array([[0.5, 2.0], [1.0, 0.1], [3.0, 0.2]])
    >>> romano_wolf(np.array([2.5, 0.15]), null).tolist()
    [0.5, 0.75]
    """
    order = np.argsort(-observed, kind="stable")
    # the largest over each hypothesis and all that come after it
    largest = np.maximum.accumulate(null[:, order][:, ::-1], axis=1)[:, ::-1]
    steps = np.array([_share(largest[:, k], observed[one], enumerated) for k, one in enumerate(order)])
    found = np.empty(len(observed))
    found[order] = np.maximum.accumulate(steps)
    return found


def holm(p_values: FloatArray) -> FloatArray:
    """Return Holm's stepdown p-values, which need no joint distribution; NaN stays NaN and counts as a member.

    Source: Holm (1979), Scandinavian Journal of Statistics 6(2). Held against statsmodels' multipletests.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    found = np.empty(len(p_values))
    found[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return found


def _share(null: FloatArray, observed: float, enumerated: bool) -> float:
    larger = int((null >= observed * (1 - _TIE)).sum())
    return larger / len(null) if enumerated else (1 + larger) / (1 + len(null))


def _resampled(sample: Sample, hypothesis: Hypothesis, codes: Codes, rule: WildBootstrap) -> Resampled:
    columns = [hypothesis.column, *hypothesis.others]
    names = tuple(sample.columns[column] for column in columns)
    Z = np.column_stack([sample.X[:, columns], sample.y])
    swept = sweep(Z, sample) / np.sqrt(sample.weights)[:, None]
    data = Transformed(
        swept[:, -1], swept[:, :-1], names, codes, sample.year, sample.weights, (sample.unit, sample.cell),
        np.linalg.norm(sample.X[:, columns], axis=0),
    )  # fmt: skip
    blocks = Blocks.of(data, codes)
    return Resampled.of(blocks, blocks.loads[0], rule)
