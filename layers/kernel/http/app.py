"""The Chalice application of a function that serves one route."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from chalice.app import Chalice
from chalice.app import Response as ChaliceResponse

from kernel import correlation, etag, telemetry
from kernel.errors import BadRequest, Forbidden, IdempotencyKeyMissing, Problem, TransientError, Unauthorised
from kernel.http import body, problem, query, usage_plan
from kernel.http.caller import Caller
from kernel.http.request import Content, Reply, Request
from kernel.http.route import Route
from kernel.idempotency_key import IdempotencyKey, fingerprint

View = Callable[..., Any]

EXPOSED_HEADERS = "Deprecation,ETag,Link,Location,Retry-After,Sunset,X-Api-Key-Id,X-Request-Id,X-Usage-Plan,traceparent"
"""What a page of another origin may read of an answer, beside the few headers that it always may."""

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_UNEXPECTED = "an unexpected error; the request id finds it in our logs"


class ServiceUnavailable(Problem):
    """A service that this one needs did not answer; nothing was changed that a repeated request would not repair."""

    status, slug, title = 503, "service-unavailable", "Try again in a moment"


class MethodNotAllowed(Problem):
    """The function serves another method of this path: the API and the function were not deployed together."""

    status, slug, title = 405, "method-not-allowed", "Method not allowed"


class App(Chalice):
    """Serves `route` with the view given to `handler`, and turns every error into a problem document.

    The view takes, by name: `body` and `query` where declared, each path parameter, and `request`.
    """

    def __init__(self, route: Route) -> None:
        super().__init__(route.name, configure_logs=False)
        self.declaration = route
        self.view: View | None = None
        self._invocation: tuple[Mapping[str, Any], object] = ({}, None)

    def handler(self, view: View) -> View:
        """Register the view of the route; returns it unchanged, so that a test can call it."""
        self.view = view

        def serve(**path_params: str) -> ChaliceResponse:
            return self._serve(view, path_params)

        register = self.route(
            self.declaration.path, methods=[self.declaration.method], content_types=[], name=view.__name__
        )
        register(serve)
        return view

    def __call__(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Lambda's entry point: an API Gateway proxy event in, a proxy response out."""
        self._invocation = (event, context)
        answer: dict[str, Any] = super().__call__(event, context)
        return answer if "X-Request-Id" in answer["headers"] else self._refused(event, answer["statusCode"])

    def _refused(self, event: Mapping[str, Any], status: int) -> dict[str, Any]:
        """Chalice's own errors never reach the view, and their bodies are none of ours: say them in our words."""
        context = event.get("requestContext") or {}
        request_id, path = str(context.get("requestId") or ""), str(context.get("path") or event.get("path") or "")
        error = MethodNotAllowed() if status == MethodNotAllowed.status else Problem(_UNEXPECTED)
        document = body.to_json(problem.document(error, path, request_id, _stage(event)))
        headers = {"Content-Type": problem.MEDIA_TYPE, "X-Request-Id": request_id, **_cors(event)}
        return {"statusCode": error.status, "headers": headers, "multiValueHeaders": {}, "body": document}

    def _serve(self, view: View, path_params: Mapping[str, str]) -> ChaliceResponse:
        event, context = self._invocation
        request = self._request(event)
        log = telemetry.start(correlation.current(), context, route=self.declaration.name, **_gateway_id(event))
        try:
            answer = view(**self._arguments(request, event, path_params))
            response = self._response(answer, request)
        except Exception as error:  # noqa: BLE001 - every error becomes a problem document
            response = self._problem_response(_as_problem(error), request, _stage(event))
        response.headers.update(self._common_headers(event, request))
        log.info("request served", status=response.status_code, user_id=request.caller.user_id)
        return response

    def _common_headers(self, event: Mapping[str, Any], request: Request) -> dict[str, str]:
        """What every answer carries, errors included."""
        deprecated = self.declaration.deprecated
        return {
            "X-Request-Id": request.request_id,
            "traceparent": correlation.current().traceparent,
            **usage_plan.headers(event["requestContext"], request.headers),
            **(deprecated.headers() if deprecated else {}),
            **_cors(event),
        }

    def _request(self, event: Mapping[str, Any]) -> Request:
        context = event["requestContext"]
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        cause = correlation.bind(correlation.from_headers(headers, str(context.get("requestId") or "")))
        stage_path = str(context.get("path") or event.get("path") or "")
        path = str(event.get("path") or "")
        return Request(
            method=self.declaration.method,
            path=path,
            headers=headers,
            raw_body=_raw_body(event),
            caller=Caller.from_request_context(context),
            request_id=cause.correlation_id,
            base_url=stage_path[: len(stage_path) - len(path)] if stage_path.endswith(path) else "",
        )

    def _arguments(self, request: Request, event: Mapping[str, Any], path_params: Mapping[str, str]) -> dict[str, Any]:
        route = self.declaration
        self._authorise(request.caller)
        arguments: dict[str, Any] = {name: unquote(value) for name, value in path_params.items()}
        if route.query is not None:
            arguments["query"] = query.parse(route.query, event.get("queryStringParameters") or {})
        if route.idempotent is True or (route.idempotent and "idempotency-key" in request.headers):
            request = _with_idempotency_key(request, route)
        if route.body is not None:
            arguments["body"] = body.parse(route.body, request.raw_body, request.headers, route.max_body)
        return {**arguments, "request": request}

    def _authorise(self, caller: Caller) -> None:
        if self.declaration.auth == "required" and not caller.is_known:
            raise Unauthorised("send an access token: Authorization: Bearer …")
        if caller.is_known and not self.declaration.scopes <= caller.scopes:
            raise Forbidden(f"this needs the scope {' '.join(sorted(self.declaration.scopes - caller.scopes))}")

    def _response(self, answer: Any, request: Request) -> ChaliceResponse:
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        status = reply.status or self.declaration.status
        content = reply.body if isinstance(reply.body, Content) else _json(reply.body)
        text = content.text
        headers: dict[str, str | list[str]] = {"Content-Type": content.media_type, "Cache-Control": "no-store"}
        if self.declaration.method == "GET":
            headers |= {
                "Cache-Control": "private, no-cache",
                "ETag": reply.headers.get("ETag") or etag.of_content(text),
            }
        headers |= reply.headers
        if self.declaration.method == "GET" and etag.is_known(request.if_none_match, str(headers["ETag"])):
            del headers["Content-Type"]
            return ChaliceResponse("", status_code=304, headers=headers)
        return ChaliceResponse(text, status_code=status, headers=headers)

    def _problem_response(self, error: Problem, request: Request, stage: str) -> ChaliceResponse:
        document = problem.document(error, request.base_url + request.path, request.request_id, stage)
        headers: dict[str, str | list[str]] = {"Content-Type": problem.MEDIA_TYPE, "Cache-Control": "no-store"}
        headers |= error.headers
        return ChaliceResponse(body.to_json(document), status_code=error.status, headers=headers)


def _json(value: Any) -> Content:
    return Content("" if value is None else body.to_json(value), "application/json")


def _gateway_id(event: Mapping[str, Any]) -> dict[str, str]:
    """API Gateway's own id, which its access log and its refusals name, where the client brought one of its own."""
    gateway_id = str(event["requestContext"].get("requestId") or "")
    return {} if gateway_id == correlation.current().correlation_id else {"gateway_request_id": gateway_id}


def _stage(event: Mapping[str, Any]) -> str:
    return str((event.get("requestContext") or {}).get("stage") or "v1")


def _cors(event: Mapping[str, Any]) -> dict[str, str]:
    """The edge answers preflights itself, but only a function can put headers on its own answer."""
    origin = (event.get("stageVariables") or {}).get("cors_origin")
    if not origin:
        return {}
    allowed = "*" if origin == "any" else str(origin)
    return {"Access-Control-Allow-Origin": allowed, "Access-Control-Expose-Headers": EXPOSED_HEADERS}


def _as_problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    telemetry.logger().exception("the request failed")
    if isinstance(error, TransientError):
        return ServiceUnavailable("a service did not answer in time; nothing is lost", headers={"Retry-After": "2"})
    return Problem(_UNEXPECTED)


def _raw_body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    return base64.b64decode(text) if event.get("isBase64Encoded") else text.encode("utf-8", "surrogatepass")


def _with_idempotency_key(request: Request, route: Route) -> Request:
    key = request.headers.get("idempotency-key", "")
    if not key:
        raise IdempotencyKeyMissing("send an Idempotency-Key header, for example a UUID, and repeat it on a retry")
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise BadRequest("Idempotency-Key must be 1 to 255 visible ASCII characters")
    caller = request.caller
    scope = f"{caller.user_id or 'guest:' + caller.api_key_id}\n{route.name}"
    digest = fingerprint(request.method, request.path, request.raw_body)
    return replace(request, idempotency_key=IdempotencyKey(scope, key, digest))
