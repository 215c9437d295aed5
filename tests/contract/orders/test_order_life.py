"""The functions of orders, one after the other as the saga calls them, on DynamoDB."""

from tests.contract.orders.world import BODY, World
from tests.support.lambda_events import CUSTOMER

PAYMENT = {"outcome": "authorised", "payment_id": "pay_1"}
CAPTURED = {"outcome": "captured", "payment_id": "pay_1"}
SHIPMENT = {"outcome": "created", "shipment_id": "shp_1", "tracking": "T1"}


def test_from_placed_to_fulfilling(world: World) -> None:
    placed = world.place()
    assert placed.status == 202, placed.body
    order_id = placed.body["order_id"]
    assert placed.body["status"] == "PENDING"
    assert placed.headers["Location"] == f"/v1/orders/{order_id}"

    priced = world.task("task_price_order", order_id=order_id)
    assert priced == {
        "outcome": "priced",
        "total": {"amount": 2895, "currency": "GBP"},
        "demand": {"MUG": 2},
        "payment_method": "pm_card_visa",
        "customer_id": CUSTOMER["user_id"],
        "shipping": {"method": "standard", "country": "GB", "weight_grams": 600},
    }
    assert world.task("task_confirm_order", order_id=order_id, payment=PAYMENT) == {"outcome": "confirmed"}
    fulfilled = world.task("task_fulfil_order", order_id=order_id, payment=CAPTURED, shipment=SHIPMENT)
    assert fulfilled == {"outcome": "fulfilling"}

    order = world.read(order_id).body
    assert order["status"] == "FULFILLING"
    assert order["payment"] == {"status": "CAPTURED", "payment_id": "pay_1"}
    assert order["shipment"] == {"shipment_id": "shp_1", "tracking": "T1"}
    assert order["total"] == {"amount": 2895, "currency": "GBP"}
    assert order["lines"][0]["name"] == "Enamel mug"
    assert BODY["lines"][0]["sku"] == order["lines"][0]["sku"]
