"""Each gap of stock MiniStack that the local stack cures: the cure works, and stock still needs it.

When the pinned version moves, a test of the second kind that fails names a cure that can go.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.stack import command
from tests.infra.engine_support import FIXTURE, Mini, eventually, mini_stack, stock_engine

pytestmark = pytest.mark.e2e

Question = Callable[[Mini], bool]


@pytest.fixture(scope="module")
def cured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mini]:
    """The fixture on the engine that Agora uses."""
    with mini_stack(tmp_path_factory.mktemp("cured")) as (_, mini):
        yield mini


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mini]:
    """The fixture on MiniStack as it comes."""
    directory = tmp_path_factory.mktemp("stock")
    with stock_engine(directory / "engine") as url:
        command(
            "deploy",
            "--engine",
            "localstack",
            "--endpoint-url",
            url,
            "--directory",
            str(directory),
            "--template",
            str(FIXTURE / "template.yaml"),
            "--stack",
            "mini",
        )
        yield Mini(directory)


def errors_have_their_type_and_stack(mini: Mini) -> bool:
    """A Lambda error in the shape of AWS."""
    answer, failed = mini.invoke("flaky", {"mode": "value"})
    named = failed and answer["errorType"] == "ValueError" and answer["errorMessage"] == "bad value"
    return bool(named and "bad value" in answer.get("stackTrace", [""])[-1])


def retry_matches_by_name(mini: Mini) -> bool:
    """Two transient errors, then success, on the same worker."""
    execution = mini.run_machine({"mode": "transient", "key": f"retry-{time.monotonic()}"})
    output = json.loads(execution.get("output") or "{}")
    return bool(output.get("result") and output["result"]["calls"] == 3)


def catch_matches_by_name(mini: Mini) -> bool:
    """A named error takes its own branch."""
    execution = mini.run_machine({"mode": "short"})
    return bool(json.loads(execution.get("output") or "{}").get("end") == "short")


def an_error_leaves_the_worker_alive(mini: Mini) -> bool:
    """The process that raised serves the next call."""
    before, _ = mini.invoke("flaky", {"key": "alive"})
    mini.invoke("flaky", {"mode": "value"})
    after, _ = mini.invoke("flaky", {"key": "alive"})
    return bool(before["pid"] == after["pid"])


def a_replaced_function_ends_what_it_is_doing(mini: Mini) -> bool:
    """An update of the function does not cut an invocation short."""
    mini.invoke("flaky", {})
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(mini.invoke, "flaky", {"mode": "nap"})
        time.sleep(0.4)
        mini.aws("lambda").update_function_configuration(FunctionName="mini-flaky", Timeout=2)
        return running.result()[1] is False


def logging_reaches_cloudwatch(mini: Mini) -> bool:
    """INFO records of the root logger are in the function's log group."""
    mini.invoke("echo", {})
    events = mini.aws("logs").filter_log_events(logGroupName="/aws/lambda/mini-echo")["events"]
    return any("[INFO]" in event["message"] and "logged " in event["message"] for event in events)


def a_silent_call_is_fast(mini: Mini) -> bool:
    """A handler that prints nothing does not wait for output."""
    mini.invoke("flaky", {})
    client, best = mini.aws("lambda"), 1.0
    for _ in range(8):
        started = time.perf_counter()
        client.invoke(FunctionName="mini-flaky", Payload="{}")["Payload"].read()
        best = min(best, time.perf_counter() - started)
    return best < 0.045


def functions_see_their_own_environment_alone(mini: Mini) -> bool:
    """Neither the engine's settings nor its packages; boto3 is there as on AWS."""
    body = json.loads(mini.invoke("echo", {})[0]["body"])
    return "GATEWAY_PORT" not in body["variables"] and body["modules"] == ["boto3"]


def concurrency_and_dead_letters_are_kept(mini: Mini) -> bool:
    """Two properties of the function resource."""
    answer = mini.aws("lambda").get_function(FunctionName="mini-echo")
    reserved = answer.get("Concurrency", {}).get("ReservedConcurrentExecutions")
    return bool(reserved == 20 and "DeadLetterConfig" in answer["Configuration"])


def any_method_is_imported(mini: Mini) -> bool:
    """`x-amazon-apigateway-any-method`."""
    answer = mini.http("PATCH", "/things/42")
    return answer.status_code == 200 and answer.json()["path"] == {"id": "42"}


def required_header_is_validated(mini: Mini) -> bool:
    """A request validator asks for a header."""
    answer = mini.http("POST", "/things", headers=mini.key, json={"name": "thing"})
    return answer.status_code == 400 and "Idempotency-Key" in answer.text


def body_is_validated(mini: Mini) -> bool:
    """A model with a reference to another refuses a body, and takes a good one."""
    headers = {**mini.key, "Idempotency-Key": "k"}
    bad = mini.http("POST", "/things", headers=headers, json={"name": "x"})
    good = mini.http("POST", "/things", headers=headers, json={"name": "xy"})
    return (bad.status_code, good.status_code) == (400, 200)


def preflight_is_mocked(mini: Mini) -> bool:
    """A MOCK integration with its mapped status and header."""
    answer = mini.http("OPTIONS", "/things")
    return answer.status_code == 204 and answer.headers.get("access-control-allow-origin") == "*"


def gateway_errors_look_like_ours(mini: Mini) -> bool:
    """Gateway responses: the body's content type and template."""
    answer = mini.http("POST", "/things", json={})
    return (
        answer.status_code == 403
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["title"] == "Forbidden"
    )


def gateway_errors_name_the_path(mini: Mini) -> bool:
    """`$context.path` of a gateway response."""
    plain = mini.http("POST", "/things", json={}).json().get("instance")
    odd = mini.http("POST", "/no%0Asuch%22thing", json={}).json().get("instance")
    return (plain, odd) == ("/v1/things", "/v1/no%0Asuch%22thing")


def mocks_without_a_template_have_no_body(mini: Mini) -> bool:
    """A 204 must not have one."""
    return bool(mini.http("OPTIONS", "/things").headers.get("content-length") == "0")


def mocks_know_the_request(mini: Mini) -> bool:
    """The context's variables in a mock's answer, and a header that is mapped from one."""
    answer = mini.http("DELETE", "/things")
    if (answer.status_code, answer.headers.get("allow")) != (405, "POST"):
        return False
    told = {"instance": "/v1/things", "request_id": answer.headers["x-request-id"]}
    return answer.json() == told and "context" not in told["request_id"]


def a_functions_error_does_not_leave_the_gateway(mini: Mini) -> bool:
    """Who calls is told of an internal error, and neither its message nor its stack."""
    answer = mini.http("GET", "/broken")
    return answer.status_code >= 500 and "inner secret" not in answer.text and "Traceback" not in answer.text


def a_methods_own_throttle_holds(mini: Mini) -> bool:
    """A method setting of a template, whose path is written with ~1, limits its method."""
    return any(mini.http("GET", "/scarce").status_code == 429 for _ in range(4))


def partial_batches_of_a_stream_are_sent_again(mini: Mini) -> bool:
    """A record that its function could not handle comes again until it can."""
    name = f"partial-{time.monotonic()}"
    mini.put(f"EVENT#{name}", fail={"N": "3"})
    return bool(eventually(lambda: (mini.row(f"SEEN#{name}") or {}).get("times", {}).get("N") == "3", 8))


def a_secrets_version_is_written_once(mini: Mini) -> bool:
    """A second value under the same ClientRequestToken is refused, and the first one stays."""
    secrets, name = mini.aws("secretsmanager"), f"mini/version-{time.monotonic()}"
    secrets.create_secret(Name=name)
    version = {"SecretId": name, "ClientRequestToken": "first-version-of-the-signing-keys"}
    secrets.put_secret_value(**version, SecretString="one")
    try:
        secrets.put_secret_value(**version, SecretString="two")
    except secrets.exceptions.ResourceExistsException:
        return bool(secrets.get_secret_value(SecretId=name)["SecretString"] == "one")
    return False


def _new_key(mini: Mini) -> tuple[str, str, str]:
    """A key of the fixture's plan: the plan's id, the key's id and its value."""
    gateway, value = mini.aws("apigateway"), f"free_{time.monotonic_ns():040d}"
    plan = gateway.get_usage_plans()["items"][0]["id"]
    key = gateway.create_api_key(name=value, enabled=True, value=value)["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    return plan, key, value


def a_keys_use_is_told_by_day(mini: Mini) -> bool:
    """GetUsage: requests of each day, and what the quota leaves."""
    plan, key, value = _new_key(mini)
    mini.http("POST", "/things", headers={"x-api-key": value, "Idempotency-Key": "k"}, json={"name": "xy"})
    today = datetime.now(UTC).date()
    days = {"startDate": str(today - timedelta(days=1)), "endDate": str(today)}
    told = mini.aws("apigateway").get_usage(usagePlanId=plan, keyId=key, **days).get("items", {})
    return [used for used, _ in told.get(key, [])] == [0, 1]


def a_deleted_key_leaves_its_plan(mini: Mini) -> bool:
    """DeleteApiKey takes the key out of its usage plans."""
    gateway, (plan, key, _) = mini.aws("apigateway"), _new_key(mini)
    gateway.delete_api_key(apiKey=key)
    return key not in {each["id"] for each in gateway.get_usage_plan_keys(usagePlanId=plan)["items"]}


def a_key_is_attached_once(mini: Mini) -> bool:
    """A second CreateUsagePlanKey for the same key is a ConflictException."""
    gateway, (plan, key, _) = mini.aws("apigateway"), _new_key(mini)
    try:
        gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    except gateway.exceptions.ConflictException:
        return True
    return False


def a_request_has_one_id(mini: Mini) -> bool:
    """A request authorizer and the function behind it are told the same id."""
    answer = mini.http("GET", "/request", headers={"Authorization": "good"}).json()
    return bool(answer["request_id"]) and answer["authorizer"].get("request_id") == answer["request_id"]


QUESTIONS: list[Question] = [
    a_request_has_one_id,
    a_keys_use_is_told_by_day,
    a_deleted_key_leaves_its_plan,
    a_key_is_attached_once,
    a_secrets_version_is_written_once,
    errors_have_their_type_and_stack,
    retry_matches_by_name,
    catch_matches_by_name,
    an_error_leaves_the_worker_alive,
    a_replaced_function_ends_what_it_is_doing,
    logging_reaches_cloudwatch,
    a_silent_call_is_fast,
    functions_see_their_own_environment_alone,
    concurrency_and_dead_letters_are_kept,
    any_method_is_imported,
    required_header_is_validated,
    body_is_validated,
    preflight_is_mocked,
    gateway_errors_look_like_ours,
    gateway_errors_name_the_path,
    mocks_without_a_template_have_no_body,
    mocks_know_the_request,
    a_functions_error_does_not_leave_the_gateway,
    a_methods_own_throttle_holds,
    partial_batches_of_a_stream_are_sent_again,
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_cured(cured: Mini, question: Question) -> None:
    """The engine that Agora uses behaves as AWS does."""
    assert question(cured)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_stock_still_needs_the_cure(stock: Mini, question: Question) -> None:
    """Stock MiniStack does not; should this fail, the cure of that name can be removed from infra/local/patches."""
    assert not question(stock)


def test_a_token_authorizer_decides_and_passes_its_context(cured: Mini) -> None:
    """No token: 401. Denied: 403. Allowed: the function sees the context."""
    assert cured.http("GET", "/token").status_code == 401
    assert cured.http("GET", "/token", headers={"Authorization": "bad"}).status_code == 403
    answer = cured.http("GET", "/token", headers={"Authorization": "good"})
    assert answer.status_code == 200
    assert answer.json()["authorizer"] == {"kind": "TOKEN", "principalId": "somebody"}


def test_a_request_authorizer_without_cache_is_asked_each_time(cured: Mini) -> None:
    """With a lifetime of zero it is asked even where no identity was sent."""
    assert cured.http("GET", "/request").status_code == 401
    assert cured.http("GET", "/request", headers={"Authorization": "bad"}).status_code == 403
    answer = cured.http("GET", "/request", headers={"Authorization": "good"})
    assert answer.json()["authorizer"]["kind"] == "REQUEST"


def test_the_usage_plan_throttles(cured: Mini) -> None:
    """Eleven calls at once are one more than the burst of ten, and the refusal says when to come back."""
    headers = {**cured.key, "Idempotency-Key": "k"}
    answers = [cured.http("POST", "/things", headers=headers, json={"name": "xy"}) for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("slow", "Sandbox.Timedout"),
        ("exit", "Runtime.ExitError"),
        ("unserialisable", "Runtime.MarshalError"),
    ],
)
def test_faults_that_are_not_exceptions_have_their_name(cured: Mini, mode: str, kind: str) -> None:
    """A timeout, a dead process and an answer that is not JSON; the next call works."""
    answer, failed = cured.invoke("flaky", {"mode": mode})
    assert failed
    assert answer["errorType"] == kind
    assert cured.invoke("flaky", {})[1] is False


def test_output_is_written_to_the_functions_own_file(cured: Mini) -> None:
    """Prints, log records and unhandled errors, one file per function."""
    cured.invoke("echo", {})
    cured.invoke("flaky", {"mode": "value"})
    logs = Path(cured.description["log_dir"])
    echo, flaky = (logs / "mini-echo.log").read_text(), (logs / "mini-flaky.log").read_text()
    assert "printed to stdout" in echo
    assert "printed to stderr" in echo
    assert "[INFO]" in echo
    assert "[ERROR] ValueError: bad value" in flaky
    assert "end-" not in echo


def test_a_rule_feeds_its_queue_and_the_queue_its_function(cured: Mini) -> None:
    """Bus, rule, queue, function, table."""
    cured.aws("events").put_events(
        Entries=[
            {
                "Source": "mini.shop",
                "DetailType": "ThingHappened",
                "Detail": '{"name": "rule"}',
                "EventBusName": "mini-events",
            }
        ]
    )
    assert eventually(lambda: cured.row("CONSUMED#rule"))
