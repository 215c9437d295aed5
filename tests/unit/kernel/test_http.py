"""The HTTP app of a one-route function: what it hands to the view, and how every error looks."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from kernel import telemetry
from kernel.errors import ConflictingWrite, NotFound, TransientError
from kernel.http import App, Deprecation, Reply, Request, Route
from tests.support.lambda_events import CUSTOMER, LambdaContext, api_event

JSON = {"Content-Type": "application/json"}


class Thing(BaseModel):
    """A body."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str = Field(min_length=1, max_length=20)
    sizes: list[int] = Field(default_factory=list)


@dataclass(frozen=True)
class Filter:
    """A query."""

    limit: int = field(default=50, metadata={"ge": 1, "le": 100})


class Shelved(NotFound):
    """A problem of a context, with a header and a member of its own."""

    slug, title = "thing-shelved", "Shelved"


View = Callable[..., Any]


def _painted(text: str) -> str:
    if text == "none":
        raise ValueError("must be a colour")
    return text


def _app(view: View, **route: Any) -> App:
    app = App(Route(**{"method": "POST", "path": "/things", "summary": "Things", "auth": "none", **route}))
    app.handler(view)
    return app


def _echo(body: Thing, request: Request) -> Mapping[str, Any]:
    return {"name": body.name, "path": request.path}


def _call(app: App, **event: Any) -> dict[str, Any]:
    route = app.declaration
    return app(api_event(route.path, route.method, **event), LambdaContext())


def _problem(answer: Mapping[str, Any]) -> dict[str, Any]:
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(answer["body"])
    assert document["status"] == answer["statusCode"]
    assert document["type"].startswith("/v1/docs/problems/")
    assert document["request_id"] == answer["headers"]["X-Request-Id"]
    assert document["instance"].startswith("/v1/things"), "as the gateway's own answers say it: with the stage"
    assert document["title"]
    assert document["detail"]
    return document


def test_view_gets_the_body_and_answers_json() -> None:
    answer = _call(_app(_echo, body=Thing), body={"name": "cup"}, headers=JSON)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "application/json"
    assert json.loads(answer["body"]) == {"name": "cup", "path": "/things"}


def test_declared_status_and_reply_headers() -> None:
    def view(request: Request) -> Reply:
        return Reply({"id": 1}, headers={"ETag": '"1"'})

    answer = _call(_app(view, status=201))
    assert (answer["statusCode"], answer["headers"]["ETag"]) == (201, '"1"')


def test_reply_may_answer_another_status_and_no_body() -> None:
    answer = _call(_app(lambda request: Reply(status=204), status=201))
    assert (answer["statusCode"], answer["body"]) == (204, "")


def test_fields_at_fault_are_told_once_and_in_plain_words() -> None:
    class Shelf(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        things: tuple[Thing, ...] = Field(min_length=1)
        colour: Annotated[str, AfterValidator(_painted)] = "red"

    def reasons(body: Mapping[str, Any]) -> dict[str, str]:
        view: View = lambda body, request: {}  # noqa: E731 - is not to be called
        document = _problem(_call(_app(view, body=Shelf), body=body, headers=JSON))
        return {error["path"]: error["reason"] for error in document["errors"]}

    assert reasons({"things": [{"name": 5}]}) == {"things.0.name": "Input should be a valid string"}
    assert reasons({"things": []}).keys() == {"things"}
    assert reasons({"things": [{"name": "cup"}], "colour": "none"}) == {"colour": "must be a colour"}


def test_dataclass_with_a_time_is_json() -> None:
    @dataclass
    class Seen:
        at: datetime

    answer = _call(_app(lambda request: Seen(datetime(2026, 11, 21, 9, 30, tzinfo=UTC))))
    assert json.loads(answer["body"]) == {"at": "2026-11-21T09:30:00.000Z"}


def test_path_parameters_are_decoded() -> None:
    app = _app(lambda sku, request: {"sku": sku}, method="GET", path="/things/{sku}")
    answer = _call(app, path={"sku": "A%2FB%20%C3%A9"})
    assert json.loads(answer["body"]) == {"sku": "A/B é"}


def test_query_is_parsed() -> None:
    app = _app(lambda query, request: {"limit": query.limit}, method="GET", query=Filter)
    assert json.loads(_call(app, query={"limit": "7"})["body"]) == {"limit": 7}
    problem = _problem(_call(app, query={"limit": "101", "page": "2"}))
    assert {entry["path"] for entry in problem["errors"]} == {"limit", "page"}


def test_base64_body_is_the_same_body() -> None:
    event = api_event("/things", "POST", body="", headers=JSON)
    event |= {"body": base64.b64encode(b'{"name": "cup"}').decode(), "isBase64Encoded": True}
    assert json.loads(_app(_echo, body=Thing)(event, LambdaContext())["body"])["name"] == "cup"


@pytest.mark.parametrize("text", ["", "{", "[1,", '{"name": "\ud800"}', "\x00", '{"name": "cup"} more'])
def test_broken_json_is_400(text: str) -> None:
    answer = _call(_app(_echo, body=Thing), body=text, headers=JSON)
    assert _problem(answer)["type"].endswith("/bad-request")
    assert answer["statusCode"] == 400


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, {"name"}),
        ({"name": ""}, {"name"}),
        ({"name": 1}, {"name"}),
        ({"name": "x" * 21}, {"name"}),
        ({"name": "cup", "colour": "red"}, {"colour"}),
        ({"name": "cup", "sizes": [1, "2", 3.5]}, {"sizes.1", "sizes.2"}),
        ({"name": None, "sizes": None}, {"name", "sizes"}),
        ([], {"$"}),
        ("text", {"$"}),
    ],
)
def test_bad_fields_are_422_and_named(body: object, paths: set[str]) -> None:
    answer = _call(_app(_echo, body=Thing), body=json.dumps(body), headers=JSON)
    assert answer["statusCode"] == 422
    assert {entry["path"] for entry in _problem(answer)["errors"]} == paths


def test_number_of_named_fields_is_bounded() -> None:
    answer = _call(_app(_echo, body=Thing), body={"name": "cup", "sizes": ["x"] * 1000}, headers=JSON)
    assert len(_problem(answer)["errors"]) == 100


def test_oversized_body_is_413_before_it_is_parsed() -> None:
    app = _app(_echo, body=Thing, max_body=64)
    assert _call(app, body="é" * 33, headers=JSON)["statusCode"] == 413  # counted in bytes
    assert _problem(_call(app, body="x" * 65, headers=JSON))["type"].endswith("/payload-too-large")


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("text/plain", 415),
        ("application/xml", 415),
        ("application/json; charset=utf-8", 200),
        ("APPLICATION/JSON", 200),
    ],
)
def test_media_type(media_type: str, status: int) -> None:
    answer = _call(_app(_echo, body=Thing), body={"name": "cup"}, headers={"content-TYPE": media_type})
    assert answer["statusCode"] == status


def test_idempotency_key_is_asked_for() -> None:
    app = _app(lambda request: {"key": request.required_idempotency_key().key}, idempotent=True)
    missing = _call(app)
    assert missing["statusCode"] == 400
    assert _problem(missing)["type"].endswith("/idempotency-key-missing")
    assert _call(app, headers={"Idempotency-Key": "a b"})["statusCode"] == 400
    assert _call(app, headers={"Idempotency-Key": "x" * 256})["statusCode"] == 400
    assert json.loads(_call(app, headers={"idempotency-key": "k1"})["body"]) == {"key": "k1"}


def test_optional_idempotency_key_is_taken_where_it_is_sent() -> None:
    def view(request: Request) -> Mapping[str, Any]:
        return {"key": request.idempotency_key.key if request.idempotency_key else None}

    app = _app(view, idempotent="optional")
    assert json.loads(_call(app)["body"]) == {"key": None}
    assert json.loads(_call(app, headers={"Idempotency-Key": "k1"})["body"]) == {"key": "k1"}
    assert _call(app, headers={"Idempotency-Key": ""})["statusCode"] == 400


def test_idempotency_key_belongs_to_caller_route_and_request() -> None:
    seen: list[Any] = []

    def view(request: Request) -> Mapping[str, Any]:
        seen.append(request.idempotency_key)
        return {}

    app = _app(view, idempotent=True, auth="optional")
    sent = {"headers": {"Idempotency-Key": "k1"}}
    other = {**CUSTOMER, "user_id": "usr_other"}
    for event in ({}, {"authorizer": CUSTOMER}, {"authorizer": other}, {"body": "{}"}, {"authorizer": CUSTOMER}):
        _call(app, **sent, **event)
    guest, customer, somebody, guest_again, customer_again = seen
    assert len({guest.pk, customer.pk, somebody.pk}) == 3
    assert guest_again.pk == guest.pk
    assert guest_again.fingerprint != guest.fingerprint
    assert customer_again == customer


def test_token_is_asked_for() -> None:
    answer = _call(_app(lambda request: {}, auth="required"))
    assert answer["statusCode"] == 401
    assert _problem(answer)["type"].endswith("/unauthorised")


def test_missing_scope_is_403_and_named() -> None:
    app = _app(lambda request: {}, auth="required", scopes=frozenset({"orders:place", "orders:manage"}))
    answer = _call(app, authorizer=CUSTOMER)
    assert answer["statusCode"] == 403
    assert "orders:manage" in _problem(answer)["detail"]
    assert "orders:place" not in _problem(answer)["detail"]


def test_guest_of_an_optional_route_needs_no_scope_but_a_known_caller_does() -> None:
    app = _app(lambda request: {"guest": not request.caller.is_known}, auth="optional", scopes=frozenset({"x:y"}))
    assert json.loads(_call(app)["body"]) == {"guest": True}
    assert _call(app, authorizer=CUSTOMER)["statusCode"] == 403


def test_caller_is_refused_before_the_body_is_looked_at() -> None:
    assert _call(_app(_echo, body=Thing, auth="required"), body="{", headers=JSON)["statusCode"] == 401


def test_problem_of_a_context_keeps_its_members_and_headers() -> None:
    def view(request: Request) -> None:
        raise Shelved("on shelf 7", headers={"Retry-After": "9"}, shelf=7)

    answer = _call(_app(view))
    document = _problem(answer)
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (404, "9")
    assert (document["type"], document["detail"], document["shelf"]) == (
        "/v1/docs/problems/thing-shelved",
        "on shelf 7",
        7,
    )
    assert "errors" not in document


@pytest.mark.parametrize("error", [RuntimeError("password=hunter2"), ConflictingWrite("pk=secret"), KeyError("x")])
def test_unexpected_error_is_500_and_tells_nothing(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def view(request: Request) -> None:
        raise error

    answer = _call(_app(view))
    assert answer["statusCode"] == 500
    assert _problem(answer)["type"].endswith("/internal-error")
    assert str(error) not in answer["body"]
    assert "the request failed" in caplog.text  # but the log has it


def test_fault_that_may_pass_is_503_with_retry_after() -> None:
    def view(request: Request) -> None:
        raise TransientError("DynamoDB: throttled table orders")

    answer = _call(_app(view))
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "2")
    assert "orders" not in _problem(answer)["detail"]


def test_answer_that_is_no_json_is_500() -> None:
    assert _problem(_call(_app(lambda request: object())))["status"] == 500


def test_request_id_and_trace_come_back() -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = _call(_app(lambda request: {}), headers={"x-request-id": "checkout-42", "Traceparent": trace})
    assert answer["headers"]["X-Request-Id"] == "checkout-42"
    assert answer["headers"]["traceparent"] == trace


@pytest.mark.parametrize("given", ["", "has space", "x" * 129, "line\nbreak", "é"])
def test_malformed_request_id_is_replaced_by_the_gateways(given: str) -> None:
    answer = _call(_app(lambda request: {}), headers={"X-Request-Id": given, "traceparent": "00-zz"})
    assert answer["headers"]["X-Request-Id"] == "11111111-1111-4111-8111-111111111111"
    assert answer["headers"]["traceparent"].startswith("00-")


def test_base_url_is_the_stage() -> None:
    answer = _call(_app(lambda request: {"base": request.base_url}))
    assert json.loads(answer["body"]) == {"base": "/v1"}


@pytest.mark.parametrize(
    ("variable", "origin"), [("any", "*"), ("https://shop.example.com", "https://shop.example.com")]
)
def test_origin_of_the_stage_is_allowed_on_answers_and_errors(variable: str, origin: str) -> None:
    for authorizer in (None, CUSTOMER):
        event = api_event("/things", "POST", authorizer=authorizer) | {"stageVariables": {"cors_origin": variable}}
        answer = _app(lambda request: {}, auth="required")(event, LambdaContext())
        assert answer["headers"]["Access-Control-Allow-Origin"] == origin
        assert "ETag" in answer["headers"]["Access-Control-Expose-Headers"]


def test_without_a_stage_variable_no_origin_is_allowed() -> None:
    assert "Access-Control-Allow-Origin" not in _call(_app(lambda request: {}))["headers"]


def test_method_that_the_function_does_not_serve_is_a_problem_too() -> None:
    answer = _app(lambda request: {})(api_event("/things", "DELETE"), LambdaContext())
    assert answer["statusCode"] == 405
    assert _problem(answer)["type"].endswith("/method-not-allowed")


def test_event_that_chalice_cannot_route_is_a_problem_too() -> None:
    event = api_event("/things", "POST") | {"isBase64Encoded": True, "body": "not base64"}
    answer = _app(_echo, body=Thing)(event, LambdaContext())
    assert _problem(answer)["status"] == 500


def test_log_has_the_request_but_not_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    headers = {"Authorization": "Bearer secret-token", "x-api-key": "secret-key", **JSON}
    _call(_app(_echo, body=Thing), body={"name": "secret-name"}, headers=headers)
    keys = telemetry.logger().get_current_keys()
    assert keys["route"] == "POST /things"
    assert [record.message for record in caplog.records] == ["request served"]
    assert "secret" not in repr(keys) + repr([vars(record) for record in caplog.records])


READ: dict[str, Any] = {"method": "GET"}


@pytest.mark.parametrize("sent", ['"7"', 'W/"7"', '"1", "7"', "*", ' W/"x" , "7" '])
def test_a_read_of_what_the_client_has_is_304_without_a_body(sent: str) -> None:
    app = _app(lambda request: Reply({"a": 1}, headers={"ETag": '"7"'}), **READ)
    answer = _call(app, headers={"If-None-Match": sent})
    assert (answer["statusCode"], answer["body"], answer["headers"]["ETag"]) == (304, "", '"7"')
    assert "Content-Type" not in answer["headers"]


@pytest.mark.parametrize("sent", ["", '"8"', "7", '"77"', '"7', "no tag"])
def test_a_read_of_something_newer_is_answered_in_full(sent: str) -> None:
    app = _app(lambda request: Reply({"a": 1}, headers={"ETag": '"7"'}), **READ)
    answer = _call(app, headers={"If-None-Match": sent})
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"a": 1})


def test_a_read_without_a_version_is_tagged_by_its_content() -> None:
    content = {"items": ["a"]}
    app = _app(lambda request: content, **READ)
    tag = _call(app)["headers"]["ETag"]
    assert _call(app, headers={"If-None-Match": tag})["statusCode"] == 304
    content["items"].append("b")
    assert _call(app, headers={"If-None-Match": tag})["statusCode"] == 200


def test_if_none_match_does_not_touch_writes_and_errors() -> None:
    def missing(request: Request) -> None:
        raise NotFound

    assert _call(_app(lambda request: {}), headers={"If-None-Match": "*"})["statusCode"] == 200
    assert _call(_app(missing, **READ), headers={"If-None-Match": "*"})["statusCode"] == 404


def test_answers_are_not_kept_by_caches_and_reads_are_asked_for_again() -> None:
    assert _call(_app(lambda request: {}))["headers"]["Cache-Control"] == "no-store"
    assert _call(_app(lambda request: {}, **READ))["headers"]["Cache-Control"] == "private, no-cache"
    public = _app(lambda request: Reply({}, headers={"Cache-Control": "public, max-age=300"}), **READ)
    assert _call(public)["headers"]["Cache-Control"] == "public, max-age=300"
    assert _call(_app(lambda request: {}, auth="required"))["headers"]["Cache-Control"] == "no-store"


def test_a_route_that_will_go_says_so_on_every_answer() -> None:
    going = Deprecation(date(2026, 1, 1), date(2027, 1, 1), "/v1/docs/versioning")
    for auth in ("none", "required"):
        headers = _call(_app(lambda request: {}, auth=auth, deprecated=going))["headers"]
        assert headers["Deprecation"] == "@1767225600"
        assert headers["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
        assert headers["Link"] == '</v1/docs/versioning>; rel="deprecation"'
    assert "Sunset" not in _call(_app(lambda request: {}))["headers"]


@pytest.mark.parametrize("auth", ["none", "required"])
def test_an_answer_says_which_plan_it_counts_against(auth: str) -> None:
    answer = _call(_app(lambda request: {}, auth=auth), headers={"X-Api-Key": "partner_s3cret"})
    assert answer["headers"]["X-Usage-Plan"] == "partner"
    assert "s3cret" not in repr(answer)


@pytest.mark.parametrize("key", ["", "nounderscore", "_x", "Part_x", "a\r\nSet-Cookie: x_y", "partner_"])
def test_a_key_that_names_no_plan_tells_none(key: str) -> None:
    assert "X-Usage-Plan" not in _call(_app(lambda request: {}), headers={"x-api-key": key})["headers"]


def test_a_key_that_the_gateway_did_not_look_at_tells_none() -> None:
    event = api_event("/things", "POST", headers={"x-api-key": "internal_forged"})
    event["requestContext"]["identity"]["apiKeyId"] = None
    assert "X-Usage-Plan" not in _app(lambda request: {})(event, LambdaContext())["headers"]
