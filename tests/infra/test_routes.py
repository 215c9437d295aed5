"""One route, told four times: docstring, declaration, API Gateway's document and the clients' document agree."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
import typing
from datetime import date
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from infra.api import __main__ as command
from infra.api import discovery, openapi, plans
from infra.api.discovery import Endpoint
from infra.api.gateway import AUTHORIZER
from infra.api.mocks import ANY_METHOD
from infra.templates import ROOT
from kernel.http import Request
from kernel.http.deprecation import Deprecation
from tests.infra import project
from tests.infra.answers import SHOWN_ELSEWHERE, answer_of

pytestmark = pytest.mark.infra

ENDPOINTS = project.endpoints()
each_route = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.route.name)
DOCUMENTED = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))


def _body() -> dict[str, Any]:
    body: dict[str, Any] = project.document("infra/api.yaml")["Resources"]["Api"]["Properties"]["DefinitionBody"]
    return body


def _gateway_operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = _body()["paths"][endpoint.route.path][endpoint.route.method.lower()]
    return operation


def _documented_operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = DOCUMENTED["paths"][endpoint.route.path][endpoint.route.method.lower()]
    return operation


@each_route
def test_docstring_starts_with_method_and_path(endpoint: Endpoint) -> None:
    source = (ROOT / "functions" / endpoint.context / endpoint.function / "app.py").read_text(encoding="utf-8")
    assert source.startswith(f'"""{endpoint.route.name}: ')


@each_route
def test_router_serves_the_declared_route_alone(endpoint: Endpoint) -> None:
    served = {path: set(methods) for path, methods in endpoint.module.app.routes.items()}
    assert served == {endpoint.route.path: {endpoint.route.method}}


@each_route
def test_gateway_invokes_the_function_by_its_name(endpoint: Endpoint) -> None:
    integration = _gateway_operation(endpoint)["x-amazon-apigateway-integration"]
    assert integration["type"] == "aws_proxy"
    assert integration["uri"]["Fn::Sub"].endswith(f":function:${{Prefix}}-{endpoint.name}/invocations")


@each_route
def test_gateway_asks_for_the_credentials_that_the_route_declares(endpoint: Endpoint) -> None:
    security = _gateway_operation(endpoint)["security"]
    authorizer = {"required": "TokenAuthorizer", "optional": "OptionalTokenAuthorizer", "none": None}
    schemes = [name for requirement in security for name in requirement]
    wanted = [authorizer[endpoint.route.auth]] if endpoint.route.auth != "none" else []
    assert schemes == wanted + (["api_key_false"] if endpoint.route.usage == "open" else [])


@each_route
def test_every_status_that_a_function_names_is_documented(endpoint: Endpoint) -> None:
    source = (ROOT / "functions" / endpoint.context / endpoint.function / "app.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    for call in ast.walk(tree):  # a burst of 200 is no status
        if isinstance(call, ast.Call):
            call.keywords = [each for each in call.keywords if each.arg != "throttle"]
    numbers = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    named = {str(number) for number in numbers if isinstance(number, int) and 200 <= number < 300}
    assert named <= _documented_operation(endpoint)["responses"].keys()


@each_route
def test_lists_say_that_a_foreign_cursor_is_refused(endpoint: Endpoint) -> None:
    operation = _documented_operation(endpoint)
    pages = any(each["name"] == "cursor" for each in operation["parameters"])
    assert not pages or "400" in operation["responses"]


@each_route
def test_clients_document_says_the_same(endpoint: Endpoint) -> None:
    operation, route = _documented_operation(endpoint), endpoint.route
    assert str(route.status) in operation["responses"]
    assert ("requestBody" in operation) == (route.body is not None)
    headers = {each["name"]: each["required"] for each in operation["parameters"] if each["in"] == "header"}
    assert headers.pop("X-Request-Id") is False
    assert (headers.pop("If-None-Match", None) is False) == ("304" in operation["responses"]) == (route.method == "GET")
    wanted = {"Idempotency-Key": route.idempotent, "If-Match": route.if_match}
    assert headers == {name: asked is True for name, asked in wanted.items() if asked}
    assert {str(problem.status) for problem in route.errors} <= set(operation["responses"])
    keyed = [requirement for requirement in operation["security"] if "ApiKey" in requirement]
    assert keyed == ([] if route.usage == "open" else operation["security"])
    assert any("AccessToken" in requirement for requirement in operation["security"]) == (route.auth != "none")


@each_route
def test_bodies_and_parameters_have_examples(endpoint: Endpoint) -> None:
    """A new parameter has its example in infra/api/parameters.py, a body in events/samples."""
    operation = _documented_operation(endpoint)
    parameters = [each["name"] for each in operation["parameters"] if "default" not in each["schema"]]
    shown = [each["name"] for each in operation["parameters"] if "example" in each]
    assert [name for name in parameters if name not in shown] == []
    bodies = (operation.get("requestBody") or {"content": {}})["content"].values()
    assert all("example" in media for media in bodies)


def _successes(operation: dict[str, Any]) -> list[dict[str, Any]]:
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return [media for answer in answers if (media := answer.get("content", {}).get("application/json"))]


@each_route
def test_answers_have_examples_that_their_schemas_allow(endpoint: Endpoint) -> None:
    """A new route has its answer recorded by `python -m tests.infra.answers --missing`."""
    for media in _successes(_documented_operation(endpoint)):
        schema = {**media["schema"], "components": DOCUMENTED["components"]}
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(media["example"])


@each_route
def test_examples_of_answers_are_what_the_routes_answer_now(endpoint: Endpoint) -> None:
    """They are recorded once; that they are still of the shape that the routes answer is seen here."""
    answer = answer_of(endpoint)
    for media in _successes(_documented_operation(endpoint)):
        if endpoint.route.name not in SHOWN_ELSEWHERE:
            assert set(media["example"]) == set(answer), "python -m tests.infra.answers records it anew"


def test_a_route_that_will_go_is_documented_as_such() -> None:
    endpoint = next(each for each in ENDPOINTS if each.route.name == "GET /products")
    going = Deprecation(date(2026, 1, 1), date(2027, 1, 1), "/v1/docs/versioning")
    declared = dataclasses.replace(endpoint.route, deprecated=going)
    documents = [openapi.document([replaced]) for replaced in (endpoint, dataclasses.replace(endpoint, route=declared))]
    staying, leaving = (each["paths"]["/products"]["get"] for each in documents)
    assert (leaving["deprecated"], leaving["x-sunset"]) == (True, "2027-01-01")
    assert {"Deprecation", "Sunset", "Link"} <= set(leaving["responses"]["200"]["headers"])
    assert "deprecated" not in staying
    assert {"Deprecation", "Sunset"}.isdisjoint(staying["responses"]["200"]["headers"])


@each_route
def test_view_takes_what_the_route_declares(endpoint: Endpoint) -> None:
    route, hints = endpoint.route, typing.get_type_hints(endpoint.view)
    declared: dict[str, Any] = dict.fromkeys(re.findall(r"{(\w+)}", route.path), str)
    declared |= {"body": route.body} if route.body is not None else {}
    declared |= {"query": route.query} if route.query is not None else {}
    declared |= {"request": Request}
    taken = {name: hints[name] for name in inspect.signature(endpoint.view).parameters}
    assert taken == declared


REPEATABLE = {
    "POST /auth/login": "gives another token",
    "POST /auth/logout": "ends what has ended",
    "POST /auth/password/change": "the second does not know the password any more",
    "POST /auth/refresh": "a token that comes twice ends its session, on purpose",
    "POST /auth/confirm": "the second finds the request used; its sender logs in",
    "POST /auth/password/forgot": "sends another mail, at most five in a quarter of an hour",
    "POST /auth/password/reset": "the second finds the request used; its sender logs in",
    "POST /auth/register": "sends another mail, at most five in a quarter of an hour",
    "POST /products/batch": "replaces what the first stored by the same",
}


@each_route
def test_route_that_asks_for_scopes_knows_the_caller(endpoint: Endpoint) -> None:
    assert endpoint.route.auth != "none" or not endpoint.route.scopes


@each_route
def test_post_that_stores_something_asks_for_an_idempotency_key(endpoint: Endpoint) -> None:
    asks = endpoint.route.idempotent is not False
    assert asks == (endpoint.route.method == "POST" and endpoint.route.name not in REPEATABLE)


def test_gateway_serves_nothing_else() -> None:
    served = {
        f"{method.upper()} {path}"
        for path, item in _body()["paths"].items()
        for method in item
        if method not in {"options", ANY_METHOD}
    }
    assert served == {endpoint.route.name for endpoint in ENDPOINTS}


def test_every_path_refuses_the_methods_that_it_does_not_serve() -> None:
    for path, item in _body()["paths"].items():
        answer = item[ANY_METHOD]["x-amazon-apigateway-integration"]["responses"]["default"]
        served = [method.upper() for method in item if method not in {"options", ANY_METHOD}]
        assert answer["statusCode"] == "405"
        assert answer["responseParameters"]["method.response.header.Allow"] == f"'{', '.join([*served, 'OPTIONS'])}'", (
            path
        )


def test_authorizer_is_a_function_of_the_project() -> None:
    names = {function.name for _, function in project.functions()}
    assert AUTHORIZER in names
    schemes = _body()["components"]["securitySchemes"]
    expected = {"TokenAuthorizer": (60, "method.request.header.Authorization"), "OptionalTokenAuthorizer": (0, None)}
    for name, cached in expected.items():
        settings = schemes[name]["x-amazon-apigateway-authorizer"]
        assert (settings["authorizerResultTtlInSeconds"], settings.get("identitySource")) == cached
        assert f"-{AUTHORIZER}/invocations" in settings["authorizerUri"]["Fn::Sub"]


OPEN = {
    "/health": "asked by machines that hold no key",
    "/auth/jwks": "read by systems that check tokens themselves",
    "/info": "says what /health cannot",
    "/openapi.json": "read before there is a key",
    "/docs": "read before there is a key",
    "/docs/assets/{name}": "the page's own files",
    "/docs/problems/{slug}": "where an error leads",
}


def test_few_routes_are_open_and_each_for_a_reason() -> None:
    assert {each.route.path for each in ENDPOINTS if each.route.usage == "open"} == OPEN.keys()


def test_each_route_is_throttled_as_it_declares() -> None:
    settings = project.document("infra/api.yaml")["Resources"]["Api"]["Properties"]["MethodSettings"]
    throttled = {
        f"{each['HttpMethod']} {each['ResourcePath'][1:].replace('~1', '/')}": (
            each["ThrottlingRateLimit"],
            each["ThrottlingBurstLimit"],
        )
        for each in settings
    }
    declared = {each.route.name: each.route.throttle for each in ENDPOINTS if each.route.throttle}
    assert throttled.pop("* *") == (plans.STAGE.rate, plans.STAGE.burst)
    assert throttled == {name: (throttle.rate, throttle.burst) for name, throttle in declared.items()}


def test_who_guesses_or_fills_the_saga_is_slowed_down() -> None:
    """Registering sends a mail, logging in hashes a password, an order starts a saga: each has its own number."""
    rates = {each.route.name: plans.throttle_of(each).rate for each in ENDPOINTS}
    hashing = {name for name in rates if name.startswith("POST /auth/") and ("password" in name or "log" in name)}
    assert hashing - {"POST /auth/logout"} >= {"POST /auth/login", "POST /auth/password/forgot"}
    assert rates["POST /auth/register"] < rates["POST /auth/login"] < rates["POST /orders"] < plans.STAGE.rate
    assert all(rates[name] <= rates["POST /auth/login"] for name in hashing - {"POST /auth/logout"})


@each_route
def test_throttles_are_documented(endpoint: Endpoint) -> None:
    throttle = plans.throttle_of(endpoint)
    assert _documented_operation(endpoint)["x-agora-throttle"] == {"rate": throttle.rate, "burst": throttle.burst}


def test_the_gateway_says_whose_limit_it_was_and_never_the_key() -> None:
    responses = _body()["x-amazon-apigateway-gateway-responses"]
    for kind in ("THROTTLED", "QUOTA_EXCEEDED"):
        headers = responses[kind]["responseParameters"]
        assert headers["gatewayresponse.header.X-Api-Key-Id"] == "context.identity.apiKeyId"
        assert int(headers["gatewayresponse.header.Retry-After"].strip("'")) > 0
    assert 'identity.apiKey"' not in json.dumps(responses)


def test_clients_document_is_valid_openapi() -> None:
    validate(DOCUMENTED)
    assert DOCUMENTED["openapi"].startswith("3.1.")


def test_operation_ids_are_unique() -> None:
    operations = [operation for item in DOCUMENTED["paths"].values() for operation in item.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)


def test_generated_documents_are_up_to_date() -> None:
    assert command.differences(command.documents()) == ""


def test_difference_is_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = ROOT / "infra" / "api.yaml"
    monkeypatch.setattr(command, "documents", lambda: {path: path.read_text(encoding="utf-8") + "More: true\n"})
    assert command.main(["check"]) == 1
    assert "+More: true" in capsys.readouterr().err


def test_function_that_calls_aws_at_import_is_refused(tmp_path: Any) -> None:
    app = tmp_path / "functions" / "shop" / "call_early" / "app.py"
    app.parent.mkdir(parents=True)
    app.write_text('from kernel import aws\n\napp = aws.client("sqs").list_queues()\n', encoding="utf-8")
    with pytest.raises(discovery.DiscoveryError, match=r"sqs\.ListQueues at import"):
        discovery.load(app, {})


def test_two_functions_cannot_serve_one_route(tmp_path: Any) -> None:
    (tmp_path / "infra").mkdir()
    source = (ROOT / "functions" / "system" / "get_health" / "app.py").read_text(encoding="utf-8")
    template: dict[str, Any] = {"Resources": {}}
    for name in ("get_health", "get_life"):
        folder = tmp_path / "functions" / "system" / name
        folder.mkdir(parents=True)
        (folder / "app.py").write_text(source, encoding="utf-8")
        properties = {"CodeUri": f"../functions/system/{name}"}
        template["Resources"][name] = {"Type": "AWS::Serverless::Function", "Properties": properties}
    (tmp_path / "infra" / "system.yaml").write_text(json.dumps(template), encoding="utf-8")
    with pytest.raises(discovery.DiscoveryError, match="GET /health is declared by"):
        discovery.endpoints(tmp_path)
