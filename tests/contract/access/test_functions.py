"""Every function of access as API Gateway and the schedule invoke it, on a mocked AWS."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from access.gateway import ApiGateway, UsagePlans
from access.ports import Use
from kernel import aws
from kernel.errors import ConfigurationError
from tests.contract.access.conftest import PARAMETER, make_usage_plans
from tests.support.api_usage import answer_usage
from tests.support.deployed import Deployed, deployed
from tests.support.functions import ROOT
from tests.support.lambda_events import STAFF

pytestmark = pytest.mark.contract
ADMIN = {**STAFF, "scopes": "keys:manage"}
NEW = {"name": "Till", "plan": "free", "description": "of London"}
KEYS, KEY = "/api-keys", "/api-keys/{key_id}"
FILES = {
    "ApiKeyCreated": "api_key_created",
    "ApiKeyRotated": "api_key_rotated",
    "ApiKeyRevoked": "api_key_revoked",
}


@pytest.fixture
def access(mocked_aws: None) -> Iterator[Deployed]:
    make_usage_plans()
    with deployed("access", {"AGORA_USAGE_PLANS": PARAMETER}) as functions:
        yield functions


def create(access: Deployed, key: str = "one", **changes: Any) -> tuple[int, Any]:
    sent = {"body": {**NEW, **changes}, "headers": {"Idempotency-Key": key}}
    status, body, _ = access.request("create_api_key", KEYS, "POST", authorizer=ADMIN, **sent)
    return status, body


def rotate(access: Deployed, key_id: str, key: str = "two", **body: Any) -> tuple[int, Any]:
    sent: dict[str, Any] = {"body": body, "headers": {"Idempotency-Key": key}, "path": {"key_id": key_id}}
    status, answer, _ = access.request("rotate_api_key", KEY + "/rotate", "POST", authorizer=ADMIN, **sent)
    return status, answer


def on(access: Deployed, function: str, key_id: str, suffix: str = "", **rest: Any) -> tuple[int, Any]:
    method = "DELETE" if function == "revoke_api_key" else "GET"
    path = {"key_id": key_id}
    status, body, _ = access.request(function, KEY + suffix, method, authorizer=ADMIN, path=path, **rest)
    return status, body


def known_values() -> list[str]:
    return [key["value"] for key in aws.client("apigateway").get_api_keys(includeValues=True)["items"]]


def test_a_key_from_its_making_to_its_end(access: Deployed) -> None:
    status, made = create(access)
    assert (status, made["status"], made["previous"], made["rotated_at"]) == (201, "ACTIVE", None, None)
    assert create(access) == (status, made)
    assert known_values() == [made["value"]]
    status, rotated = rotate(access, made["key_id"], overlap_hours=2)
    assert (status, rotated["previous"]["last_four"]) == (201, made["last_four"])
    assert rotate(access, made["key_id"], overlap_hours=2) == (status, rotated)
    assert sorted(known_values()) == sorted([made["value"], rotated["value"]])
    assert access.task("sweep_api_keys", {}) == {"outcome": "swept", "settled": 0}
    assert on(access, "revoke_api_key", made["key_id"]) == (204, None)
    assert known_values() == []
    status, read = on(access, "get_api_key", made["key_id"])
    assert (status, read["status"], read["last_four"]) == (200, "REVOKED", None)


def test_no_value_is_in_the_table_or_in_a_read(access: Deployed) -> None:
    _, made = create(access)
    _, rotated = rotate(access, made["key_id"])
    table = str(aws.client("dynamodb").scan(TableName="agora-access")["Items"])
    read = str(on(access, "get_api_key", made["key_id"]))
    listed = str(access.request("list_api_keys", KEYS, authorizer=ADMIN))
    for text in (table, read, listed):
        assert made["key_id"] in text
        assert made["value"] not in text
        assert rotated["value"] not in text


def test_what_is_published_is_what_schemas_and_examples_say(access: Deployed) -> None:
    _, made = create(access)
    rotate(access, made["key_id"])
    on(access, "revoke_api_key", made["key_id"])
    entries = sorted(access.relayed(), key=lambda entry: json.loads(entry["Detail"])["sequence"])
    assert [entry["DetailType"] for entry in entries] == list(FILES)
    for entry in entries:
        told, file = json.loads(entry["Detail"]), ROOT / "events" / "access" / FILES[entry["DetailType"]]
        schema = json.loads(file.with_suffix(".v1.json").read_text())
        example = json.loads(file.with_suffix(".v1.example.json").read_text())
        validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        validator.validate(told)
        validator.validate(example)
        assert example["data"].keys() == told["data"].keys()
        assert not validator.is_valid({**told, "data": {**told["data"], "value": made["value"]}})


def test_usage_is_of_the_days_asked_for(access: Deployed) -> None:
    _, made = create(access)
    (key,) = aws.client("apigateway").get_api_keys()["items"]
    answer_usage({key["id"]: [[3, 9_997], [0, 10_000], [7, 9_993]]})
    today = datetime.now(UTC).date()
    query = {"start_date": str(today - timedelta(days=3)), "end_date": str(today)}
    status, usage = on(access, "get_api_key_usage", made["key_id"], "/usage", query=query)
    assert status == 200
    assert [(day["used"], day["remaining"]) for day in usage["items"]] == [
        (0, 10_000),
        (3, 9_997),
        (0, 10_000),
        (7, 9_993),
    ]
    assert usage["items"][0]["date"] == query["start_date"]
    assert usage["items"][-1]["date"] == query["end_date"]


@pytest.mark.parametrize(
    "query",
    [
        {"start_date": "2020-01-01"},
        {"start_date": "2099-01-01", "end_date": "2099-01-02"},
        {"end_date": "2026-13-01"},
        {"end_date": "20261101"},
        {"start_date": "yesterday"},
    ],
)
def test_days_that_nobody_can_tell_of_are_refused(access: Deployed, query: dict[str, str]) -> None:
    _, made = create(access)
    assert on(access, "get_api_key_usage", made["key_id"], "/usage", query=query)[0] == 422


def test_a_plan_without_a_quota_leaves_nothing_to_count_down(access: Deployed) -> None:
    create(access, plan="internal")
    (key,) = aws.client("apigateway").get_api_keys()["items"]
    answer_usage({key["id"]: [[3, 0]]})
    day = date(2026, 11, 21)
    assert ApiGateway(UsagePlans(PARAMETER)).usage("internal", key["id"], day, day) == [Use(3, None)]


@pytest.mark.parametrize(
    ("overlap", "status"), [(0, 201), (168, 201), (169, 422), (-1, 422), ("1", 422), (True, 422), (None, 422)]
)
def test_an_overlap_is_at_most_a_week(access: Deployed, overlap: Any, status: int) -> None:
    _, made = create(access)
    assert rotate(access, made["key_id"], overlap_hours=overlap)[0] == status


@pytest.mark.parametrize("function", ["get_api_key", "revoke_api_key"])
def test_an_unknown_key_is_not_found(access: Deployed, function: str) -> None:
    assert on(access, function, "key_01JD7Z8Q0R9V4M2T6X8Y0A1B2C")[0] == 404
    assert on(access, "get_api_key_usage", "key_none", "/usage")[0] == 404
    assert rotate(access, "key_none")[0] == 404


def test_a_plan_that_the_api_does_not_have_is_a_fault_of_the_deployment(mocked_aws: None) -> None:
    aws.client("ssm").put_parameter(Name=PARAMETER, Value="{}", Type="String")
    with pytest.raises(ConfigurationError):
        ApiGateway(UsagePlans(PARAMETER)).attach("free", "gw1")
