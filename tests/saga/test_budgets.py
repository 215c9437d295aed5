"""What selling one order costs, counted from intercepted calls; docs/decisions/0042 says where that is over budget."""

from collections import Counter

from tests.saga.test_orders import HOME
from tests.support.saga_events import Delivery
from tests.support.saga_world import Shop

# Of a warm order, from POST /orders to the captured payment: each function with its calls to DynamoDB.
TO_CAPTURED_PAYMENT = {
    "orders-place-order": 1,
    "orders-task-price-order": 2,
    "catalogue-task-read-offers": 1,
    "inventory-task-reserve-stock": 1,
    "payments-task-authorise-payment": 2,
    "inventory-task-commit-reservation": 2,
    "orders-task-confirm-order": 2,
    "payments-task-capture-payment": 2,
}
EVENTS = ["OrderConfirmed", "OrderPlaced", "PaymentAuthorised", "PaymentCaptured", "StockCommitted"]


def lines(count: int) -> list[tuple[str, int]]:
    return [(f"SKU-{number:02d}", 2) for number in range(count)]


def sell_warm(shop: Shop, count: int = 25) -> str:
    """Sell a first order of these SKUs, forget what it cost, and sell a second."""
    shop.sell({sku: 100 for sku, _ in lines(count)})
    shop.buy(*lines(count))
    shop.forget()
    order_id, _ = shop.buy(*lines(count))
    return order_id


def test_the_own_path_of_an_order_of_25_lines(open_shop: Shop) -> None:
    sell_warm(open_shop)
    calls = open_shop.dynamo_calls()
    assert Counter(open_shop.bridge.called) == Counter([*TO_CAPTURED_PAYMENT, "orders-task-fulfil-order"])
    assert calls == {**TO_CAPTURED_PAYMENT, "orders-task-fulfil-order": 2}
    assert len(TO_CAPTURED_PAYMENT) == 8
    assert sum(TO_CAPTURED_PAYMENT.values()) == 13


def test_a_first_order_asks_the_catalogue_once_more(open_shop: Shop) -> None:
    open_shop.buy()
    assert open_shop.bridge.called.count("catalogue-task-read-offers") == 2
    assert open_shop.dynamo_calls()["catalogue-task-read-offers"] == 2


def test_an_order_does_not_cost_more_for_more_lines(open_shop: Shop) -> None:
    sell_warm(open_shop, 1)
    few = open_shop.dynamo_calls()
    sell_warm(open_shop, 90)
    assert open_shop.dynamo_calls() == few


def test_twelve_transitions_to_the_captured_payment(open_shop: Shop) -> None:
    _, run = open_shop.buy()
    assert run.states.index("Captured?") + 1 == 12


def test_with_relays_and_consumers(open_shop: Shop) -> None:
    delivery = Delivery(open_shop)
    open_shop.buy()
    delivery.relay()
    delivery.consume()
    open_shop.forget()

    open_shop.buy()
    published = delivery.relay(but="OrderFulfilling")
    delivery.consume()
    assert sorted(published) == EVENTS
    invoked = Counter(open_shop.bridge.called)
    invoked.pop("orders-task-fulfil-order")
    assert invoked == Counter(
        [
            *TO_CAPTURED_PAYMENT,
            "orders-relay-outbox",
            "payments-relay-outbox",
            "inventory-relay-outbox",
            "notifications-on-order-update",
            "audit-on-domain-event",
        ]
    )
    calls = {function: count for function, count in open_shop.dynamo_calls().items() if function in invoked}
    assert calls == {**TO_CAPTURED_PAYMENT, "notifications-on-order-update": 2, "audit-on-domain-event": 4}
    assert (sum(invoked.values()), sum(calls.values())) == (13, 19)


def test_every_event_of_an_order_reaches_the_audit_trail_once(open_shop: Shop) -> None:
    delivery = Delivery(open_shop)
    open_shop.buy(shipping_method="standard", shipping_address=HOME)
    open_shop.buy(payment_method="pm_card_capture_fails")
    published = Counter(delivery.relay())
    delivery.consume()
    written = [call for call in open_shop.calls if call.function == "audit-on-domain-event"]
    assert len(written) == sum(count for name, count in published.items() if name.startswith(("Order", "Payment")))
    assert published["OrderCancelled"] == published["PaymentVoided"] == published["ShipmentCreated"] == 1
    assert published["StockReleased"] == 1
