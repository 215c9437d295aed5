"""What the tests of shipping share: a shop in memory, and a carrier whose answers can be lost on the way."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from kernel.ids import SHIPMENT, derived_id, new_id
from shipping import rates
from shipping.application import CancelShipment, CreateShipment, Outcome
from shipping.errors import CarrierTimeout
from shipping.fakes import MemorySandboxRecord, MemoryShipments
from shipping.model import Parcel, Shipment
from shipping.ports import Carrier, Consignment
from shipping.sandbox import SandboxCarrier
from tests.support.lossy_line import LossyLine

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PARCEL = Parcel("standard", "GB", 1500)


@dataclass
class Line(LossyLine):
    """The line to the carrier."""

    timeout = CarrierTimeout
    carrier: Carrier

    def create(self, order_id: str, parcel: Parcel) -> Consignment:
        return self.send("create", lambda: self.carrier.create(order_id, parcel))

    def cancel(self, order_id: str) -> Consignment:
        return self.send("cancel", lambda: self.carrier.cancel(order_id))

    def find(self, order_id: str) -> Consignment | None:
        return self.send("find", lambda: self.carrier.find(order_id))


@dataclass
class Shop:
    """Both use cases of shipping over one memory and one line to the sandbox."""

    shipments: MemoryShipments = field(default_factory=MemoryShipments)
    record: MemorySandboxRecord = field(default_factory=MemorySandboxRecord)

    def __post_init__(self) -> None:
        self.line = Line(SandboxCarrier(self.record))
        self.order_id = new_id("ord")

    def create(self, parcel: Parcel = PARCEL) -> Outcome:
        return CreateShipment(self.shipments, self.line, rates.load(), lambda: NOW)(self.order_id, parcel)

    def cancel(self) -> Outcome:
        return CancelShipment(self.shipments, self.line, lambda: NOW)(self.order_id, "order_cancelled")

    @property
    def shipment(self) -> Shipment:
        """What is stored."""
        return self.shipments.stored[derived_id(SHIPMENT, self.order_id)]

    @property
    def consignment(self) -> Consignment | None:
        """What the carrier knows."""
        return self.line.carrier.find(self.order_id)

    @property
    def told(self) -> list[str]:
        """The names of the events, in order."""
        return [event.name for event in self.shipments.events]
