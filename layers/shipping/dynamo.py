"""Shipments, and the sandbox carrier's own books, in DynamoDB."""

from collections.abc import Sequence

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from kernel import dynamo, outbox
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.events import Event
from kernel.ids import ORDER, derived_id
from shipping.model import Parcel, Shipment, ShipmentStatus
from shipping.ports import Consignment

SORT_KEY = "SHIPMENT"


class ShipmentItem(Model):
    """A shipment as stored."""

    class Meta:
        table_name = "shipping"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    status = UnicodeAttribute()
    method = UnicodeAttribute(null=True)
    country = UnicodeAttribute(null=True)
    weight_grams = NumberAttribute(null=True)
    carrier = UnicodeAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    tracking = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    item_version = NumberAttribute()
    sequence = NumberAttribute()


class ShipmentEventItem(outbox.EventItem):
    """An event of a shipment, beside it."""

    class Meta:
        table_name = "shipping"


class SandboxItem(Model):
    """A parcel in the sandbox carrier's books, in a table of its own."""

    class Meta:
        table_name = "shipping-sandbox"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    tracking = UnicodeAttribute()
    cancelled = BooleanAttribute()


class DynamoShipments:
    """The stored shipments; the models have to be bound to the table before."""

    def get(self, shipment_id: str) -> Shipment | None:
        item = dynamo.get(ShipmentItem, _pk(shipment_id), SORT_KEY)
        return None if item is None else _shipment(item, shipment_id)

    def save(self, shipment: Shipment, expected_version: int, events: Sequence[Event] = ()) -> None:
        write = dynamo.Transaction()
        unchanged = (
            ShipmentItem.item_version == expected_version if expected_version else ShipmentItem.pk.does_not_exist()
        )
        write.put(_item(shipment), unchanged, label="shipment")
        for event in events:
            item = ShipmentEventItem(**outbox.fields(event, _pk(shipment.shipment_id)))
            write.put(item, ShipmentEventItem.pk.does_not_exist(), label="event")
        write.commit()


class DynamoSandboxRecord:
    """The sandbox carrier's books; the model has to be bound to the sandbox's table before."""

    def get(self, reference: str) -> Consignment | None:
        item = dynamo.get(SandboxItem, reference, "PARCEL")
        return None if item is None else Consignment(reference, item.tracking, item.cancelled)

    def put(self, consignment: Consignment, *, new: bool) -> None:
        item = SandboxItem(
            consignment.reference, "PARCEL", tracking=consignment.tracking, cancelled=consignment.cancelled
        )
        with dynamo.translated_errors():
            item.save(SandboxItem.pk.does_not_exist() if new else None)


def _pk(shipment_id: str) -> str:
    return f"SHIPMENT#{shipment_id}"


def _item(shipment: Shipment) -> ShipmentItem:
    parcel = shipment.parcel
    return ShipmentItem(
        _pk(shipment.shipment_id),
        SORT_KEY,
        status=shipment.status.value,
        method=parcel.method if parcel else None,
        country=parcel.country if parcel else None,
        weight_grams=parcel.weight_grams if parcel else None,
        carrier=shipment.carrier or None,
        reference=shipment.reference or None,
        tracking=shipment.tracking or None,
        reason=shipment.reason or None,
        created_at=to_rfc3339(shipment.created_at),
        updated_at=to_rfc3339(shipment.updated_at),
        item_version=shipment.version,
        sequence=shipment.sequence,
    )


def _shipment(item: ShipmentItem, shipment_id: str) -> Shipment:
    return Shipment(
        order_id=derived_id(ORDER, shipment_id),
        status=ShipmentStatus(item.status),
        created_at=from_rfc3339(item.created_at),
        updated_at=from_rfc3339(item.updated_at),
        parcel=_parcel(item),
        carrier=item.carrier or "",
        reference=item.reference or "",
        tracking=item.tracking or "",
        reason=item.reason or "",
        version=int(item.item_version),
        sequence=int(item.sequence),
    )


def _parcel(item: ShipmentItem) -> Parcel | None:
    if not item.method:
        return None
    return Parcel(item.method, item.country or "", int(item.weight_grams))
