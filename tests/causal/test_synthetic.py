"""Proposition 99 as synthdid computes it, the quadratic programme against its own conditions, and the refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError, RegionalEconError, UnknownNameError
from regional_econ._base.seeds import rng_for
from regional_econ.causal.simplex import _frank_wolfe, frank_wolfe, simplex_weights
from regional_econ.causal.synthetic import Method, leave_one_out, space_placebo, synthetic_fit


@pytest.fixture(scope="module")
def smoking(root: Path) -> pd.DataFrame:
    """Cigarette packs per head, 39 states × 1970–2000."""
    frame = pd.read_csv(root / "tests" / "oracles" / "data" / "prop99.csv.gz")
    return frame.pivot(index="State", columns="Year", values="PacksPerCapita")


@pytest.fixture(scope="module")
def published(root: Path) -> dict[str, Any]:
    entries = json.loads((root / "tests" / "oracles" / "causal_events.json").read_text(encoding="utf-8"))
    entry = next(entry for entry in entries if entry["id"] == "prop99_sdid")
    values: dict[str, Any] = entry["reproduced_values"]["synthdid-py 0.1.0"]
    return values


def two_way(seed: int, units: int = 12, years: int = 14, noise: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    level, year = rng.normal(0, 3, (units, 1)), rng.normal(0, 2, (1, years))
    values = 20 + level + year + noise * rng.normal(size=(units, years))
    return pd.DataFrame(values, [f"u{k:02d}" for k in range(units)], range(2001, 2001 + years))


@pytest.mark.parametrize("method", ["sdid", "sc", "did"])
def test_proposition_99_by_the_authors_program(
    smoking: pd.DataFrame, published: dict[str, Any], method: Method
) -> None:
    found = synthetic_fit(smoking, "California", 1989, method=method, solver="frank-wolfe")
    # The oracle asks for 1e-5; the same steps in the same order differ by rounding alone.
    assert found.effect == pytest.approx(published[method.upper()], rel=1e-9)


@pytest.mark.parametrize(("method", "distance"), [("sdid", 0.002), ("sc", 0.11)])
def test_the_exact_optimum_is_lower_and_near(smoking: pd.DataFrame, method: Method, distance: float) -> None:
    exact, stopped = (
        synthetic_fit(smoking, "California", 1989, method=method, solver=solver) for solver in ("exact", "frank-wolfe")
    )
    # Frank-Wolfe stops after 10,000 steps; distances seen: 0.0016 and 0.106 packs.
    assert exact.effect == pytest.approx(stopped.effect, abs=distance)
    if method == "sc":
        assert exact.pre_rmspe < stopped.pre_rmspe


def test_the_placebos_of_proposition_99(smoking: pd.DataFrame, published: dict[str, Any]) -> None:
    fit = synthetic_fit(smoking, "California", 1989, method="sdid", solver="frank-wolfe")
    placebo = space_placebo(smoking, fit)
    peer = published["placebo SDID by state"]
    # The same steps on the same numbers: rounding.
    assert placebo.effects == pytest.approx([peer[state] for state in fit.donors], abs=1e-9)
    limit = placebo.standard_error()
    assert limit == pytest.approx(np.std(list(peer.values())), rel=1e-9)
    drawn = placebo.standard_error(draws=200, rng=rng_for(1, "placebo"))
    # A standard error from 200 draws has a relative sd of √((kurtosis − 1)/200)/2 = 7 % (kurtosis 4.8); two are allowed
    # for the peer's unseeded draws and ours.
    assert published["placebo se (200 reps, no seed)"] == pytest.approx(limit, rel=0.14)
    assert drawn == pytest.approx(limit, rel=0.14)
    assert drawn == placebo.standard_error(draws=200, rng=rng_for(1, "placebo"))


def test_abadies_rank_of_california(smoking: pd.DataFrame) -> None:
    placebo = space_placebo(smoking, synthetic_fit(smoking, "California", 1989, method="sc"))
    frame = placebo.to_frame()
    rank = int((frame["rmspe_ratio"] >= frame["rmspe_ratio"].iloc[0]).sum())
    assert placebo.p_ratio == rank / 39
    assert len(frame) == 39
    assert frame["treated"].sum() == 1


@pytest.mark.parametrize("ridge", [0.0, 0.3, 40.0])
@pytest.mark.parametrize("shape", [(8, 20), (30, 6)])
def test_simplex_weights_meet_the_optimality_conditions(shape: tuple[int, int], ridge: float) -> None:
    rng = np.random.default_rng(shape[0])
    A, b = 50 + rng.normal(size=shape), 50 + rng.normal(size=shape[0])
    w = simplex_weights(A, b, ridge)
    gradient = A.T @ (A @ w - b) + ridge * w
    multiplier = gradient @ w
    # Rounding: entries of A are about 50, so gradients carry errors of about 1e-11.
    assert w.sum() == pytest.approx(1, abs=1e-12)
    assert (w >= 0).all()
    assert (gradient >= multiplier - 1e-8).all()
    assert gradient[w > 1e-9] == pytest.approx(multiplier, abs=1e-8)


def test_frank_wolfe_compiled_and_plain_agree() -> None:
    rng = np.random.default_rng(5)
    A, b, start = rng.normal(size=(9, 5)), rng.normal(size=9), np.full(5, 0.2)
    compiled, plain = (step(A, b, 0.4, start, 1e-9, 3000) for step in (frank_wolfe, _frank_wolfe))
    assert compiled == pytest.approx(plain, abs=1e-12)
    # 3,000 steps leave a distance of the order of 1/3000 at worst.
    assert compiled == pytest.approx(simplex_weights(A, b, 0.4), abs=1e-3)


def test_a_convex_combination_is_found_with_its_names() -> None:
    paths = two_way(1, units=5, years=20)
    paths.loc["t"] = 0.7 * paths.loc["u01"] + 0.3 * paths.loc["u03"]
    paths.loc["t", 2015:] += 2.5
    found = synthetic_fit(paths, "t", 2015, method="sc")
    # The ridge of 1e-6 σ moves the weights by about its square.
    assert found.effect == pytest.approx(2.5, abs=1e-6)
    assert found.weights_frame().head(2).set_index("donor")["weight"].to_dict() == pytest.approx(
        {"u01": 0.7, "u03": 0.3}, abs=1e-6
    )
    assert found.pre_rmspe < 1e-6


@pytest.mark.parametrize("method", ["sdid", "did"])
def test_additive_effects_are_differenced_out(method: Method) -> None:
    paths = two_way(2, noise=0.0)
    paths.loc["u04", 2010:] -= 1.75
    found = synthetic_fit(paths, "u04", 2010, method=method)
    assert found.effect == pytest.approx(-1.75, abs=1e-9)
    assert found.gaps[: found.n_pre] == pytest.approx(0, abs=1e-9)


def test_did_is_the_difference_of_four_means() -> None:
    paths = two_way(3)
    donors = paths.drop(index="u00").mean()
    four = (paths.loc["u00"] - donors).loc[2011:].mean() - (paths.loc["u00"] - donors).loc[:2010].mean()
    found = synthetic_fit(paths, "u00", 2011, method="did")
    assert found.effect == pytest.approx(four, abs=1e-12)
    assert found.to_frame()["gap"].tail(4).mean() == pytest.approx(four, abs=1e-12)


@pytest.mark.parametrize("method", ["sc", "sdid", "did"])
def test_units_scale_and_order_do_not_matter(method: Method) -> None:
    paths = two_way(4)
    plain = synthetic_fit(paths, "u02", 2009, method=method).effect
    shuffled = synthetic_fit(paths.sample(frac=1, random_state=1), "u02", 2009, method=method).effect
    scaled = synthetic_fit(1000 * paths, "u02", 2009, method=method).effect
    assert shuffled == pytest.approx(plain, rel=1e-7)
    assert scaled == pytest.approx(1000 * plain, rel=1e-7)


def test_placebo_p_values_have_their_size() -> None:
    found = []
    for seed in range(200):
        paths = two_way(100 + seed, units=10, years=9)
        placebo = space_placebo(paths, synthetic_fit(paths, "u03", 2007, method="did"))
        found.append((placebo.p_effect, placebo.p_ratio))
    share = (np.array(found) <= 0.2).mean(axis=0)
    # Units are exchangeable; the donors' donors lack one unit more, which moves ranks little. Binomial sd .028.
    assert (np.abs(share - 0.2) < 0.085).all()


def test_leaving_a_donor_without_weight_changes_nothing() -> None:
    paths = two_way(6)
    fit = synthetic_fit(paths, "u05", 2010, method="sc")
    effects = leave_one_out(paths, fit)
    for donor, weight in zip(fit.donors, fit.unit_weights, strict=True):
        assert (abs(effects[donor] - fit.effect) < 1e-6) == (weight == 0)


def _with(change: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    return change(two_way(7))


@pytest.mark.parametrize(
    ("paths", "unit", "start", "error", "words"),
    [
        (_with(lambda p: p.mask((p.index == "u03")[:, None] & (p.columns == 2004))), "u00", 2010, EstimationError,
         "a cell is missing (u03, 2004)"),
        (_with(lambda p: p.drop(columns=2005)), "u00", 2010, EstimationError, "do not follow"),
        (_with(lambda p: pd.concat([p, p.iloc[[2]]])), "u00", 2010, EstimationError, "stands twice (u02)"),
        (_with(lambda p: p), "v00", 2010, UnknownNameError, "unknown unit 'v00'"),
        (_with(lambda p: p), "u00", 2002, EstimationError, "two years before"),
        (_with(lambda p: p), "u00", 2015, EstimationError, "two years before"),
        (_with(lambda p: p.iloc[:2]), "u00", 2010, EstimationError, "fewer than two donors"),
        (_with(lambda p: p * 0 + 1), "u00", 2010, EstimationError, "do not change"),
    ],
)  # fmt: skip
def test_what_is_refused(
    paths: pd.DataFrame, unit: str, start: int, error: type[RegionalEconError], words: str
) -> None:
    with pytest.raises(error) as caught:
        synthetic_fit(paths, unit, start, method="sc")
    assert words in str(caught.value)


def test_wrong_options_and_donors_are_refused() -> None:
    paths = two_way(8)
    with pytest.raises(OptionError, match="method"):
        synthetic_fit(paths, "u00", 2010, method="ols")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="solver"):
        synthetic_fit(paths, "u00", 2010, method="sc", solver="qp")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="treated unit"):
        synthetic_fit(paths, "u00", 2010, method="sc", donors=["u00", "u01"])
    placebo = space_placebo(paths, synthetic_fit(paths, "u00", 2010, method="did"))
    with pytest.raises(EstimationError, match="generator"):
        placebo.standard_error(draws=50)
    few = synthetic_fit(paths, "u00", 2010, method="did", donors=["u01", "u02"])
    with pytest.raises(EstimationError, match="too few donors"):
        space_placebo(paths, few)
