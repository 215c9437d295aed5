"""The function may do what it does, and nothing else."""

from datetime import timedelta

import pytest

from kernel import aws
from notifications import dynamo, wording
from notifications.model import Notification
from tests.support.functions import environment, load
from tests.support.lambda_events import LambdaContext, sqs_event
from tests.support.policies import granted_actions, recorded_actions
from tests.support.tables import create_from_template
from tests.unit.notifications.support import NOW, USER, cancelled, confirmed, fulfilling, user_deleted
from tests.unit.notifications.test_functions import ENVIRONMENT

pytestmark = pytest.mark.contract


def left_behind() -> None:
    """What a process leaves that died while it was sending, long ago."""
    message = wording.compose(fulfilling())
    assert message is not None
    dynamo.DynamoNotifications().claim(Notification.of(fulfilling(), message, NOW), NOW - timedelta(days=1))


def test_the_function_may_do_what_it_does_and_nothing_else(mocked_aws: None) -> None:
    create_from_template("notifications")
    with environment(ENVIRONMENT), recorded_actions() as used:
        function = load("notifications", "on_order_update")
        dynamo.bind("agora-notifications")
        left_behind()
        refused = function.app(sqs_event(confirmed()), LambdaContext())
        assert refused["batchItemFailures"], "SES must refuse a sender that it does not know"
    aws.client("sesv2").create_email_identity(EmailIdentity="agora.example")
    with environment(ENVIRONMENT), recorded_actions() as later:
        for event in (confirmed(), fulfilling(), cancelled(), confirmed()):
            assert function.app(sqs_event(event), LambdaContext()) == {"batchItemFailures": []}
    assert used | later == granted_actions("notifications", "on_order_update")


def test_the_eraser_may_do_what_it_does_and_nothing_else(mocked_aws: None) -> None:
    create_from_template("notifications")
    with environment(ENVIRONMENT):
        dynamo.bind("agora-notifications")
        for each in (confirmed(customer_id=USER), fulfilling(customer_id=USER)):
            message = wording.compose(each)
            assert message is not None
            assert dynamo.DynamoNotifications().claim(Notification.of(each, message, NOW), NOW)
        function = load("notifications", "on_user_deleted")
        with recorded_actions() as used:
            answer = function.app(sqs_event(user_deleted()), LambdaContext())
    assert answer == {"batchItemFailures": []}
    left = aws.client("dynamodb").scan(TableName="agora-notifications")["Items"]
    assert [(item["pk"]["S"], item["sk"]["S"]) for item in left] == [(f"CUSTOMER#{USER}", "ERASED")]
    assert used == granted_actions("notifications", "on_user_deleted")
