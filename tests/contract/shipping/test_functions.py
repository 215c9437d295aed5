"""The functions of shipping as Lambda calls them, on a mocked AWS."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from kernel import aws
from kernel.errors import ConfigurationError, TransientError
from kernel.ids import new_id
from shipping.sandbox import TIMEOUT_AFTER, TIMEOUT_BEFORE
from tests.support.aws import ENVIRONMENT, create_table, mocked_aws
from tests.support.functions import environment, load
from tests.support.lambda_events import LambdaContext

pytestmark = pytest.mark.contract
SETTINGS = {
    **ENVIRONMENT,
    "AGORA_PREFIX": "agora",
    "AGORA_CONTEXT": "shipping",
    "AGORA_TABLE": "agora-shipping",
    "AGORA_EVENT_BUS": "agora-events",
    "AGORA_CARRIER": "sandbox",
    "AGORA_SANDBOX_TABLE": "agora-shipping-sandbox",
}
SHIPPING = {"method": "standard", "country": "GB", "weight_grams": 1200}

Function = Callable[[Mapping[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def account() -> Iterator[None]:
    with environment(SETTINGS), mocked_aws():
        create_table("agora-shipping")
        create_table("agora-shipping-sandbox")
        yield


@pytest.fixture(scope="module")
def functions(account: None) -> dict[str, Function]:
    """Every function by folder name, each as one cold start made it."""

    def made(name: str) -> Function:
        app = load("shipping", name).app
        return lambda event: dict(app(event, LambdaContext()))

    return {name: made(name) for name in ("task_create_shipment", "task_cancel_shipment", "relay_outbox")}


@pytest.fixture
def order() -> dict[str, Any]:
    """The input that every task has in common."""
    return {"order_id": new_id("ord"), "correlation_id": "request-1", "traceparent": ""}


def test_a_parcel_is_sent_and_taken_back(functions: dict[str, Function], order: dict[str, Any]) -> None:
    tail = order["order_id"][4:]
    for _ in range(2):
        created = functions["task_create_shipment"]({**order, "shipping": SHIPPING})
        assert created == {"outcome": "created", "shipment_id": f"shp_{tail}", "tracking": f"AG{tail}GB"}
    for _ in range(2):
        assert functions["task_cancel_shipment"](order) == {"outcome": "cancelled", "shipment_id": f"shp_{tail}"}
    late = functions["task_create_shipment"]({**order, "shipping": SHIPPING})
    assert (late["outcome"], late["reason"]) == ("refused", "shipment_cancelled")


@pytest.mark.parametrize(
    ("shipping", "reason"),
    [
        ({**SHIPPING, "country": "AQ"}, "destination_not_served"),
        ({**SHIPPING, "method": "collect"}, "nothing_to_ship"),
        ({**SHIPPING, "method": "pigeon"}, "unknown_shipping_method"),
    ],
)
def test_a_refusal_says_why(
    functions: dict[str, Function], order: dict[str, Any], shipping: dict[str, Any], reason: str
) -> None:
    refused = functions["task_create_shipment"]({**order, "shipping": shipping})
    assert (refused["outcome"], refused["reason"]) == ("refused", reason)
    assert functions["task_cancel_shipment"](order)["outcome"] == "nothing"


def test_lost_answers_are_asked_for(functions: dict[str, Function], order: dict[str, Any]) -> None:
    found = functions["task_create_shipment"]({**order, "shipping": {**SHIPPING, "postcode": TIMEOUT_AFTER}})
    assert found["outcome"] == "created"
    other = {**order, "order_id": new_id("ord"), "shipping": {**SHIPPING, "postcode": TIMEOUT_BEFORE}}
    with pytest.raises(TransientError):
        functions["task_create_shipment"](other)
    assert functions["task_cancel_shipment"](other)["outcome"] == "nothing"


def test_nothing_to_cancel_is_no_fault(functions: dict[str, Function], order: dict[str, Any]) -> None:
    for _ in range(2):
        assert functions["task_cancel_shipment"](order)["outcome"] == "nothing"


def test_an_unknown_carrier_stops_the_deployment(account: None) -> None:
    with environment({"AGORA_CARRIER": "pigeon"}), pytest.raises(ConfigurationError, match="pigeon"):
        load("shipping", "task_create_shipment")


def test_the_relay_takes_an_empty_batch(functions: dict[str, Function]) -> None:
    assert functions["relay_outbox"]({"Records": []}) == {"batchItemFailures": []}


def test_the_calls_of_the_happy_path_are_counted(functions: dict[str, Function], order: dict[str, Any]) -> None:
    calls: list[str] = []

    def count(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if b"agora-shipping-sandbox" not in params["body"]:
            calls.append(model.name)

    hooks = aws.client("dynamodb").meta.events
    hooks.register("before-call.dynamodb", count)
    try:
        functions["task_create_shipment"]({**order, "shipping": SHIPPING})
    finally:
        hooks.unregister("before-call.dynamodb", count)
    assert calls == ["GetItem", "TransactWriteItems"]
