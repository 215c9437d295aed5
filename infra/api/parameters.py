"""The parameters of an operation: path, query and headers."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from typing import Any

from kernel.http import Route

Document = dict[str, Any]

_TYPES = {str: "string", int: "integer", bool: "boolean"}
_LIMITS = {"ge": "minimum", "le": "maximum", "max_length": "maxLength", "min_length": "minLength", "choices": "enum"}
_CURSOR = "The `next` of the page before; leave it out for the first page"
_DESCRIPTIONS = {"cursor": _CURSOR, "limit": "Most items on one page"}

_EXAMPLES = {
    "address_id": "adr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C",
    "category": "kitchen",
    "cursor": "eyJrIjoiLi4uIn0.c2lnbmF0dXJl",
    "customer_id": "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C",
    "end_date": "2026-11-30",
    "key_id": "key_01JD7Z8Q0R9V4M2T6X8Y0A1B2C",
    "name": "swagger-ui.css",
    "order_id": "ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C",
    "payment_id": "pay_01JD7Z8Q0R9V4M2T6X8Y0A1B2C",
    "sku": "MUG-STONE-BLUE",
    "slug": "validation-failed",
    "start_date": "2026-11-24",
    "status": "CONFIRMED",
    "token": "the token in the links of a guest's order",
    "user_id": "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C",
}


def _example(name: str) -> Document:
    return {"example": _EXAMPLES[name]} if name in _EXAMPLES else {}


def path_parameters(route: Route) -> list[Document]:
    """One for each `{name}` of the path."""
    names = re.findall(r"{(\w+)}", route.path)
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **_example(name)} for name in names
    ]


def query_parameters(route: Route) -> list[Document]:
    """One for each field of the query dataclass, with the bounds that the parser keeps."""
    if route.query is None:
        return []
    hints = typing.get_type_hints(route.query)
    return [_query_parameter(field, hints[field.name]) for field in dataclasses.fields(route.query)]


def _query_parameter(field: dataclasses.Field[Any], hint: Any) -> Document:
    kind = _without_none(hint)
    schema: Document = {"type": _TYPES[kind]}
    schema |= {_LIMITS[name]: _plain(value) for name, value in field.metadata.items() if name in _LIMITS}
    if field.default not in (dataclasses.MISSING, None, ""):
        schema["default"] = field.default
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    parameter: Document = {"name": field.name, "in": "query", "required": required, "schema": schema}
    if "default" not in schema:
        parameter |= {"example": schema["enum"][0]} if "enum" in schema else _example(field.name)
    if description := field.metadata.get("description") or _DESCRIPTIONS.get(field.name):
        parameter["description"] = description
    return parameter


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return next(option for option in typing.get_args(hint) if option is not type(None))
    return hint


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, (tuple, set, frozenset)) else value


def header_parameters(route: Route) -> list[Document]:
    """What the route reads beside the credentials, which are security schemes."""
    headers = [
        _header("X-Request-Id", "Your own id of the request, 1 to 128 of `A-Za-z0-9._:-`", example="checkout-42")
    ]
    if route.method == "GET":
        headers.append(_header("If-None-Match", "An `ETag` that you have: 304 if it is still so", example='"3"'))
    if route.idempotent:
        description = "1 to 255 visible ASCII characters, a UUID for example; repeat it when you repeat the request"
        headers.append(
            _header("Idempotency-Key", description, required=route.idempotent is True, example="6f0c5c2e-7d3b")
        )
    if route.if_match:
        required = route.if_match is True
        headers.append(_header("If-Match", "The `ETag` that you read", required=required, example='"3"'))
    return headers


def _header(name: str, description: str, *, example: str, required: bool = False) -> Document:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }
