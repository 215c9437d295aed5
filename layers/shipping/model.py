"""The shipment of one order, and which moves are allowed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from kernel.ids import SHIPMENT, derived_id
from shipping.errors import IllegalTransition


class ShipmentStatus(StrEnum):
    """Where a shipment stands. `NONE` is never stored: it is the shipment that nobody has asked for yet."""

    NONE = "NONE"
    CREATED = "CREATED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"


_S = ShipmentStatus
TRANSITIONS: Mapping[ShipmentStatus, frozenset[ShipmentStatus]] = {
    _S.NONE: frozenset({_S.CREATED, _S.REFUSED, _S.CANCELLED}),
    _S.CREATED: frozenset({_S.CANCELLED}),
    _S.REFUSED: frozenset(),
    _S.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """What the carrier is asked to bring where.

    `postcode` may be empty: the carrier then only knows the country. It is for the carrier alone and never stored.
    """

    method: str
    country: str
    weight_grams: int
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class Shipment:
    """One order's shipment. `version` counts the writes, `sequence` the events.

    An order that was cancelled before anything was asked has a cancelled shipment without a parcel: it keeps a late
    request to the carrier out.
    """

    order_id: str
    status: ShipmentStatus
    created_at: datetime
    updated_at: datetime
    parcel: Parcel | None = None
    carrier: str = ""
    reference: str = ""
    tracking: str = ""
    reason: str = ""
    version: int = 0
    sequence: int = 0

    @classmethod
    def of_order(cls, order_id: str, at: datetime, parcel: Parcel | None = None, carrier: str = "") -> "Shipment":
        """The shipment of an order that nobody has asked for yet."""
        kept = None if parcel is None else replace(parcel, postcode="")
        return cls(order_id, ShipmentStatus.NONE, at, at, kept, carrier)

    @property
    def shipment_id(self) -> str:
        """Derived from the order's: one order has one shipment."""
        return derived_id(SHIPMENT, self.order_id)

    def created(self, reference: str, tracking: str, at: datetime) -> "Shipment":
        """The carrier has taken it on."""
        return self._to(ShipmentStatus.CREATED, at, told=True, reference=reference, tracking=tracking)

    def refused(self, reason: str, at: datetime) -> "Shipment":
        """The carrier will not, and this is why. It tells no event: nothing has happened to a parcel."""
        return self._to(ShipmentStatus.REFUSED, at, told=False, reason=reason)

    def cancelled(self, reason: str, at: datetime) -> "Shipment":
        """The carrier has let it go; or, from `NONE`, it may never be asked. The latter tells no event."""
        told = self.status is not ShipmentStatus.NONE
        return self._to(ShipmentStatus.CANCELLED, at, told=told, reason=reason)

    def _to(self, status: ShipmentStatus, at: datetime, *, told: bool, **changes: Any) -> "Shipment":
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransition(f"{self.shipment_id} is {self.status} and cannot become {status}")
        moved = replace(self, status=status, version=self.version + 1, updated_at=at, **changes)
        return replace(moved, sequence=moved.sequence + int(told))
