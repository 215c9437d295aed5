"""The events that AWS hands to a function: API Gateway proxy requests, SQS batches of bus events, and the context."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.events import Event


@dataclass(frozen=True)
class LambdaContext:
    """The parts of Lambda's context object that Agora reads."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-2:123456789012:function:function"
    aws_request_id: str = "00000000-0000-4000-8000-000000000001"

    def get_remaining_time_in_millis(self) -> int:
        """Time enough."""
        return 10_000


def api_event(
    resource: str,
    method: str = "GET",
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    authorizer: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A REST (v1) proxy event of stage v1. `body`: text as it is, anything else as JSON.

    `authorizer` is what ours puts into the context: user_id, email, roles, scopes (space-separated).
    """
    path = path or {}
    actual = re.sub(r"{(\w+)}", lambda match: path[match[1]], resource)
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    return {
        "resource": resource,
        "path": actual,
        "httpMethod": method,
        "headers": dict(headers or {}),
        "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": dict(path) or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": f"/v1{actual}",
            "stage": "v1",
            "requestId": "11111111-1111-4111-8111-111111111111",
            "identity": {"sourceIp": "127.0.0.1", "apiKeyId": "key-1"},
            "authorizer": dict(authorizer) if authorizer else None,
        },
        "body": text,
        "isBase64Encoded": False,
    }


def sqs_event(*events: Event) -> dict[str, Any]:
    """The SQS batch that a rule's queue delivers for these bus events; message ids count from m0."""
    return {
        "Records": [
            {
                "messageId": f"m{index}",
                "receiptHandle": f"r{index}",
                "body": json.dumps({"source": event.source, "detail-type": event.name, "detail": event.to_detail()}),
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            for index, event in enumerate(events)
        ]
    }


CUSTOMER = {
    "user_id": "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C",
    "email": "customer@example.com",
    "roles": "customer",
    "scopes": "orders:place orders:read payments:read",
}
STAFF = {
    "user_id": "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2D",
    "email": "staff@example.com",
    "roles": "staff",
    "scopes": "orders:place orders:read payments:read orders:manage catalogue:write inventory:read "
    "inventory:write payments:manage",
}
