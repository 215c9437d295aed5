"""From POST /orders to a captured payment, a shipment and a letter, on the deployed templates."""

from typing import Any

import httpx
import pytest

from tests.e2e.client import Shop, eventually, order_of

pytestmark = pytest.mark.e2e


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "GBP"}


def test_a_customers_order_is_captured_shipped_and_added_up_exactly(shop: Shop) -> None:
    mug, lamp = shop.product(price=1250), shop.product(price=333, discount_rate="0.10")
    placed = shop.place(order_of((mug, 2), (lamp, 3)))
    assert placed.json()["status"] == "PENDING"
    order = shop.settled(placed, who="customer")
    assert (order["status"], order["payment"]["status"]) == ("FULFILLING", "CAPTURED")
    assert order["subtotal"] == money(2 * 1250 + 3 * 333)
    assert order["discount"] == money(100)  # 99.9 pence, rounded once
    assert order["shipping"]["amount"] > 0
    parts = ("subtotal", "adjustment", "shipping", "tax")
    assert order["total"]["amount"] == sum(order[part]["amount"] for part in parts) - order["discount"]["amount"]
    assert order["shipment"]["shipment_id"]
    assert shop.stock(mug) == (98, 0, 98)
    assert shop.stock(lamp) == (97, 0, 97)
    payment = shop.call("GET", f"/payments/{order['payment']['payment_id']}", who="customer").json()
    assert (payment["status"], payment["amount"]) == ("CAPTURED", order["total"])


def test_the_history_tells_each_transition_once_and_in_order(shop: Shop) -> None:
    order = shop.settled(shop.place(order_of((shop.product(), 1))))
    history = shop.call("GET", f"/orders/{order['order_id']}/events", who="customer").json()["items"]
    assert [event["name"] for event in history] == ["OrderPlaced", "OrderPriced", "OrderConfirmed", "OrderFulfilling"]
    assert [event["sequence"] for event in history] == [1, 2, 3, 4]
    assert len({event["correlation_id"] for event in history}) == 1


def test_a_guest_orders_with_an_email_and_reads_it_by_its_link(shop: Shop) -> None:
    placed = shop.place(order_of((shop.product(), 1), email="guest@example.com"), who=None)
    order = shop.settled(placed)
    assert (order["customer_id"], order["payment"]["status"]) == (None, "CAPTURED")
    link = httpx.URL(placed.json()["links"]["self"])
    read = shop.call("GET", f"/orders/{order['order_id']}", params=dict(link.params))
    assert read.status_code == 200, read.text
    assert shop.call("GET", f"/orders/{order['order_id']}").status_code in {401, 404}


def test_staff_negotiate_prices_on_behalf_of_a_customer(shop: Shop) -> None:
    sku = shop.product(price=5000)
    body = order_of(
        (sku, 10),
        on_behalf_of="usr_retail-17850",
        email="trade@example.com",
        shipping_method="collect",
        adjustments=[{"code": "POST", "description": "Carriage", "amount": money(1800)}],
    )
    body["lines"][0]["unit_price"] = money(4321)
    order = shop.settled(shop.place(body, who="staff"))
    assert order["customer_id"] == "usr_retail-17850"
    assert order["total"] == money(10 * 4321 + 1800)
    assert order["payment"]["status"] == "CAPTURED"
    assert order["shipment"] is None


def test_a_declined_card_cancels_and_gives_the_stock_back(shop: Shop) -> None:
    sku = shop.product(stock=5)
    order = shop.settled(shop.place(order_of((sku, 2), payment_method="pm_card_declined")))
    assert (order["status"], order["payment"]["status"]) == ("CANCELLED", "DECLINED")
    assert order["cancellation"]["reason"] == "payment_declined"
    assert shop.stock(sku) == (5, 0, 5)


def test_one_short_line_reserves_nothing_of_the_others(shop: Shop) -> None:
    plenty, short = shop.product(stock=50), shop.product(stock=3)
    order = shop.settled(shop.place(order_of((plenty, 1), (short, 2), (short, 2))))
    assert (order["status"], order["payment"]["status"]) == ("CANCELLED", "NONE")
    assert order["cancellation"]["reason"] == "out_of_stock"
    assert (shop.stock(plenty), shop.stock(short)) == ((50, 0, 50), (3, 0, 3))


def test_a_charge_that_times_out_after_it_happened_is_found_and_captured_once(shop: Shop) -> None:
    order = shop.settled(shop.place(order_of((shop.product(), 1), payment_method="pm_card_timeout_after_charge")))
    assert (order["status"], order["payment"]["status"]) == ("FULFILLING", "CAPTURED")


def test_a_charge_that_never_happened_cancels_the_order_and_charges_nothing(shop: Shop) -> None:
    sku = shop.product(stock=4)
    order = shop.settled(shop.place(order_of((sku, 1), payment_method="pm_card_timeout_before_charge")))
    assert (order["status"], order["payment"]["status"]) == ("CANCELLED", "DECLINED")
    assert order["cancellation"]["reason"] == "payment_failed"
    assert shop.stock(sku) == (4, 0, 4)


def test_a_capture_that_fails_voids_the_authorisation_and_restocks(shop: Shop) -> None:
    sku = shop.product(stock=4)
    order = shop.settled(shop.place(order_of((sku, 3), payment_method="pm_card_capture_fails")))
    assert (order["status"], order["payment"]["status"]) == ("CANCELLED", "VOIDED")
    assert shop.stock(sku) == (4, 0, 4)


def test_a_shipment_that_the_carrier_refuses_is_refunded_and_restocked(shop: Shop) -> None:
    sku = shop.product(stock=4)
    address = {"name": "Ernest", "line1": "Base", "city": "Rothera", "postcode": "BIQQ 1ZZ", "country": "AQ"}
    order = shop.settled(shop.place(order_of((sku, 1), shipping_address=address)))
    assert (order["status"], order["payment"]["status"]) == ("CANCELLED", "REFUNDED")
    assert shop.stock(sku) == (4, 0, 4)


def test_an_order_without_a_payment_method_waits_until_it_is_paid(shop: Shop) -> None:
    sku = shop.product(stock=4)
    placed = shop.place(order_of((sku, 1), payment_method=None))
    path = f"/orders/{placed.json()['order_id']}"
    assert eventually(lambda: shop.stock(sku) == (4, 1, 3))

    def paid() -> bool:
        answer = shop.call(
            "POST",
            f"{path}/pay",
            who="customer",
            json={"payment_method": "pm_card_visa"},
            headers={"Idempotency-Key": "pay-later"},
        )
        return answer.is_success

    assert eventually(paid)
    assert shop.settled(placed)["payment"]["status"] == "CAPTURED"
    assert shop.stock(sku) == (3, 0, 3)


def test_an_order_of_a_thousand_lines_is_captured(shop: Shop) -> None:
    skus = [shop.product(stock=1000) for _ in range(3)]
    many = [(skus[number % 3], 1) for number in range(1000)]
    order = shop.settled(shop.place(order_of(*many, shipping_method="collect")))
    assert (len(order["lines"]), order["payment"]["status"]) == (1000, "CAPTURED")
    assert order["total"] == money(1000 * 1000)


def test_the_customer_is_written_to_and_the_trail_is_kept(shop: Shop) -> None:
    email = "letters@example.com"
    placed = shop.place(order_of((shop.product(), 1), email=email), who=None)
    order = shop.settled(placed)

    def letters() -> list[Any]:
        sent = httpx.get(f"{shop.stack['endpoint_url']}/_ministack/ses/messages", timeout=10).json()["messages"]
        messages = [message for account in sent.values() for message in account]
        return [each for each in messages if email in each["To"] and order["order_id"] in each["BodyText"]]

    assert eventually(letters), "no letter about the order was sent"

    def trail() -> list[str]:
        told = shop.invoke("audit-task-read-trail", {"aggregate_id": order["order_id"]})
        assert email not in str(told)
        return [entry["name"] for entry in told["entries"]]

    assert eventually(lambda: trail() == ["OrderPlaced", "OrderConfirmed", "OrderFulfilling"]), trail()
