"""The function as Lambda calls it, on a mocked AWS."""

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from kernel import aws
from tests.support.aws import create_table
from tests.support.functions import environment, load
from tests.support.lambda_events import LambdaContext, sqs_event
from tests.unit.notifications.support import EMAIL, cancelled, confirmed, event, fulfilling

ENVIRONMENT = {
    "AGORA_PREFIX": "agora",
    "AGORA_CONTEXT": "notifications",
    "AGORA_TABLE": "agora-notifications",
    "AGORA_SENDER": "orders@agora.example",
}


@pytest.fixture
def function(mocked_aws: None) -> Iterator[ModuleType]:
    create_table("agora-notifications")
    aws.client("sesv2").create_email_identity(EmailIdentity="agora.example")
    with environment(ENVIRONMENT):
        yield load("notifications", "on_order_update")


def mails() -> list[Any]:
    return list(ses_backends[DEFAULT_ACCOUNT_ID]["eu-west-2"].sent_messages)


def rows() -> dict[str, str]:
    found = aws.client("dynamodb").scan(TableName="agora-notifications")["Items"]
    return {item["event_name"]["S"]: item["status"]["S"] for item in found if "status" in item}


def test_a_batch_is_sent_and_recorded(function: ModuleType) -> None:
    answer = function.app(sqs_event(confirmed(), fulfilling(), confirmed()), LambdaContext())
    assert answer == {"batchItemFailures": []}
    assert [mail.destinations["ToAddresses"] for mail in mails()] == [[EMAIL], [EMAIL]]
    assert rows() == {"OrderConfirmed": "SENT", "OrderFulfilling": "SENT"}


def test_the_mail_has_both_bodies_and_the_shops_sender(function: ModuleType) -> None:
    function.app(sqs_event(confirmed()), LambdaContext())
    (mail,) = mails()
    assert mail.source == "orders@agora.example"
    assert "£1,250.50" in mail.body


def test_the_cancellation_has_the_last_word(function: ModuleType) -> None:
    for _ in range(2):
        function.app(sqs_event(cancelled(), confirmed()), LambdaContext())
    assert len(mails()) == 1
    assert rows() == {"OrderConfirmed": "SUPERSEDED", "OrderCancelled": "SENT"}


def test_what_ses_refuses_goes_back_to_the_queue_alone(function: ModuleType) -> None:
    aws.client("sesv2").delete_email_identity(EmailIdentity="agora.example")
    answer = function.app(sqs_event(confirmed(), event("OrderPlaced", 1)), LambdaContext())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert rows() == {"OrderConfirmed": "RECORDED"}
    aws.client("sesv2").create_email_identity(EmailIdentity="agora.example")
    assert function.app(sqs_event(confirmed()), LambdaContext()) == {"batchItemFailures": []}
    assert rows() == {"OrderConfirmed": "SENT"}


@pytest.mark.parametrize("body", ["not json", "{}", json.dumps({"source": "x", "detail-type": "y", "detail": {}})])
def test_a_message_that_cannot_be_read_goes_back_to_the_queue_alone(function: ModuleType, body: str) -> None:
    batch = sqs_event(confirmed(), fulfilling())
    batch["Records"][0]["body"] = body
    assert function.app(batch, LambdaContext()) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert rows() == {"OrderFulfilling": "SENT"}
