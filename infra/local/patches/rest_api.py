"""`AWS::ApiGateway::RestApi`: a changed body keeps the API's id.

Stock 1.5.33 creates a new API for a changed body, under a new id and so a new URL; with an id pinned by the tag
`ms-custom-id` the creation conflicts with itself and the stack rolls back. Here the new body is imported beside the old
one and then takes its place in one step, under the same id.

A method's own throttle: CloudFormation writes the slashes of its path as `~1`, which stock does not read, so that only
the stage's throttle holds.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

from typing import Any

from infra.local.patches import ministack

PIN = "ms-custom-id"
PARTS = (
    "_resources",
    "_authorizers_v1",
    "_models",
    "_request_validators",
    "_gateway_responses",
    "_documentation_parts",
)
SETTINGS = ("name", "description", "version", "binaryMediaTypes", "minimumCompressionSize", "apiKeySource", "policy")
Properties = dict[str, Any]


def _replace_body(api_id: str, props: Properties, logical_id: str, stack_name: str) -> None:
    gateway = ministack("services.apigateway_v1")
    provisioners = ministack("services.cloudformation.provisioners")
    unpinned = {**props, "Tags": [tag for tag in props.get("Tags", []) if tag["Key"] != PIN]}
    fresh, _ = provisioners._apigw_rest_api_create(logical_id, unpinned, stack_name)
    for part in PARTS:
        store = getattr(gateway, part)
        store[api_id] = store.pop(fresh, {})
    for setting in SETTINGS:
        gateway._rest_apis[api_id][setting] = gateway._rest_apis[fresh].get(setting)
    gateway._authorizer_cache.clear()
    gateway._delete_rest_api(fresh)


def _read_encoded_throttles() -> None:
    gateway = ministack("services.apigateway_v1")
    stock = gateway._method_throttle_settings

    def settings_of(stage: Properties, resource_path: str, http_method: str) -> Any:
        encoded = f"/{resource_path.replace('/', '~1')}/{http_method}"
        own = (stage.get("methodSettings") or {}).get(encoded)
        return own or stock(stage, resource_path, http_method)

    gateway._method_throttle_settings = settings_of


def apply() -> None:
    """Update the body in place; let methods have throttles of their own."""
    _read_encoded_throttles()
    handlers = ministack("services.cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]
    stock = handlers["update"]

    def update(
        physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None
    ) -> tuple[str, Properties]:
        body_changed = isinstance(new.get("Body"), dict) and new["Body"] != old.get("Body")
        if body_changed:
            _replace_body(physical_id, new, logical_id or physical_id, stack_name)
            old = {**old, "Body": new["Body"]}
        answer: tuple[str, Properties] = stock(physical_id, old, new, stack_name, logical_id)
        return answer

    handlers["update"] = update
