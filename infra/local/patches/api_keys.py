"""API keys: what their values may be made of, and what a function is told of the one that came along.

Gaps of stock 1.5.33: a reference to a secret that the same nested stack makes (`{{resolve:secretsmanager:…}}`) is not
resolved in a key's value, and its text becomes the key; and the event of a method that asks for a key says nothing of
it, where API Gateway gives its id in `requestContext.identity.apiKeyId`. GetUsage answers the usage plan itself, and
nothing counts requests by day; a key that is deleted stays in its plan; a key is attached to a plan twice without the
ConflictException of AWS.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from infra.local.patches import ministack

_USAGE = re.compile(r"/usageplans/([^/]+)/usage/?")
_MOST_DAYS = 90


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


def days_of(start: str, end: str) -> list[str]:
    """Each day from `start` to `end`. Raises `ValueError` for what API Gateway refuses."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    if not 0 <= (last - first).days <= _MOST_DAYS:
        raise ValueError("the days must be in order, and at most 90")
    return [(first + timedelta(days=day)).isoformat() for day in range((last - first).days + 1)]


def _count_usage() -> Counter[tuple[str, str, str]]:
    """Requests by plan, key and day, counted where the quota is checked. Forgotten with the engine's process."""
    gateway = ministack("services.apigateway_v1")
    check = gateway._check_quota
    used: Counter[tuple[str, str, str]] = Counter()

    def counted(key: Any, api_id: str, stage_name: str) -> Any:
        refusal = check(key, api_id, stage_name)
        if key is not None and refusal is None:
            today = datetime.now(UTC).date().isoformat()
            for plan_id, _, _ in gateway._usage_plans_for_key(key["id"], api_id, stage_name):
                used[plan_id, key["id"], today] += 1
        return refusal

    gateway._check_quota = counted
    return used


def _tell_usage(used: Counter[tuple[str, str, str]]) -> None:
    gateway = ministack("services.apigateway_v1")
    stock = gateway.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:
        asked = _USAGE.fullmatch(path)
        if method != "GET" or asked is None:
            return await stock(method, path, headers, body, query_params)
        plan = gateway._usage_plans.get(asked[1])
        if plan is None:
            return gateway._v1_error("NotFoundException", "Invalid Usage Plan identifier specified", 404)
        start, end, key_id = (str(gateway._qp(query_params, name) or "") for name in ("startDate", "endDate", "keyId"))
        try:
            days = days_of(start, end)
        except ValueError as error:
            return gateway._v1_error("BadRequestException", str(error), 400)
        quota = int((plan.get("quota") or {}).get("limit") or 0)
        told = [[used[asked[1], key_id, day], quota - used[asked[1], key_id, day]] for day in days]
        items = {key_id: told} if any(count for count, _ in told) else {}
        answer = {"usagePlanId": asked[1], "startDate": start, "endDate": end, "values": items}
        return gateway._v1_response(answer)

    gateway.handle_request = handle_request


def _forget_deleted_keys() -> None:
    gateway = ministack("services.apigateway_v1")
    delete, attach = gateway._delete_api_key, gateway._create_usage_plan_key

    def delete_api_key(key_id: str) -> Any:
        for plan_id in [plan["id"] for plan in gateway._usage_plans.values()]:
            (gateway._usage_plan_keys.get(plan_id) or {}).pop(key_id, None)
        return delete(key_id)

    def create_usage_plan_key(plan_id: str, data: Any) -> Any:
        if data.get("keyId") in (gateway._usage_plan_keys.get(plan_id) or {}):
            return gateway._v1_error("ConflictException", "Usage plan already has this API key", 409)
        return attach(plan_id, data)

    gateway._delete_api_key, gateway._create_usage_plan_key = delete_api_key, create_usage_plan_key


def apply() -> None:
    """Resolve references before a key is made; name the key to the function; count and tell what keys use."""
    _resolve_values()
    _tell_functions()
    _tell_usage(_count_usage())
    _forget_deleted_keys()
