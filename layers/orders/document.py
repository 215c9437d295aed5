"""The order's parts as plain JSON values and back: what events and the stored projection are made of."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from kernel.clock import from_rfc3339, to_rfc3339
from kernel.money import Money
from orders.model import (
    Address,
    Adjustment,
    Cancellation,
    Order,
    Payment,
    PaymentStatus,
    PricedLine,
    Pricing,
    RequestedLine,
    Shipment,
    Status,
)

Json = dict[str, Any]


def requested_line(line: RequestedLine) -> Json:
    """`{sku, quantity, unit_price?}`, as the client sent it."""
    value: Json = {"sku": line.sku, "quantity": line.quantity}
    if line.unit_price is not None:
        value["unit_price"] = line.unit_price.to_dict()
    return value


def to_requested_line(value: Mapping[str, Any]) -> RequestedLine:
    """The inverse of `requested_line`."""
    price = value.get("unit_price")
    return RequestedLine(str(value["sku"]), int(value["quantity"]), None if price is None else Money.from_dict(price))


def adjustment(each: Adjustment, currency: str) -> Json:
    """`{code, description, amount}`."""
    return {
        "code": each.code,
        "description": each.description,
        "amount": Money(each.amount, currency).to_dict(),
    }


def to_adjustment(value: Mapping[str, Any]) -> Adjustment:
    """The inverse of `adjustment`."""
    return Adjustment(str(value["code"]), str(value["description"]), int(value["amount"]["amount"]))


def pricing(value: Pricing) -> Json:
    """All sums and lines; `unit_price` and the rest in minor units of the order's currency."""
    return dataclasses.asdict(value)


def to_pricing(value: Mapping[str, Any]) -> Pricing:
    """The inverse of `pricing`."""
    return Pricing(**{**value, "lines": tuple(PricedLine(**line) for line in value["lines"])})


def optional(value: Any) -> Json | None:
    """The fields of a dataclass instance, or None."""
    return None if value is None else dataclasses.asdict(value)


def to_payment(value: Mapping[str, Any]) -> Payment:
    """A payment block of an event."""
    return Payment(PaymentStatus(value["status"]), value.get("payment_id"))


def summary(order: Order) -> Json:
    """All of a projection but its lines: what lists show."""
    return {
        "order_id": order.order_id,
        "status": order.status.value,
        "customer_id": order.customer_id,
        "email": order.email,
        "placed_by": order.placed_by,
        "currency": order.currency,
        "adjustments": [dataclasses.asdict(each) for each in order.adjustments],
        "shipping_address": optional(order.shipping_address),
        "shipping_method": order.shipping_method,
        "payment_method": order.payment_method,
        "placed_at": to_rfc3339(order.placed_at),
        "updated_at": to_rfc3339(order.updated_at),
        "version": order.version,
        "correlation_id": order.correlation_id,
        "traceparent": order.traceparent,
        "line_count": len(order.requested),
        "sums": None if order.pricing is None else _sums(order.pricing),
        "payment": {"status": order.payment.status.value, "payment_id": order.payment.payment_id},
        "shipment": optional(order.shipment),
        "cancellation": optional(order.cancellation),
        "was_confirmed": order.was_confirmed,
        "was_fulfilled": order.was_fulfilled,
    }


def lines(order: Order) -> Json:
    """The lines of a projection, as ordered and as priced."""
    return {
        "requested": [requested_line(line) for line in order.requested],
        "priced": None if order.pricing is None else [dataclasses.asdict(line) for line in order.pricing.lines],
    }


def to_order(head: Mapping[str, Any], body: Mapping[str, Any]) -> Order:
    """The projection of which `summary` and `lines` are the stored form."""
    priced = body["priced"]
    return Order(
        order_id=head["order_id"],
        status=Status(head["status"]),
        customer_id=head["customer_id"],
        email=head["email"],
        placed_by=head["placed_by"],
        currency=head["currency"],
        requested=tuple(to_requested_line(line) for line in body["requested"]),
        adjustments=tuple(Adjustment(**each) for each in head["adjustments"]),
        shipping_address=to_address(head["shipping_address"]),
        shipping_method=head["shipping_method"],
        payment_method=head["payment_method"],
        placed_at=from_rfc3339(head["placed_at"]),
        updated_at=from_rfc3339(head["updated_at"]),
        version=int(head["version"]),
        correlation_id=head["correlation_id"],
        traceparent=head["traceparent"],
        pricing=None if priced is None else to_pricing({**head["sums"], "lines": priced}),
        payment=to_payment(head["payment"]),
        shipment=Shipment(**head["shipment"]) if head["shipment"] else None,
        cancellation=Cancellation(**head["cancellation"]) if head["cancellation"] else None,
        was_confirmed=head["was_confirmed"],
        was_fulfilled=head["was_fulfilled"],
    )


def to_address(value: Mapping[str, Any] | None) -> Address | None:
    """An address block, or None."""
    return None if value is None else Address(**value)


def _sums(value: Pricing) -> Json:
    return {name: amount for name, amount in dataclasses.asdict(value).items() if name != "lines"}
