"""The gateway's own errors, in the shape of `kernel.http.problem`: a client reads one format whoever answers."""

from __future__ import annotations

import json
from typing import Any

from kernel import errors
from kernel.http.problem import MEDIA_TYPE, TYPE_BASE


class GatewayTimeout(errors.Problem):
    """The function did not answer within API Gateway's 29 seconds; it may still finish."""

    status, slug, title = 504, "gateway-timeout", "No answer in time"


_RETRY_SOON, _RETRY_LATER = "1", "3600"
_KEY_ID = "context.identity.apiKeyId"
_LIMITS = ("THROTTLED", "QUOTA_EXCEEDED")
"""These say whose limit it is; `context.identity.apiKey` would say the plan, and the secret with it."""

# Response type → problem, detail, extra headers. The status is set even where API Gateway would choose the same: the
# body names it too.
_RESPONSES: dict[str, tuple[type[errors.Problem], str, dict[str, str]]] = {
    "BAD_REQUEST_BODY": (errors.BadRequest, "the body is not acceptable", {}),
    "BAD_REQUEST_PARAMETERS": (errors.BadRequest, "a required parameter or header is missing", {}),
    "UNAUTHORIZED": (
        errors.Unauthorised,
        "send a valid access token: Authorization: Bearer <access_token>",
        {"WWW-Authenticate": "Bearer"},
    ),
    "EXPIRED_TOKEN": (errors.Unauthorised, "the token has expired", {"WWW-Authenticate": "Bearer"}),
    "ACCESS_DENIED": (errors.Forbidden, "the access token does not allow this", {}),
    "INVALID_API_KEY": (errors.Forbidden, "send a valid API key in the x-api-key header", {}),
    "INVALID_SIGNATURE": (errors.Forbidden, "this API takes no AWS signature", {}),
    "WAF_FILTERED": (errors.Forbidden, "the request was refused", {}),
    "MISSING_AUTHENTICATION_TOKEN": (errors.NotFound, "there is no such route", {}),
    "RESOURCE_NOT_FOUND": (errors.NotFound, "there is no such route", {}),
    "REQUEST_TOO_LARGE": (errors.PayloadTooLarge, "the request is larger than 10 MB", {}),
    "UNSUPPORTED_MEDIA_TYPE": (errors.UnsupportedMediaType, "send application/json", {}),
    "THROTTLED": (
        errors.TooManyRequests,
        "too many requests at once for this API key or route",
        {"Retry-After": _RETRY_SOON},
    ),
    "QUOTA_EXCEEDED": (
        errors.TooManyRequests,
        "the plan of this API key allows no more requests today",
        {"Retry-After": _RETRY_LATER},
    ),
    "DEFAULT_4XX": (errors.BadRequest, "the request was refused", {}),
    "API_CONFIGURATION_ERROR": (errors.Problem, "the API is not set up correctly", {}),
    "AUTHORIZER_CONFIGURATION_ERROR": (errors.Problem, "the access token could not be checked", {}),
    "AUTHORIZER_FAILURE": (errors.Problem, "the access token could not be checked", {}),
    "INTEGRATION_FAILURE": (GatewayTimeout, "the function gave no usable answer", {}),
    "INTEGRATION_TIMEOUT": (GatewayTimeout, "the function took too long", {}),
    "DEFAULT_5XX": (errors.Problem, "an unexpected error; the request id finds it in our logs", {}),
}


def gateway_responses(cors_headers: dict[str, Any]) -> dict[str, Any]:
    """The `x-amazon-apigateway-gateway-responses` of the API; `cors_headers` go with each, as quoted values."""
    return {
        kind: {
            "statusCode": problem.status,
            "responseParameters": {
                **{f"gatewayresponse.header.{name}": value for name, value in cors_headers.items()},
                **{f"gatewayresponse.header.{name}": _quoted(value) for name, value in extra.items()},
                "gatewayresponse.header.Content-Type": _quoted(MEDIA_TYPE),
                "gatewayresponse.header.X-Request-Id": "context.requestId",
                **({"gatewayresponse.header.X-Api-Key-Id": _KEY_ID} if kind in _LIMITS else {}),
            },
            "responseTemplates": {"application/json": problem_template(problem, detail)},
        }
        for kind, (problem, detail, extra) in sorted(_RESPONSES.items())
    }


def problem_template(problem: type[errors.Problem], detail: str) -> dict[str, str]:
    """A response template: the stage is filled in at the deployment, the plain `$context` variables at each answer."""
    document = {
        "type": f"/${{StageName}}{TYPE_BASE}{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "instance": "$context.path",
        "request_id": "$context.requestId",
    }
    return {"Fn::Sub": json.dumps(document, ensure_ascii=False)}


def _quoted(value: str) -> str:
    """A static value, which stands in single quotes."""
    return f"'{value}'"
