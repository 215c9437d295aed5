"""Taking orders."""

from dataclasses import replace
from typing import Any

import pytest

from kernel.errors import IdempotencyKeyReused, PayloadTooLarge
from kernel.http.caller import Caller
from kernel.money import Money
from orders.application.place import Wanted
from orders.catalogue_rpc import CachedCatalogue
from orders.errors import OrderLimitReached, OrderNotAcceptable, StaffOnly
from orders.fakes import FakeCatalogue
from orders.model import Adjustment, RequestedLine, Status
from tests.unit.orders.support import CUSTOMER, GUEST, STAFF, Orders, offer, wanted


def test_an_order_is_stored_with_its_event_and_its_saga_is_started(shop: Orders) -> None:
    answer = shop.place()
    order = shop.get(answer.body["order_id"])
    assert (answer.status, answer.body["status"]) == (202, "PENDING")
    assert answer.body["links"] == {
        "self": f"/v1/orders/{order.order_id}",
        "events": f"/v1/orders/{order.order_id}/events",
    }
    assert (order.status, order.customer_id, order.email) == (Status.PENDING, CUSTOMER.user_id, CUSTOMER.email)
    assert shop.history(order.order_id) == ["OrderPlaced"]
    assert shop.sagas.started == {
        order.order_id: {
            "order_id": order.order_id,
            "correlation_id": order.correlation_id,
            "traceparent": order.traceparent,
            "mode": "fulfil",
        }
    }


def test_a_repeated_key_replays_and_another_body_is_refused(shop: Orders) -> None:
    first = shop.place(key=shop.key("k"))
    assert shop.place(key=shop.key("k")) == first
    assert len(shop.sagas.started) == 1
    with pytest.raises(IdempotencyKeyReused):
        shop.place(wanted(RequestedLine("LAMP", 1)), key=shop.key("k", "other"))


def test_a_repeated_key_replays_when_the_product_is_no_longer_sold(shop: Orders) -> None:
    first = shop.place(key=shop.key("k"))
    del shop.catalogue.sold["MUG"]
    assert shop.place(key=shop.key("k")) == first
    with pytest.raises(OrderNotAcceptable):
        shop.place()


def test_an_order_is_taken_when_the_saga_cannot_be_started(shop: Orders) -> None:
    shop.sagas.down = True
    answer = shop.place()
    assert answer.status == 202
    assert shop.get(answer.body["order_id"]).status is Status.PENDING


@pytest.mark.parametrize(
    ("order", "path"),
    [
        (wanted(RequestedLine("MUG", 1), RequestedLine("GONE", 1)), "lines.1.sku"),
        (wanted(RequestedLine("CUP", 1)), "lines.0.sku"),
        (wanted(currency="EUR"), "lines.0.sku"),
        (wanted(payment_method="pm_gold"), "payment_method"),
    ],
)
def test_what_cannot_be_sold_is_named_and_nothing_is_stored(shop: Orders, order: Wanted, path: str) -> None:
    with pytest.raises(OrderNotAcceptable) as caught:
        shop.place(order)
    assert [error.path for error in caught.value.errors] == [path]
    assert shop.sagas.started == {}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"adjustments": (Adjustment("D", "", -100),)}, "adjustments"),
        ({"on_behalf_of": "usr_bob"}, "on_behalf_of"),
    ],
)
@pytest.mark.parametrize("caller", [CUSTOMER, GUEST])
def test_only_staff_adjust_and_order_for_others(
    shop: Orders, fields: dict[str, Any], path: str, caller: Caller
) -> None:
    with pytest.raises(StaffOnly) as caught:
        shop.place(wanted(email="x@example.com", **fields), caller)
    assert [error.path for error in caught.value.errors] == [path]


@pytest.mark.parametrize("caller", [CUSTOMER, GUEST])
def test_only_staff_negotiate_prices(shop: Orders, caller: Caller) -> None:
    with pytest.raises(StaffOnly):
        shop.place(wanted(RequestedLine("MUG", 1, Money(1, "GBP")), email="x@example.com"), caller)


def test_staff_order_for_a_customer_with_a_negotiated_price(shop: Orders) -> None:
    line = RequestedLine("MUG", 10, Money(999, "GBP"))
    order = shop.get(shop.placed(line, caller=STAFF, on_behalf_of="usr_retail-17850"))
    assert (order.customer_id, order.placed_by, order.email) == ("usr_retail-17850", STAFF.user_id, None)


def test_staff_with_an_email_and_no_customer_order_for_a_guest(shop: Orders) -> None:
    order = shop.get(shop.placed(caller=STAFF, email="guest@example.com"))
    assert (order.customer_id, order.email, order.placed_by) == (None, "guest@example.com", STAFF.user_id)


def test_a_negotiated_price_is_in_the_orders_currency(shop: Orders) -> None:
    with pytest.raises(OrderNotAcceptable) as caught:
        shop.place(wanted(RequestedLine("MUG", 1, Money(1, "EUR"))), STAFF)
    assert caught.value.errors[0].path == "lines.0.unit_price.currency"


def test_a_negative_total_is_refused_where_it_can_be_known(shop: Orders) -> None:
    discount = (Adjustment("D", "", -2501),)
    with pytest.raises(OrderNotAcceptable) as caught:
        shop.place(wanted(shipping_method="collect", adjustments=discount), STAFF)
    assert caught.value.errors[0].path == "adjustments"
    order_id = shop.placed(caller=STAFF, adjustments=discount)  # shipping lifts it to 3.94
    assert shop.price({"order_id": order_id})["total"] == {"amount": 394, "currency": "GBP"}


def test_a_guest_needs_an_email_and_gets_links_that_open_the_order(shop: Orders) -> None:
    with pytest.raises(OrderNotAcceptable) as caught:
        shop.place(wanted(), GUEST)
    assert caught.value.errors[0].path == "email"
    links = shop.place(wanted(email="guest@example.com", payment_method=None), GUEST).body["links"]
    assert "?token=" in links["self"]
    assert "events" not in links
    assert links["pay"].partition("?token=")[2] == links["self"].partition("?token=")[2]


def test_an_order_whose_event_would_not_fit_the_bus_is_too_large(shop: Orders) -> None:
    many = tuple(Adjustment("X", "\N{PILE OF POO}" * 200, 1) for _ in range(100))
    with pytest.raises(PayloadTooLarge):
        shop.place(wanted(adjustments=many), STAFF)


def test_the_cache_asks_only_for_what_it_has_not_seen_and_forgets_after_a_minute() -> None:
    now = [0.0]
    inner = FakeCatalogue()
    inner.sell(offer("A"), offer("B"))
    cache = CachedCatalogue(inner, clock=lambda: now[0])
    assert set(cache.offers(["A", "GONE"])) == {"A"}
    assert set(cache.offers(["A", "B", "GONE"])) == {"A", "B"}
    assert set(cache.offers(["A", "B"])) == {"A", "B"}
    assert inner.asked == [{"A", "GONE"}, {"B", "GONE"}]
    now[0] = 61
    cache.offers(["A"])
    assert inner.asked[-1] == {"A"}


def limited(shop: Orders, most: int = 2) -> None:
    shop._place = replace(shop._place, orders_per_minute=most)


def test_a_customer_gets_a_rest_after_many_orders(shop: Orders) -> None:
    limited(shop)
    shop.place()
    shop.place(key=shop.key("again"))
    assert shop.place(key=shop.key("again")).status == 202, "a repetition is no order"
    with pytest.raises(OrderLimitReached) as refused:
        shop.place()
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 60
    shop.clock.advance(minutes=1)
    shop.place()


def test_guests_are_told_apart_by_their_address_and_staff_have_no_limit(shop: Orders) -> None:
    limited(shop, 1)
    for email in ("a@example.com", "b@example.com"):
        shop.place(wanted(email=email), GUEST)
        with pytest.raises(OrderLimitReached):
            shop.place(wanted(email=email.upper()), GUEST)
    for _ in range(3):
        shop.place(caller=STAFF)
