"""For every route that takes an `Idempotency-Key`: a request that does something, and whether it is done once."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from identity.model import User
from kernel import aws
from kernel.clock import utc_now
from tests.support.accounts import put_account
from tests.support.lambda_events import STAFF, api_event
from tests.support.saga_books import assert_agree
from tests.support.saga_world import EVERYDAY, HOME, Shop

PRODUCT = {"name": "Lamp", "category": "lights", "price": {"amount": 995, "currency": "GBP"}, "weight_grams": 300}

Event = Mapping[str, Any]
Rows = Counter[tuple[str, str, str]]


@dataclass(frozen=True)
class Case:
    """`prepare` makes what the request needs and returns it; `check` sees, by its answer, that its effect is whole."""

    function: str
    status: int
    prepare: Callable[[Shop, str], Event]
    check: Callable[[Shop, Mapping[str, Any]], None]


def rows(shop: Shop) -> Rows:
    """How many items there are, by table and kind: what a request leaves behind, whatever its ids."""
    found: Rows = Counter()
    client = aws.client("dynamodb")
    for table in client.list_tables()["TableNames"]:
        for page in client.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                pk, sk = item["pk"]["S"], item.get("sk", {"S": ""})["S"]
                found[table, pk.partition("#")[0].partition("_")[0], sk.partition("#")[0]] += 1
    found["executions", "", ""] = len(shop.executions.names())
    return found


def _place(_shop: Shop, key: str) -> Event:
    body = {
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in EVERYDAY],
        "currency": "GBP",
        "shipping_method": "standard",
        "shipping_address": HOME,
        "payment_method": "pm_card_visa",
        "email": "ada@example.com",
    }
    return _event("POST", "/orders", key, body, known=None)


def _sold(shop: Shop, answer: Mapping[str, Any]) -> None:
    order_id = answer["order_id"]
    shop.finish(order_id)
    assert shop.order(order_id)["status"] == "FULFILLING"
    assert_agree(shop, order_id)


def _pay(shop: Shop, key: str) -> Event:
    order_id = shop.place(payment_method=None)
    execution = shop.executions.arn_of(order_id)
    shop.executions.wait_for(lambda: shop.bridge.calls("orders-task-await-payment")[-1:])
    shop.executions.wait_for(lambda: shop.bridge.calls("orders-task-await-payment")[-1].result)
    assert shop.executions.entered(execution)[-1] == "AwaitPayment"
    return _event("POST", "/orders/{order_id}/pay", key, {"payment_method": "pm_card_visa"}, {"order_id": order_id})


def _create(_shop: Shop, key: str) -> Event:
    return _event("POST", "/products", key, {"sku": "LAMP", **PRODUCT})


def _created(shop: Shop, answer: Mapping[str, Any]) -> None:
    assert (answer["sku"], answer["version"]) == ("LAMP", 1)


def _adjust(_shop: Shop, key: str) -> Event:
    return _event("POST", "/inventory/{sku}/adjust", key, {"delta": 7, "reason": "delivery"}, {"sku": EVERYDAY[0][0]})


def _adjusted(shop: Shop, answer: Mapping[str, Any]) -> None:
    sku = EVERYDAY[0][0]
    assert shop.stock(sku)["on_hand"] == answer["on_hand"] == shop.stocked[sku] + 7


def _add_address(shop: Shop, key: str) -> Event:
    shop.stack.handler("identity-create-address")  # which binds the models
    ada = User.register("ada@example.com", "-", "Ada", utc_now())
    put_account(ada)
    known = {**STAFF, "user_id": ada.user_id}
    return _event("POST", "/users/me/addresses", key, {**HOME, "default": True}, known=known)


def _added(_shop: Shop, answer: Mapping[str, Any]) -> None:
    assert answer["default"] is True


def _event(
    method: str,
    resource: str,
    key: str,
    body: object,
    path: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = STAFF,
) -> Event:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return api_event(resource, method, path=path, body=body, headers=headers, authorizer=known)


CASES: Mapping[str, Case] = {
    "POST /orders": Case("orders-place-order", 202, _place, _sold),
    "POST /orders/{order_id}/pay": Case("orders-pay-order", 202, _pay, _sold),
    "POST /products": Case("catalogue-create-product", 201, _create, _created),
    "POST /inventory/{sku}/adjust": Case("inventory-adjust-stock", 200, _adjust, _adjusted),
    "POST /users/me/addresses": Case("identity-create-address", 201, _add_address, _added),
}
