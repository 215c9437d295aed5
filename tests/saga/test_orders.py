"""Orders from POST /orders to their end, with the real handlers; after each run all books are compared."""

from typing import Any

import pytest

from tests.support.lambda_events import CUSTOMER, STAFF
from tests.support.saga_books import assert_agree, charge_of
from tests.support.saga_world import SKUS, Shop

HOME = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postcode": "SW1Y 4JH",
    "country": "GB",
}
TOTAL = 2 * SKUS["MUG-BLUE"] + SKUS["TEA-GREEN"]


def cancelled(shop: Shop, order_id: str) -> tuple[str, str]:
    """Why an order was cancelled, and where that left its payment."""
    order = shop.order(order_id)
    assert order["status"] == "CANCELLED"
    assert order["cancellation"]["detail"]
    return order["cancellation"]["reason"], order["payment"]["status"]


@pytest.mark.parametrize("known", [None, CUSTOMER], ids=["guest", "customer"])
def test_an_order_to_collect(open_shop: Shop, known: Any) -> None:
    order_id, run = open_shop.buy(known=known)
    order = open_shop.order(order_id)
    assert run.states[-2:] == ["NoShipment", "FulfilOrder"]
    assert order["total"] == {"amount": TOTAL, "currency": "GBP"}
    assert order["customer_id"] == (known["user_id"] if known else None)
    assert charge_of(order_id) == "CAPTURED"
    assert_agree(open_shop, order_id)


def test_an_order_to_send(open_shop: Shop) -> None:
    order_id, run = open_shop.buy(shipping_method="standard", shipping_address=HOME)
    order = open_shop.order(order_id)
    assert run.states[-3:] == ["CreateShipment", "Shipped?", "FulfilOrder"]
    assert order["total"]["amount"] == TOTAL + order["shipping"]["amount"]
    assert order["shipping"]["amount"] > 0
    assert order["shipment"]["tracking"]
    assert_agree(open_shop, order_id)


def test_the_same_sku_on_two_lines_is_one_demand(open_shop: Shop) -> None:
    order_id, _ = open_shop.buy(("MUG-BLUE", 6), ("MUG-BLUE", 5))
    assert cancelled(open_shop, order_id) == ("out_of_stock", "NONE")
    assert_agree(open_shop, order_id)


def test_one_short_line_holds_nothing_of_the_others(open_shop: Shop) -> None:
    order_id, _ = open_shop.buy(("TEA-GREEN", 10), ("MUG-BLUE", 11))
    assert cancelled(open_shop, order_id) == ("out_of_stock", "NONE")
    told = open_shop.order(order_id)["cancellation"]["detail"]
    assert told == "not enough in stock: MUG-BLUE (11 wanted, 10 there)"
    assert open_shop.stock("TEA-GREEN")["available"] == 10
    assert_agree(open_shop, order_id)


def test_what_is_sold_is_gone(open_shop: Shop) -> None:
    first, _ = open_shop.buy(("MUG-BLUE", 7))
    second, _ = open_shop.buy(("MUG-BLUE", 4))
    third, _ = open_shop.buy(("MUG-BLUE", 3))
    assert [open_shop.order(each)["status"] for each in (first, second, third)] == [
        "FULFILLING",
        "CANCELLED",
        "FULFILLING",
    ]
    assert_agree(open_shop, first, second, third)


def test_a_declined_card(open_shop: Shop) -> None:
    order_id, run = open_shop.buy(payment_method="pm_card_declined")
    assert cancelled(open_shop, order_id) == ("payment_declined", "DECLINED")
    assert "ReversePayment" not in run.states
    assert_agree(open_shop, order_id)


def test_a_time_out_before_the_charge_takes_nothing(open_shop: Shop) -> None:
    order_id, _ = open_shop.buy(payment_method="pm_card_timeout_before_charge")
    assert charge_of(order_id) == "NOTHING"
    assert cancelled(open_shop, order_id)[0] == "payment_failed"
    assert_agree(open_shop, order_id)


def test_a_time_out_after_the_charge_is_asked_about_not_compensated(open_shop: Shop) -> None:
    order_id, run = open_shop.buy(payment_method="pm_card_timeout_after_charge")
    assert open_shop.order(order_id)["status"] == "FULFILLING"
    assert run.states.count("AuthorisePayment") == 1
    assert "ReversePayment" not in run.states
    payment = open_shop.payment(order_id)
    assert payment is not None
    assert payment["amount"]["amount"] == TOTAL
    assert_agree(open_shop, order_id)


def test_a_capture_that_fails_is_voided(open_shop: Shop) -> None:
    order_id, run = open_shop.buy(payment_method="pm_card_capture_fails")
    assert cancelled(open_shop, order_id) == ("capture_failed", "VOIDED")
    assert run.states[-4:] == ["CaptureFailed", "ReversePayment", "ReleaseReservation", "CancelOrder"]
    assert [event["name"] for event in open_shop.history(order_id)] == [
        "OrderPlaced",
        "OrderPriced",
        "OrderConfirmed",
        "OrderCancelled",
    ]
    assert_agree(open_shop, order_id)


def test_a_carrier_that_refuses_has_the_payment_refunded(open_shop: Shop) -> None:
    order_id, _ = open_shop.buy(shipping_method="standard", shipping_address={**HOME, "country": "AQ"})
    assert cancelled(open_shop, order_id) == ("shipping_refused", "REFUNDED")
    assert charge_of(order_id) == "REFUNDED"
    assert_agree(open_shop, order_id)


def test_a_product_that_is_sold_no_more_when_the_order_is_priced(open_shop: Shop) -> None:
    asked = open_shop.bridge.handlers["catalogue-task-read-offers"]

    def sold_until_ordered(payload: Any, context: object) -> Any:
        """The offers for POST /orders, and none for the saga."""
        return {"offers": {}} if open_shop.bridge.calls("orders-task-price-order") else asked(payload, context)

    open_shop.bridge.handlers["catalogue-task-read-offers"] = sold_until_ordered
    order_id, _ = open_shop.buy()
    assert cancelled(open_shop, order_id) == ("unknown_sku", "NONE")
    assert_agree(open_shop, order_id)


def test_an_order_that_costs_nothing_is_sold_without_the_provider(open_shop: Shop) -> None:
    free = {"amount": 0, "currency": "GBP"}
    order_id, _ = open_shop.buy(lines=[{"sku": "MUG-BLUE", "quantity": 1, "unit_price": free}], known=STAFF)
    order = open_shop.order(order_id)
    assert (order["status"], order["total"]["amount"]) == ("FULFILLING", 0)
    assert charge_of(order_id) == "NOTHING"
    assert open_shop.stock("MUG-BLUE")["on_hand"] == 9


def test_an_execution_starts_once_for_an_order(open_shop: Shop) -> None:
    order_id = open_shop.place()
    given = {"order_id": order_id, "correlation_id": "again", "traceparent": "", "mode": "fulfil"}
    with pytest.raises(Exception, match="ExecutionAlreadyExists"):
        open_shop.executions.start(order_id, given)
    open_shop.finish(order_id)
    with pytest.raises(Exception, match="ExecutionAlreadyExists"):
        open_shop.executions.start(order_id, given)
    assert_agree(open_shop, order_id)


def test_a_second_execution_of_a_finished_order_changes_nothing(open_shop: Shop) -> None:
    order_id, _ = open_shop.buy(shipping_method="standard", shipping_address=HOME)
    before = open_shop.order(order_id)
    given = {"order_id": order_id, "correlation_id": "again", "traceparent": "", "mode": "fulfil"}
    again = open_shop.executions.run(f"{order_id}-again", given)
    assert again.status == "SUCCEEDED"
    assert open_shop.order(order_id) == before
    assert_agree(open_shop, order_id)


def test_an_order_of_a_thousand_lines(open_shop: Shop) -> None:
    skus = {f"SKU-{number:04d}": 100 + number for number in range(1_000)}
    open_shop.sell(skus, on_hand=5)
    open_shop.forget()
    order_id, run = open_shop.buy(*((sku, 2) for sku in skus))
    assert open_shop.order(order_id)["total"]["amount"] == 2 * sum(skus.values())
    assert run.status == "SUCCEEDED"
    assert run.largest_state < 100_000
    assert_agree(open_shop, order_id)


def test_a_large_order_of_which_the_last_line_is_short(open_shop: Shop) -> None:
    skus = {f"SKU-{number:04d}": 100 for number in range(200)}  # more than one transaction takes
    open_shop.sell(skus, on_hand=5)
    order_id, _ = open_shop.buy(*((sku, 6 if sku == "SKU-0199" else 1) for sku in skus))
    assert cancelled(open_shop, order_id) == ("out_of_stock", "NONE")
    assert_agree(open_shop, order_id)


def test_a_large_order_whose_capture_fails_gives_everything_back(open_shop: Shop) -> None:
    skus = {f"SKU-{number:04d}": 100 for number in range(200)}
    open_shop.sell(skus, on_hand=5)
    order_id, _ = open_shop.buy(*((sku, 2) for sku in skus), payment_method="pm_card_capture_fails")
    assert cancelled(open_shop, order_id) == ("capture_failed", "VOIDED")
    assert_agree(open_shop, order_id)
