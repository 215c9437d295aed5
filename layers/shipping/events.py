"""The domain events of shipping. Their schemas are in events/shipping/."""

from typing import Any

from kernel.events import Event
from shipping.model import Shipment

SOURCE = "agora.shipping"


def created(shipment: Shipment) -> Event:
    """The carrier has taken the parcel on."""
    parcel = shipment.parcel
    about = {"method": parcel.method, "country": parcel.country, "weight_grams": parcel.weight_grams} if parcel else {}
    return _event("ShipmentCreated", shipment, **about)


def cancelled(shipment: Shipment) -> Event:
    """The carrier has let the parcel go."""
    return _event("ShipmentCancelled", shipment, reason=shipment.reason)


def _event(name: str, shipment: Shipment, **data: Any) -> Event:
    return Event(
        source=SOURCE,
        name=name,
        aggregate_id=shipment.shipment_id,
        sequence=shipment.sequence,
        time=shipment.updated_at,
        data={
            "shipment_id": shipment.shipment_id,
            "order_id": shipment.order_id,
            "carrier": shipment.carrier,
            "tracking": shipment.tracking,
            **data,
        },
    )
