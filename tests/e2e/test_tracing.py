"""Everything that one request caused can be found by its id, in order, in every function's log."""

import json
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from infra.local.logline import Entry
from infra.local.logs import Reader
from tests.e2e.client import Shop, eventually, new_key, order_of
from tests.support.saga_machine import STEPS

pytestmark = pytest.mark.e2e

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
AUDITED = ("orders", "payments")
EVENTS = {
    "OrderPlaced": "orders",
    "PaymentAuthorised": "payments",
    "StockCommitted": "inventory",
    "OrderConfirmed": "orders",
    "PaymentCaptured": "payments",
    "ShipmentCreated": "shipping",
    "OrderFulfilling": "orders",
}


def told(shop: Shop, wanted: str) -> list[tuple[str, dict[str, Any]]]:
    """The lines that name an id, as `make logs` finds them: the function without the stack's prefix, and the fields."""
    found = Reader(Path(shop.stack["log_dir"]), None, wanted).existing(0)
    return [(_name(shop, entry), json.loads(entry.text.partition("\n")[0])) for entry in found]


def _name(shop: Shop, entry: Entry) -> str:
    return entry.function.removeprefix(f"{shop.stack['prefix']}-")


@pytest.fixture(scope="module")
def request_id() -> str:
    return f"trace-{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def order_id(shop: Shop, sku: str, request_id: str) -> str:
    """An order of a customer who just signed in, placed under that id and fulfilled."""
    login = shop.call("POST", "/auth/login", json=shop.stack["customer"]).json()
    placed = shop.call(
        "POST",
        "/orders",
        json=order_of((sku, 1)),
        headers={
            "Authorization": f"Bearer {login['access_token']}",
            "X-Request-Id": request_id,
            "traceparent": TRACE,
            **new_key(),
        },
    )
    assert (placed.headers["x-request-id"], placed.headers["traceparent"]) == (request_id, TRACE)
    assert shop.settled(placed)["status"] == "FULFILLING"
    told_of: str = placed.json()["order_id"]
    return told_of


@pytest.fixture(scope="module")
def lines(shop: Shop, order_id: str, request_id: str) -> list[tuple[str, dict[str, Any]]]:
    """All that was logged under that id, once the last event was handled."""

    def handled() -> bool:
        audited = {line.get("event_name") for name, line in told(shop, request_id) if name == "audit-on-domain-event"}
        return {event for event, context in EVENTS.items() if context in AUDITED} <= audited

    assert eventually(handled), told(shop, request_id)
    return told(shop, request_id)


def test_it_begins_with_the_authoriser_and_the_route(lines: list[tuple[str, dict[str, Any]]], order_id: str) -> None:
    (first, accepted), (second, asked) = lines[:2]
    assert (first, accepted["message"]) == ("identity-authorize-request", "token accepted")
    served = next(line for name, line in lines if name == "orders-place-order" and line["message"] == "request served")
    assert (served["route"], served["status"], served["order_id"]) == ("POST /orders", 202, order_id)
    assert served["gateway_request_id"] == accepted["gateway_request_id"]
    assert second in {"orders-place-order", "catalogue-task-read-offers"}, asked


def test_every_task_of_the_saga_follows_in_order(lines: list[tuple[str, dict[str, Any]]], order_id: str) -> None:
    tasks = [(name, line["order_id"]) for name, line in lines if name in STEPS]
    assert tasks == [(name, order_id) for name in STEPS]


def test_every_event_is_followed_from_its_relay_to_its_consumers(lines: list[tuple[str, dict[str, Any]]]) -> None:
    published = {line["event_name"]: (name, line["event_id"]) for name, line in lines if name.endswith("relay-outbox")}
    assert {event: name for event, (name, _) in published.items()} == {
        event: f"{context}-relay-outbox" for event, context in EVENTS.items()
    }
    handled = [
        (name, line["event_name"], line["event_id"]) for name, line in lines if line["message"] == "event handled"
    ]
    for event, (_, event_id) in published.items():
        assert (("audit-on-domain-event", event, event_id) in handled) == (EVENTS[event] in AUDITED)
    confirmed = published["OrderConfirmed"][1]
    assert ("notifications-on-order-update", "OrderConfirmed", confirmed) in handled


def test_every_line_is_json_of_one_request_and_one_trace(
    lines: list[tuple[str, dict[str, Any]]], request_id: str
) -> None:
    assert {(line["correlation_id"], line["traceparent"]) for _, line in lines} == {(request_id, TRACE)}
    assert all(line["level"] == "INFO" for _, line in lines)
    moments = [line["timestamp"] for _, line in lines]
    assert moments == sorted(moments)


def test_the_saga_was_started_with_both(shop: Shop, order_id: str, request_id: str) -> None:
    machine = shop.stack["state_machines"]["order_saga"]
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:{order_id}"
    given = json.loads(shop.aws("stepfunctions").describe_execution(executionArn=execution)["input"])
    assert (given["correlation_id"], given["traceparent"]) == (request_id, TRACE)


def test_the_id_in_a_refusal_of_the_gateway_finds_the_reason(shop: Shop) -> None:
    answer = shop.call(
        "GET", "/users/me", headers={"Authorization": f"Bearer x.y.{time.time()}", "X-Request-Id": "mine"}
    )
    assert answer.status_code == 401
    assert eventually(lambda: told(shop, answer.json()["request_id"]))
    ((name, line),) = told(shop, answer.json()["request_id"])
    assert (name, line["message"], line["level"]) == ("identity-authorize-request", "token refused", "WARNING")
    assert line["correlation_id"] == "mine"


def test_an_id_that_is_not_well_formed_is_replaced_and_not_logged(shop: Shop) -> None:
    made_up = f"made up {uuid.uuid4().hex}"
    answer = shop.call("GET", "/products?limit=1", headers={"X-Request-Id": made_up, "traceparent": "00-x-y-01"})
    assert answer.status_code == 200
    assert eventually(lambda: told(shop, answer.headers["x-request-id"]))
    assert told(shop, made_up) == []
