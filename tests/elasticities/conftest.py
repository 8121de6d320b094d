"""Official panel, declared assumptions, and small invented estimates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from regional_econ.core.elasticity import ElasticitySet
from regional_econ.core.panel import Panel
from regional_econ.data.load import load_panel
from regional_econ.elasticities.declared import Assumptions, load_assumptions
from regional_econ.elasticities.synthesis import DriverFacts, synthesise

DRIVERS = ("rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct")
Estimates = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="session")
def official() -> Panel:
    """The compiled figures."""
    return load_panel()


@pytest.fixture(scope="session")
def assumptions() -> Assumptions:
    """The declared biases and literature."""
    return load_assumptions()


@pytest.fixture(scope="session")
def invented() -> Callable[..., Estimates]:
    """A maker of estimates with a random joint covariance."""
    return _invented


@pytest.fixture(scope="session")
def built(official: Panel, assumptions: Assumptions) -> ElasticitySet:
    """A synthesis of invented estimates."""
    facts = {"wear_pct": DriverFacts(("C04",), 0.05, 0.02, 0.003, True)}
    return synthesise(
        *_invented(seed=1), assumptions, official, drivers=DRIVERS, outcome="innovation_activity_pct",
        focal_region="RU-KEM", seed=7, facts=facts,
    )  # fmt: skip


def _invented(*, seed: int, designs: tuple[str, ...] = ("within", "between"), scale: float = 0.1) -> Estimates:
    rng = np.random.default_rng(seed)
    labels = pd.MultiIndex.from_product([designs, DRIVERS], names=["design", "driver"])
    root = rng.normal(0, scale, (len(labels), len(labels) + 3))
    covariance = pd.DataFrame(root @ root.T / len(labels), index=labels, columns=labels)
    values = rng.normal(0.1, 0.1, (len(designs), len(DRIVERS)))
    return pd.DataFrame(values, index=pd.Index(designs, name="design"), columns=DRIVERS), covariance
