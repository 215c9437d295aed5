"""The audit's functions as Lambda calls them, on a mocked AWS."""

import json
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from kernel import aws
from tests.support.aws import create_table
from tests.support.functions import environment, load
from tests.support.lambda_events import LambdaContext, sqs_event
from tests.unit.audit.support import HISTORY, ORDER, PERSONAL, placed

ENVIRONMENT = {"AGORA_PREFIX": "agora", "AGORA_CONTEXT": "audit", "AGORA_TABLE": "agora-audit"}
Load = Callable[[str], ModuleType]


@pytest.fixture
def function(mocked_aws: None) -> Iterator[Load]:
    create_table("agora-audit")
    with environment(ENVIRONMENT):
        yield lambda name: load("audit", name)


def test_what_is_written_can_be_read_by_an_operator(function: Load) -> None:
    writer, reader = function("on_domain_event"), function("task_read_trail")
    for _ in range(2):
        answer = writer.app(sqs_event(*reversed(HISTORY)), LambdaContext())
        assert answer == {"batchItemFailures": []}
    trail = reader.app({"aggregate_id": ORDER}, LambdaContext())
    assert trail["outcome"] == "found"
    assert [entry["sequence"] for entry in trail["entries"]] == [1, 3, 4]
    assert json.loads(json.dumps(trail)) == trail


def test_an_unknown_aggregate_has_no_trail(function: Load) -> None:
    answer = function("task_read_trail").app({"aggregate_id": "ord_OTHER"}, LambdaContext())
    assert answer == {"outcome": "nothing", "entries": []}


def test_a_question_without_an_aggregate_is_a_fault(function: Load) -> None:
    with pytest.raises(KeyError):
        function("task_read_trail").app({}, LambdaContext())


def test_no_personal_data_reaches_the_table(function: Load) -> None:
    function("on_domain_event").app(sqs_event(placed()), LambdaContext())
    answer = function("task_read_trail").app({"aggregate_id": ORDER}, LambdaContext())
    assert not [text for text in PERSONAL if text in json.dumps(answer)]


@pytest.mark.parametrize("body", ["not json", "{}", json.dumps({"source": "x", "detail-type": "y", "detail": {}})])
def test_a_message_that_cannot_be_read_goes_back_to_the_queue_alone(function: Load, body: str) -> None:
    batch = sqs_event(*HISTORY[:2])
    batch["Records"][0]["body"] = body
    answer = function("on_domain_event").app(batch, LambdaContext())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert aws.client("dynamodb").scan(TableName="agora-audit")["Count"] == 1


def test_an_order_of_a_thousand_lines_fits_an_entry(function: Load) -> None:
    lines = [{"sku": f"SKU-{number}", "name": f"Product {number}" * 4, "quantity": number} for number in range(1000)]
    big = placed()
    big = type(big)(**{**{name: getattr(big, name) for name in big.__slots__}, "data": {**big.data, "lines": lines}})
    assert function("on_domain_event").app(sqs_event(big), LambdaContext()) == {"batchItemFailures": []}
    (item,) = aws.client("dynamodb").scan(TableName="agora-audit")["Items"]
    assert len(item["data"]["B"]) < 100_000
    (entry,) = function("task_read_trail").app({"aggregate_id": ORDER}, LambdaContext())["entries"]
    assert entry["data"]["lines"] == lines
