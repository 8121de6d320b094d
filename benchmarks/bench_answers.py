"""How long does a ranking of 36 levers take, with the worth of learning about every group of inputs?

The world is that of the policy benchmark: 4,000 made-up draws, 13 years, 36 levers that all act on four drivers.
"""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.bench_policy import YEARS, inputs
from pytest_benchmark.fixture import BenchmarkFixture

from regional_econ.policy.answers.question import ALL, Question
from regional_econ.policy.answers.ranking import Ranking, rank

LIMIT = 30.0


@pytest.mark.benchmark(group="policy.rank")
@pytest.mark.parametrize("peer", ["ours"])
def test_rank(benchmark: BenchmarkFixture, peer: str) -> None:
    question = Question.of(inputs(), grades=ALL, end=YEARS[-1], first=2027, last=2031, seed=1)

    def ranked() -> Ranking:
        return rank(question.model, question.programme, question.chains, year=YEARS[-1], target=12.5)

    ranked()
    found = benchmark.pedantic(ranked, rounds=1)
    assert len(found.rows) == 36
    assert np.isfinite(found.learning.values).all()
    assert benchmark.stats.stats.median <= LIMIT
