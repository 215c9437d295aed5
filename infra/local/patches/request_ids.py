"""One request has one id: what API Gateway's own answers name is what authorizers and functions are told.

Stock 1.5.33 makes up another id for the function's event and gives a request authorizer none, so that the id of a
refusal leads nowhere.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

from typing import Any

from infra.local.patches import ministack
from infra.local.patches.gateway_answers import current_request

Event = dict[str, Any]


def _named(event: Event, *names: str) -> Event:
    request_id = current_request()["request_id"]
    if "requestContext" in event:
        event["requestContext"] |= dict.fromkeys(names, request_id)
    return event


def apply() -> None:
    """Put the request's id into the events of its authorizer and its function."""
    gateway = ministack("services.apigateway_v1")
    stock_event, stock_authorizer = gateway._build_lambda_event_v1, gateway._invoke_authorizer_lambda

    def event(*arguments: Any, **named: Any) -> Event:
        return _named(stock_event(*arguments, **named), "requestId", "extendedRequestId")

    async def authorizer(settings: Any, asked: Event, *where: Any) -> Any:
        return await stock_authorizer(settings, _named(asked, "requestId"), *where)

    gateway._build_lambda_event_v1, gateway._invoke_authorizer_lambda = event, authorizer
