"""The domain events of inventory."""

from datetime import datetime
from typing import Any

from inventory.model import Stock
from inventory.reservation import Reservation
from kernel.events import Event

SOURCE = "agora.inventory"


def stock_adjusted(before: Stock, after: Stock, reason: str) -> Event:
    """Staff changed what is on hand: a delivery, a count, a write-off."""
    data = {
        "sku": after.sku,
        "delta": after.on_hand - before.on_hand,
        "on_hand": after.on_hand,
        "reason": reason,
    }
    return Event(SOURCE, "StockAdjusted", after.sku, after.adjustments, after.updated_at, data)


def stock_committed(reservation: Reservation, now: datetime) -> Event:
    """The held stock left for good: the first event of a reservation."""
    return Event(SOURCE, "StockCommitted", reservation.id, 1, now, _lines(reservation))


def stock_released(reservation: Reservation, now: datetime) -> Event:
    """Committed stock came back: the second and last event of a reservation."""
    return Event(SOURCE, "StockReleased", reservation.id, 2, now, _lines(reservation))


def _lines(reservation: Reservation) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in sorted(reservation.demand.items())]
    return {"order_id": reservation.id, "lines": lines}
