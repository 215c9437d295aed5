"""The examples of events/orders, by the real producers; `python -m tests.contract.orders.examples` writes the files."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from kernel.events import Event
from kernel.money import Money
from orders import events, projection
from orders.model import (
    Address,
    Adjustment,
    Cancellation,
    Order,
    Payment,
    PaymentStatus,
    RequestedLine,
    Shipment,
    Status,
)
from orders.pricing import Offer, price_lines, total_of
from tests.support.functions import ROOT

DIRECTORY = ROOT / "events" / "orders"
START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PAYMENT_ID = "pay_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"
FILES = {
    events.PLACED: "order_placed",
    events.CONFIRMED: "order_confirmed",
    events.FULFILLING: "order_fulfilling",
    events.CANCELLED: "order_cancelled",
    events.PARKED: "order_parked",
}


def placed_order() -> Order:
    """A customer's order on which staff negotiated a price and added postage."""
    return Order(
        order_id="ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C",
        status=Status.PENDING,
        customer_id="usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C",
        email="ada@example.com",
        placed_by="usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2D",
        currency="GBP",
        requested=(RequestedLine("MUG", 2), RequestedLine("LAMP", 1, Money(4100, "GBP"))),
        adjustments=(Adjustment("POST", "Postage", 300),),
        shipping_address=Address("Ada Lovelace", "12 St James's Square", "London", "SW1Y 4JH", "GB"),
        shipping_method="standard",
        payment_method="pm_card_visa",
        placed_at=START,
        updated_at=START,
        version=1,
        correlation_id="11111111-1111-4111-8111-111111111111",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


def offers() -> dict[str, Offer]:
    """What the example's lines are sold as."""
    mug = Offer("MUG", "Enamel mug", Money(1250, "GBP"), Decimal("0.2"), True, Decimal("0.1"), 300, True)
    return {"MUG": mug, "LAMP": replace(mug, sku="LAMP", name="Desk lamp", price=Money(4500, "GBP"), weight_grams=900)}


def histories() -> Iterator[Event]:
    """Every event that an order can have, in two lives: one is fulfilled; one is parked, redriven and cancelled."""
    order = placed_order()
    first = events.order_placed(order)
    order = projection.project([first])
    priced = total_of(price_lines(order.requested, offers(), "GBP"), order.adjustments, 395)
    second = events.order_priced(order, priced, START + timedelta(seconds=1))
    yield from (first, second)
    order = projection.apply(order, second)
    authorised = Payment(PaymentStatus.AUTHORISED, PAYMENT_ID)
    confirmed = events.order_confirmed(order, authorised, START + timedelta(seconds=2))
    yield confirmed
    order = projection.apply(order, confirmed)
    captured = Payment(PaymentStatus.CAPTURED, PAYMENT_ID)
    shipment = Shipment("shp_01JD7Z8Q0R9V4M2T6X8Y0A1B2C", "SBX0123456789")
    yield events.order_fulfilling(order, captured, shipment, START + timedelta(seconds=3))
    why = Cancellation("capture_failed", "the authorised payment could not be captured")
    parked = events.order_parked(order, why, authorised, START + timedelta(seconds=3))
    yield parked
    order = projection.apply(order, parked)
    voided = Payment(PaymentStatus.VOIDED, PAYMENT_ID)
    yield events.order_cancelled(order, why, voided, START + timedelta(seconds=4))


def examples() -> dict[str, Event]:
    """File stem to its example, with fixed ids."""
    found = {}
    for number, event in enumerate(histories()):
        if event.name in FILES:
            found[FILES[event.name]] = replace(
                event,
                id=f"evt_01JD7Z8Q0R9V4M2T6X8Y0A1B{number:02d}",
                correlation_id="11111111-1111-4111-8111-111111111111",
                causation_id="11111111-1111-4111-8111-111111111111",
                traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            )
    return found


def text_of(event: Event) -> str:
    """The file's content."""
    return json.dumps(event.to_detail(), indent=2) + "\n"


def path_of(stem: str) -> Path:
    """The example's file."""
    return DIRECTORY / f"{stem}.v1.example.json"


if __name__ == "__main__":
    for stem, event in examples().items():
        path_of(stem).write_text(text_of(event))
