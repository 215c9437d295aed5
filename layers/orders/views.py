"""Orders as clients see them. No pydantic: plain reads should not pay its import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.clock import to_rfc3339
from kernel.events import Event
from orders import document
from orders.model import Order, Status


@dataclass(frozen=True, slots=True)
class Money:
    """Minor units and ISO 4217 currency."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line; what is null is not known before the saga has priced the order."""

    sku: str
    quantity: int
    name: str | None
    unit_price: Money | None
    amount: Money | None
    discount: Money | None
    tax: Money | None
    tax_included: Money | None
    negotiated: bool


@dataclass(frozen=True, slots=True)
class AdjustmentView:
    """A sum that staff added or took off."""

    code: str
    description: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentView:
    """The order's payment: NONE, AUTHORISED, CAPTURED, VOIDED, DECLINED, PARTIALLY_REFUNDED or REFUNDED."""

    status: str
    payment_id: str | None


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """The order's parcel."""

    shipment_id: str
    tracking: str | None


@dataclass(frozen=True, slots=True)
class CancellationView:
    """Why the order was cancelled."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class AddressView:
    """Where the goods go."""

    name: str
    line1: str
    city: str
    postcode: str
    country: str
    line2: str | None = None
    region: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSummary:
    """An order without its lines. The sums are null until the saga has priced the order."""

    order_id: str
    status: str
    customer_id: str | None
    email: str | None
    currency: str
    line_count: int
    adjustments: list[AdjustmentView]
    subtotal: Money | None
    discount: Money | None
    adjustment: Money | None
    shipping: Money | None
    tax: Money | None
    tax_included: Money | None
    total: Money | None
    shipping_address: AddressView | None
    shipping_method: str
    payment: PaymentView
    shipment: ShipmentView | None
    cancellation: CancellationView | None
    placed_at: str
    updated_at: str
    version: int
    links: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView(OrderSummary):
    """An order: total = subtotal - discount + adjustment + shipping + tax, exactly."""

    lines: list[Line]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Orders, newest first."""

    items: list[OrderSummary]
    next: str | None


@dataclass(frozen=True, slots=True)
class EventView:
    """One entry of an order's history."""

    id: str
    name: str
    sequence: int
    time: str
    version: int
    correlation_id: str
    causation_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventPage:
    """An order's history, oldest first."""

    items: list[EventView]
    next: str | None


@dataclass(frozen=True, slots=True)
class OrderAccepted:
    """The order is stored; its status tells how the sale goes on."""

    order_id: str
    status: str
    links: dict[str, str]


@dataclass(frozen=True, slots=True)
class PaymentAccepted:
    """The payment method is recorded and the sale goes on."""

    order_id: str
    status: str


@dataclass(frozen=True, slots=True)
class ListOrdersQuery:
    """What `GET /orders` takes."""

    status: str | None = field(default=None, metadata={"choices": tuple(status.value for status in Status)})
    customer_id: str | None = field(default=None, metadata={"min_length": 1, "max_length": 64})
    limit: int = field(default=50, metadata={"ge": 1, "le": 100})
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class GuestQuery:
    """The token of a guest's link."""

    token: str | None = field(default=None, metadata={"max_length": 64})


@dataclass(frozen=True, slots=True)
class PageQuery:
    """A page of a list."""

    limit: int = field(default=50, metadata={"ge": 1, "le": 100})
    cursor: str | None = None


def order_view(order: Order, base_url: str) -> OrderView:
    """The whole order."""
    shown = _summary_fields(document.summary(order), base_url)
    return OrderView(lines=_lines(order), **shown)


def order_summary(summary: Mapping[str, Any], base_url: str) -> OrderSummary:
    """An entry of a list, from `document.summary`."""
    return OrderSummary(**_summary_fields(summary, base_url))


def event_view(event: Event) -> EventView:
    """An entry of an order's history."""
    return EventView(
        id=event.id,
        name=event.name,
        sequence=event.sequence,
        time=to_rfc3339(event.time),
        version=event.version,
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        data=event.data,
    )


_COPIED = tuple(
    "order_id status customer_id email currency line_count shipping_method placed_at updated_at version".split()
)
_SUMS = ("subtotal", "discount", "adjustment", "shipping", "tax", "tax_included", "total")


def _summary_fields(summary: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    currency, sums = summary["currency"], summary["sums"]
    path = f"{base_url}/orders/{summary['order_id']}"
    return {
        **{name: summary[name] for name in _COPIED},
        **{name: None if sums is None else Money(sums[name], currency) for name in _SUMS},
        "adjustments": [
            AdjustmentView(each["code"], each["description"], Money(each["amount"], currency))
            for each in summary["adjustments"]
        ],
        "shipping_address": _made(AddressView, summary["shipping_address"]),
        "payment": PaymentView(**summary["payment"]),
        "shipment": _made(ShipmentView, summary["shipment"]),
        "cancellation": _made(CancellationView, summary["cancellation"]),
        "links": {"self": path, **({} if summary["customer_id"] is None else {"events": f"{path}/events"})},
    }


def _lines(order: Order) -> list[Line]:
    def money(amount: int) -> Money:
        return Money(amount, order.currency)

    if order.pricing is None:
        return [
            Line(
                sku=line.sku,
                quantity=line.quantity,
                name=None,
                unit_price=None if line.unit_price is None else money(line.unit_price.amount),
                amount=None,
                discount=None,
                tax=None,
                tax_included=None,
                negotiated=line.unit_price is not None,
            )
            for line in order.requested
        ]
    return [
        Line(
            sku=line.sku,
            quantity=line.quantity,
            name=line.name,
            unit_price=money(line.unit_price),
            amount=money(line.amount),
            discount=money(line.discount),
            tax=money(line.tax),
            tax_included=money(line.tax_included),
            negotiated=line.negotiated,
        )
        for line in order.pricing.lines
    ]


def _made(view: Any, value: Mapping[str, Any] | None) -> Any:
    return None if value is None else view(**value)
