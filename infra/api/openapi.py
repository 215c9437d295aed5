"""docs/openapi.json: OpenAPI 3.1 for clients, from the route declarations and their models."""

from __future__ import annotations

import dataclasses
import inspect
import json
from http import HTTPStatus
from typing import Any

from infra.api import answers, problems
from infra.api.discovery import Endpoint
from infra.api.parameters import header_parameters, path_parameters, query_parameters
from infra.api.plans import PLANS, throttle_of
from infra.api.schemas import Schemas
from infra.templates import ROOT
from kernel.http import Route
from system.model import VERSION

Document = dict[str, Any]

DESCRIPTION = " ".join(
    """\
The public API of Agora, a marketplace. Amounts are integers of minor units with an ISO 4217 currency:
`{"amount": 1250, "currency": "GBP"}` is 12.50 pounds. Times are RFC 3339 in UTC. Lists are pages `{items, next}`: send
`next` back as `cursor` until it is null. Every error is an RFC 9457 problem document, `application/problem+json`. Every
POST that creates or moves something takes an `Idempotency-Key`: a repeated request with the same key and body gets the
first answer again, for 24 hours. Every answer carries `X-Request-Id`; send one of your own to find a request and all
that it caused in the logs.""".split()
)

SAMPLES = ROOT / "events" / "samples"

SERVERS = [
    {
        "url": "https://{api_id}.execute-api.{region}.amazonaws.com/v1",
        "description": "A deployment on AWS",
        "variables": {"api_id": {"default": "api"}, "region": {"default": "eu-west-2"}},
    },
    {
        "url": "http://127.0.0.1:{port}/v1",
        "description": "The local stack",
        "variables": {"port": {"default": "4566"}},
    },
]

HEADERS: Document = {
    "X-Request-Id": {"description": "The id of the request, yours where you sent one", "schema": {"type": "string"}},
    "traceparent": {"description": "W3C trace context of the request", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait before the next try", "schema": {"type": "string"}},
    "X-Usage-Plan": {"description": "The plan that the request counts against", "schema": {"type": "string"}},
    "X-Api-Key-Id": {
        "description": "The id of the API key, where the gateway itself refused: the plan is the beginning of the key",
        "schema": {"type": "string"},
    },
    "ETag": {"description": "Names what was read, for If-None-Match", "schema": {"type": "string"}},
    "Deprecation": {"description": "Since when the route should not be used (RFC 9745)", "schema": {"type": "string"}},
    "Sunset": {"description": "When the route will be gone (RFC 8594)", "schema": {"type": "string"}},
    "Link": {"description": "Where to read what to use instead", "schema": {"type": "string"}},
}

HEADERS_OF_304: Document = {"ETag": {"$ref": "#/components/headers/ETag"}}

SECURITY_SCHEMES: Document = {
    "ApiKey": {"type": "apiKey", "name": "x-api-key", "in": "header", "description": "The key of a usage plan"},
    "AccessToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The `access_token` of POST /auth/login, valid for 15 minutes",
    },
}


def document(endpoints: list[Endpoint]) -> Document:
    """The whole document."""
    routes = [endpoint.route for endpoint in endpoints]
    schemas = Schemas(routes)
    paths: Document = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.route.path, {})[endpoint.route.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Agora",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": SERVERS,
        "x-agora-usage-plans": {
            plan.name: {"rate": plan.rate, "burst": plan.burst, "per_day": plan.per_day} for plan in PLANS
        },
        "tags": [{"name": context} for context in sorted({endpoint.context for endpoint in endpoints})],
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**schemas.definitions, "Problem": problems.PROBLEM_SCHEMA}.items())),
            "headers": HEADERS,
            "examples": problems.examples(routes),
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _operation(endpoint: Endpoint, schemas: Schemas) -> Document:
    route = endpoint.route
    operation: Document = {
        "operationId": _camel_case(endpoint.function),
        "tags": [endpoint.context],
        "summary": route.summary,
        "description": _description(endpoint),
        "security": _security(route),
        "parameters": [*path_parameters(route), *query_parameters(route), *header_parameters(route)],
    }
    if body := schemas.of(route, "body"):
        media = {"schema": body, **_sent_example(endpoint)}
        operation["requestBody"] = {"required": True, "content": {"application/json": media}}
    statuses = (route.status, *route.other_statuses)
    successes = {str(status): _success(endpoint, status, schemas) for status in statuses}
    if route.method == "GET":
        successes["304"] = {"description": "What `If-None-Match` names is still so", "headers": HEADERS_OF_304}
    operation["responses"] = {**successes, **problems.responses(route)}
    operation["x-agora-throttle"] = dataclasses.asdict(throttle_of(endpoint))
    if route.deprecated:
        operation["deprecated"] = True
        operation["x-sunset"] = route.deprecated.sunset.isoformat()
    return operation


def _sent_example(endpoint: Endpoint) -> Document:
    """A body that the function was really sent: its sample for `sam local invoke`."""
    sample = SAMPLES / endpoint.context / f"{endpoint.function}.json"
    body = json.loads(sample.read_text(encoding="utf-8")).get("body") if sample.is_file() else None
    return {"example": json.loads(body)} if body else {}


def _success(endpoint: Endpoint, status: int, schemas: Schemas) -> Document:
    route = endpoint.route
    headers: Document = {name: {"$ref": f"#/components/headers/{name}"} for name in _success_headers(route)}
    for name, description in route.headers.items():
        headers[name] = {"description": description, "schema": {"type": "string"}}
    response: Document = {"description": HTTPStatus(status).phrase, "headers": headers}
    schema = schemas.of(route, "response") or ({} if "application/json" in route.produces else {"type": "string"})
    if schema:
        media = {"schema": schema, **answers.example(endpoint)}
        response["content"] = dict.fromkeys(route.produces, media)
    return response


def _success_headers(route: Route) -> list[str]:
    return [
        "X-Request-Id",
        "traceparent",
        *(["X-Usage-Plan"] if route.usage != "open" else []),
        *(["ETag"] if route.method == "GET" else []),
        *(["Deprecation", "Sunset", "Link"] if route.deprecated else []),
    ]


def _security(route: Route) -> list[Document]:
    key: Document = {} if route.usage == "open" else {"ApiKey": []}
    with_token = {**key, "AccessToken": []}
    choices = {"none": [key], "optional": [key, with_token], "required": [with_token]}[route.auth]
    return [choice for choice in choices if choice]


def _description(endpoint: Endpoint) -> str:
    """What the module docstring says after the method and path, and which scopes the token needs."""
    text = inspect.cleandoc(endpoint.module.__doc__ or "").partition(":")[2].strip()
    first, *rest = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    paragraphs = [first[:1].upper() + first[1:], *rest]
    if endpoint.route.scopes:
        of_whom = "The token" if endpoint.route.auth == "required" else "A token, where one is sent,"
        paragraphs.append(f"{of_whom} needs the scope {' '.join(sorted(endpoint.route.scopes))}.")
    if endpoint.route.body is not None:
        paragraphs.append(f"Takes a body of up to {endpoint.route.max_body // 1024} KiB.")
    return "\n\n".join(paragraphs)


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
