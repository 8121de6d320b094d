"""The shipped rules and claims, and the paper where it lies beside the official files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from regional_econ.causal.distribution import Probabilities
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.data.catalogue import load_variables
from regional_econ.referee.ledger import Entry, load_claims
from regional_econ.referee.rules import Rules, load_rules

CLAIMS = {
    "rd_grp_pct": ("C12", "C31"), "researchers_per_10k_employed": ("C06",), "mining_share_pct": ("C02", "C18", "C19"),
}  # fmt: skip


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules()


@pytest.fixture(scope="session")
def entries() -> tuple[Entry, ...]:
    return load_claims(variables=load_variables())


@pytest.fixture(scope="session")
def paper(sources: Path) -> bytes:
    """The paper's bytes, where it lies beside the official files."""
    path = sources.parent / "paper" / "000_7f25b10ac1d04e47.txt"
    if not path.is_file():
        pytest.skip("the paper is not here")
    return path.read_bytes()


@pytest.fixture(scope="session")
def make_evidence() -> Callable[[str], CausalEvidence]:
    """Made-up evidence on a driver that decides nothing."""
    return _evidence


def _evidence(driver: str) -> CausalEvidence:
    found = Probabilities(0.1, 0.6, 0.85, 0.4, 0.05)
    return CausalEvidence(
        driver=driver, outcome="innovation_activity_pct", claims=CLAIMS.get(driver, ()),
        claimed_sign=-1 if driver == "mining_share_pct" else 1,
        focal_region="RU-KEM", level_year=2022, level_pct=7.0, change=0.7, change_quantile=0.95, change_window_years=5,
        delta_pp=0.5, deciding_lag=1, n_specs=48, n_lagged=30, averaged=found, lagged=found, alone=found,
        effect_pp=(-0.5, 0.1, 0.7), lagged_pp=(-0.4, 0.1, 0.6), alone_pp=(-0.6, 0.1, 0.8), alone_mde=0.2,
        specification_sd=0.1, sign_share_all=0.6, sign_share=0.6, p_value=0.8, q_value=0.9, mde_pp=0.9,
        alone_mde_pp=1.0, robustness_value=0.02, robustness_value_clustered=0.01, strongest_covariate="wear_pct",
        strongest_bound=0.5, placebo_pp=0.1, placebo_low_pp=-0.4, placebo_high_pp=0.6, placebo_level=0.9,
        placebo_inside=False, mc_error=0.0, panel_checksum="1" * 64, declaration_sha256="2" * 64,
    )  # fmt: skip
