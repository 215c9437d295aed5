"""What keeps orders going without anybody asking: the sweeper, the redrive, the rebuild, and what the tasks refuse."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from infra.templates import Template
from kernel import aws
from kernel.clock import utc_now
from kernel.errors import TransientError
from orders.errors import TransitionRefused, UnknownOrder
from orders.rates_parameter import ParameterRates
from orders.step_functions import StepFunctionsSagas
from tests.contract.orders.world import BODY, RATES, SAGA_ARN, TABLE, World
from tests.support.functions import ROOT


def later(world: World, minutes: float) -> Callable[[], Any]:
    """The sweep as it runs some minutes from now."""

    def run() -> Any:
        with mock.patch("orders.bootstrap.utc_now", return_value=utc_now() + timedelta(minutes=minutes)):
            world._apps.pop("sweep_orders", None)
            return world.task("sweep_orders")

    return run


def executions(order_id: str) -> dict[str, Any]:
    found = aws.client("stepfunctions").list_executions(stateMachineArn=SAGA_ARN)["executions"]
    return {each["name"]: each for each in found if each["name"].startswith(order_id)}


def input_of(execution: dict[str, Any]) -> Any:
    described = aws.client("stepfunctions").describe_execution(executionArn=execution["executionArn"])
    return json.loads(described["input"])


def test_placing_starts_one_execution_named_after_the_order(world: World) -> None:
    order_id = world.place(headers={"X-Request-Id": "req-7"}).body["order_id"]
    found = executions(order_id)
    assert list(found) == [order_id]
    given = input_of(found[order_id])
    assert (given["order_id"], given["mode"], given["correlation_id"]) == (order_id, "fulfil", "req-7")
    assert given["traceparent"].startswith("00-")


def test_an_order_whose_saga_did_not_start_is_swept_up_once(world: World) -> None:
    with mock.patch.object(StepFunctionsSagas, "start", side_effect=TransientError("down")):
        order_id = world.place().body["order_id"]
    assert executions(order_id) == {}
    assert later(world, 0.5)() == {"outcome": "swept"}
    assert later(world, 2)() == {"outcome": "swept", "started": 1}
    assert later(world, 2)() == {"outcome": "swept", "running": 1}
    assert list(executions(order_id)) == [order_id]


def test_an_execution_that_died_is_followed_by_a_compensating_one(world: World) -> None:
    order_id = world.place().body["order_id"]
    world.task("task_confirm_order", order_id=order_id, payment={"outcome": "authorised", "payment_id": "p"})
    aws.client("stepfunctions").stop_execution(executionArn=executions(order_id)[order_id]["executionArn"])
    for _ in range(2):
        assert later(world, 2)() == {"outcome": "swept", "redriven": 1}
    assert set(executions(order_id)) == {order_id, f"{order_id}-r1"}
    assert input_of(executions(order_id)[f"{order_id}-r1"])["mode"] == "compensate"


def test_a_parked_order_is_redriven_with_the_reason_it_was_parked_for(world: World) -> None:
    order_id = world.place().body["order_id"]
    assert world.task("task_redrive_order", order_id=order_id) == {"outcome": "not_parked", "status": "PENDING"}
    why = {"reason": "capture_failed", "detail": "no", "payment": {"result": {"outcome": "none"}}}
    assert world.task("task_park_order", order_id=order_id, cancellation=why, parked={})["outcome"] == "parked"
    redriven = world.task("task_redrive_order", order_id=order_id)
    assert redriven == {"outcome": "redriven", "execution": f"{order_id}-r1"}
    given = input_of(executions(order_id)[f"{order_id}-r1"])
    assert (given["mode"], given["cancellation"]) == ("compensate", why)
    assert later(world, 2)() == {"outcome": "swept"}


def test_parking_counts_where_the_alarm_looks(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    template = Template(ROOT / "infra" / "orders.yaml")
    alarm = template.of_type("AWS::CloudWatch::Alarm")["OrdersParkedAlarm"]
    world.task("task_park_order", order_id=world.place().body["order_id"], cancellation={}, parked={})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"OrdersParked"' in line]
    (metric,) = [line for line in lines if "_aws" in line]
    (told,) = metric["_aws"]["CloudWatchMetrics"]
    assert (told["Namespace"], told["Metrics"][0]["Name"]) == (alarm["Namespace"], alarm["MetricName"])
    assert told["Dimensions"] == [[dimension["Name"] for dimension in alarm["Dimensions"]]]
    assert metric["service"] == os.environ["POWERTOOLS_SERVICE_NAME"]  # which the template sets to the alarm's value
    deployed = template.document["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    assert alarm["Dimensions"][0]["Value"] == deployed


def test_a_dropped_projection_is_rebuilt_to_the_identical_item(world: World) -> None:
    order_id = world.place().body["order_id"]
    world.task("task_price_order", order_id=order_id)
    world.task("task_confirm_order", order_id=order_id, payment={"outcome": "authorised", "payment_id": "p"})
    key = {"pk": {"S": order_id}, "sk": {"S": "ORDER"}}
    client = aws.client("dynamodb")
    before = client.get_item(TableName=TABLE, Key=key)["Item"]
    client.delete_item(TableName=TABLE, Key=key)
    assert world.read(order_id).status == 404
    assert world.task("task_rebuild_projection", order_id=order_id)["versions"] == {order_id: 3}
    assert client.get_item(TableName=TABLE, Key=key)["Item"] == before
    world.task("task_fulfil_order", order_id=order_id, payment={"outcome": "captured", "payment_id": "p"})
    assert world.read(order_id).body["status"] == "FULFILLING"


def test_faults_have_the_names_that_the_state_machine_knows(world: World) -> None:
    order_id = world.place().body["order_id"]
    world.bridge.fail("catalogue-task-read-offers", RuntimeError("down"))
    with pytest.raises(TransientError):
        world.task("task_price_order", order_id=order_id)
    with pytest.raises(UnknownOrder):
        world.task("task_price_order", order_id="ord_none")
    world.task("task_cancel_order", order_id=order_id, reason="r", detail="d")
    with pytest.raises(TransitionRefused):
        world.task("task_confirm_order", order_id=order_id)


def test_a_token_that_no_longer_waits_is_no_fault(world: World) -> None:
    sagas = StepFunctionsSagas(SAGA_ARN)
    error = aws.client("stepfunctions").exceptions.TaskTimedOut({"Error": {"Code": "TaskTimedOut"}}, "SendTaskSuccess")
    with mock.patch.object(aws.client("stepfunctions"), "send_task_success", side_effect=error):
        assert sagas.complete("t", {}) is False
    broken = aws.client("stepfunctions").exceptions.ClientError({"Error": {"Code": "Throttling"}}, "SendTaskSuccess")
    with (
        mock.patch.object(aws.client("stepfunctions"), "send_task_success", side_effect=broken),
        pytest.raises(TransientError),
    ):
        sagas.complete("t", {})


def test_starting_the_same_execution_twice_is_starting_it_once(world: World) -> None:
    sagas = StepFunctionsSagas(SAGA_ARN)
    assert sagas.status("ord_twice") is None
    for mode in ("fulfil", "other"):
        sagas.start("ord_twice", {"order_id": "ord_twice", "mode": mode})
    assert sagas.status("ord_twice") == "RUNNING"
    assert input_of(executions("ord_twice")["ord_twice"])["mode"] == "fulfil"
    with pytest.raises(TransientError):
        StepFunctionsSagas(SAGA_ARN.replace("order-saga", "none")).start("x", {})


def test_the_rate_table_is_read_once_in_five_minutes(world: World) -> None:
    now = [0.0]
    rates = ParameterRates("/agora/shipping/rates", clock=lambda: now[0])
    ssm = aws.client("ssm")
    with mock.patch.object(ssm, "get_parameter", wraps=ssm.get_parameter) as asked:
        for seconds in (0, 299, 301):
            now[0] = seconds
            assert rates.table().currency == RATES["currency"]
    assert asked.call_count == 2
    with pytest.raises(TransientError):
        ParameterRates("/agora/none").table()


def test_a_staff_priced_order_that_only_pricing_can_refuse_is_rejected(world: World) -> None:
    order_id = world.place({**BODY, "lines": [{"sku": "LAMP", "quantity": 1}]}).body["order_id"]
    world.offers["LAMP"]["price"]["currency"] = "EUR"
    rejected = world.task("task_price_order", order_id=order_id)
    assert (rejected["outcome"], rejected["reason"]) == ("rejected", "currency_mismatch")
    assert rejected["detail"] == "LAMP is sold in EUR, not in GBP"
