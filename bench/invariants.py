"""What must hold of a sale, whatever happened in it: pure, for any tool that has the orders and the stock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Order = Mapping[str, Any]

REFUSALS = frozenset({"payment_declined", "payment_failed", "capture_failed", "payment_not_received"})
"""Why an order may be cancelled although there was stock for it."""


@dataclass(frozen=True, slots=True)
class Level:
    """The stock of one SKU as staff see it."""

    on_hand: int
    reserved: int
    available: int


def broken(sku: str, units: int, orders: Iterable[Order], level: Level) -> list[str]:
    """What is wrong after all `orders` for a SKU of which there were `units` have ended; empty when all is well."""
    listed = list(orders)
    sold = sum(_quantity(order, sku) for order in listed if order["status"] == "FULFILLING")
    found = [f"{order['order_id']}: {told}" for order in listed if (told := _untold(order))]
    if sold > units:
        found.append(f"{sold} sold of {units}")
    if sold + level.on_hand != units:
        found.append(f"{sold} sold and {level.on_hand} on hand of {units}")
    if level.reserved or level.available != level.on_hand:
        found.append(f"{level.reserved} still reserved after the last order ended")
    return found


def _quantity(order: Order, sku: str) -> int:
    return sum(int(line["quantity"]) for line in order["lines"] if line["sku"] == sku)


def _reason(order: Order) -> str:
    return str((order.get("cancellation") or {}).get("reason", ""))


def _untold(order: Order) -> str:
    """What is missing for the buyer of an order that was not sold to know why."""
    if order["status"] == "FULFILLING":
        return ""
    if order["status"] != "CANCELLED":
        return f"ended as {order['status']}"
    if _reason(order) == "out_of_stock":
        clear = str(order["cancellation"].get("detail", "")).startswith("not enough in stock")
        return "" if clear else "out of stock, but the detail does not say so"
    return "" if _reason(order) in REFUSALS else f"cancelled for {_reason(order) or 'no reason'}"
