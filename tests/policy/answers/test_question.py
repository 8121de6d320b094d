"""What stops the levers of a real question: the domain of an elasticity, for each lever and for a driver's levers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from regional_econ.policy.answers.backcast import backcast
from regional_econ.policy.answers.contract import gains
from regional_econ.policy.answers.question import ALL, Question
from regional_econ.policy.model.drivers import historical_push
from regional_econ.policy.scenarios.run import Inputs

EDGE, WIDE = 1.25, 3.0
YEARS = {"end": 2035, "first": 2027, "last": 2031, "seed": 1}


def with_edge(world: Inputs, pushes: float) -> Question:
    """Two levers of R&D, whose effect is certain, and a domain that ends at a number of pushes."""
    push = float(np.expm1(historical_push(world.panel, "rd_grp_pct").size))
    rd, *others = world.elasticities.parameters
    narrow = replace(rd, domain=replace(rd.domain, max_abs_change=float(np.log1p(pushes * push))))
    draws = world.elasticities.draws.assign(rd_grp_pct=0.3)
    known = replace(world.elasticities, parameters=(narrow, *others), draws=draws)
    levers = tuple(lever for lever in world.levers if lever.id in ("L02", "L10"))
    return Question.of(replace(world, elasticities=known, levers=levers), grades=ALL, **YEARS)  # type: ignore[arg-type]


def test_a_tight_domain_binds_each_lever_and_the_levers_of_a_driver_together(world: Inputs) -> None:
    tight, wide = with_edge(world, EDGE), with_edge(world, WIDE)
    for limit in tight.limits():
        assert limit.domain == pytest.approx(EDGE)
        assert limit.binds == "domain"
        assert limit.size == limit.domain
    assert {limit.binds for limit in wide.limits()} == {"range"}
    assert tight.bounds().caps == (((0, 1), pytest.approx(EDGE)),)

    gain = gains(wide.model, wide.programme, np.array([[1.0, 1.0]]), 2035)[0]
    target = float(np.median(wide.model.baseline[:, -1] + gain))
    found, free = (
        backcast(one.model, one.programme, one.bounds(), target=target, year=2035, probability=0.5)
        for one in (tight, wide)
    )
    assert free.mix is not None
    assert found.mix is None, "none within the domain"
    assert found.best.sizes.sum() == pytest.approx(EDGE)
