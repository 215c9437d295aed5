"""API keys at API Gateway, and the usage plans that the API's own template made."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from access.ports import Made, Use
from kernel import aws
from kernel.errors import ConfigurationError

_TTL_SECONDS = 300.0
_MOST_DAYS = 100


@dataclass(frozen=True, slots=True)
class UsagePlan:
    """A plan as the gateway knows it, and its requests a day, None where it has no quota."""

    plan_id: str
    quota: int | None


class UsagePlans:
    """The usage plans by name, from the parameter that the API's template writes; read every five minutes."""

    def __init__(self, parameter: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._parameter = parameter
        self._monotonic = monotonic
        self._plans: Mapping[str, UsagePlan] = {}
        self._read_at = float("-inf")

    def __call__(self, name: str) -> UsagePlan:
        """The plan. Raises `ConfigurationError` where the API has none with this name."""
        if self._monotonic() - self._read_at > _TTL_SECONDS:
            written = json.loads(aws.call("ssm", "get_parameter", Name=self._parameter)["Parameter"]["Value"])
            self._plans = {each: UsagePlan(plan["id"], plan["quota"]) for each, plan in written.items()}
            self._read_at = self._monotonic()
        if name not in self._plans:
            raise ConfigurationError(f"{self._parameter} knows no usage plan {name}")
        return self._plans[name]


class ApiGateway:
    """The `Gateway` port."""

    def __init__(self, plans: UsagePlans) -> None:
        self._plans = plans

    def create(self, name: str, value: str) -> Made:
        """One CreateApiKey."""
        made = aws.call("apigateway", "create_api_key", name=name, value=value, enabled=True)
        return Made(str(made["id"]), value)

    def attach(self, plan: str, gateway_id: str) -> None:
        """One CreateUsagePlanKey."""
        wanted = {"usagePlanId": self._plans(plan).plan_id, "keyId": gateway_id, "keyType": "API_KEY"}
        aws.call("apigateway", "create_usage_plan_key", expected="ConflictException", **wanted)

    def named(self, name: str) -> list[Made]:
        """One GetApiKeys, which finds what begins with the name."""
        found = aws.call("apigateway", "get_api_keys", nameQuery=name, includeValues=True, limit=500)
        return [Made(str(key["id"]), str(key["value"])) for key in found.get("items", []) if key["name"] == name]

    def value(self, gateway_id: str) -> str | None:
        """One GetApiKey."""
        found = aws.call(
            "apigateway", "get_api_key", expected="NotFoundException", apiKey=gateway_id, includeValue=True
        )
        return found.get("value")

    def delete(self, gateway_id: str) -> None:
        """One DeleteApiKey, which takes the key out of its plan too."""
        aws.call("apigateway", "delete_api_key", expected="NotFoundException", apiKey=gateway_id)

    def usage(self, plan: str, gateway_id: str, start: date, end: date) -> list[Use]:
        """One GetUsage for every 100 days."""
        known = self._plans(plan)
        wanted: dict[str, Any] = {"usagePlanId": known.plan_id, "keyId": gateway_id, "limit": _MOST_DAYS}
        days: list[list[int]] = []
        position: dict[str, str] = {}
        while True:
            found = aws.call("apigateway", "get_usage", startDate=str(start), endDate=str(end), **wanted, **position)
            days += found.get("items", {}).get(gateway_id, [])
            if not found.get("position"):
                break
            position = {"position": found["position"]}
        # Of days before the value was used first nothing is said; what is said ends with the last day.
        unused = [Use(0, known.quota)] * ((end - start).days + 1 - len(days))
        return unused + [Use(used, None if known.quota is None else max(left, 0)) for used, left in days]
