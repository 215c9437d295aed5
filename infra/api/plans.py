"""API keys, usage plans and throttles of the public API."""

from __future__ import annotations

import json
import string
from dataclasses import dataclass
from typing import Any

from infra.api.discovery import Endpoint
from kernel.http import Throttle

Resources = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What the holder of a key may do: requests a second, burst, and requests a day (None: as many as there are)."""

    name: str
    rate: int
    burst: int
    per_day: int | None

    @property
    def logical_id(self) -> str:
        """`Free` of `free`."""
        return self.name.capitalize()


PLANS = (
    Plan("free", 5, 10, 10_000),
    Plan("partner", 50, 100, 1_000_000),
    Plan("internal", 500, 1_000, None),
)

STAGE = Throttle(2_000, 4_000)
"""All callers of a route that declares no throttle of its own, which also bounds the routes that ask for no key."""


def plan_resources() -> Resources:
    """For each plan: the plan, one key and the link between them."""
    resources: Resources = {"UsagePlans": _known_to_access()}
    for plan in PLANS:
        resources |= _of(plan)
    return resources


def _known_to_access() -> Resources:
    """The parameter by which the context `access`, which makes clients' keys, knows the plans."""
    plans = {plan.name: {"id": f"${{{plan.logical_id}UsagePlan}}", "quota": plan.per_day} for plan in PLANS}
    return {
        "Type": "AWS::SSM::Parameter",
        "Properties": {
            "Name": {"Fn::Sub": "/${Prefix}/access/usage-plans"},
            "Description": "Usage plans by name: id, and requests a day (null: as many as there are)",
            "Type": "String",
            "Value": {"Fn::Sub": json.dumps(plans, separators=(",", ":"))},
        },
    }


def _of(plan: Plan) -> Resources:
    quota = {"Quota": {"Limit": plan.per_day, "Period": "DAY"}} if plan.per_day else {}
    name = {"Fn::Sub": f"${{Prefix}}-{plan.name}"}
    return {
        f"{plan.logical_id}UsagePlan": {
            "Type": "AWS::ApiGateway::UsagePlan",
            "Properties": {
                "UsagePlanName": name,
                "ApiStages": [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Api.Stage"}}],
                "Throttle": {"RateLimit": plan.rate, "BurstLimit": plan.burst},
                **quota,
            },
        },
        f"{plan.logical_id}KeySecret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {
                "Name": {"Fn::Sub": f"${{Prefix}}/api-keys/{plan.name}"},
                "Description": f"What the API key of the plan {plan.name} ends with",
                "GenerateSecretString": {"PasswordLength": 40, "ExcludeCharacters": string.punctuation},
            },
        },
        f"{plan.logical_id}ApiKey": {
            "Type": "AWS::ApiGateway::ApiKey",
            "Properties": {"Name": name, "Enabled": True, "Value": _value(plan)},
        },
        f"{plan.logical_id}UsagePlanKey": {
            "Type": "AWS::ApiGateway::UsagePlanKey",
            "Properties": {
                "KeyId": {"Ref": f"{plan.logical_id}ApiKey"},
                "KeyType": "API_KEY",
                "UsagePlanId": {"Ref": f"{plan.logical_id}UsagePlan"},
            },
        },
    }


def _value(plan: Plan) -> Resources:
    """`<plan>_<secret>`: a function tells the plan by it (`kernel.http.usage_plan`), which API Gateway does not say."""
    secret = f"{{{{resolve:secretsmanager:${{{plan.logical_id}KeySecret}}:SecretString}}}}"
    return {"Fn::Sub": f"{plan.name}_{secret}"}


def throttle_of(endpoint: Endpoint) -> Throttle:
    """What API Gateway holds all callers of the route to."""
    return endpoint.route.throttle or STAGE


def method_settings(endpoints: list[Endpoint]) -> list[dict[str, Any]]:
    """The stage's throttles: a default, and one for each route that declares its own."""
    default = {"ResourcePath": "/*", "HttpMethod": "*", **_limits(STAGE)}
    own = [
        {
            "ResourcePath": "/" + endpoint.route.path.replace("/", "~1"),
            "HttpMethod": endpoint.route.method,
            **_limits(endpoint.route.throttle),
        }
        for endpoint in endpoints
        if endpoint.route.throttle
    ]
    return [default, *own]


def _limits(throttle: Throttle) -> dict[str, Any]:
    return {
        "ThrottlingRateLimit": throttle.rate,
        "ThrottlingBurstLimit": throttle.burst,
        "MetricsEnabled": True,
    }
