"""In-memory shipments and sandbox books, for tests: the same promises as the DynamoDB ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from kernel.errors import ConflictingWrite
from kernel.events import Event
from shipping.model import Shipment
from shipping.ports import Consignment


@dataclass
class MemoryShipments:
    """Shipments in a dictionary; `events` is what the outbox would publish, in order."""

    stored: dict[str, Shipment] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def get(self, shipment_id: str) -> Shipment | None:
        return self.stored.get(shipment_id)

    def save(self, shipment: Shipment, expected_version: int, events: Sequence[Event] = ()) -> None:
        with self._lock:
            before = self.stored.get(shipment.shipment_id)
            taken = {(event.aggregate_id, event.sequence) for event in self.events}
            if (before.version if before else 0) != expected_version:
                raise ConflictingWrite("shipment")
            if any((event.aggregate_id, event.sequence) in taken for event in events):
                raise ConflictingWrite("event")
            self.stored[shipment.shipment_id] = shipment
            self.events.extend(events)


@dataclass
class MemorySandboxRecord:
    """The carrier's books in a dictionary."""

    consignments: dict[str, Consignment] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, reference: str) -> Consignment | None:
        return self.consignments.get(reference)

    def put(self, consignment: Consignment, *, new: bool) -> None:
        with self._lock:
            if new and consignment.reference in self.consignments:
                raise ConflictingWrite("consignment")
            self.consignments[consignment.reference] = consignment
