"""The events are the record; the order is what they made of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.upcasting import UnknownEventVersion, Upcasters
from orders import document, events, projection
from orders.errors import TransitionRefused, UnknownOrder
from orders.model import TRANSITIONS, Cancellation, Payment, PaymentStatus, Status
from tests.contract.orders.examples import histories, placed_order
from tests.unit.orders.support import Orders

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
WHY = Cancellation("capture_failed", "no")
PAYMENT = Payment(PaymentStatus.AUTHORISED, "pay_1")


def test_a_projection_is_a_pure_function_of_the_events() -> None:
    history = list(histories())[:4]
    assert projection.project(history) == projection.project(list(history))
    order = projection.project(history)
    assert (order.status, order.version, order.payment.status) == (Status.FULFILLING, 4, PaymentStatus.CAPTURED)


def test_a_history_of_two_versions_gives_the_same_order() -> None:
    """Events that were written before a field had its name of today: here `email`, once `contact`."""
    history = list(histories())[:4]
    placed = history[0]
    data = dict(placed.data)
    older = replace(placed, data={**{name: data[name] for name in data if name != "email"}, "contact": data["email"]})
    newer = [replace(event, version=2) if event.name == placed.name else event for event in history]
    steps = Upcasters({(placed.source, placed.name, 1): lambda old: {**old, "email": old["contact"]}})
    expected = projection.project(history)
    assert projection.project([older, *history[1:]], steps) == projection.project(newer, steps) == expected
    with pytest.raises(UnknownEventVersion):
        projection.project(newer)


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_the_stored_form_gives_the_same_order_back(length: int) -> None:
    order = projection.project(list(histories())[:length])
    assert document.to_order(document.summary(order), document.lines(order)) == order


def test_a_dropped_projection_is_rebuilt_to_the_identical_row(shop: Orders) -> None:
    order_id = shop.placed()
    shop.price({"order_id": order_id})
    shop.confirm({"order_id": order_id, "payment": {"outcome": "authorised", "payment_id": "pay_1"}})
    shop.fulfil({"order_id": order_id, "payment": {"outcome": "captured", "payment_id": "pay_1"}})
    row = shop.repository.row(order_id)
    shop.repository.drop_projection(order_id)
    assert shop.rebuild({"order_id": order_id}) == {"outcome": "rebuilt", "versions": {order_id: 4}}
    assert shop.repository.row(order_id) == row
    with pytest.raises(UnknownOrder):
        shop.rebuild({"order_id": "ord_none"})


def test_a_gap_and_a_wrong_beginning_are_refused() -> None:
    first, second, third, *_ = histories()
    for broken in ([second], [first, third], [first, first], []):
        with pytest.raises(ValueError, match=r"follow|begins"):
            projection.project(broken)


EVENTS_TO = {
    Status.CONFIRMED: lambda order: events.order_confirmed(order, PAYMENT, NOW),
    Status.FULFILLING: lambda order: events.order_fulfilling(order, PAYMENT, None, NOW),
    Status.CANCELLED: lambda order: events.order_cancelled(order, WHY, PAYMENT, NOW),
    Status.COMPENSATION_PARKED: lambda order: events.order_parked(order, WHY, PAYMENT, NOW),
}


@pytest.mark.parametrize("target", EVENTS_TO)
@pytest.mark.parametrize("status", Status)
def test_only_the_table_of_transitions_decides(status: Status, target: Status) -> None:
    order = replace(placed_order(), status=status)
    event = EVENTS_TO[target](order)
    if target in TRANSITIONS[status]:
        assert projection.apply(order, event).status is target
    else:
        with pytest.raises(TransitionRefused):
            projection.apply(order, event)


def test_every_status_is_in_the_table_and_the_ends_are_ends() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert {status for status, following in TRANSITIONS.items() if not following} == {
        Status.CANCELLED,
        Status.REFUNDED,
    }


@given(st.lists(st.sampled_from(["price", "confirm", "fulfil", "cancel", "park"]), max_size=12))
def test_any_calls_in_any_order_leave_a_history_that_projects_to_the_row(calls: list[str]) -> None:
    shop = Orders()
    order_id = shop.placed()
    for call in calls:
        try:
            getattr(shop, call)({"order_id": order_id, "reason": call})
        except TransitionRefused:
            continue
    history = shop.repository.events(order_id, 0, 100)
    assert projection.project(history) == shop.get(order_id)
    assert [event.sequence for event in history] == list(range(1, len(history) + 1))
