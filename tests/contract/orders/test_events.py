"""The events that orders publishes, against their schemas and examples."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from orders import events
from tests.contract.orders import examples
from tests.contract.orders.world import World, relayed

pytestmark = pytest.mark.contract


def validator(stem: str) -> Draft202012Validator:
    schema: dict[str, Any] = json.loads((examples.DIRECTORY / f"{stem}.v1.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("stem", examples.FILES.values())
def test_the_example_is_what_the_producer_makes_and_the_schema_says(stem: str) -> None:
    event = examples.examples()[stem]
    assert examples.path_of(stem).read_text() == examples.text_of(event)
    validator(stem).validate(event.to_detail())


@pytest.mark.parametrize("stem", examples.FILES.values())
def test_a_field_more_or_less_is_another_event(stem: str) -> None:
    detail = examples.examples()[stem].to_detail()
    assert not validator(stem).is_valid({**detail, "data": {**detail["data"], "extra": 1}})
    for name in detail["data"]:
        less = {key: value for key, value in detail["data"].items() if key != name}
        assert not validator(stem).is_valid({**detail, "data": less}), name


def test_every_event_that_is_published_has_a_schema_and_the_rest_has_none() -> None:
    assert set(examples.FILES) == events.PUBLISHED
    stems = {path.name.removesuffix(".v1.json") for path in examples.DIRECTORY.glob("*.v1.json")}
    assert stems == set(examples.FILES.values())


def test_what_the_relay_puts_on_the_bus_is_what_the_schemas_say(world: World) -> None:
    fulfilled = world.place().body["order_id"]
    world.task("task_price_order", order_id=fulfilled)
    world.task("task_confirm_order", order_id=fulfilled, payment={"outcome": "authorised", "payment_id": "pay_1"})
    world.task("task_fulfil_order", order_id=fulfilled, payment={"outcome": "captured", "payment_id": "pay_1"})
    guest = world.place({**world.body, "email": "guest@example.com", "payment_method": None}, who=None).body["order_id"]
    world.task("task_park_order", order_id=guest, cancellation={"reason": "capture_failed", "detail": "no"})
    world.task("task_cancel_order", order_id=guest, reason="capture_failed", detail="no")
    published = relayed(world)
    assert [entry["DetailType"] for entry in published if fulfilled in entry["Detail"]] == [
        "OrderPlaced",
        "OrderConfirmed",
        "OrderFulfilling",
    ]
    assert [entry["DetailType"] for entry in published if guest in entry["Detail"]] == [
        "OrderPlaced",
        "OrderParked",
        "OrderCancelled",
    ]
    for entry in published:
        assert (entry["Source"], entry["EventBusName"]) == ("agora.orders", "agora-events")
        validator(examples.FILES[entry["DetailType"]]).validate(json.loads(entry["Detail"]))
