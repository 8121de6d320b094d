"""How much do the tests draw? One table a page, by profile of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from regional_econ.causal.double_ml import FOLDS, REPEATS
from regional_econ.core.study import Profile


@dataclass(frozen=True)
class Effort:
    """How much is drawn.

    ``splits`` into ``folds`` of double machine learning and ``exchanges`` of histories; a question on a price draws as
    many placebo paths of each process. The stress tests alone draw ``resamples`` of the family and ``simulations`` of
    outcomes for the size of the exchanges.
    """

    splits: int = REPEATS
    folds: int = FOLDS
    exchanges: int = 1999
    resamples: int = 9999
    simulations: int = 200


STRESS: Mapping[Profile, Effort] = {
    "full": Effort(),
    "quick": Effort(splits=1, folds=2, exchanges=499, resamples=1999, simulations=10),
}
# The study says how many exchanges.
FALSIFICATIONS: Mapping[Profile, Effort] = {"full": replace(STRESS["full"], splits=3), "quick": STRESS["quick"]}
