"""Each function's policy allows every call that its handler makes, and nothing that no handler makes.

The calls are not listed anywhere: the real handlers run on a mocked AWS, through orders that go well and orders that do
not, and what goes out is noted with the resource that it names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra import templates
from infra.templates import Function, Template
from tests.infra import journeys, project, samples
from tests.infra.aws_calls import Permission, arn, resolved

pytestmark = pytest.mark.infra

FUNCTIONS = project.functions()
each_function = pytest.mark.parametrize(("template", "function"), FUNCTIONS, ids=[each.name for _, each in FUNCTIONS])

Statement = tuple[str, list[str], list[str]]
"""Its id, actions and resources."""

# What Lambda itself does with a function's role: it reads the event source and gives up what keeps failing.
OF_STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
OF_QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
OPTIONAL_OF_QUEUE = {"sqs:ChangeMessageVisibility"}


@pytest.fixture(scope="module")
def seen() -> journeys.Observed:
    """What the journeys showed; when one fails, all tests fail at once and none repeats it."""
    return journeys.observed()


@pytest.fixture
def made(seen: journeys.Observed) -> dict[str, set[Permission]]:
    """What each function's handler was seen to need."""
    return seen.calls


def _allowed(template: Template, function: Function) -> Iterator[Statement]:
    """Each statement of the function's role: its id, actions and resources."""
    parameters = {name: str(entry.get("Default", name)) for name, entry in template.parameters.items()}
    for statement in templates.statements(template, function.properties["Role"]["Fn::GetAtt"][0]):
        resources = [resolved(each, template.resources, parameters) for each in _listed(statement["Resource"])]
        yield str(statement.get("Sid", "")), [str(each) for each in _listed(statement["Action"])], resources


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _own(template: Template, function: Function) -> list[Statement]:
    """The statements for the function's own code."""
    by_lambda = OF_STREAM | OF_QUEUE | OPTIONAL_OF_QUEUE | {"sqs:SendMessage"}
    return [
        (sid, actions, resources)
        for sid, actions, resources in _allowed(template, function)
        if not set(actions) <= by_lambda and not actions[0].startswith("logs:")
    ]


def _refused(statements: list[Statement], calls: set[Permission]) -> list[Permission]:
    """The calls that IAM would deny."""
    return [
        (action, resource)
        for action, resource in sorted(calls)
        if not any(
            action in actions and any(fnmatchcase(resource, pattern) for pattern in resources)
            for _, actions, resources in statements
        )
    ]


def _unused(statements: list[Statement], calls: set[Permission]) -> list[str]:
    """The actions and resources that no call needs."""
    unused: list[str] = []
    for sid, actions, resources in statements:
        used = {call for call in calls if call[0] in actions and any(fnmatchcase(call[1], each) for each in resources)}
        unused += [f"{sid}: {action}" for action in actions if action not in {action for action, _ in used}]
        unused += [f"{sid}: {each}" for each in resources if not any(fnmatchcase(arn, each) for _, arn in used)]
    return unused


@each_function
def test_handler_is_allowed_every_call_that_it_makes(
    template: Template, function: Function, made: dict[str, set[Permission]]
) -> None:
    assert _refused(_own(template, function), made.get(function.name, set())) == []


@each_function
def test_nothing_is_allowed_that_the_handler_does_not_do(
    template: Template, function: Function, made: dict[str, set[Permission]]
) -> None:
    assert _unused(_own(template, function), made.get(function.name, set())) == []


def test_denied_call_and_needless_permission_are_found() -> None:
    orders, payments = (arn("dynamodb", f"table/agora-{name}") for name in ("orders", "payments"))
    statements = [("Read", ["dynamodb:GetItem", "dynamodb:Query"], [orders, payments])]
    calls = {("dynamodb:GetItem", orders), ("dynamodb:PutItem", orders), ("dynamodb:GetItem", f"{orders}/index/by_day")}
    assert _refused(statements, calls) == [("dynamodb:GetItem", f"{orders}/index/by_day"), ("dynamodb:PutItem", orders)]
    assert _unused(statements, calls) == ["Read: dynamodb:Query", f"Read: {payments}"]


@each_function
def test_log_goes_to_the_functions_own_group(template: Template, function: Function) -> None:
    logs = [entry for entry in _allowed(template, function) if entry[1][0].startswith("logs:")]
    ((_, actions, resources),) = logs
    assert set(actions) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert [resource.split(":")[6] for resource in resources] == [f"/aws/lambda/agora-{function.name}"]


@each_function
def test_lambda_may_read_the_functions_event_source_and_no_other(template: Template, function: Function) -> None:
    parameters = {name: str(entry.get("Default", name)) for name, entry in template.parameters.items()}
    wanted: set[Permission] = set()
    for source in (function.properties.get("Events") or {}).values():
        properties = source["Properties"]
        if source["Type"] == "DynamoDB":
            stream = resolved(properties["Stream"], template.resources, parameters)
            wanted |= {(action, stream) for action in OF_STREAM}
            given_up = properties["DestinationConfig"]["OnFailure"]["Destination"]
            wanted.add(("sqs:SendMessage", resolved(given_up, template.resources, parameters)))
        elif source["Type"] == "SQS":
            queue = resolved(properties["Queue"], template.resources, parameters)
            wanted |= {(action, queue) for action in OF_QUEUE}
    by_lambda = OF_STREAM | OF_QUEUE | OPTIONAL_OF_QUEUE | {"sqs:SendMessage"}
    allowed = {
        (action, resource)
        for _, actions, resources in _allowed(template, function)
        for action in set(actions) & by_lambda
        for resource in resources
    }
    assert {each for each in allowed if each[0] not in OPTIONAL_OF_QUEUE} == wanted
    assert {resource for action, resource in allowed if action in OPTIONAL_OF_QUEUE} <= {arn for _, arn in wanted}


def test_every_function_was_run(made: dict[str, set[Permission]]) -> None:
    silent = {function.name for template, function in FUNCTIONS if template.context == "system"} | {
        "identity-verify-token"
    }
    assert {function.name for _, function in FUNCTIONS} - set(made) == silent


@pytest.mark.parametrize("function", samples.functions())
def test_sample_for_sam_local_invoke_is_what_the_function_takes(function: str, seen: journeys.Observed) -> None:
    sample = json.loads(samples.path_of(function).read_text(encoding="utf-8"))
    taken = [samples.shape(payload) for payload in seen.payloads[function]]
    assert samples.shape(sample) in taken
