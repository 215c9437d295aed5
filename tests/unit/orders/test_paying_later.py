"""Paying later: nobody is faster than the other side notices."""

import pytest

from kernel.errors import IdempotencyKeyReused, TransientError
from orders.errors import NotAwaitingPayment, OrderNotAcceptable, OrderNotFound
from tests.unit.orders.support import GUEST, OTHER, STAFF, Orders


def waiting(shop: Orders, token: str = "t1") -> str:
    """A pay-later order whose saga waits."""
    order_id = shop.placed(payment_method=None)
    assert shop.price({"order_id": order_id})["payment_method"] is None
    shop.sagas.waiting.add(token)
    assert shop.await_payment({"order_id": order_id, "task_token": token}) == {"outcome": "waiting"}
    return order_id


def test_paying_lets_the_waiting_saga_go_on(shop: Orders) -> None:
    order_id = waiting(shop)
    answer = shop.pay(order_id)
    assert (answer.status, answer.body) == (202, {"order_id": order_id, "status": "PENDING"})
    assert shop.sagas.completed == {"t1": {"payment_method": "pm_card_visa"}}
    assert shop.history(order_id)[-1] == "PaymentMethodChosen"


def test_a_customer_faster_than_the_saga_is_not_forgotten(shop: Orders) -> None:
    order_id = shop.placed(payment_method=None)
    shop.pay(order_id)
    assert shop.price({"order_id": order_id})["payment_method"] == "pm_card_visa"
    shop.sagas.waiting.add("t1")
    assert shop.await_payment({"order_id": order_id, "task_token": "t1"}) == {"outcome": "chosen"}
    assert shop.sagas.completed == {"t1": {"payment_method": "pm_card_visa"}}


def test_paying_twice_is_a_conflict_and_repeating_the_key_is_not(shop: Orders) -> None:
    order_id = waiting(shop)
    key = shop.key("k")
    first = shop.pay(order_id, key=key)
    assert shop.pay(order_id, key=key) == first
    with pytest.raises(NotAwaitingPayment):
        shop.pay(order_id)
    with pytest.raises(IdempotencyKeyReused):
        shop.pay(order_id, key=shop.key("k", "other"))
    assert shop.history(order_id).count("PaymentMethodChosen") == 1


def test_a_repeated_request_wakes_the_saga_that_the_first_could_not(shop: Orders) -> None:
    order_id = waiting(shop)
    key = shop.key("k")
    shop.sagas.down = True
    with pytest.raises(TransientError):
        shop.pay(order_id, key=key)
    shop.sagas.down = False
    assert shop.pay(order_id, key=key).status == 202
    assert shop.sagas.completed == {"t1": {"payment_method": "pm_card_visa"}}


def test_paying_a_cancelled_order_is_a_conflict(shop: Orders) -> None:
    order_id = waiting(shop)
    shop.cancel({"order_id": order_id, "reason": "payment_not_received", "detail": "late"})
    with pytest.raises(NotAwaitingPayment, match="CANCELLED"):
        shop.pay(order_id)
    assert shop.sagas.completed == {}


def test_paying_an_order_that_has_its_method_is_a_conflict(shop: Orders) -> None:
    with pytest.raises(NotAwaitingPayment):
        shop.pay(shop.placed())


def test_only_those_who_may_see_the_order_may_pay_it(shop: Orders) -> None:
    order_id = waiting(shop)
    for caller in (OTHER, GUEST):
        with pytest.raises(OrderNotFound):
            shop.pay(order_id, caller=caller)
    assert shop.pay(order_id, caller=STAFF).status == 202


def test_a_guest_pays_with_the_token_of_the_link(shop: Orders) -> None:
    order_id = shop.placed(caller=GUEST, email="g@example.com", payment_method=None)
    with pytest.raises(OrderNotFound):
        shop.pay(order_id, caller=GUEST, token="forged")
    assert shop.pay(order_id, caller=GUEST, token=shop.links.token(order_id)).status == 202


def test_an_unknown_payment_method_is_refused(shop: Orders) -> None:
    with pytest.raises(OrderNotAcceptable):
        shop.pay(waiting(shop), "pm_gold")
