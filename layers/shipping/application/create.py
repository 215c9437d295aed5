"""Hand the parcel of an order to the carrier."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import ConflictingWrite, TransientError
from kernel.ids import SHIPMENT, derived_id
from shipping import events
from shipping.application.asking import insist
from shipping.application.cancel import let_go
from shipping.application.outcome import Outcome
from shipping.errors import CarrierRefused, NoRate
from shipping.model import Parcel, Shipment, ShipmentStatus
from shipping.ports import Carrier, Consignment, Shipments
from shipping.rates import RateTable


@dataclass(frozen=True)
class CreateShipment:
    """Asks the carrier once in effect: it has one parcel per order, and its answer is stored."""

    shipments: Shipments
    carrier: Carrier
    rates: RateTable
    clock: Clock

    def __call__(self, order_id: str, parcel: Parcel) -> Outcome:
        """`created` with its tracking number, or `refused` with a reason.

        Raises `TransientError` when the carrier did not answer and knows of nothing: the saga tries again later.
        """
        stored = self.shipments.get(derived_id(SHIPMENT, order_id))
        if stored is not None:
            return _answer(stored)
        new = Shipment.of_order(order_id, self.clock(), parcel, self.carrier.name)
        try:
            self._require_rate(parcel)
            consignment = insist(self.carrier, order_id, lambda: self.carrier.create(order_id, parcel))
        except (CarrierRefused, NoRate) as refusal:
            return self._refused(new, refusal.reason)
        if consignment is None:
            raise TransientError(f"the carrier does not answer and knows nothing of {order_id}")
        if consignment.cancelled:
            return self._refused(new, "cancelled_by_carrier")
        return self._created(new, consignment)

    def _require_rate(self, parcel: Parcel) -> None:
        """Nothing goes out that no customer can have been charged for."""
        self.rates.price(parcel.method, parcel.country, parcel.weight_grams)
        if not self.rates.is_shipped(parcel.method):
            raise NoRate("nothing_to_ship")

    def _created(self, new: Shipment, consignment: Consignment) -> Outcome:
        shipment = new.created(consignment.reference, consignment.tracking, self.clock())
        try:
            self.shipments.save(shipment, 0, [events.created(shipment)])
        except ConflictingWrite:
            return self._overtaken(shipment)
        return _answer(shipment)

    def _refused(self, new: Shipment, reason: str) -> Outcome:
        shipment = new.refused(reason, self.clock())
        try:
            self.shipments.save(shipment, 0)
        except ConflictingWrite:
            return _answer(self._written(shipment))
        return _answer(shipment)

    def _overtaken(self, shipment: Shipment) -> Outcome:
        """Another task wrote first: a repeated create, whose answer stands, or a cancellation, which wins."""
        stored = self._written(shipment)
        if stored.status is ShipmentStatus.CANCELLED:
            let_go(self.carrier, shipment.order_id)
        return _answer(stored)

    def _written(self, shipment: Shipment) -> Shipment:
        stored = self.shipments.get(shipment.shipment_id)
        if stored is None:
            raise TransientError(f"{shipment.shipment_id} was written and is not there")
        return stored


def _answer(shipment: Shipment) -> Outcome:
    """What a repeated create is told of what is stored."""
    if shipment.status is ShipmentStatus.CREATED:
        return Outcome("created", shipment.shipment_id, tracking=shipment.tracking)
    cancelled = shipment.status is ShipmentStatus.CANCELLED
    return Outcome("refused", shipment.shipment_id, reason="shipment_cancelled" if cancelled else shipment.reason)
