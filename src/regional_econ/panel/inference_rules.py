"""Which errors can an estimator have, and which does it have where none are asked for?"""

from __future__ import annotations

from regional_econ._base.errors import OptionError
from regional_econ.panel.dynamic.options import GmmOptions
from regional_econ.panel.inference import (
    Bootstrap,
    Classical,
    Clustered,
    DriscollKraay,
    Efficient,
    Heterogeneous,
    Inference,
    Own,
    Robust,
    WildBootstrap,
    Windmeijer,
)
from regional_econ.panel.methods import OF_REGIONS, Estimator, Kind

_ONE_CLUSTER = ("CR0", "CR1", "CR1S")
_OF_ITS_OWN: dict[type, tuple[Kind, ...]] = {
    Heterogeneous: ("cce",),
    Own: ("swamy", "pmg"),
    Windmeijer: ("gmm-diff", "gmm-system"),
    Efficient: ("gmm-diff", "gmm-system"),
    Bootstrap: ("lsdvc",),
}


def default_inference(estimator: Estimator) -> str:
    """The errors of an estimator where none are asked for.

    Examples
    --------
    >>> default_inference(Estimator("fe")), default_inference(Estimator("fama-macbeth"))
    ('cluster:region', 'cluster:year:CR1')
    """
    match estimator.kind:
        case "fama-macbeth":
            return "cluster:year:CR1"
        case "gmm-diff" | "gmm-system":
            one_step = isinstance(estimator.dynamic, GmmOptions) and estimator.dynamic.steps == 1
            return "cluster:region:CR0" if one_step else "windmeijer"
        case "lsdvc":
            return "bootstrap"
        case "sar" | "sem" | "sdm":
            return "iid"
        case "swamy" | "pmg":
            return "own"
        case "mean-group" | "cce-mean-group" | "dynamic-cce" | "interactive":
            return "cluster:region:CR1"
    return "cluster:region"


def check_inference(estimator: Estimator, rule: Inference) -> None:
    """Refuse errors that an estimator cannot have.

    Raises
    ------
    OptionError : naming some that it can.
    """
    kinds = _OF_ITS_OWN.get(type(rule))
    if kinds is not None and estimator.kind not in kinds:
        raise OptionError(
            f"inference {rule} is for {' and '.join(kinds)}, not for {estimator}",
            advice=f"Use {default_inference(estimator)}",
        )
    if advice := _mended(estimator, rule):
        raise OptionError(f"inference {rule} does not go with {estimator}{_reason(estimator)}", advice=advice)


def _mended(estimator: Estimator, rule: Inference) -> str:
    """What to use instead, or nothing if the errors go with the estimator."""
    by_year = _is_by_year(rule)
    factor = rule.small_sample if isinstance(rule, Clustered) and not by_year else ""
    match estimator.kind:
        case "gmm-diff" | "gmm-system" if isinstance(estimator.dynamic, GmmOptions) and estimator.dynamic.steps == 1:
            plain = estimator.kind == "gmm-diff" and isinstance(rule, Classical)
            advice = "Use cluster:region:CR0 or iid" if estimator.kind == "gmm-diff" else "Use cluster:region:CR0"
            return "" if factor == "CR0" or plain else advice
        case "gmm-diff" | "gmm-system":
            return "" if isinstance(rule, Windmeijer | Efficient) else "Use windmeijer or efficient"
        case "lsdvc":
            return "" if isinstance(rule, Bootstrap) else "Use bootstrap or bootstrap:200"
        case "hpj":
            return "" if factor in _ONE_CLUSTER else "Use cluster:region"
        case "cce":
            return "" if factor in _ONE_CLUSTER or isinstance(rule, Heterogeneous) else (
                "Use cluster:region or heterogeneous"
            )  # fmt: skip
        case "pmg":
            return "" if isinstance(rule, Own) else "Use own"
        case "mean-group" | "cce-mean-group" | "dynamic-cce" | "swamy":
            return "" if factor in ("CR0", "CR1") or isinstance(rule, Own) else "Use cluster:region:CR1"
        case "interactive":
            right = factor in ("CR0", "CR1") or str(rule) == "hc0" or isinstance(rule, DriscollKraay)
            return "" if right else "Use cluster:region:CR1, hc0 or dk"
        case "sar" | "sem" | "sdm":
            return "" if isinstance(rule, Classical) else "Use iid, or slx with cluster:region or conley:500km"
        case "between" if by_year:
            return "Use hc1 or iid"
        case "hausman-taylor" | "amemiya-macurdy" | "fama-macbeth" if _leaves_out(rule):
            return "Use cluster:region or hc1"
    return ""


def _reason(estimator: Estimator) -> str:
    if estimator.kind in OF_REGIONS:
        return ", whose slopes are each region's own"
    return {
        **dict.fromkeys(("sar", "sem", "sdm"), ", whose errors are those of the information matrix"),
        "between": ", which averages years out",
        "cce": ", whose loadings are each region's own",
        "interactive": ", which estimates loadings and factors",
        "hausman-taylor": ", which is not least squares",
        "amemiya-macurdy": ", which is not least squares",
        "fama-macbeth": ", which is not least squares",
    }.get(estimator.kind, "")


def _is_by_year(rule: Inference) -> bool:
    return (
        isinstance(rule, DriscollKraay)
        or (isinstance(rule, Clustered) and "year" in rule.dimensions)
        or (isinstance(rule, WildBootstrap) and rule.by == "year")
    )


def _leaves_out(rule: Inference) -> bool:
    """Whether the errors come from regressions without a part of the rows, or with resampled outcomes."""
    return (
        isinstance(rule, WildBootstrap)
        or (isinstance(rule, Clustered) and rule.small_sample in ("CR2", "CR3", "CV3"))
        or (isinstance(rule, Robust) and rule.small_sample in ("HC2", "HC3"))
    )
