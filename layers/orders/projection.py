"""An order is what its events made of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from kernel.clock import from_rfc3339, to_rfc3339
from kernel.events import Event
from kernel.upcasting import Upcasters
from orders import document, events
from orders.anonymous import anonymous_order
from orders.errors import TransitionRefused
from orders.model import Cancellation, Order, Shipment, Status

Data = Mapping[str, Any]


UPCASTERS = Upcasters()
"""How events of older versions are read. Every event of orders is of version 1 yet."""


def project(history: Iterable[Event], upcasters: Upcasters = UPCASTERS) -> Order:
    """The order that these events, in sequence from the first, tell of. Pure: same events, same order."""
    order: Order | None = None
    for event in history:
        order = apply(order, upcasters.current(event))
    if order is None:
        raise ValueError("an order begins with OrderPlaced")
    return order


def apply(order: Order | None, event: Event) -> Order:
    """The order after `event`. Raises `TransitionRefused` where the table of transitions does not allow it."""
    if order is None:
        if event.name != events.PLACED or event.sequence != 1:
            raise ValueError(f"an order begins with OrderPlaced, not {event.name} {event.sequence}")
        return _placed(event)
    if event.sequence != order.version + 1:
        raise ValueError(f"{event.name} {event.sequence} does not follow {order.version}")
    if event.name == events.ANONYMISED:
        return _after(anonymous_order(order), event)
    status, change = _CHANGES[event.name]
    if not order.may_become(status):
        raise TransitionRefused(f"{order.order_id} is {order.status} and cannot become {status}")
    return _after(replace(change(order, event.data), status=status), event)


def _after(order: Order, event: Event) -> Order:
    return replace(order, version=event.sequence, updated_at=_millis(event.time))


def _placed(event: Event) -> Order:
    data = event.data
    at = _millis(event.time)
    return Order(
        order_id=event.aggregate_id,
        status=Status.PENDING,
        customer_id=data["customer_id"],
        email=data["email"],
        placed_by=data["placed_by"],
        currency=data["currency"],
        requested=tuple(document.to_requested_line(line) for line in data["lines"]),
        adjustments=tuple(document.to_adjustment(each) for each in data["adjustments"]),
        shipping_address=document.to_address(data["shipping_address"]),
        shipping_method=data["shipping_method"],
        payment_method=data["payment_method"],
        placed_at=at,
        updated_at=at,
        version=event.sequence,
        correlation_id=event.correlation_id,
        traceparent=data["traceparent"],
    )


def _priced(order: Order, data: Data) -> Order:
    sums = {name: value for name, value in data.items() if name != "order_id"}
    return replace(order, pricing=document.to_pricing(sums))


def _payment_method_chosen(order: Order, data: Data) -> Order:
    return replace(order, payment_method=data["payment_method"])


def _confirmed(order: Order, data: Data) -> Order:
    return replace(order, payment=document.to_payment(data["payment"]), was_confirmed=True)


def _fulfilling(order: Order, data: Data) -> Order:
    shipment = Shipment(**data["shipment"]) if data["shipment"] else None
    return replace(order, payment=document.to_payment(data["payment"]), shipment=shipment, was_fulfilled=True)


def _ended(order: Order, data: Data) -> Order:
    cancellation = Cancellation(data["reason"], data["detail"])
    return replace(order, cancellation=cancellation, payment=document.to_payment(data["payment"]))


_CHANGES: Mapping[str, tuple[Status, Callable[[Order, Data], Order]]] = {
    events.PRICED: (Status.PENDING, _priced),
    events.PAYMENT_METHOD_CHOSEN: (Status.PENDING, _payment_method_chosen),
    events.CONFIRMED: (Status.CONFIRMED, _confirmed),
    events.FULFILLING: (Status.FULFILLING, _fulfilling),
    events.CANCELLED: (Status.CANCELLED, _ended),
    events.PARKED: (Status.COMPENSATION_PARKED, _ended),
}


def _millis(moment: datetime) -> datetime:
    """Events are stored with milliseconds; an order made from a fresh event must equal one made from a stored one."""
    return from_rfc3339(to_rfc3339(moment))
