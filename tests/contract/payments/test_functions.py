"""The functions of payments as Lambda calls them, on a mocked AWS."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from kernel import aws
from kernel.errors import ConfigurationError
from kernel.ids import new_id
from tests.contract.payments.examples import validator
from tests.support.aws import ENVIRONMENT, create_table, mocked_aws
from tests.support.functions import environment, load
from tests.support.lambda_events import CUSTOMER, STAFF, LambdaContext, api_event

pytestmark = pytest.mark.contract
SETTINGS = {
    **ENVIRONMENT,
    "AGORA_PREFIX": "agora",
    "AGORA_CONTEXT": "payments",
    "AGORA_TABLE": "agora-payments",
    "AGORA_EVENT_BUS": "agora-events",
    "AGORA_PROVIDER": "sandbox",
    "AGORA_SANDBOX_TABLE": "agora-payments-sandbox",
    "AGORA_STRIPE_SECRET": "agora/stripe-key",
}
AMOUNT = {"amount": 1250, "currency": "GBP"}
STRANGER = {**CUSTOMER, "user_id": "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2E"}

Function = Callable[[Mapping[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def account() -> Iterator[None]:
    with environment(SETTINGS), mocked_aws():
        create_table("agora-payments")
        create_table("agora-payments-sandbox")
        yield


@pytest.fixture(scope="module")
def functions(account: None) -> dict[str, Function]:
    """Every function by folder name, each as one cold start made it."""

    def made(name: str) -> Function:
        app = load("payments", name).app
        return lambda event: dict(app(event, LambdaContext()))

    names = ["task_authorise_payment", "task_capture_payment", "task_reverse_payment", "get_payment", "relay_outbox"]
    return {name: made(name) for name in names}


@pytest.fixture
def order() -> dict[str, Any]:
    """The input that every task has in common."""
    return {"order_id": new_id("ord"), "correlation_id": "request-1", "traceparent": ""}


def authorise(functions: Mapping[str, Function], order: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    asked = {"amount": AMOUNT, "payment_method": "pm_card_visa", "customer_id": CUSTOMER["user_id"], **more}
    return functions["task_authorise_payment"]({**order, **asked})


def get(functions: Mapping[str, Function], payment_id: str, caller: Mapping[str, str] | None) -> dict[str, Any]:
    event = api_event("/payments/{payment_id}", path={"payment_id": payment_id}, authorizer=caller)
    return functions["get_payment"](event)


def test_an_order_is_paid(functions: dict[str, Function], order: dict[str, Any]) -> None:
    payment_id = f"pay_{order['order_id'][4:]}"
    for _ in range(2):
        assert authorise(functions, order) == {"outcome": "authorised", "payment_id": payment_id}
    for _ in range(2):
        captured = functions["task_capture_payment"]({**order, "amount": AMOUNT})
        assert captured == {"outcome": "captured", "payment_id": payment_id}
    answer = get(functions, payment_id, CUSTOMER)
    assert (answer["statusCode"], answer["headers"]["ETag"]) == (200, '"2"')
    shown = json.loads(answer["body"])
    assert {name: shown[name] for name in ("status", "amount", "refunded", "payment_method", "order_id", "reason")} == {
        "status": "CAPTURED",
        "amount": AMOUNT,
        "refunded": {"amount": 0, "currency": "GBP"},
        "payment_method": "pm_card_visa",
        "order_id": order["order_id"],
        "reason": None,
    }


@pytest.mark.parametrize(
    ("method", "authorised", "captured", "reversal"),
    [
        ("pm_card_visa", "authorised", "captured", "refunded"),
        ("pm_card_declined", "declined", "failed", "declined"),
        ("pm_card_requires_confirmation", "declined", "failed", "declined"),
        ("pm_card_timeout_before_charge", "declined", "failed", "declined"),
        ("pm_card_timeout_after_charge", "authorised", "captured", "refunded"),
        ("pm_card_capture_fails", "authorised", "failed", "voided"),
        (None, "declined", "failed", "declined"),
    ],
)
def test_each_test_method_ends_as_it_says(
    functions: dict[str, Function],
    order: dict[str, Any],
    method: str | None,
    authorised: str,
    captured: str,
    reversal: str,
) -> None:
    assert authorise(functions, order, payment_method=method)["outcome"] == authorised
    assert functions["task_capture_payment"]({**order, "amount": AMOUNT})["outcome"] == captured
    first = functions["task_reverse_payment"](order)
    assert first["outcome"] == reversal
    assert functions["task_reverse_payment"](order) == first


def test_a_declined_payment_says_why(functions: dict[str, Function], order: dict[str, Any]) -> None:
    payment_id = authorise(functions, order, payment_method="pm_card_declined")["payment_id"]
    shown = json.loads(get(functions, payment_id, CUSTOMER)["body"])
    assert (shown["status"], shown["reason"]) == ("DECLINED", "card_declined")


def test_another_total_is_not_captured(functions: dict[str, Function], order: dict[str, Any]) -> None:
    authorise(functions, order)
    wrong = functions["task_capture_payment"]({**order, "amount": {"amount": 1251, "currency": "GBP"}})
    assert (wrong["outcome"], wrong["reason"]) == ("failed", "amount_mismatch")


def test_a_late_authorise_of_a_cancelled_order_is_declined(
    functions: dict[str, Function], order: dict[str, Any]
) -> None:
    assert functions["task_reverse_payment"](order)["outcome"] == "nothing"
    late = authorise(functions, order)
    assert (late["outcome"], late["reason"]) == ("declined", "payment_reversed")
    assert json.loads(get(functions, late["payment_id"], STAFF)["body"])["amount"] is None


def test_staff_see_a_guests_payment_and_nobody_else_does(functions: dict[str, Function], order: dict[str, Any]) -> None:
    payment_id = authorise(functions, order, customer_id=None)["payment_id"]
    assert get(functions, payment_id, STAFF)["statusCode"] == 200
    for caller in (CUSTOMER, STRANGER):
        assert get(functions, payment_id, caller)["statusCode"] == 404


def test_what_is_not_yours_looks_as_if_it_did_not_exist(functions: dict[str, Function], order: dict[str, Any]) -> None:
    payment_id = authorise(functions, order)["payment_id"]
    missing = f"pay_{new_id('ord')[4:]}"
    answers = [get(functions, each, STRANGER) for each in (payment_id, missing)]
    bodies = [json.loads(answer["body"]) for answer in answers]
    assert [answer["statusCode"] for answer in answers] == [404, 404]
    assert [body["title"] for body in bodies] == ["No such payment"] * 2
    assert answers[0]["headers"]["Content-Type"] == "application/problem+json"
    assert get(functions, "pay_' OR 1=1", STAFF)["statusCode"] == 404


def test_a_payment_needs_a_token_with_the_scope(functions: dict[str, Function], order: dict[str, Any]) -> None:
    payment_id = authorise(functions, order)["payment_id"]
    assert get(functions, payment_id, None)["statusCode"] == 401
    assert get(functions, payment_id, {**CUSTOMER, "scopes": "orders:read"})["statusCode"] == 403


def test_nothing_that_could_be_a_card_is_stored_or_logged(
    functions: dict[str, Function], order: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    answer = authorise(functions, order, payment_method="4242424242424242")
    assert answer["reason"] == "invalid_payment_method"
    stored = aws.client("dynamodb").scan(TableName="agora-payments")
    written = capfd.readouterr()
    # Not "4242" alone: a checksum or a time may hold it.
    assert "42424242" not in f"{stored['Items']} {written.out} {written.err}"


def test_events_reach_the_bus_as_their_schemas_say(functions: dict[str, Function], order: dict[str, Any]) -> None:
    authorise(functions, order)
    functions["task_capture_payment"]({**order, "amount": AMOUNT})
    client = aws.client("events")
    client.create_event_bus(Name="agora-events")
    queue = aws.client("sqs").create_queue(QueueName="watch")["QueueUrl"]
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["agora.payments"]})
    client.put_rule(Name="watch", EventBusName="agora-events", EventPattern=pattern)
    client.put_targets(Rule="watch", EventBusName="agora-events", Targets=[{"Id": "1", "Arn": arn}])
    assert functions["relay_outbox"](_stream_of(f"PAYMENT#pay_{order['order_id'][4:]}")) == {"batchItemFailures": []}
    received = aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    details = {body["detail-type"]: body["detail"] for body in (json.loads(each["Body"]) for each in received)}
    assert set(details) == {"PaymentAuthorised", "PaymentCaptured"}
    validator("payment_authorised").validate(details["PaymentAuthorised"])
    validator("payment_captured").validate(details["PaymentCaptured"])
    assert details["PaymentCaptured"]["data"]["amount"] == AMOUNT
    assert details["PaymentCaptured"]["correlation_id"] == "request-1"
    assert [details[name]["sequence"] for name in sorted(details)] == [1, 2]


def _stream_of(pk: str) -> dict[str, Any]:
    """The stream's batch of inserts that the items with this key were."""
    found = aws.client("dynamodb").query(
        TableName="agora-payments", KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": pk}}
    )["Items"]
    return {
        "Records": [
            {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(index), "NewImage": _as_streamed(item)}}
            for index, item in enumerate(found)
        ]
    }


def _as_streamed(item: Mapping[str, Any]) -> dict[str, Any]:
    """Lambda gets binary values in base64."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value for name, value in item.items()
    }


def test_an_unknown_provider_stops_the_deployment(account: None) -> None:
    with environment({"AGORA_PROVIDER": "cash"}), pytest.raises(ConfigurationError, match="cash"):
        load("payments", "task_authorise_payment")


def test_stripe_is_there_when_it_is_chosen_and_its_key_is_read_when_it_is_needed(account: None) -> None:
    with environment({"AGORA_PROVIDER": "stripe"}):
        module = load("payments", "task_authorise_payment")
    assert module.authorise.provider.name == "stripe"


@pytest.mark.parametrize(
    ("function", "budget"), [("task_authorise_payment", 2), ("task_capture_payment", 2), ("get_payment", 1)]
)
def test_the_calls_of_the_happy_path_are_counted(
    functions: dict[str, Function], order: dict[str, Any], function: str, budget: int
) -> None:
    payload = {**order, "amount": AMOUNT, "payment_method": "pm_card_visa", "customer_id": CUSTOMER["user_id"]}
    payment_id = f"pay_{order['order_id'][4:]}"
    if function != "task_authorise_payment":
        functions["task_authorise_payment"](payload)
    calls: list[str] = []

    def count(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if b"agora-payments-sandbox" not in params["body"]:
            calls.append(model.name)

    hooks = aws.client("dynamodb").meta.events
    hooks.register("before-call.dynamodb", count)
    try:
        if function == "get_payment":
            get(functions, payment_id, CUSTOMER)
        else:
            functions[function](payload)
    finally:
        hooks.unregister("before-call.dynamodb", count)
    assert 0 < len(calls) <= budget, calls
