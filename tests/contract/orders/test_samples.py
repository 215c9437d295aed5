"""The samples for `sam local invoke` are what the real producers make, and the functions take them."""

import json
from typing import Any
from unittest import mock

import pytest

from kernel import aws
from orders import dynamo as tables
from orders import events
from orders.ports import Remembered
from tests.contract.orders import samples
from tests.contract.orders.test_repository import remembered
from tests.contract.orders.world import World
from tests.support.functions import FUNCTIONS
from tests.support.lambda_events import LambdaContext

OUTCOMES = {
    "task_price_order": "priced",
    "task_await_payment": "chosen",
    "task_confirm_order": "confirmed",
    "task_fulfil_order": "fulfilling",
    "task_cancel_order": "cancelled",
    "task_park_order": "parked",
    "task_redrive_order": "not_parked",
    "task_rebuild_projection": "rebuilt",
    "sweep_orders": "swept",
    "sweep_erasures": "swept",
}
STATUSES = {"place_order": 202, "get_order": 200, "list_orders": 200, "list_order_events": 200, "pay_order": 409}


def test_every_function_has_a_sample_and_it_is_up_to_date() -> None:
    made = samples.samples()
    assert set(made) == {path.parent.name for path in (FUNCTIONS / "orders").glob("*/app.py")}
    for function, sample in made.items():
        assert samples.path_of(function).read_text() == samples.text_of(sample), function


@pytest.fixture
def stocked(world: World) -> World:
    """The world with the order that the samples are about."""
    world.app("get_order")
    key: Remembered = remembered("sample")
    tables.DynamoOrders().place(samples.ORDER, events.order_placed(samples.ORDER), key)
    return world


@pytest.mark.parametrize("function", samples.samples())
def test_the_function_takes_its_sample(stocked: World, function: str) -> None:
    sample: Any = json.loads(samples.path_of(function).read_text())
    if function == "task_fulfil_order":
        stocked.task("task_confirm_order", **samples.samples()["task_confirm_order"])
    accepted = mock.Mock(return_value={"FailedEntryCount": 0, "Entries": [{}]})
    with (
        mock.patch.object(aws.client("stepfunctions"), "send_task_success"),
        mock.patch.object(aws.client("events"), "put_events", accepted),
    ):
        answer = stocked.app(function)(sample, LambdaContext())
    if function == "relay_outbox":
        assert answer == {"batchItemFailures": []}
        assert accepted.call_args.kwargs["Entries"][0]["DetailType"] == "OrderConfirmed"
    elif function == "on_user_deleted":
        assert answer == {"batchItemFailures": []}
    elif function in STATUSES:
        assert answer["statusCode"] == STATUSES[function], answer["body"]
    else:
        assert answer["outcome"] == OUTCOMES[function]
