"""Talking to a carrier whose answers can be lost: a timeout is never taken for a no."""

from collections.abc import Callable
from typing import TypeVar

from kernel.errors import UnknownOutcome
from shipping.errors import CarrierTimeout
from shipping.ports import Carrier, Consignment

T = TypeVar("T")

ASKED = 2
"""How often one task tries a call that times out before it leaves the rest to the saga's retry."""


def find(carrier: Carrier, order_id: str) -> Consignment | None:
    """The carrier's truth. Raises `UnknownOutcome` when it does not answer that either: the saga has to come back."""
    try:
        return carrier.find(order_id)
    except CarrierTimeout as error:
        raise UnknownOutcome(f"the carrier does not say what became of {order_id}") from error


def insist(carrier: Carrier, order_id: str, call: Callable[[], Consignment]) -> Consignment | None:
    """The answer of a repeatable call; where it times out, the carrier's truth; None when it still knows nothing."""
    for _ in range(ASKED):
        try:
            return call()
        except CarrierTimeout:
            found = find(carrier, order_id)
            if found is not None:
                return found
    return None
