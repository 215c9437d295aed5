"""What an order costs in calls and bytes, counted rather than timed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kernel import aws
from tests.contract.orders.world import BODY, World, offer, relayed
from tests.support.lambda_events import CUSTOMER, STAFF

ITEM_LIMIT = 400 * 1024
BUS_LIMIT = 256 * 1024


@contextmanager
def counted(service: str = "dynamodb") -> Iterator[list[str]]:
    """The operations of a service that are called for a while."""
    calls: list[str] = []

    def note(model: Any, **_: Any) -> None:
        calls.append(model.name)

    events = aws.client(service).meta.events
    events.register(f"before-call.{service}", note)
    try:
        yield calls
    finally:
        events.unregister(f"before-call.{service}", note)


def test_placing_is_one_transaction_and_a_warm_function_asks_nobody(world: World) -> None:
    world.place()
    world.bridge.invocations.clear()
    with counted() as calls:
        assert world.place().status == 202
    assert calls == ["TransactWriteItems"]
    assert world.bridge.called == []
    with counted() as calls:
        world.place(key="k")
        world.place(key="k")
    # The repetition asks for its answer, and whether the saga began.
    assert calls == ["TransactWriteItems", "TransactWriteItems", "GetItem", "GetItem"]


@pytest.mark.parametrize("lines", [1, 25, 1000])
def test_each_saga_step_is_at_most_two_calls(world: World, lines: int) -> None:
    order_id = world.place({**BODY, "lines": [{"sku": "MUG", "quantity": 1}] * lines}).body["order_id"]
    with counted() as calls:
        world.task("task_price_order", order_id=order_id)
    assert calls == ["GetItem", "TransactWriteItems"]
    assert world.bridge.called.count("catalogue-task-read-offers") == 2
    for task in ("task_confirm_order", "task_fulfil_order", "task_cancel_order"):
        with counted() as calls:
            world.task(task, order_id=order_id)
        assert calls == ["GetItem", "TransactWriteItems"], task
    with counted() as calls:
        world.read(order_id)
    assert calls == ["GetItem"]


def test_waiting_for_a_payment_is_two_calls(world: World) -> None:
    order_id = world.place({**BODY, "payment_method": None}).body["order_id"]
    with counted() as calls:
        world.task("task_await_payment", order_id=order_id, task_token="t")
    assert calls == ["PutItem", "GetItem"]


def test_an_order_of_a_thousand_different_lines_fits_every_limit(world: World) -> None:
    skus = [f"SKU-{number:04d}-{'X' * 55}"[:64] for number in range(1000)]
    world.offers.update({sku: offer(1999, name=f"{number} {'Näme' * 25}"[:100]) for number, sku in enumerate(skus)})
    price = {"amount": 123456, "currency": "GBP"}
    body = {**BODY, "lines": [{"sku": sku, "quantity": 1_000, "unit_price": price} for sku in skus]}
    assert len(json.dumps(body)) < 256 * 1024
    placed = world.place({**body, "on_behalf_of": CUSTOMER["user_id"]}, who=STAFF)
    assert placed.status == 202, placed.body
    order_id = placed.body["order_id"]
    priced = world.task("task_price_order", order_id=order_id)
    assert len(json.dumps(priced).encode()) < BUS_LIMIT
    assert priced["total"]["amount"] == 1_000_000 * 123456 + 995
    world.task("task_confirm_order", order_id=order_id)
    assert max(len(json.dumps(item, default=_bytes).encode()) for item in world.items()) < ITEM_LIMIT
    published = relayed(world)
    assert [entry["DetailType"] for entry in published] == ["OrderPlaced", "OrderConfirmed"]
    assert max(len(json.dumps(entry).encode()) for entry in published) < BUS_LIMIT
    order = world.read(order_id).body
    assert [line["sku"] for line in order["lines"]] == skus


def _bytes(value: bytes) -> str:
    return value.decode("latin-1")
