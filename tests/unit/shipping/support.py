"""What the tests of shipping share: a shop in memory, and a carrier whose answers can be lost on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from kernel.ids import SHIPMENT, derived_id, new_id
from shipping import rates
from shipping.application import CancelShipment, CreateShipment, Outcome
from shipping.errors import CarrierTimeout
from shipping.fakes import MemorySandboxRecord, MemoryShipments
from shipping.model import Parcel, Shipment
from shipping.ports import Carrier, Consignment
from shipping.sandbox import SandboxCarrier

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PARCEL = Parcel("standard", "GB", 1500)

T = TypeVar("T")


@dataclass
class Line:
    """The line to the carrier: `lose_answers` and `lose_calls` say how often which call is lost; `calls` is a log.

    `meanwhile` runs once after a call of that name has taken effect: what another task does at that moment.
    """

    carrier: Carrier
    lose_answers: dict[str, int] = field(default_factory=dict)
    lose_calls: dict[str, int] = field(default_factory=dict)
    meanwhile: dict[str, Callable[[], object]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    name: str = "sandbox"

    def create(self, order_id: str, parcel: Parcel) -> Consignment:
        return self._sent("create", lambda: self.carrier.create(order_id, parcel))

    def cancel(self, order_id: str) -> Consignment:
        return self._sent("cancel", lambda: self.carrier.cancel(order_id))

    def find(self, order_id: str) -> Consignment | None:
        return self._sent("find", lambda: self.carrier.find(order_id))

    def _sent(self, name: str, call: Callable[[], T]) -> T:
        self.calls.append(name)
        if self._lost(self.lose_calls, name):
            raise CarrierTimeout(f"the call {name} was lost")
        answer = call()
        if name in self.meanwhile:
            self.meanwhile.pop(name)()
        if self._lost(self.lose_answers, name):
            raise CarrierTimeout(f"the answer to {name} was lost")
        return answer

    @staticmethod
    def _lost(plan: dict[str, int], name: str) -> bool:
        left = plan.get(name, 0)
        plan[name] = max(left - 1, 0)
        return left > 0


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
