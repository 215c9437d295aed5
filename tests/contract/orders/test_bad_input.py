"""Everything a client can get wrong is answered with a clear problem document, and nothing is stored."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.contract.orders.world import BODY, Answer, World
from tests.support.lambda_events import CUSTOMER, STAFF

Spoil = Callable[[dict[str, Any]], Any]
MONEY = {"amount": 1, "currency": "GBP"}
FIELDS: dict[str, tuple[str, Spoil]] = {
    "unknown SKU": ("lines.0.sku", lambda body: body["lines"][0].update(sku="NO-SUCH")),
    "second SKU unknown": ("lines.1.sku", lambda body: body["lines"].append({"sku": "GONE", "quantity": 1})),
    "empty SKU": ("lines.0.sku", lambda body: body["lines"][0].update(sku="")),
    "SKU of another type": ("lines.0.sku", lambda body: body["lines"][0].update(sku=7)),
    "SKU with control characters": ("lines.0.sku", lambda body: body["lines"][0].update(sku="MUG\n")),
    "quantity zero": ("lines.0.quantity", lambda body: body["lines"][0].update(quantity=0)),
    "quantity negative": ("lines.0.quantity", lambda body: body["lines"][0].update(quantity=-1)),
    "quantity huge": ("lines.0.quantity", lambda body: body["lines"][0].update(quantity=1_000_001)),
    "quantity beyond 64 bits": ("lines.0.quantity", lambda body: body["lines"][0].update(quantity=10**30)),
    "quantity a text": ("lines.0.quantity", lambda body: body["lines"][0].update(quantity="2")),
    "quantity a fraction": ("lines.0.quantity", lambda body: body["lines"][0].update(quantity=1.5)),
    "quantity a whole float": ("lines.0.quantity", lambda body: body["lines"][0].update(quantity=2.0)),
    "quantity a boolean": ("lines.0.quantity", lambda body: body["lines"][0].update(quantity=True)),
    "quantity missing": ("lines.0.quantity", lambda body: body["lines"][0].pop("quantity")),
    "price of a client": ("lines.0.price", lambda body: body["lines"][0].update(price=MONEY)),
    "foreign currency": ("lines.0.sku", lambda body: body.update(currency="EUR")),
    "product of another currency": ("lines.0.sku", lambda body: body["lines"][0].update(sku="CUP")),
    "no such currency": ("currency", lambda body: body.update(currency="XYZ")),
    "lower-case currency": ("currency", lambda body: body.update(currency="gbp")),
    "no lines": ("lines", lambda body: body.update(lines=[])),
    "lines missing": ("lines", lambda body: body.pop("lines")),
    "lines an object": ("lines", lambda body: body.update(lines={})),
    "too many lines": ("lines", lambda body: body.update(lines=body["lines"] * 1001)),
    "unknown field": ("total", lambda body: body.update(total=1)),
    "role in the body": ("roles", lambda body: body.update(roles=["staff"])),
    "customer in the body": ("customer_id", lambda body: body.update(customer_id="usr_bob")),
    "unknown payment method": ("payment_method", lambda body: body.update(payment_method="pm_gold")),
    "card number": ("payment_method", lambda body: body.update(payment_method="4242424242424242")),
    "unknown shipping method": ("shipping_method", lambda body: body.update(shipping_method="teleport")),
    "no address": ("shipping_address", lambda body: body.pop("shipping_address")),
    "null address": ("shipping_address", lambda body: body.update(shipping_address=None)),
    "no such country": ("shipping_address.country", lambda body: body["shipping_address"].update(country="ZZ")),
    "country's name": ("shipping_address.country", lambda body: body["shipping_address"].update(country="England")),
    "no city": ("shipping_address.city", lambda body: body["shipping_address"].pop("city")),
    "blank name": ("shipping_address.name", lambda body: body["shipping_address"].update(name=" ")),
    "unknown address field": ("shipping_address.planet", lambda body: body["shipping_address"].update(planet="Mars")),
    "bad e-mail": ("email", lambda body: body.update(email="nobody")),
}


def problem(answer: Answer, status: int) -> Mapping[str, Any]:
    """The problem document, which every error is."""
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["status"] == status
    assert answer.body["request_id"]
    found: Mapping[str, Any] = answer.body
    return found


@pytest.mark.parametrize("what", FIELDS)
def test_a_bad_field_is_named_and_nothing_is_stored(world: World, what: str) -> None:
    path, spoil = FIELDS[what]
    body = copy.deepcopy(dict(BODY))
    spoil(body)
    told = problem(world.place(body), 422)
    assert path in [error["path"] for error in told["errors"]], told
    assert all(error["reason"] for error in told["errors"])
    assert world.items() == []


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ('{"lines": [', 400),
        ("", 400),
        ("[" * 5000, 400),
        ("null", 422),
        ("[]", 422),
        ('"text"', 422),
        (json.dumps({**BODY, "filler": "x" * 300_000}), 413),
        ('{"lines": [{"sku": "MUG", "quantity": NaN}]}', 422),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem_and_not_a_crash(world: World, raw: str, status: int) -> None:
    problem(world.place(raw), status)
    assert world.items() == []


def test_a_body_that_is_not_json_is_unsupported(world: World) -> None:
    problem(world.place("<order/>", headers={"Content-Type": "text/xml"}), 415)
    assert world.items() == []


@pytest.mark.parametrize("key", [None, "two words", "k" * 256, "schlüssel"])
def test_a_key_is_required_and_has_to_be_a_key(world: World, key: str | None) -> None:
    problem(world.place(key=key), 400)
    assert world.items() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"on_behalf_of": "usr_bob"},
        {"adjustments": [{"code": "D", "description": "Discount", "amount": {"amount": -1, "currency": "GBP"}}]},
        {"lines": [{"sku": "MUG", "quantity": 1, "unit_price": MONEY}]},
    ],
)
@pytest.mark.parametrize("who", [CUSTOMER, None])
def test_nobody_becomes_staff_by_what_the_body_says(world: World, fields: Any, who: Any) -> None:
    told = problem(world.place({**BODY, "email": "x@example.com", **fields}, who=who), 403)
    assert told["type"].endswith("staff-only")
    assert world.items() == []


def _adjusted(amount: int, currency: str = "GBP") -> dict[str, Any]:
    return {"adjustments": [{"code": "D", "amount": {"amount": amount, "currency": currency}}]}


def _negotiated(price: Any) -> dict[str, Any]:
    return {"lines": [{"sku": "MUG", "quantity": 1, "unit_price": price}]}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (_adjusted(-(10**13)), "adjustments.0.amount.amount"),
        (_adjusted(-1, "EUR"), "adjustments"),
        (_adjusted(-9999), "adjustments"),
        (_negotiated({"amount": -1, "currency": "GBP"}), "lines.0.unit_price.amount"),
        (_negotiated({"amount": 1, "currency": "USD"}), "lines.0.unit_price.currency"),
        (_negotiated(5), "lines.0.unit_price"),
        ({"on_behalf_of": "no spaces"}, "on_behalf_of"),
        ({"on_behalf_of": ""}, "on_behalf_of"),
    ],
)
def test_staff_too_have_to_make_sense(world: World, fields: Any, path: str) -> None:
    told = problem(world.place({**BODY, "shipping_method": "collect", **fields}, who=STAFF), 422)
    assert path in [error["path"] for error in told["errors"]], told
    assert world.items() == []


def test_a_guest_without_an_email_is_asked_for_one(world: World) -> None:
    told = problem(world.place(who=None), 422)
    assert [error["path"] for error in told["errors"]] == ["email"]
    assert world.items() == []


def test_a_token_without_the_scope_places_nothing(world: World) -> None:
    problem(world.place(who={**CUSTOMER, "scopes": "orders:read"}), 403)
    assert world.items() == []


def test_an_order_of_too_much_money_is_refused(world: World) -> None:
    lines = [{"sku": "MUG", "quantity": 1_000_000}] * 1000
    told = problem(world.place({**BODY, "lines": lines}), 422)
    assert [error["path"] for error in told["errors"]] == ["lines"]
    assert world.items() == []


def test_a_catalogue_that_does_not_answer_is_503_and_nothing_is_stored(world: World) -> None:
    world.bridge.fail("catalogue-task-read-offers", RuntimeError("down"), times=1)
    answer = world.place()
    problem(answer, 503)
    assert answer.headers["Retry-After"]
    assert world.items() == []


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"status": "LOST"}, "status"),
        ({"page": "2"}, "page"),
    ],
)
def test_a_bad_query_is_named(world: World, query: dict[str, str], path: str) -> None:
    told = problem(world.call("list_orders", "/orders", query=query, authorizer=CUSTOMER), 422)
    assert [error["path"] for error in told["errors"]] == [path]
