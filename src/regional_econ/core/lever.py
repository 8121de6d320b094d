"""A Lever: one policy measure of the paper, from instrument to driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from regional_econ.core.elasticity import Grade


@dataclass(frozen=True)
class Lever:
    """A measure as the levers schema describes it; unknown costs and capacities are None."""

    id: str
    paper_quote: str
    instrument: str
    state_var: str | None
    grade: Grade
    unit: str
    baseline: float | None
    min: float | None
    max: float | None
    step: float | None
    unit_cost: Mapping[str, Any] | None
    capacity: float | None
    saturation: float | None
    delivery_lag: tuple[float, float] | None
    params: tuple[str, ...]
    evidence: Mapping[str, str]
    additionality: Mapping[str, Any] | None = None
    overlap: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the schema's form."""
        document = asdict(self)
        document["params"] = list(self.params)
        document["delivery_lag"] = list(self.delivery_lag) if self.delivery_lag else None
        if not self.overlap:
            del document["overlap"]
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Lever:
        """Read the schema's form."""
        fields = dict(document)
        lag = fields["delivery_lag"]
        fields["delivery_lag"] = (float(lag[0]), float(lag[1])) if lag else None
        fields["params"] = tuple(fields["params"])
        return cls(**fields)

    def __str__(self) -> str:
        return f"{self.id}: {self.instrument}, grade {self.grade}, acts on {self.state_var or 'nothing modelled'}."
