"""What API Gateway answers by itself.

Gaps of stock 1.5.33: of the `$context` variables of a gateway response only a few are filled in, so that a client
reads `$context.path`; and a mock without a response template answers 204 with a body of two bytes, which breaks
connections that are kept open; a gateway response's header cannot name the API key; in a mock's body and headers no
variable is filled in. A function that raises is answered with its error and stack trace instead of the gateway
response for such faults.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import json
import time
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

from infra.local.patches import ministack

Answer = tuple[int, dict[str, Any], bytes]
_AS_SENT = "/%:@!$&'()*+,;=~"
"""What a path may hold as it is; the engine has decoded it, where API Gateway tells it as it came."""
_request: ContextVar[dict[str, Any]] = ContextVar("request")


def current_request() -> dict[str, Any]:
    """The request that is being served, as the engine's gateway describes it."""
    return _request.get()


def _variables(request: dict[str, Any]) -> dict[str, str]:
    """The variables that stock leaves as they stand, longest names first where one begins like another."""
    forwarded = str(request["headers"].get("x-forwarded-for") or "127.0.0.1")
    return {
        "$context.extendedRequestId": request["request_id"],
        "$context.requestId": request["request_id"],
        "$context.identity.sourceIp": forwarded.partition(",")[0].strip(),
        "$context.httpMethod": request.get("method", ""),
        "$context.requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
        "$context.path": quote(f"/{request['stage_name']}{request.get('path', '')}", safe=_AS_SENT),
        "$context.apiId": request["api_id"],
    }


def fill_in(answer: Answer, request: dict[str, Any]) -> Answer:
    """`answer` with the rest of the variables filled in."""
    status, headers, body = answer
    text = body.decode()
    for name, value in _variables(request).items():
        text = text.replace(name, json.dumps(value)[1:-1])
    return status, headers, text.encode()


def _templates(integration: dict[str, Any], status: int) -> dict[str, str]:
    for response in (integration.get("integrationResponses") or {}).values():
        if int(response.get("statusCode", 200)) == status:
            return response.get("responseTemplates") or {}
    return {}


def _complete_mock(answer: Answer, request: dict[str, Any]) -> Answer:
    """A mock's answer: its body is a template like the gateway's own, its headers may name a variable."""
    status, headers, body = fill_in(answer, request)
    variables = _variables(request)
    return status, {name: variables.get(f"${value}", value) for name, value in headers.items()}, body


class _FunctionFault(Exception):
    """The function behind a route raised, timed out, or could not be loaded."""


def _hide_function_faults() -> None:
    gateway = ministack("services.apigateway_v1")
    stock_shape, stock_invoke = gateway._lambda_proxy_response, gateway._invoke_lambda_proxy_v1

    def shape(result: Any) -> Any:
        response, fault = stock_shape(result)
        if fault:
            raise _FunctionFault
        return response, fault

    async def invoke(*arguments: Any, **named: Any) -> Any:
        try:
            return await stock_invoke(*arguments, **named)
        except _FunctionFault:
            return gateway._gw_error("DEFAULT_5XX", "Internal server error")

    gateway._lambda_proxy_response, gateway._invoke_lambda_proxy_v1 = shape, invoke


def _name_keys() -> None:
    gateway = ministack("services.apigateway_v1")
    stock = gateway._gateway_request_value

    def value_of(source: str, request: dict[str, Any]) -> Any:
        if source != "context.identity.apiKeyId":
            return stock(source, request)
        key = gateway._resolve_api_key(gateway._api_key_from_request(request["headers"]))
        return key["id"] if key else None

    gateway._gateway_request_value = value_of


def apply() -> None:
    """Complete error answers, and leave mocks without a template without a body."""
    _hide_function_faults()
    _name_keys()
    gateway = ministack("services.apigateway_v1")
    stock_execute, stock_error, stock_mock = (
        gateway._execute_in_scope,
        gateway._gateway_error_response,
        gateway._invoke_mock_v1,
    )

    async def execute(request: dict[str, Any], api_id: str, stage: str, method: str, path: str, *rest: Any) -> Any:
        request["method"], request["path"] = method, path
        _request.set(request)
        return await stock_execute(request, api_id, stage, method, path, *rest)

    def error(fault: Any, request: dict[str, Any]) -> Answer:
        return fill_in(stock_error(fault, request), request)

    def mock(integration: dict[str, Any]) -> Answer:
        status, headers, body = stock_mock(integration)
        if not _templates(integration, status):
            return status, headers, b""
        return _complete_mock((status, headers, body), current_request())

    gateway._execute_in_scope, gateway._gateway_error_response, gateway._invoke_mock_v1 = execute, error, mock
