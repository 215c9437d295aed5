"""The events of an order: the record of which every stored row is a projection.

The published ones carry whom to tell (`customer_id`, `email`) and the total, so that no consumer has to ask back.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from kernel.events import Event
from orders import document
from orders.model import Cancellation, Order, Payment, Pricing, Shipment

SOURCE = "agora.orders"

PLACED = "OrderPlaced"
PRICED = "OrderPriced"
PAYMENT_METHOD_CHOSEN = "PaymentMethodChosen"
CONFIRMED = "OrderConfirmed"
FULFILLING = "OrderFulfilling"
CANCELLED = "OrderCancelled"
PARKED = "OrderParked"
ANONYMISED = "OrderAnonymised"

PUBLISHED = frozenset({PLACED, CONFIRMED, FULFILLING, CANCELLED, PARKED})
"""What goes on the bus; the rest is only in the order's own history."""


def order_placed(order: Order) -> Event:
    """The first event: everything that was asked for."""
    return Event(
        source=SOURCE,
        name=PLACED,
        aggregate_id=order.order_id,
        sequence=1,
        time=order.placed_at,
        correlation_id=order.correlation_id,
        causation_id=order.correlation_id,
        traceparent=order.traceparent,
        data={
            "order_id": order.order_id,
            "customer_id": order.customer_id,
            "email": order.email,
            "placed_by": order.placed_by,
            "currency": order.currency,
            "lines": [document.requested_line(line) for line in order.requested],
            "adjustments": [document.adjustment(each, order.currency) for each in order.adjustments],
            "shipping_address": document.optional(order.shipping_address),
            "shipping_method": order.shipping_method,
            "payment_method": order.payment_method,
            "traceparent": order.traceparent,
        },
    )


def order_priced(order: Order, pricing: Pricing, now: datetime) -> Event:
    """The snapshot of the catalogue that the order is sold at."""
    return _next(order, PRICED, now, {"order_id": order.order_id, **document.pricing(pricing)})


def payment_method_chosen(order: Order, payment_method: str, now: datetime) -> Event:
    """The customer of a pay-later order said how to pay."""
    return _next(order, PAYMENT_METHOD_CHOSEN, now, {"order_id": order.order_id, "payment_method": payment_method})


def order_confirmed(order: Order, payment: Payment, now: datetime) -> Event:
    """Stock is committed and the payment authorised: the sale stands."""
    return _next(order, CONFIRMED, now, {**_whom(order), "payment": _payment(payment)})


def order_fulfilling(order: Order, payment: Payment, shipment: Shipment | None, now: datetime) -> Event:
    """The payment is captured and the parcel, if there is one, announced to the carrier."""
    data = {**_whom(order), "payment": _payment(payment), "shipment": document.optional(shipment)}
    return _next(order, FULFILLING, now, data)


def order_cancelled(order: Order, cancellation: Cancellation, payment: Payment, now: datetime) -> Event:
    """The order is over and everything that was done for it is undone."""
    return _next(order, CANCELLED, now, {**_whom(order), **asdict(cancellation), "payment": _payment(payment)})


def order_parked(order: Order, cancellation: Cancellation, payment: Payment, now: datetime) -> Event:
    """A compensation keeps failing; an operator has to redrive the order."""
    return _next(order, PARKED, now, {**_whom(order), **asdict(cancellation), "payment": _payment(payment)})


def order_anonymised(order: Order, now: datetime) -> Event:
    """The customer's account was deleted, and what the order said of them with it; told to nobody."""
    return _next(order, ANONYMISED, now, {"order_id": order.order_id})


def _next(order: Order, name: str, now: datetime, data: Mapping[str, Any]) -> Event:
    return Event(
        source=SOURCE,
        name=name,
        aggregate_id=order.order_id,
        sequence=order.version + 1,
        time=now,
        data=data,
        published=name in PUBLISHED,
    )


def _whom(order: Order) -> dict[str, Any]:
    total = order.total
    return {
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "email": order.email,
        "currency": order.currency,
        "total": None if total is None else total.to_dict(),
    }


def _payment(payment: Payment) -> dict[str, Any]:
    return {"status": payment.status.value, "payment_id": payment.payment_id}
