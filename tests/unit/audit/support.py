"""Events as the audit gets them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from kernel.events import Event

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ORDER = "ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"
PAYMENT = "pay_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"
ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "line2": None,
    "city": "London",
    "postcode": "SW1Y 4LB",
    "region": None,
    "country": "GB",
    "phone": "+44 20 7946 0000",
}
PERSONAL = ("ada@", "Lovelace", "James", "SW1Y", "London", "7946")


def event(name: str, sequence: int, aggregate_id: str = ORDER, **data: Any) -> Event:
    """An event with an id that follows from what it is."""
    source = "agora.orders" if aggregate_id.startswith("ord") else "agora.payments"
    return Event(
        source=source,
        name=name,
        aggregate_id=aggregate_id,
        sequence=sequence,
        time=NOW + timedelta(seconds=sequence),
        data={"order_id": ORDER, **data},
        id=f"evt_{name}_{aggregate_id}_{sequence}",
        correlation_id="req-1",
        causation_id="req-1",
    )


def placed() -> Event:
    lines = [{"sku": "SKU-1", "name": "Teapot", "quantity": 2}]
    return event("OrderPlaced", 1, email="ada@example.com", shipping_address=ADDRESS, lines=lines)


HISTORY = [
    placed(),
    event("OrderConfirmed", 3, email="ada@example.com"),
    event("OrderFulfilling", 4, email="ada@example.com"),
    event("PaymentAuthorised", 1, PAYMENT, amount={"amount": 1250, "currency": "GBP"}),
    event("PaymentCaptured", 2, PAYMENT, amount={"amount": 1250, "currency": "GBP"}),
]
