"""The draws that a page was given, found again in the study: a scenario file may name them as its ``draws_ref``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from regional_econ._base.errors import OptionError, StoreError
from regional_econ._base.files import sha256_bytes
from regional_econ.core.scenario import Scenario
from regional_econ.policy.model.inputs import Inputs, baseline_draws, draws_hash

DOCUMENT = "policy_browser.json"


def made_of(inputs: Inputs, years: Sequence[int]) -> dict[str, str]:
    """Return hashes of the elasticities' draws and of the outcome's without measures over some years."""
    outcome = np.ascontiguousarray(baseline_draws(inputs, years, where="page"), dtype="<f8")
    return {"elasticities": draws_hash(inputs.elasticities), "outcome": sha256_bytes(outcome.tobytes())}


def on_page_draws(inputs: Inputs, document: Mapping[str, Any], scenario: Scenario) -> Inputs:
    """Return inputs whose scenarios run on the draws that a page's document names.

    Parameters
    ----------
    document : of the form that ``policy_browser.schema.json`` describes.
    scenario : which names it.

    Raises
    ------
    OptionError : the scenario has another seed, with which rates, additionality and lags would be other draws.
    StoreError : the document was made from other draws than the study has now.
    """
    where = scenario.where("draws_ref")
    if scenario.seed != document["seed"]:
        message = f"the seed {scenario.seed} makes other draws than {scenario.draws_ref}"
        raise OptionError(message, where=scenario.where("seed"), advice=f"Write seed: {document['seed']}")
    if document["draws"]["made_of"] != made_of(inputs, document["years"]):
        message = f"{scenario.draws_ref} was made from another forecast or other elasticities"
        raise StoreError(message, where=where, advice="Run: regional-econ reproduce")
    return replace(inputs, rows=tuple(document["draws"]["rows"]))
