"""Consumers and tasks: what Lambda gets back, what is logged, and which errors come through."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kernel import correlation, telemetry
from kernel.consumer import Consumer
from kernel.errors import UnknownOutcome
from kernel.events import Event
from kernel.task import Task
from tests.support.lambda_events import LambdaContext, sqs_event


def _event(number: int) -> Event:
    return Event(
        source="agora.orders",
        name="OrderPlaced",
        aggregate_id="ord_1",
        sequence=number,
        time=datetime(2026, 11, 21, tzinfo=UTC),
        data={"n": number},
        id=f"evt_{number}",
        correlation_id="r1",
        causation_id="r1",
    )


def test_consumer_is_given_each_event() -> None:
    seen: list[Event] = []
    answer = Consumer(seen.append)(sqs_event(_event(1), _event(2)), LambdaContext())
    assert seen == [_event(1), _event(2)]
    assert answer == {"batchItemFailures": []}


def test_one_bad_event_does_not_hold_up_the_others() -> None:
    seen: list[int] = []

    def handle(event: Event) -> None:
        if event.sequence == 2:
            raise RuntimeError("no")
        seen.append(event.sequence)

    answer = Consumer(handle)(sqs_event(_event(1), _event(2), _event(3)), LambdaContext())
    assert seen == [1, 3]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


@pytest.mark.parametrize("body", ["{", "[]", "{}", json.dumps({"source": "x", "detail-type": "y", "detail": {}})])
def test_message_that_is_no_event_goes_back_to_the_queue(body: str) -> None:
    batch = sqs_event(_event(1), _event(2))
    batch["Records"][0]["body"] = body
    seen: list[Event] = []
    answer = Consumer(seen.append)(batch, LambdaContext())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert seen == [_event(2)]


def test_what_a_consumer_causes_carries_the_events_correlation() -> None:
    causes: list[correlation.Correlation] = []
    Consumer(lambda event: causes.append(correlation.current()))(sqs_event(_event(7)), LambdaContext())
    assert (causes[0].correlation_id, causes[0].causation_id) == ("r1", "evt_7")


def test_what_a_consumer_causes_goes_on_in_the_events_trace() -> None:
    trace = correlation.new_traceparent()
    found: list[str] = []
    traced = replace(_event(7), traceparent=trace)
    Consumer(lambda event: found.append(correlation.current().traceparent))(
        sqs_event(traced, _event(8)), LambdaContext()
    )
    assert found[0] == trace
    assert found[1].startswith("00-")


def test_task_returns_its_result_as_json_ready_data() -> None:
    task = Task(lambda payload: {"outcome": "reserved", "order": payload["order_id"]})
    assert task({"order_id": "ord_1"}, LambdaContext()) == {"outcome": "reserved", "order": "ord_1"}


def test_task_is_correlated_with_the_request_that_started_its_saga() -> None:
    found: list[correlation.Correlation] = []

    def perform(payload: Any) -> dict[str, Any]:
        found.append(correlation.current())
        return {}

    trace = correlation.new_traceparent()
    Task(perform)({"correlation_id": "r1", "traceparent": trace}, LambdaContext())
    Task(perform)({}, LambdaContext(aws_request_id="aws-1"))
    assert [each.correlation_id for each in found] == ["r1", "aws-1"]
    assert found[0].traceparent == trace


def test_fault_comes_through_under_its_own_name(caplog: pytest.LogCaptureFixture) -> None:
    """The state machine retries and catches by the class name."""

    def perform(payload: Any) -> dict[str, Any]:
        raise UnknownOutcome("no answer from the provider")

    with pytest.raises(UnknownOutcome):
        Task(perform)({"order_id": "ord_1"}, LambdaContext())
    assert "the task failed" in caplog.text


def test_one_invocations_log_keys_do_not_reach_the_next() -> None:
    Task(lambda payload: {})({"order_id": "ord_1", "correlation_id": "r1"}, LambdaContext())
    assert telemetry.logger().get_current_keys()["order_id"] == "ord_1"
    Task(lambda payload: {})({"correlation_id": "r2"}, LambdaContext())
    keys = telemetry.logger().get_current_keys()
    assert keys["correlation_id"] == "r2"
    assert "order_id" not in keys


def test_metric_is_written_in_the_embedded_format(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.count("OrdersPlaced", 2, channel="web")
    written = json.loads(capsys.readouterr().out)
    assert written["OrdersPlaced"] == [2.0]
    assert written["channel"] == "web"
    assert written["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Agora"
