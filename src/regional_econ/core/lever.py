"""A Lever: one policy measure of the paper, from instrument to driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from regional_econ._base.text import Text
from regional_econ.core.elasticity import Grade

CapacityRule = Literal["postgraduates", "wear", "mining_share", "not_innovating"]
CostRule = Literal["rd_money", "researcher_posts"]
_PAIRS = ("cost_why", "capacity_why", "delivery_why")
_OPTIONAL = (*_PAIRS, "capacity_rule", "direct")


@dataclass(frozen=True)
class Lever:
    """A measure as the levers schema describes it; unknown costs and capacities are None.

    Parameters
    ----------
    direction : section of the paper, 1 to 7.
    paper_quote, quote_translation, quote_at : the paper's words, in English, and where they stand, in characters, the
        end exclusive.
    instrument, instrument_ru : what is done, in both languages.
    state_var : the driver it moves, the outcome itself for a direct lever, or None.
    unit : what its amounts count; baseline, min, max, step and capacity are in it.
    unit_cost : the rule that computes the cost of a unit from official figures, or None: unknown.
    capacity : physical limit, computed by ``capacity_rule``; None where there is none or it is not computed yet.
    delivery_lag : shortest and longest time from money to the driver, years.
    params : ids of the elasticities it acts through.
    additionality : prior of ψ: a unit of the lever adds 1 + ψ units to the driver's flow.
    direct : prior of the effect on the organisations treated, in percentage points; direct levers only.
    overlap : group and rule; levers of one group differ in an unobserved source only.
    evidence : status, cited rows, note in both languages, and what evidence would raise the grade.
    """

    id: str
    direction: int
    paper_quote: str
    quote_translation: str
    quote_at: tuple[int, int]
    instrument: str
    instrument_ru: str
    state_var: str | None
    grade: Grade
    unit: str
    baseline: float | None
    min: float | None
    max: float | None
    step: float | None
    unit_cost: Mapping[str, Any] | None
    cost_why: Text
    capacity: float | None
    saturation: float | None
    delivery_lag: tuple[float, float] | None
    params: tuple[str, ...]
    evidence: Mapping[str, Any]
    capacity_rule: CapacityRule | None = None
    capacity_why: Text | None = None
    delivery_why: Text | None = None
    additionality: Mapping[str, Any] | None = None
    direct: Mapping[str, Any] | None = None
    overlap: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> Text:
        """The instrument in both languages."""
        return Text(self.instrument_ru, self.instrument)

    @property
    def quote(self) -> Text:
        """The paper's words and their translation."""
        return Text(self.paper_quote, self.quote_translation)

    @property
    def note(self) -> Text:
        """What is known of the link from instrument to driver."""
        return Text(self.evidence["note_ru"], self.evidence["note"])

    @property
    def raises(self) -> Text:
        """What evidence would raise the grade."""
        return Text(**self.evidence["raises"])

    @property
    def cost_rule(self) -> CostRule | None:
        """The rule that computes the cost of a unit; None: no source gives any."""
        if self.unit_cost is None:
            return None
        rule: CostRule = self.unit_cost["rule"]
        return rule

    @property
    def rows(self) -> tuple[str, ...]:
        """Ids of the cited findings."""
        return tuple(self.evidence["rows"])

    def to_dict(self) -> dict[str, Any]:
        """Return the schema's form."""
        document = asdict(self)
        document["params"] = list(self.params)
        document["quote_at"] = list(self.quote_at)
        document["delivery_lag"] = list(self.delivery_lag) if self.delivery_lag else None
        for key in _OPTIONAL:
            if document[key] is None:
                del document[key]
        if not self.overlap:
            del document["overlap"]
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Lever:
        """Read the schema's form."""
        fields = dict(document)
        lag, place = fields["delivery_lag"], fields["quote_at"]
        fields["delivery_lag"] = (float(lag[0]), float(lag[1])) if lag else None
        fields["quote_at"] = (int(place[0]), int(place[1]))
        fields["params"] = tuple(fields["params"])
        fields |= {key: Text(**fields[key]) for key in _PAIRS if fields.get(key) is not None}
        return cls(**fields)

    def __str__(self) -> str:
        return f"{self.id}: {self.instrument}, grade {self.grade}, acts on {self.state_var or 'nothing modelled'}."
