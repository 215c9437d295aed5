"""In-memory payments and sandbox books, for tests: the same promises as the DynamoDB ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from kernel.errors import ConflictingWrite
from kernel.events import Event
from payments.model import Payment
from payments.sandbox import SandboxCharge


@dataclass
class MemoryPayments:
    """Payments in a dictionary; `events` is what the outbox would publish, in order."""

    stored: dict[str, Payment] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def get(self, payment_id: str) -> Payment | None:
        return self.stored.get(payment_id)

    def save(self, payment: Payment, expected_version: int, events: Sequence[Event] = ()) -> None:
        with self._lock:
            before = self.stored.get(payment.payment_id)
            taken = {(event.aggregate_id, event.sequence) for event in self.events}
            if (before.version if before else 0) != expected_version:
                raise ConflictingWrite("payment")
            if any((event.aggregate_id, event.sequence) in taken for event in events):
                raise ConflictingWrite("event")
            self.stored[payment.payment_id] = payment
            self.events.extend(events)


@dataclass
class MemorySandboxRecord:
    """The sandbox's books in a dictionary."""

    charges: dict[str, SandboxCharge] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, reference: str) -> SandboxCharge | None:
        return self.charges.get(reference)

    def put(self, charge: SandboxCharge) -> None:
        with self._lock:
            before = self.charges.get(charge.reference)
            if (before.version if before else 0) != charge.version - 1:
                raise ConflictingWrite("charge")
            self.charges[charge.reference] = charge
