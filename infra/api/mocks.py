"""What the gateway answers by itself on the paths of functions: preflights, and 405 for what no function serves."""

from __future__ import annotations

import re
from typing import Any

from infra.api.gateway_responses import problem_template
from kernel.http.app import EXPOSED_HEADERS, MethodNotAllowed
from kernel.http.problem import MEDIA_TYPE

Document = dict[str, Any]

# SAM asks for an API key on every operation (Auth.ApiKeyRequired) but those with this marker, which it removes.
# `{ApiKey: [], TokenAuthorizer: []}` would say the same, but `sam local` refuses a requirement of two schemes.
NO_API_KEY: dict[str, list[str]] = {"api_key_false": []}

ANY_METHOD = "x-amazon-apigateway-any-method"
ALLOWED_HEADERS = "Authorization,Content-Type,Idempotency-Key,If-Match,If-None-Match,X-Api-Key,X-Request-Id,traceparent"
PREFLIGHT_SECONDS = "600"

# A mock chooses its request template by the Content-Type; what comes with another one is answered 415 (`never`).
_REQUEST_TYPES = (
    "application/json",
    "application/problem+json",
    "application/merge-patch+json",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "application/xml",
    "multipart/form-data",
    "text/html",
    "text/plain",
    "text/xml",
)


def cors_headers() -> Document:
    """The headers, as quoted values, that let a page of another origin read an answer of the gateway."""
    return {
        "Access-Control-Allow-Origin": {"Fn::Sub": "'${CorsOrigin}'"},
        "Access-Control-Expose-Headers": f"'{EXPOSED_HEADERS}'",
    }


def path_parameters(path: str) -> list[Document]:
    """One for each `{name}` of the path."""
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]


def preflight(methods: list[str], path: str) -> Document:
    """OPTIONS, for browsers."""
    headers = {
        "Access-Control-Allow-Origin": {"Fn::Sub": "'${CorsOrigin}'"},
        "Access-Control-Allow-Methods": f"'{','.join([*methods, 'OPTIONS'])}'",
        "Access-Control-Allow-Headers": f"'{ALLOWED_HEADERS}'",
        "Access-Control-Max-Age": f"'{PREFLIGHT_SECONDS}'",
    }
    return _mock(path, 204, "Preflight", headers, {})


def method_not_allowed(methods: list[str], path: str) -> Document:
    """Every other method. Its id is the gateway's own: a mock cannot choose the client's where one was sent."""
    headers = {
        **cors_headers(),
        "Allow": f"'{', '.join([*methods, 'OPTIONS'])}'",
        "Content-Type": f"'{MEDIA_TYPE}'",
        "X-Request-Id": "context.requestId",
    }
    detail = f"this path takes {', '.join(methods)}"
    return _mock(
        path,
        MethodNotAllowed.status,
        MethodNotAllowed.title,
        headers,
        {"responseTemplates": {"application/json": problem_template(MethodNotAllowed, detail)}},
    )


def _mock(path: str, status: int, description: str, headers: Document, response: Document) -> Document:
    operation: Document = {"security": [NO_API_KEY]}
    if parameters := path_parameters(path):
        operation["parameters"] = parameters
    operation["responses"] = {
        str(status): {"description": description, "headers": {name: {"schema": {"type": "string"}} for name in headers}}
    }
    operation["x-amazon-apigateway-integration"] = {
        "type": "mock",
        "passthroughBehavior": "never",
        "requestTemplates": dict.fromkeys(_REQUEST_TYPES, f'{{"statusCode": {status}}}'),
        "responses": {
            "default": {
                "statusCode": str(status),
                "responseParameters": {f"method.response.header.{name}": value for name, value in headers.items()},
                **response,
            }
        },
    }
    return operation
