"""The OpenAPI 3.0.1 body that API Gateway imports: paths, authorizers, CORS and the gateway's own errors."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from infra.api.discovery import Endpoint
from infra.api.gateway_responses import gateway_responses
from infra.api.mocks import ANY_METHOD, NO_API_KEY, cors_headers, method_not_allowed, path_parameters, preflight

AUTHORIZER = "identity-authorize-request"
TOKEN_TTL_SECONDS = 60

Document = dict[str, Any]


def invocation_uri(function: str) -> Document:
    """The integration URI of the function `${Prefix}-<function>`, by name: it may live in another stack."""
    return {
        "Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Prefix}-"
        f"{function}/invocations"
    }


def body(endpoints: list[Endpoint]) -> Document:
    """The whole document."""
    by_path = groupby(endpoints, key=lambda endpoint: endpoint.route.path)
    authorizers = {
        "TokenAuthorizer": _authorizer(TOKEN_TTL_SECONDS, "method.request.header.Authorization"),
        "OptionalTokenAuthorizer": _authorizer(0, None),
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": {"Fn::Sub": "${Prefix}-api"}, "version": "1"},
        "x-amazon-apigateway-api-key-source": "HEADER",
        "paths": {path: _path(list(group)) for path, group in by_path},
        # Twice: SAM adds its api_key to `securityDefinitions` and then puts those in place of the schemes that are in
        # `components`, where `sam local` looks for them. Without the first no authorizer would be deployed.
        "securityDefinitions": authorizers,
        "components": {"securitySchemes": authorizers},
        "x-amazon-apigateway-gateway-responses": gateway_responses(cors_headers()),
    }


def _path(endpoints: list[Endpoint]) -> Document:
    methods: list[str] = [endpoint.route.method for endpoint in endpoints]
    return {
        **{endpoint.route.method.lower(): _operation(endpoint) for endpoint in endpoints},
        "options": preflight(methods, endpoints[0].route.path),
        ANY_METHOD: method_not_allowed(methods, endpoints[0].route.path),
    }


def _operation(endpoint: Endpoint) -> Document:
    """No request validator: the function's own answer names each bad header or field, and the gateway's could not."""
    operation: Document = {"operationId": endpoint.function, "security": _security(endpoint)}
    if parameters := path_parameters(endpoint.route.path):
        operation["parameters"] = parameters
    operation["responses"] = {}
    operation["x-amazon-apigateway-integration"] = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": invocation_uri(endpoint.name),
        "credentials": {"Fn::GetAtt": ["ApiRole", "Arn"]},
        "passthroughBehavior": "when_no_match",
    }
    return operation


def _security(endpoint: Endpoint) -> list[Document]:
    authorizer = {"required": "TokenAuthorizer", "optional": "OptionalTokenAuthorizer"}.get(endpoint.route.auth)
    token: list[Document] = [{authorizer: []}] if authorizer else []
    return [*token, NO_API_KEY] if endpoint.route.usage == "open" else token


def _authorizer(ttl: int, identity_source: str | None) -> Document:
    """A REQUEST authorizer. With an identity source API Gateway itself answers 401 when the header is missing."""
    settings: Document = {
        "type": "request",
        "authorizerUri": invocation_uri(AUTHORIZER),
        "authorizerCredentials": {"Fn::GetAtt": ["ApiRole", "Arn"]},
        "authorizerResultTtlInSeconds": ttl,
    }
    if identity_source:
        settings["identitySource"] = identity_source
    return {
        "type": "apiKey",
        "name": "Authorization" if identity_source else "Unused",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": settings,
    }
