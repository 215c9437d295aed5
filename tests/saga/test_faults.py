"""Crashes, lost answers and repetitions at every step, with the real handlers; then all books are compared."""

import time

import pytest

from tests.saga.test_orders import HOME, TOTAL, cancelled
from tests.support.saga_books import assert_agree, charge_of
from tests.support.saga_bridge import named_error
from tests.support.saga_machine import STEPS
from tests.support.saga_world import Shop, shop

COMPENSATIONS = (
    "shipping-task-cancel-shipment",
    "payments-task-reverse-payment",
    "inventory-task-release-reservation",
    "orders-task-cancel-order",
)
FOREVER = 99


def send(shop: Shop, **changes: str) -> str:
    """Sell an order that takes every step; returns its id."""
    order_id, _ = shop.buy(shipping_method="standard", shipping_address=HOME, **changes)
    return order_id


@pytest.mark.parametrize("step", STEPS)
def test_a_step_whose_answer_is_lost_is_done_once(open_shop: Shop, step: str) -> None:
    open_shop.bridge.fail(step, named_error("Sandbox.Timedout"), 2, after=True)
    order_id = send(open_shop)
    assert len(open_shop.bridge.calls(step)) == 3
    assert open_shop.order(order_id)["status"] == "FULFILLING"
    assert_agree(open_shop, order_id)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_never_answers_is_undone_with_everything_before_it(open_shop: Shop, step: str) -> None:
    open_shop.bridge.fail(step, named_error("Lambda.Unknown"), FOREVER, after=True)
    order_id = send(open_shop)
    assert cancelled(open_shop, order_id)[0] in {"technical_failure", "payment_failed", "capture_failed"}
    assert_agree(open_shop, order_id)


def test_a_refusal_whose_answer_is_lost_is_still_a_refusal(open_shop: Shop) -> None:
    open_shop.bridge.fail("payments-task-authorise-payment", named_error("Lambda.Unknown"), FOREVER, after=True)
    order_id, _ = open_shop.buy(payment_method="pm_card_declined")
    assert cancelled(open_shop, order_id) == ("payment_failed", "DECLINED")
    assert_agree(open_shop, order_id)


def test_every_step_delivered_twice_is_done_once(open_shop: Shop) -> None:
    open_shop.bridge.delivered_twice.update(STEPS)
    order_id = send(open_shop)
    assert len(open_shop.bridge.calls("payments-task-capture-payment")) == 2
    assert open_shop.order(order_id)["status"] == "FULFILLING"
    assert_agree(open_shop, order_id)


def test_every_compensation_delivered_twice_is_done_once(open_shop: Shop) -> None:
    open_shop.bridge.delivered_twice.update(COMPENSATIONS)
    open_shop.bridge.fail("orders-task-fulfil-order", named_error("Broken"), FOREVER, after=True)
    order_id = send(open_shop)
    assert cancelled(open_shop, order_id) == ("technical_failure", "REFUNDED")
    assert charge_of(order_id) == "REFUNDED"
    assert_agree(open_shop, order_id)


@pytest.mark.parametrize("compensation", COMPENSATIONS)
def test_a_compensation_that_fails_parks_the_order_and_a_redrive_finishes_it(
    open_shop: Shop, compensation: str
) -> None:
    open_shop.bridge.fail("orders-task-fulfil-order", named_error("Broken"), 3)
    open_shop.bridge.fail(compensation, named_error("Broken"), 9)
    order_id, run = open_shop.buy(shipping_method="standard", shipping_address=HOME)
    assert (run.status, run.error) == ("FAILED", "CompensationParked")
    parked = open_shop.order(order_id)
    assert parked["status"] == "COMPENSATION_PARKED"
    assert_agree(open_shop, order_id, held=True)
    redriven = open_shop.task("orders-task-redrive-order", {"order_id": order_id})
    again = open_shop.finish(redriven["execution"])
    assert again.status == "SUCCEEDED"
    assert cancelled(open_shop, order_id) == ("technical_failure", "REFUNDED")
    assert open_shop.order(order_id)["cancellation"] == parked["cancellation"]
    assert_agree(open_shop, order_id)


def test_a_redrive_of_an_order_that_is_not_parked_does_nothing(open_shop: Shop) -> None:
    order_id = send(open_shop)
    assert open_shop.task("orders-task-redrive-order", {"order_id": order_id})["outcome"] == "not_parked"
    assert_agree(open_shop, order_id)


def test_a_second_redrive_of_a_parked_order_undoes_nothing_twice(open_shop: Shop) -> None:
    open_shop.bridge.fail("orders-task-fulfil-order", named_error("Broken"), 3)
    open_shop.bridge.fail("orders-task-cancel-order", named_error("Broken"), 18)
    order_id, run = open_shop.buy(shipping_method="standard", shipping_address=HOME)
    assert run.error == "CompensationParked"
    first = open_shop.task("orders-task-redrive-order", {"order_id": order_id})
    assert open_shop.finish(first["execution"]).error == "CompensationParked"
    second = open_shop.task("orders-task-redrive-order", {"order_id": order_id})
    assert second["execution"] != first["execution"]
    assert open_shop.finish(second["execution"]).status == "SUCCEEDED"
    assert cancelled(open_shop, order_id) == ("technical_failure", "REFUNDED")
    assert_agree(open_shop, order_id)


def test_a_lost_question_to_the_catalogue_is_asked_again(open_shop: Shop) -> None:
    order_id = open_shop.place()
    open_shop.bridge.fail("catalogue-task-read-offers", named_error("Lambda.Unknown"), 2)
    open_shop.finish(order_id)
    assert open_shop.order(order_id)["status"] == "FULFILLING"
    assert_agree(open_shop, order_id)


def waiting(opened: Shop) -> str:
    """An order that waits to be paid."""
    order_id = opened.place(payment_method=None)
    execution = opened.executions.arn_of(order_id)
    opened.executions.wait_for(lambda: opened.bridge.calls("orders-task-await-payment")[-1:])
    opened.executions.wait_for(lambda: opened.bridge.calls("orders-task-await-payment")[-1].result)
    assert opened.executions.entered(execution)[-1] == "AwaitPayment"
    return order_id


def test_an_order_paid_later(open_shop: Shop) -> None:
    order_id = waiting(open_shop)
    assert open_shop.stock("MUG-BLUE")["reserved"] == 2
    open_shop.request("orders-pay-order", {"payment_method": "pm_card_visa"}, order_id=order_id)
    open_shop.finish(order_id)
    order = open_shop.order(order_id)
    assert (order["status"], order["total"]["amount"]) == ("FULFILLING", TOTAL)
    assert_agree(open_shop, order_id)


def test_an_order_paid_later_by_a_card_that_is_declined(open_shop: Shop) -> None:
    order_id = waiting(open_shop)
    open_shop.request("orders-pay-order", {"payment_method": "pm_card_declined"}, order_id=order_id)
    open_shop.finish(order_id)
    assert cancelled(open_shop, order_id) == ("payment_declined", "DECLINED")
    assert_agree(open_shop, order_id)


def test_an_order_that_is_never_paid_is_released_and_cancelled() -> None:
    with shop(timeouts={"AwaitPayment": 1}) as opened:
        order_id, run = opened.buy(payment_method=None)
        assert run.states[-3:] == ["PaymentNotReceived", "ReleaseReservation", "CancelOrder"]
        assert cancelled(opened, order_id) == ("payment_not_received", "NONE")
        assert_agree(opened, order_id)


def test_a_payment_after_the_hold_ran_out_holds_again() -> None:
    with shop({"inventory": {"AGORA_HOLD_SECONDS": "1"}}) as opened:
        order_id = waiting(opened)
        time.sleep(1.1)
        opened.request("orders-pay-order", {"payment_method": "pm_card_visa"}, order_id=order_id)
        opened.finish(order_id)
        assert opened.order(order_id)["status"] == "FULFILLING"
        assert_agree(opened, order_id)


def test_a_payment_after_the_stock_went_to_others_is_voided() -> None:
    with shop({"inventory": {"AGORA_HOLD_SECONDS": "1"}}) as opened:
        late = waiting(opened)
        time.sleep(1.1)
        other, _ = opened.buy(("MUG-BLUE", 10))
        opened.request("orders-pay-order", {"payment_method": "pm_card_visa"}, order_id=late)
        opened.finish(late)
        assert opened.order(other)["status"] == "FULFILLING"
        assert cancelled(opened, late) == ("out_of_stock", "VOIDED")
        assert_agree(opened, late, other)
