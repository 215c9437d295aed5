"""How a step of a shipment ended, as the saga reads it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """`outcome` is the word that the saga chooses by; `reason` is there for a refusal, `tracking` for a success."""

    outcome: str
    shipment_id: str
    tracking: str = ""
    reason: str = ""

    def to_dict(self) -> dict[str, str]:
        """The task's result, without what is empty."""
        told = {"outcome": self.outcome, "shipment_id": self.shipment_id}
        extra = {"tracking": self.tracking, "reason": self.reason}
        return {**told, **{name: value for name, value in extra.items() if value}}
