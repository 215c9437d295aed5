"""The built-in carrier: deterministic, carries nothing, and keeps its own record, as a real one does."""

from dataclasses import dataclass, replace
from typing import Protocol

from kernel.errors import ConflictingWrite
from shipping.errors import CarrierRefused, CarrierTimeout
from shipping.model import Parcel
from shipping.ports import Consignment

NOT_SERVED = "AQ"
"""Antarctica: a destination that the sandbox refuses."""

TIMEOUT_BEFORE = "TIMEOUT BEFORE"
"""A postcode with which the call times out and the carrier knows of nothing."""

TIMEOUT_AFTER = "TIMEOUT AFTER"
"""A postcode with which the carrier takes the parcel on, and then the call times out."""


class SandboxRecord(Protocol):
    """The carrier's own books."""

    def get(self, reference: str) -> Consignment | None:
        """The consignment with this reference."""
        ...

    def put(self, consignment: Consignment, *, new: bool) -> None:
        """Write it; a `new` one raises `ConflictingWrite` when it is there already."""
        ...


@dataclass(frozen=True)
class SandboxCarrier:
    """The carrier over its record."""

    record: SandboxRecord
    name: str = "sandbox"

    def create(self, order_id: str, parcel: Parcel) -> Consignment:
        """Take the parcel on, unless its destination or postcode says otherwise."""
        if parcel.country == NOT_SERVED:
            raise CarrierRefused("destination_not_served")
        if parcel.postcode == TIMEOUT_BEFORE:
            raise CarrierTimeout(f"the sandbox does not answer for {order_id}")
        consignment = self._taken_on(order_id)
        if parcel.postcode == TIMEOUT_AFTER:
            raise CarrierTimeout(f"the sandbox does not answer for {order_id}")
        return consignment

    def cancel(self, order_id: str) -> Consignment:
        """Let the parcel go; once is enough."""
        consignment = self.find(order_id)
        if consignment is None:
            raise CarrierRefused("no_such_parcel")
        if not consignment.cancelled:
            consignment = replace(consignment, cancelled=True)
            self.record.put(consignment, new=False)
        return consignment

    def find(self, order_id: str) -> Consignment | None:
        """The books' entry of this order."""
        return self.record.get(_reference(order_id))

    def _taken_on(self, order_id: str) -> Consignment:
        new = Consignment(_reference(order_id), f"AG{order_id.partition('_')[2]}GB")
        try:
            self.record.put(new, new=True)
        except ConflictingWrite:
            return self.record.get(new.reference) or new
        return new


def _reference(order_id: str) -> str:
    """The sandbox has one parcel per order, so that its name follows from the order's."""
    return f"sbx_{order_id.partition('_')[2]}"
