"""SAM CLI itself, asked without Docker: each route reaches its function, whose layers are folders of the repository."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from infra.setup import environments
from infra.templates import ROOT
from tests.infra import project

pytestmark = pytest.mark.infra

Answer = dict[str, Any]


@pytest.fixture(scope="module")
def told() -> Answer:
    """What SAM CLI says of the templates. The environment is made first where `make setup` has not yet run."""
    python = environments.ensure("sam")
    done = subprocess.run(
        [str(python), "tests/infra/sam_probe.py", "template.yaml", "infra/api.yaml"],
        cwd=ROOT,
        env={"AWS_DEFAULT_REGION": "eu-west-2", "SAM_CLI_TELEMETRY": "0", "HOME": str(ROOT / ".local")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer: Answer = json.loads(done.stdout)
    return answer


def _resource(told: Answer, kind: str) -> Answer:
    (resource,) = [each for each in told["api"]["Resources"].values() if each["Type"] == kind]
    properties: Answer = resource["Properties"]
    return properties


def test_start_api_serves_every_route_with_its_function_and_local_layers(told: Answer) -> None:
    served = {
        (method, route["path"]): (route["function"], route["code"], route["handler"], route["layers"])
        for route in told["routes"]
        for method in route["methods"]
    }
    assert served == {
        (each.route.method, each.route.path): (
            f"agora-{each.name}",
            f"functions/{each.context}/{each.function}",
            "app.app",
            ["layers/kernel", f"layers/{each.context}"],
        )
        for each in project.endpoints()
    }


def test_start_api_asks_the_authorizer(told: Answer) -> None:
    asked = {(method, route["path"]): route["authorizer"] for route in told["routes"] for method in route["methods"]}
    names = {"required": "TokenAuthorizer", "optional": "OptionalTokenAuthorizer", "none": None}
    assert asked == {(each.route.method, each.route.path): names[each.route.auth] for each in project.endpoints()}


def test_deployed_api_asks_for_a_key_everywhere_but_on_open_routes_and_preflights(told: Answer) -> None:
    """The marker for open routes is SAM's own, so what SAM makes of it is what counts."""
    body = _resource(told, "AWS::ApiGateway::RestApi")["Body"]
    keyed = {
        (method.upper(), path)
        for path, item in body["paths"].items()
        for method, operation in item.items()
        if {"api_key": []} in operation["security"]
    }
    assert "api_key_false" not in json.dumps(body)
    assert body["components"]["securitySchemes"]["api_key"]["name"] == "x-api-key"
    assert keyed == {(each.route.method, each.route.path) for each in project.endpoints() if each.route.usage != "open"}


def test_deployed_stage_throttles_and_logs(told: Answer) -> None:
    stage = _resource(told, "AWS::ApiGateway::Stage")
    assert stage["StageName"] == {"Ref": "StageName"}
    assert len(stage["MethodSettings"]) == 1 + len([e for e in project.endpoints() if e.route.throttle])
    assert json.loads(stage["AccessLogSetting"]["Format"])["request_id"] == "$context.requestId"
    assert stage["Variables"]["cors_origin"]["Fn::If"][1] == "any"  # a stage variable may not be `*`


def test_deployed_api_compresses_what_is_long(told: Answer) -> None:
    assert _resource(told, "AWS::ApiGateway::RestApi")["MinimumCompressionSize"] == 1024


def test_deployment_is_named_after_the_body(told: Answer) -> None:
    """SAM puts a hash of the body into its name: a changed route is deployed, an unchanged API is left alone."""
    kinds = {name: each["Type"] for name, each in told["api"]["Resources"].items()}
    (deployment,) = [name for name, kind in kinds.items() if kind == "AWS::ApiGateway::Deployment"]
    assert re.fullmatch(r"ApiDeployment[0-9a-f]{10}", deployment)
