"""Which errors does a text name?"""

from __future__ import annotations

from typing import Literal, cast, get_args

from regional_econ._base.errors import OptionError
from regional_econ._base.options import check_option
from regional_econ.panel.inference import (
    Bootstrap,
    Classical,
    Clustered,
    ClusterFactor,
    Conley,
    DrawnErrors,
    DrawnWeights,
    DriscollKraay,
    Efficient,
    Heterogeneous,
    Inference,
    KernelFactor,
    Own,
    Robust,
    RobustFactor,
    SpatialKernel,
    WildBootstrap,
    Windmeijer,
)

FORMS = (
    "iid, hc0, hc1, hc2, hc3, cluster:region, cluster:region:CR0 (CR1, CR1S, CR2, CR3, CV3), cluster:region+year, "
    "cluster:region+year:CR1S:min, dk, dk:3, dk:3:CR1S, conley:500km, conley:500km:3, conley:500km:all, "
    "conley:500km:3:bartlett, heterogeneous, own, wild:region, wild:region:webb, wild:region:webb:9999, windmeijer, "
    "efficient, bootstrap, bootstrap:200:normal"
)
_PLAIN: tuple[Inference, ...] = (Classical(), Heterogeneous(), Own(), Windmeijer(), Efficient())


def inference_of(given: object) -> Inference:
    """Return an inference given as an object or as its text.

    Raises
    ------
    OptionError : anything else, listing the right forms.
    """
    if isinstance(given, Inference):
        return given
    if isinstance(given, str):
        return parse_inference(given)
    raise OptionError(f"inference cannot be {given!r}", advice=f"Choose one of: {FORMS}")


def parse_inference(text: str) -> Inference:
    """Read an inference from its text, such as "cluster:region" or "dk:3".

    Raises
    ------
    OptionError : listing the right forms.

    Examples
    --------
    >>> parse_inference("cluster:region:CR1")
    Clustered(by='region', small_sample='CR1', two_way='own')
    >>> parse_inference("dk:3")
    DriscollKraay(bandwidth=3, small_sample='CR0')
    """
    kind, *rest = text.strip().split(":")
    if kind.upper() in get_args(RobustFactor) and kind.islower() and not rest:
        return Robust(cast("RobustFactor", kind.upper()))
    if not rest and (plain := {str(one): one for one in _PLAIN}.get(kind)):
        return plain
    if kind == "bootstrap" and len(rest) <= 2:
        errors = cast("DrawnErrors", rest[1]) if len(rest) == 2 else "wild"
        return Bootstrap(_whole(rest[0], text) if rest else 100, errors)
    if kind == "cluster" and 1 <= len(rest) <= 3 and rest[2:] in ([], ["min"]):
        return Clustered(rest[0], _factor(rest[1]) if len(rest) >= 2 else "CR1S", "min" if rest[2:] else "own")
    if kind == "wild" and 1 <= len(rest) <= 3:
        weights = cast("DrawnWeights", rest[1]) if len(rest) >= 2 else "rademacher"
        return WildBootstrap(rest[0], weights, _whole(rest[2], text) if len(rest) == 3 else 9999)
    if kind == "dk" and len(rest) <= 2:
        lag = None if not rest or rest[0] == "auto" else _whole(rest[0], text)
        return DriscollKraay(lag, cast("KernelFactor", rest[1]) if len(rest) == 2 else "CR0")
    if kind == "conley" and 1 <= len(rest) <= 3 and rest[0].endswith("km"):
        over = "all" if rest[1:2] == ["all"] else _whole(rest[1], text) if len(rest) >= 2 else 0
        radius = float(str(_whole(rest[0].removesuffix("km"), text)))
        return Conley(radius, cast('int | Literal["all"]', over), _kernel(rest[2]) if len(rest) == 3 else "uniform")
    raise OptionError(f"inference cannot be {text!r}", advice=f"Choose one of: {FORMS}")


def _kernel(text: str) -> SpatialKernel:
    check_option("kernel", text, SpatialKernel)
    return cast("SpatialKernel", text)


def _factor(text: str) -> ClusterFactor:
    check_option("small_sample", text, ClusterFactor)
    return cast("ClusterFactor", text)


def _whole(text: str, whole: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise OptionError(f"inference cannot be {whole!r}", advice=f"Choose one of: {FORMS}")
    return int(text)
