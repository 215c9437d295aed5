"""What shipping asks of the world: a store of its shipments, and somebody who carries parcels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kernel.events import Event
from shipping.model import Parcel, Shipment


@dataclass(frozen=True, slots=True)
class Consignment:
    """The carrier's truth about the one parcel of an order. `reference` is the carrier's own name of it."""

    reference: str
    tracking: str
    cancelled: bool = False


class Carrier(Protocol):
    """Carries parcels, one per order: repeating a call changes nothing more.

    Raises `CarrierTimeout` when no answer came and the effect is unknown, `CarrierRefused` when the answer is no,
    `TransientError` when the carrier certainly did nothing and may do it later.
    """

    @property
    def name(self) -> str:
        """`sandbox`."""
        ...

    def create(self, order_id: str, parcel: Parcel) -> Consignment:
        """Take the parcel on."""
        ...

    def cancel(self, order_id: str) -> Consignment:
        """Let it go. Raises `CarrierRefused` for an order that the carrier does not know."""
        ...

    def find(self, order_id: str) -> Consignment | None:
        """What the carrier knows of this order's parcel; None when it has none. Only reads."""
        ...


class Shipments(Protocol):
    """The stored shipments."""

    def get(self, shipment_id: str) -> Shipment | None:
        """The shipment as of now."""
        ...

    def save(self, shipment: Shipment, expected_version: int, events: Sequence[Event] = ()) -> None:
        """Write the shipment and its events together.

        Raises `ConflictingWrite` and writes nothing unless the stored version is `expected_version`, 0 for none.
        """
        ...
