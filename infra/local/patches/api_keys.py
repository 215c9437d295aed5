"""API keys: what their values may be made of, and what a function is told of the one that came along.

Gaps of stock 1.5.33: a reference to a secret that the same nested stack makes (`{{resolve:secretsmanager:…}}`) is not
resolved in a key's value, and its text becomes the key; and the event of a method that asks for a key says nothing of
it, where API Gateway gives its id in `requestContext.identity.apiKeyId`.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

from typing import Any

from infra.local.patches import ministack


def _resolve_values() -> None:
    resolve = ministack("services.cloudformation.engine")._resolve_dynamic_references
    handlers = ministack("services.cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::ApiGateway::ApiKey"]
    stock = handlers["create"]

    def create(logical_id: str, props: dict[str, Any], *rest: Any) -> Any:
        value = {"Value": resolve(props["Value"])[0]} if props.get("Value") else {}
        return stock(logical_id, {**props, **value}, *rest)

    handlers["create"] = create


def _tell_functions() -> None:
    gateway = ministack("services.apigateway_v1")
    stock = gateway._build_lambda_event_v1

    def build(*arguments: Any, **named: Any) -> dict[str, Any]:
        event: dict[str, Any] = stock(*arguments, **named)
        resource, method = arguments[3], arguments[5]
        served = resource.get("resourceMethods") or {}
        asks = (served.get(method) or served.get("ANY") or {}).get("apiKeyRequired")
        key = gateway._resolve_api_key(gateway._api_key_from_request(event["headers"])) if asks else None
        if key is not None:
            event["requestContext"]["identity"]["apiKeyId"] = key["id"]
        return event

    gateway._build_lambda_event_v1 = build


def apply() -> None:
    """Resolve references before a key is made; name the key to the function."""
    _resolve_values()
    _tell_functions()
