"""The order: its statuses, what each may become, and what a projection of its events holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.money import Money

COLLECT = "collect"
SHIPPING_METHODS = ("standard", "express", COLLECT)
MAX_LINES = 1_000
MAX_QUANTITY = 1_000_000


class Status(StrEnum):
    """Where an order is. The saga works on it while it is `PENDING` or `CONFIRMED`."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    FULFILLING = "FULFILLING"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"
    COMPENSATION_PARKED = "COMPENSATION_PARKED"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    # PENDING to PENDING is the saga's progress before the sale: priced, payment method chosen.
    Status.PENDING: frozenset({Status.PENDING, Status.CONFIRMED, Status.CANCELLED, Status.COMPENSATION_PARKED}),
    Status.CONFIRMED: frozenset({Status.FULFILLING, Status.CANCELLED, Status.COMPENSATION_PARKED}),
    # A saga whose last step reported a fault after it had succeeded has undone shipment and payment: cancelled.
    Status.FULFILLING: frozenset({Status.SHIPPED, Status.CANCELLED, Status.COMPENSATION_PARKED}),
    Status.SHIPPED: frozenset({Status.DELIVERED, Status.REFUNDED}),
    Status.DELIVERED: frozenset({Status.COMPLETED, Status.REFUNDED}),
    Status.COMPLETED: frozenset({Status.REFUNDED}),
    Status.CANCELLED: frozenset(),
    Status.REFUNDED: frozenset(),
    Status.COMPENSATION_PARKED: frozenset({Status.CANCELLED}),
}
"""Status to the statuses that an event may take an order to."""

IN_SAGA = frozenset({Status.PENDING, Status.CONFIRMED})
"""Statuses in which an execution of the saga must be running."""


class PaymentStatus(StrEnum):
    """What the order knows of its payment."""

    NONE = "NONE"
    AUTHORISED = "AUTHORISED"
    CAPTURED = "CAPTURED"
    VOIDED = "VOIDED"
    DECLINED = "DECLINED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


@dataclass(frozen=True, slots=True)
class RequestedLine:
    """One line as ordered. `unit_price` only where staff negotiated it."""

    sku: str
    quantity: int
    unit_price: Money | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line with the catalogue's offer as it was when the saga priced it.

    `amount` is after `discount`; `tax` is on top of it; `tax_included` is contained in it.
    """

    sku: str
    name: str
    quantity: int
    unit_price: int
    amount: int
    discount: int
    tax: int
    tax_included: int
    weight_grams: int
    stocked: bool
    negotiated: bool


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A sum that staff added to (or, negative, took off) an order: postage, carriage, a discount, a manual line."""

    code: str
    description: str
    amount: int


@dataclass(frozen=True, slots=True)
class Address:
    """Where the goods go. `country` is ISO 3166-1 alpha-2."""

    name: str
    line1: str
    city: str
    postcode: str
    country: str
    line2: str | None = None
    region: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Pricing:
    """What the order costs, in minor units of its currency; `total` is exactly the sum of its parts."""

    lines: tuple[PricedLine, ...]
    subtotal: int
    discount: int
    adjustment: int
    shipping: int
    tax: int
    tax_included: int
    total: int

    @property
    def weight_grams(self) -> int:
        """What the parcel weighs."""
        return sum(line.weight_grams * line.quantity for line in self.lines)

    def demand(self) -> dict[str, int]:
        """Stock item to the quantity wanted over all lines; what is not stocked is not in it."""
        wanted: dict[str, int] = {}
        for line in self.lines:
            if line.stocked:
                wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        return wanted


@dataclass(frozen=True, slots=True)
class Payment:
    """The order's one payment, as far as the saga reported it."""

    status: PaymentStatus = PaymentStatus.NONE
    payment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """The order's parcel. `tracking` is the carrier's number."""

    shipment_id: str
    tracking: str | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Why an order was cancelled or parked: `reason` is a code, `detail` a sentence for the customer."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Order:
    """A projection of the order's events. `version` is the sequence of the last one."""

    order_id: str
    status: Status
    customer_id: str | None
    email: str | None
    placed_by: str | None
    currency: str
    requested: tuple[RequestedLine, ...]
    adjustments: tuple[Adjustment, ...]
    shipping_address: Address | None
    shipping_method: str
    payment_method: str | None
    placed_at: datetime
    updated_at: datetime
    version: int
    correlation_id: str
    traceparent: str
    pricing: Pricing | None = None
    payment: Payment = Payment()
    shipment: Shipment | None = None
    cancellation: Cancellation | None = None
    was_confirmed: bool = False
    was_fulfilled: bool = False

    @property
    def is_guest(self) -> bool:
        """Whether no registered customer owns the order."""
        return self.customer_id is None

    @property
    def in_saga(self) -> bool:
        """Whether an execution of the saga must be running for it."""
        return self.status in IN_SAGA

    @property
    def total(self) -> Money | None:
        """What is to be paid, None until the saga has priced the order."""
        return None if self.pricing is None else Money(self.pricing.total, self.currency)

    def may_become(self, status: Status) -> bool:
        """Whether the table of transitions allows it."""
        return status in TRANSITIONS[self.status]
