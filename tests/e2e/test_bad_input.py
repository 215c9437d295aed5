"""Everything a client can get wrong with POST /orders is told clearly, and nothing is stored."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.client import Shop, new_key, order_of

pytestmark = pytest.mark.e2e

Spoil = Callable[[dict[str, Any]], Any]
BAD: dict[str, tuple[int, str, Spoil]] = {
    "unknown SKU": (422, "lines.0.sku", lambda body: body["lines"][0].update(sku="no-such-thing")),
    "quantity zero": (422, "lines.0.quantity", lambda body: body["lines"][0].update(quantity=0)),
    "quantity negative": (422, "lines.0.quantity", lambda body: body["lines"][0].update(quantity=-1)),
    "quantity huge": (422, "lines.0.quantity", lambda body: body["lines"][0].update(quantity=10**12)),
    "quantity a text": (422, "lines.0.quantity", lambda body: body["lines"][0].update(quantity="2")),
    "quantity a fraction": (422, "lines.0.quantity", lambda body: body["lines"][0].update(quantity=1.5)),
    "foreign currency": (422, "", lambda body: body.update(currency="JPY")),
    "no currency": (422, "currency", lambda body: body.update(currency="XYZ")),
    "no lines": (422, "lines", lambda body: body.update(lines=[])),
    "too many lines": (422, "lines", lambda body: body.update(lines=body["lines"] * 1001)),
    "unknown field": (422, "total", lambda body: body.update(total=1)),
    "unknown payment method": (422, "payment_method", lambda body: body.update(payment_method="pm_gold")),
    "unknown shipping method": (422, "shipping_method", lambda body: body.update(shipping_method="teleport")),
    "no such country": (
        422,
        "shipping_address.country",
        lambda body: body.update(shipping_address={**body["shipping_address"], "country": "ZZ"}),
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_field_is_named_in_a_problem_document(shop: Shop, sku: str, what: str) -> None:
    status, path, spoil = BAD[what]
    body = order_of((sku, 1))
    spoil(body)
    before = orders_of_customer(shop)
    answer = shop.place(body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    if path:
        assert any(error["path"].startswith(path) for error in problem["errors"]), problem
    assert orders_of_customer(shop) == before


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b'{"lines": [', 400),
        (b"", 400),
        (b"[" * 5000, 400),
        (b"null", 422),
        (json.dumps({"lines": [], "filler": "x" * 400_000}).encode(), 413),
    ],
)
def test_an_unreadable_body_is_a_problem_and_not_a_crash(shop: Shop, raw: bytes, status: int) -> None:
    headers = {**new_key(), "Content-Type": "application/json"}
    answer = shop.call("POST", "/orders", who="customer", content=raw, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text


def test_a_body_that_is_not_json_is_unsupported(shop: Shop) -> None:
    headers = {**new_key(), "Content-Type": "text/xml"}
    assert shop.call("POST", "/orders", who="customer", content=b"<o/>", headers=headers).status_code == 415


def test_a_price_from_a_customer_is_refused(shop: Shop, sku: str) -> None:
    body = order_of((sku, 1))
    body["lines"][0]["unit_price"] = {"amount": 1, "currency": "GBP"}
    assert shop.place(body).status_code in {403, 422}
    discount = [{"code": "D", "description": "Discount", "amount": {"amount": -900, "currency": "GBP"}}]
    assert shop.place(order_of((sku, 1), adjustments=discount)).status_code in {403, 422}
    assert shop.place(order_of((sku, 1), on_behalf_of="usr_somebody")).status_code in {403, 422}


def test_an_order_without_an_idempotency_key_is_asked_for_one(shop: Shop, sku: str) -> None:
    answer = shop.call("POST", "/orders", who="customer", json=order_of((sku, 1)))
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


def test_the_same_key_replays_and_another_body_is_refused(shop: Shop, sku: str) -> None:
    body = order_of((sku, 1))
    first, again = shop.place(body, key="twice"), shop.place(body, key="twice")
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert shop.place(order_of((sku, 2)), key="twice").status_code == 422


def orders_of_customer(shop: Shop) -> list[str]:
    return [order["order_id"] for order in shop.call("GET", "/orders", who="customer").json()["items"]]
