"""The saga's tasks: payloads in, outcomes out."""

from collections.abc import Mapping
from typing import Any

from inventory.application import Holds, Shortage
from inventory.reservation import checked_demand
from kernel.clock import to_rfc3339
from kernel.task import Perform


def reserve_stock(holds: Holds) -> Perform:
    """`{order_id, demand}` → `reserved` with its expiry, or `short` with what is missing."""

    def perform(payload: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = holds.reserve(str(payload["order_id"]), checked_demand(payload.get("demand")))
        if isinstance(answer, Shortage):
            return _short(answer)
        return {"outcome": "reserved", "expires_at": to_rfc3339(answer.expires_at)}

    return perform


def commit_reservation(holds: Holds) -> Perform:
    """`{order_id}` → `committed`, or `short` when the hold had lapsed and the stock is gone."""

    def perform(payload: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = holds.commit(str(payload["order_id"]))
        return _short(answer) if isinstance(answer, Shortage) else {"outcome": "committed"}

    return perform


def release_reservation(holds: Holds) -> Perform:
    """`{order_id}` → `released`, whatever there was to undo."""

    def perform(payload: Mapping[str, Any]) -> Mapping[str, Any]:
        holds.release(str(payload["order_id"]))
        return {"outcome": "released"}

    return perform


def sweep_reservations(holds: Holds) -> Perform:
    """→ `swept` with the number of reservations that were ended or finished."""

    def perform(_: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"outcome": "swept", "settled": holds.settle_due()}

    return perform


def _short(answer: Shortage) -> dict[str, Any]:
    missing = [{"sku": each.sku, "requested": each.requested, "available": each.available} for each in answer.missing]
    reason = "released" if answer.released else "out-of-stock"
    return {"outcome": "short", "reason": reason, "detail": _told(answer), "short": missing}


def _told(answer: Shortage) -> str:
    """What a customer is told: which SKUs, and how many of them there are."""
    if answer.released:
        return "the order had already been undone"
    short = [f"{each.sku} ({each.requested} wanted, {each.available} there)" for each in answer.missing]
    return f"not enough in stock: {', '.join(short)}"
