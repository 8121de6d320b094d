"""Shares of draws and their errors."""

from __future__ import annotations

import numpy as np
import pytest

from regional_econ.policy.answers.figures import share_error, share_value


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_or_none_of_the_draws_are_no_certainty(share: float) -> None:
    """At none of n draws the 95 % interval reaches 3/n (Hanley and Lippman-Hand 1983); two errors are 2/n, not zero."""
    assert share_error(share, 4000) == pytest.approx(1 / 4000)
    assert share_value(np.full(4000, bool(share))).mc_error == pytest.approx(1 / 4000)


def test_between_it_is_the_binomial_error() -> None:
    assert share_error(0.2, 400) == pytest.approx(0.02)
