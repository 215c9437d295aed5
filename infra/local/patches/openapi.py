"""API Gateway's OpenAPI import.

Stock 1.5.33 keeps of an imported body only verb, URI and security. The data plane honours the rest when it is there,
so the import is completed here: ANY, request validators, models, request parameters, every field of an integration
(mocks, templates, mapped responses), gateway responses, binary media types and the resource policy.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import json
from typing import Any

from infra.local.patches import ministack

ANY = "x-amazon-apigateway-any-method"
VALIDATOR = "x-amazon-apigateway-request-validator"
LOCATIONS = {"header": "header", "query": "querystring", "path": "path"}
API_EXTENSIONS = {
    "x-amazon-apigateway-binary-media-types": "binaryMediaTypes",
    "x-amazon-apigateway-api-key-source": "apiKeySource",
    "x-amazon-apigateway-minimum-compression-size": "minimumCompressionSize",
    "x-amazon-apigateway-policy": "policy",
}
Document = dict[str, Any]


def _gateway() -> Any:
    return ministack("services.apigateway_v1")


def complete_operations(spec: Document) -> Document:
    """A copy of `spec` in which what an operation inherits from its path or the document stands in the operation."""
    verbs = {"get", "post", "put", "delete", "patch", "head", "options", ANY}
    paths: Document = {}
    for path, item in (spec.get("paths") or {}).items():
        shared = item.get("parameters") or []
        paths[path] = {
            verb: {
                VALIDATOR: spec.get(VALIDATOR),
                **(operation or {}),
                "parameters": [*shared, *((operation or {}).get("parameters") or [])],
            }
            for verb, operation in item.items()
            if verb.lower() in verbs
        }
    return {**spec, "paths": paths}


def _rewrite_references(schema: Any) -> Any:
    """Point `$ref`s at the definitions that each model carries with it."""
    if isinstance(schema, dict):
        return {
            key: value.replace("#/components/schemas/", "#/definitions/")
            if key == "$ref"
            else _rewrite_references(value)
            for key, value in schema.items()
        }
    return [_rewrite_references(entry) for entry in schema] if isinstance(schema, list) else schema


def _schemas(spec: Document) -> Document:
    return (spec.get("components") or {}).get("schemas") or spec.get("definitions") or {}


def _import_model(api_id: str, name: str, schema: Any, definitions: Document) -> None:
    model = {**_rewrite_references(schema), "definitions": definitions}
    _gateway()._create_model(api_id, {"name": name, "schema": json.dumps(model)})


def import_models(api_id: str, spec: Document) -> None:
    """Create one model per named schema, and one per inline request body."""
    definitions = {name: _rewrite_references(schema) for name, schema in _schemas(spec).items()}
    for name, schema in _schemas(spec).items():
        _import_model(api_id, name, schema, definitions)
    for path, item in spec["paths"].items():
        for verb, operation in item.items():
            for media in _body(operation).values():
                if "$ref" not in (media.get("schema") or {"$ref": ""}):
                    name = media["x-agora-model"] = f"{verb}{path}".replace("/", "-")
                    _import_model(api_id, name, media["schema"], definitions)


def import_validators(api_id: str, spec: Document) -> None:
    """Create the request validators that operations name."""
    for name, settings in (spec.get("x-amazon-apigateway-request-validators") or {}).items():
        _gateway()._create_request_validator(api_id, {"name": name, **settings})


def import_gateway_responses(api_id: str, spec: Document) -> None:
    """Keep what the document answers for errors of the gateway itself."""
    for kind, response in (spec.get("x-amazon-apigateway-gateway-responses") or {}).items():
        _checked(_gateway()._put_gateway_response(api_id, kind, response), f"gateway response {kind}")


def _checked(answer: tuple[int, Any, Any], what: str) -> None:
    if answer[0] >= 400:
        raise ValueError(f"OpenAPI import: {what}: {answer[2]!r}")


def _body(operation: Document) -> Document:
    content: Document = (operation.get("requestBody") or {}).get("content") or {}
    return content


def _request_models(operation: Document) -> dict[str, str]:
    """Model name by content type."""
    models = {}
    for content_type, media in _body(operation).items():
        reference = (media.get("schema") or {}).get("$ref", "")
        if name := media.get("x-agora-model") or reference.rsplit("/", 1)[-1]:
            models[content_type] = name
    return models


def _request_parameters(operation: Document) -> dict[str, bool]:
    parameters = {}
    for entry in operation.get("parameters") or []:
        if location := LOCATIONS.get(entry.get("in", "")):
            parameters[f"method.request.{location}.{entry['name']}"] = bool(entry.get("required"))
    return parameters


def _validator_id(api_id: str, operation: Document) -> str | None:
    wanted = operation.get(VALIDATOR)
    for validator_id, validator in (_gateway()._request_validators.get(api_id) or {}).items():
        if wanted and validator["name"] == wanted:
            return str(validator_id)
    return None


def _import_integration(api_id: str, resource_id: str, method: str, integration: Document) -> None:
    gateway = _gateway()
    settings = {key: value for key, value in integration.items() if key != "responses"}
    settings["type"] = str(integration.get("type", "")).upper()
    if "passthroughBehavior" in settings:
        settings["passthroughBehavior"] = settings["passthroughBehavior"].upper()
    _checked(gateway._put_integration(api_id, resource_id, method, settings), f"{method} integration")
    for pattern, response in (integration.get("responses") or {}).items():
        selection = "" if pattern == "default" else pattern
        gateway._put_integration_response(
            api_id,
            resource_id,
            method,
            str(response.get("statusCode", 200)),
            {"selectionPattern": selection, **response},
        )


def import_operation(
    api_id: str,
    resource_id: str,
    http_method: str,
    operation: Document,
    scheme_map: Document | None = None,
    default_security: Any = None,
) -> None:
    """Create one method with all that the document says of it."""
    gateway = _gateway()
    method = "ANY" if http_method == ANY.upper() else http_method
    security = operation.get("security", default_security)
    _checked(
        gateway._put_method(
            api_id,
            resource_id,
            method,
            {
                **gateway._method_security(security, scheme_map or {}),
                "operationName": operation.get("operationId", ""),
                "requestParameters": _request_parameters(operation),
                "requestModels": _request_models(operation),
                "requestValidatorId": _validator_id(api_id, operation),
            },
        ),
        method,
    )
    for status, response in (operation.get("responses") or {}).items():
        headers = {f"method.response.header.{name}": False for name in response.get("headers") or {}}
        gateway._put_method_response(api_id, resource_id, method, str(status), {"responseParameters": headers})
    if integration := operation.get("x-amazon-apigateway-integration"):
        _import_integration(api_id, resource_id, method, integration)


def import_rest_api(spec: Document, base_data: Document | None = None) -> str:
    """Create a REST API from an OpenAPI document and return its id."""
    gateway = _gateway()
    info = spec.get("info") or {}
    data = {"name": str(info.get("title", "api")), "version": str(info.get("version", ""))}
    data |= {target: spec[source] for source, target in API_EXTENSIONS.items() if source in spec}
    data |= {key: value for key, value in (base_data or {}).items() if value}
    answer = gateway._create_rest_api(data)
    _checked(answer, "the API itself")
    api_id = str(json.loads(answer[2])["id"])
    complete = complete_operations(spec)
    import_validators(api_id, complete)
    import_models(api_id, complete)
    import_gateway_responses(api_id, complete)
    schemes = gateway._import_security_schemes(api_id, spec)
    for path, item in complete["paths"].items():
        gateway._import_path_item(api_id, path, item, schemes, spec.get("security"))
    return api_id


def apply() -> None:
    """Import whole documents."""
    gateway = _gateway()
    gateway._OPENAPI_HTTP_METHODS = gateway._OPENAPI_HTTP_METHODS | {ANY}
    gateway._import_operation = import_operation
    gateway._import_rest_api = import_rest_api
