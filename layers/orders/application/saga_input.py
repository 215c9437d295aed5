"""What an execution of the order saga is started with."""

from typing import Any

from kernel.correlation import Correlation
from orders.model import Order


def first_run(order: Order) -> dict[str, Any]:
    """The execution named like the order: from pricing to the shipment."""
    return {"order_id": order.order_id, **_correlation(order), "mode": "fulfil"}


def compensation(order: Order) -> dict[str, Any]:
    """An execution that only undoes and cancels, with the reason that was recorded when the order was parked."""
    payload: dict[str, Any] = {"order_id": order.order_id, **_correlation(order), "mode": "compensate"}
    if order.cancellation is not None:
        payload["cancellation"] = {
            "reason": order.cancellation.reason,
            "detail": order.cancellation.detail,
            "payment": {"result": {"outcome": "none"}},
        }
    return payload


def redrive_name(order_id: str, attempt: int) -> str:
    """`ord_…-r1`: each redrive is an execution of its own."""
    return f"{order_id}-r{attempt}"


def _correlation(order: Order) -> dict[str, str]:
    return Correlation(order.correlation_id, order.traceparent).to_dict()
