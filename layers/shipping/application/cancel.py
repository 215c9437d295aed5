"""Take back the parcel of an order that will not be delivered."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import UnknownOutcome
from kernel.ids import SHIPMENT, derived_id
from kernel.retry import until_written
from shipping import events
from shipping.application.asking import ASKED, find
from shipping.application.outcome import Outcome
from shipping.errors import CarrierTimeout
from shipping.model import Shipment, ShipmentStatus
from shipping.ports import Carrier, Consignment, Shipments


@dataclass(frozen=True)
class CancelShipment:
    """Cancels what the carrier has, and keeps out what may still be on its way to it.

    The carrier is asked for the truth, also where our record says that there is nothing.
    """

    shipments: Shipments
    carrier: Carrier
    clock: Clock

    def __call__(self, order_id: str, reason: str) -> Outcome:
        """`cancelled`, or `nothing` where there was nothing to undo."""
        return until_written(lambda: self._attempt(order_id, reason), "the shipment")

    def _attempt(self, order_id: str, reason: str) -> Outcome:
        shipment = self.shipments.get(derived_id(SHIPMENT, order_id)) or self._kept_out(order_id, reason)
        consignment = find(self.carrier, order_id)
        if consignment is not None and not consignment.cancelled:
            let_go(self.carrier, order_id)
        if shipment.status is ShipmentStatus.CREATED:
            after = shipment.cancelled(reason, self.clock())
            self.shipments.save(after, shipment.version, [events.cancelled(after)])
            return Outcome("cancelled", shipment.shipment_id)
        was_there = bool(shipment.reference) or consignment is not None
        return Outcome("cancelled" if was_there else "nothing", shipment.shipment_id)

    def _kept_out(self, order_id: str, reason: str) -> Shipment:
        """A cancelled shipment of an order that was never asked for: a late request finds it and lets go."""
        tombstone = Shipment.of_order(order_id, self.clock()).cancelled(reason, self.clock())
        self.shipments.save(tombstone, 0)
        return tombstone


def let_go(carrier: Carrier, order_id: str) -> None:
    """Cancel at the carrier and be sure of it. Raises `UnknownOutcome` when it does not say so."""
    for _ in range(ASKED):
        consignment: Consignment | None
        try:
            consignment = carrier.cancel(order_id)
        except CarrierTimeout:
            consignment = find(carrier, order_id)
        if consignment is not None and consignment.cancelled:
            return
    raise UnknownOutcome(f"the carrier does not say that the parcel of {order_id} is cancelled")
