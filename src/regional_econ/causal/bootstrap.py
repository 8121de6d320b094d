"""How do the designs' estimates err together? One bootstrap of regions across all of them: they share one panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ._base.parallel import map_cases
from regional_econ._base.seeds import rng_for
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.designs import Design, build_designs
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.weak_instruments import tf_std_error
from regional_econ.core.panel import Panel

BATCH = 50
_WITHOUT_SAY = 1000.0


@dataclass(frozen=True)
class DesignEstimates:
    """Estimates of all designs with their joint covariance.

    ``estimates`` is design × driver on the logit scale (per ln unit or per point of the driver); ``covariance`` has
    both axes labelled (design, driver); ``n_obs`` by design; ``reps`` resamples of regions; the relative Monte Carlo
    error of a standard error is about 1/√(2·reps). ``first_stage`` is the conditional F of each driver in the design
    with instruments, ``inflation`` the factor by which its resampled standard error was widened for their weakness.
    """

    estimates: pd.DataFrame
    covariance: pd.DataFrame
    n_obs: Mapping[str, int]
    reps: int
    first_stage: Mapping[str, float]
    inflation: Mapping[str, float]
    panel_checksum: str

    @property
    def std_errors(self) -> pd.DataFrame:
        """Bootstrap standard errors, design × driver."""
        flat = np.sqrt(np.diag(self.covariance.to_numpy()))
        return pd.DataFrame(
            flat.reshape(self.estimates.shape), index=self.estimates.index, columns=self.estimates.columns
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "designs": [str(design) for design in self.estimates.index],
            "drivers": [str(driver) for driver in self.estimates.columns],
            "estimates": self.estimates.to_numpy().tolist(),
            "covariance": self.covariance.to_numpy().tolist(),
            "n_obs": dict(self.n_obs),
            "reps": self.reps,
            "first_stage": dict(self.first_stage),
            "inflation": dict(self.inflation),
            "panel_checksum": self.panel_checksum,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> DesignEstimates:
        """Read the JSON form."""
        designs, drivers = document["designs"], document["drivers"]
        labels = _labels(designs, drivers)
        estimates = pd.DataFrame(document["estimates"], index=pd.Index(designs, name="design"), columns=drivers)
        covariance = pd.DataFrame(document["covariance"], index=labels, columns=labels)
        return cls(
            estimates, covariance, document["n_obs"], document["reps"], document["first_stage"],
            document["inflation"], document["panel_checksum"],
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """Return design, driver, estimate, std_error."""
        labels = self.covariance.index
        return pd.DataFrame(
            {
                "design": labels.get_level_values("design"),
                "driver": labels.get_level_values("driver"),
                "estimate": self.estimates.to_numpy().ravel(),
                "std_error": np.sqrt(np.diag(self.covariance.to_numpy())),
            }
        )

    def __str__(self) -> str:
        shape = self.estimates.shape
        return f"{shape[0]} designs of {shape[1]} drivers, joint covariance from {self.reps} resamples of regions."


def region_bootstrap(panel: Panel, multiverse: Multiverse, *, reps: int, seed: int, jobs: int = 1) -> DesignEstimates:
    """Estimate all designs and resample regions once for all of them.

    Where a driver's instrument is weak, the resampled error of its instrumented estimate, and with it every covariance
    it takes part in, is widened by the tF factor of its first-stage F. The factor was derived for one regressor with
    one instrument; with several, taken at the conditional F of each, it is an approximation. From
    F = 104.67 on nothing is widened, and an F at which no interval is short enough leaves the estimate without say
    (a factor of a thousand).

    Parameters
    ----------
    panel : official figures.
    multiverse : the declared drivers and terms.
    reps : resamples.
    seed : root seed; batches of fixed size have their own seeds, so the number of jobs changes nothing.
    jobs : worker processes.

    Returns
    -------
    estimates with their joint covariance.

    Raises
    ------
    EstimationError : fewer than two resamples, or a resample that a design cannot be estimated on.

    Source: Cameron, Gelbach, Miller (2008), pairs cluster bootstrap; Lee, McCrary, Moreira, Porter (2022), tF.
    """
    if reps < 2:
        raise EstimationError("a bootstrap needs at least two resamples", where=f"reps={reps}", advice="Use 499")
    designs = build_designs(panel, multiverse)
    cases = {f"{start}": (designs, min(BATCH, reps - start)) for start in range(0, reps, BATCH)}
    batches = map_cases(_resample, cases, seed=seed, jobs=jobs, label="region bootstrap")
    draws = np.concatenate(list(batches.values()))
    if not np.isfinite(draws).all():
        raise EstimationError("a resample has no estimate", advice="Check the designs' variables for gaps")
    drivers = list(multiverse.drivers)
    names = [design.id for design in designs]
    whole = np.ones((1, len(panel.region_ids)))
    estimates = np.stack([design.estimate(whole)[0] for design in designs])
    labels = _labels(names, drivers)
    widen = [
        min(tf_std_error(1.0, f), _WITHOUT_SAY)
        for design in designs
        for f in design.strength or [np.inf] * len(drivers)
    ]
    strength = [f for design in designs for f in design.strength]
    return DesignEstimates(
        pd.DataFrame(estimates, index=pd.Index(names, name="design"), columns=drivers),
        pd.DataFrame(np.cov(draws, rowvar=False) * np.outer(widen, widen), index=labels, columns=labels),
        {design.id: design.n_obs for design in designs},
        reps,
        dict(zip(drivers, strength, strict=True)),
        dict(zip(drivers, widen[-len(drivers) :], strict=True)),
        panel.checksum,
    )


def _resample(case: tuple[tuple[Design, ...], int], seed: int) -> FloatArray:
    designs, reps = case
    n_regions = designs[0].gram.shape[0]
    rng = rng_for(seed, "regions")
    multiplicity = rng.multinomial(n_regions, np.full(n_regions, 1 / n_regions), size=reps).astype(float)
    return np.concatenate([design.estimate(multiplicity) for design in designs], axis=1)


def _labels(designs: Sequence[str], drivers: Sequence[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_product([list(designs), list(drivers)], names=["design", "driver"])
