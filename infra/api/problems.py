"""Which problems a route can answer, and how they look in the document."""

from __future__ import annotations

import inspect
from typing import Any

from infra.api.gateway_responses import GatewayTimeout
from kernel import errors
from kernel.errors import FieldError, Problem
from kernel.http import Route, problem
from kernel.http.app import ServiceUnavailable

Document = dict[str, Any]

PROBLEM_SCHEMA: Document = {
    "type": "object",
    "description": "RFC 9457 problem details. Some kinds carry further members.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Says which kind of problem it is"},
        "title": {"type": "string", "description": "The kind in words"},
        "status": {"type": "integer", "description": "The HTTP status"},
        "detail": {"type": "string", "description": "What is wrong with this request"},
        "instance": {"type": "string", "description": "The path of the request"},
        "request_id": {"type": "string", "description": "Finds the request in the logs"},
        "errors": {
            "type": "array",
            "description": "One entry for each bad field",
            "items": {
                "type": "object",
                "properties": {
                    "path": {"type": "string", "description": "Dotted path of the field; `$` is the body itself"},
                    "reason": {"type": "string"},
                },
                "required": ["path", "reason"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
}

_ALWAYS: tuple[type[Problem], ...] = (Problem, ServiceUnavailable, GatewayTimeout)
_WITH_BODY = (errors.BadRequest, errors.PayloadTooLarge, errors.UnsupportedMediaType, errors.ValidationFailed)
_IDEMPOTENT = (errors.IdempotencyKeyMissing, errors.IdempotencyKeyReused)
_IF_MATCH = (errors.PreconditionFailed, errors.PreconditionRequired)


def possible_problems(route: Route) -> list[type[Problem]]:
    """The route's own problems and those of every route of its kind, by status and slug, each once."""
    kinds: set[type[Problem]] = {*_ALWAYS, *route.errors}
    kinds |= {errors.TooManyRequests}
    kinds |= set() if route.usage == "open" and not route.scopes else {errors.Forbidden}
    kinds |= {errors.Unauthorised} if route.auth != "none" else set()
    kinds |= set(_WITH_BODY) if route.body is not None else set()
    kinds |= {errors.ValidationFailed} if route.query is not None else set()
    kinds |= set(_IDEMPOTENT) if route.idempotent else set()
    kinds |= set(_IF_MATCH) if route.if_match else set()
    return sorted(kinds, key=lambda kind: (kind.status, kind.slug))


def responses(route: Route) -> Document:
    """The error responses of a route by status."""
    found: dict[int, list[type[Problem]]] = {}
    for kind in possible_problems(route):
        found.setdefault(kind.status, []).append(kind)
    return {str(status): _response(kinds) for status, kinds in found.items()}


def _response(kinds: list[type[Problem]]) -> Document:
    content: Document = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {kind.slug: {"$ref": f"#/components/examples/{kind.slug}"} for kind in kinds},
    }
    return {
        "description": "; or ".join(kind.title for kind in kinds),
        "headers": _headers(kinds[0].status),
        "content": {problem.MEDIA_TYPE: content},
    }


def _headers(status: int) -> Document:
    headers: Document = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    if status in (429, 503):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    return headers


def examples(routes: list[Route]) -> Document:
    """One example for each kind of problem that any of the routes can answer, by slug."""
    kinds = {kind.slug: kind for route in routes for kind in possible_problems(route)}
    return {slug: _example(kind) for slug, kind in sorted(kinds.items())}


def _example(kind: type[Problem]) -> Document:
    bad_fields = [FieldError("lines.0.quantity", "Input should be greater than 0")]
    sample = kind(errors=bad_fields if kind is errors.ValidationFailed else ())
    value = problem.document(sample, "/path/of/the/request", "0c1f5d0e-4d4b-4f8e-9a57-3f1d9f0f6a11")
    return {"summary": _summary(kind), "value": value}


def _summary(kind: type[Problem]) -> str:
    text = inspect.cleandoc(kind.__doc__ or kind.title)
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())
