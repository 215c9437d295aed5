"""What a function asks of AWS, and what its template lets it ask."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from infra.templates import FUNCTION, ROOT, Template

_IN_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_BY_LAMBDA = frozenset(
    """
    logs:CreateLogStream logs:PutLogEvents
    dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams
    sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage sqs:SendMessage
    """.split()
)
"""What Lambda does in the function's name: write its log, read its event source, give up what keeps failing."""


@contextmanager
def recorded_actions() -> Iterator[set[str]]:
    """The IAM actions behind every call that is made meanwhile."""
    actions: set[str] = set()
    make = BaseClient._make_api_call  # type: ignore[attr-defined]

    def recorded(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
        actions.update(_actions(client.meta.service_model.signing_name, operation, parameters))
        return make(client, operation, parameters)

    with patch.object(BaseClient, "_make_api_call", recorded):
        yield actions


def granted_actions(context: str, function: str) -> set[str]:
    """What the policy of `functions/<context>/<function>` allows the function's own code."""
    template = Template(ROOT / "infra" / f"{context}.yaml")
    resources = template.document["Resources"]
    (properties,) = (
        found for found in template.of_type(FUNCTION).values() if found["CodeUri"].endswith(f"/{context}/{function}")
    )
    role = resources[properties["Role"]["Fn::GetAtt"][0]]["Properties"]
    statements = [each for policy in role["Policies"] for each in policy["PolicyDocument"]["Statement"]]
    found = {action for statement in statements for action in _listed(statement["Action"])}
    return found - _BY_LAMBDA


def _actions(service: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    if operation == "TransactWriteItems":
        for item in parameters["TransactItems"]:
            yield from (f"{service}:{_IN_TRANSACTION[kind]}" for kind in item)
    else:
        yield f"{service}:{operation}"


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
