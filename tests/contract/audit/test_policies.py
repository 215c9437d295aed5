"""Each function may do what it does, and nothing else: the trail can be added to and read, not changed."""

import pytest

from tests.support.functions import environment, load
from tests.support.lambda_events import LambdaContext, sqs_event
from tests.support.policies import granted_actions, recorded_actions
from tests.support.tables import create_from_template
from tests.unit.audit.support import HISTORY, ORDER
from tests.unit.audit.test_functions import ENVIRONMENT

pytestmark = pytest.mark.contract


def test_the_consumer_may_append_and_nothing_else(mocked_aws: None) -> None:
    create_from_template("audit")
    with environment(ENVIRONMENT), recorded_actions() as used:
        answer = load("audit", "on_domain_event").app(sqs_event(*HISTORY, *HISTORY), LambdaContext())
    assert answer == {"batchItemFailures": []}
    assert used == granted_actions("audit", "on_domain_event") == {"dynamodb:PutItem"}


def test_the_operators_task_may_read_and_nothing_else(mocked_aws: None) -> None:
    create_from_template("audit")
    with environment(ENVIRONMENT), recorded_actions() as used:
        assert load("audit", "task_read_trail").app({"aggregate_id": ORDER}, LambdaContext())["outcome"] == "nothing"
    assert used == granted_actions("audit", "task_read_trail") == {"dynamodb:Query"}
