"""How a step of a payment ended, as the saga reads it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """`outcome` is the word that the saga chooses by; `reason` is there where it is a refusal."""

    outcome: str
    payment_id: str
    reason: str = ""

    def to_dict(self) -> dict[str, str]:
        """The task's result."""
        told = {"outcome": self.outcome, "payment_id": self.payment_id}
        return {**told, "reason": self.reason} if self.reason else told
