"""Identity's functions as Lambda calls them, on a mocked AWS."""

import base64
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from moto.sesv2.models import sesv2_backends

from identity.errors import UnknownRole, UnknownWish
from identity.mail_request import MailTokens, Purpose
from identity.passwords import Argon2Hasher
from kernel import aws, telemetry
from kernel.errors import TransientError
from tests.support.aws import create_table
from tests.support.functions import FUNCTIONS, ROOT, environment, load
from tests.support.lambda_events import LambdaContext, api_event
from tests.unit.identity.support import EMAIL, PASSWORD, Clock, opened

ENVIRONMENT = {
    "AGORA_PREFIX": "agora",
    "AGORA_CONTEXT": "identity",
    "AGORA_TABLE": "agora-identity",
    "AGORA_EVENT_BUS": "agora",
    "AGORA_SIGNING_KEYS": "agora/identity/signing-keys",
    "AGORA_PUBLIC_KEYS": "/agora/identity/public-keys",
    "AGORA_SIGNING_KEY_DAYS": "30",
    "AGORA_SENDER": "orders@agora.example",
    "AGORA_SHOP_URL": "https://shop.example",
}
CURSOR_KEY = "a key of this test"
Load = Callable[[str], ModuleType]


@pytest.fixture
def function(mocked_aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Loads a function in a deployment whose keys were never made."""
    create_table("agora-identity")
    aws.client("secretsmanager").create_secret(Name="agora/identity/signing-keys")
    aws.client("ssm").put_parameter(Name="/agora/identity/public-keys", Value='{"keys":[]}', Type="String")
    aws.client("secretsmanager").create_secret(Name="agora/cursor-key", SecretString=CURSOR_KEY)
    aws.client("events").create_event_bus(Name="agora")
    quick = Argon2Hasher(memory_kib=8, passes=1)
    monkeypatch.setattr("identity.passwords.Argon2Hasher", lambda: quick)
    with environment(ENVIRONMENT):
        yield lambda name: load("identity", name)


def post(module: ModuleType, path: str, body: object, **headers: str) -> tuple[int, dict[str, Any]]:
    answer = module.app(api_event(path, "POST", body=body, headers=headers), LambdaContext())
    return answer["statusCode"], json.loads(answer["body"])


def ask(function: Load, **fields: object) -> tuple[int, dict[str, Any]]:
    return post(function("register_user"), "/auth/register", {"email": EMAIL, "password": PASSWORD, **fields})


def register(function: Load, **fields: object) -> tuple[int, dict[str, Any]]:
    """Ask for the account and confirm with the token that the mail would bring."""
    assert ask(function, **fields) == (202, {"status": "mail_sent"})
    body = {"token": mail_token(Purpose.REGISTER), "password": fields.get("password", PASSWORD)}
    return post(function("confirm_user"), "/auth/confirm", body)


def mail_token(purpose: Purpose) -> str:
    (*_, request) = [row["request_id"]["S"] for row in rows() if row["sk"]["S"] == "MAIL_REQUEST"]
    return MailTokens(lambda: CURSOR_KEY).token(request, purpose)


def login(function: Load, password: str = PASSWORD, email: str = EMAIL) -> tuple[int, dict[str, Any]]:
    return post(function("log_in"), "/auth/login", {"email": email, "password": password})


def rows() -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = aws.client("dynamodb").scan(TableName="agora-identity")["Items"]
    return items


def test_registration_answers_tokens(function: Load) -> None:
    status, body = register(function, name="Ada Lovelace")
    assert status == 201
    assert sorted(body) == ["access_token", "expires_in", "refresh_token", "token_type", "user_id"]
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    assert opened(body["access_token"])[1]["sub"] == body["user_id"]


def test_login_answers_tokens_whatever_the_case_of_the_address(function: Load) -> None:
    _, registered = register(function)
    status, body = login(function, email="  ADA@Example.com")
    assert status == 200
    assert body["user_id"] == registered["user_id"]


def test_a_wrong_password_and_an_unknown_address_get_one_answer(function: Load) -> None:
    register(function)
    wrong, unknown = login(function, "wrong horse"), login(function, email="nobody@example.com")
    assert wrong == unknown
    assert (wrong[0], wrong[1]["type"]) == (401, "/v1/docs/problems/invalid-credentials")


def test_asking_for_an_account_answers_the_same_for_a_taken_address(function: Load) -> None:
    register(function)
    assert ask(function, password="another good password") == ask(function, email="nobody@example.com")


def test_an_address_that_was_taken_meanwhile_is_a_conflict(function: Load) -> None:
    ask(function)
    first = mail_token(Purpose.REGISTER)
    register(function, password="another good password")
    status, body = post(function("confirm_user"), "/auth/confirm", {"token": first, "password": PASSWORD})
    assert (status, body["type"]) == (409, "/v1/docs/problems/email-taken")


def test_another_password_ends_what_the_old_one_gave(function: Load) -> None:
    _, tokens = register(function)
    assert post(function("forgot_password"), "/auth/password/forgot", {"email": EMAIL})[0] == 202
    new = {"token": mail_token(Purpose.RESET), "password": "an even better horse"}
    event = api_event("/auth/password/reset", "POST", body=new)
    assert function("reset_password").app(event, LambdaContext())["statusCode"] == 204
    assert post(function("reset_password"), "/auth/password/reset", new)[0] == 401, "it is good once"
    assert post(function("refresh_session"), "/auth/refresh", {"refresh_token": tokens["refresh_token"]})[0] == 401
    assert (login(function)[0], login(function, "an even better horse")[0]) == (401, 200)


def test_the_stream_sends_the_mail_of_a_request_and_no_other(function: Load) -> None:
    aws.client("sesv2").create_email_identity(EmailIdentity="orders@agora.example")
    register(function)
    ask(function, email="new@example.com")
    post(function("forgot_password"), "/auth/password/forgot", {"email": EMAIL})
    for _ in range(2):
        assert function("send_mail").app({"Records": stream_records()}, LambdaContext()) == {"batchItemFailures": []}
    sent = sesv2_backends["123456789012"]["eu-west-2"].core_backend.sent_messages
    told = sorted(message.destinations["ToAddresses"][0] for message in sent)
    assert told == [EMAIL, EMAIL, "new@example.com", "new@example.com"]


def test_a_mail_that_cannot_be_sent_now_comes_again(function: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(function)

    def down(*_: object) -> str:
        raise TransientError("SES gave no answer")

    monkeypatch.setattr("kernel.ses.SesMailer.send", down)
    (asked,) = [each["dynamodb"] for each in stream_records() if "MAIL_REQUEST" in json.dumps(each)]
    answer = function("send_mail").app({"Records": stream_records()}, LambdaContext())
    assert answer == {"batchItemFailures": [{"itemIdentifier": asked["SequenceNumber"]}]}


def test_too_many_failures_are_told_to_wait(function: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.clock.utc_now", Clock())
    module = function("log_in")
    for _ in range(10):
        assert post(module, "/auth/login", {"email": EMAIL, "password": "wrong"})[0] == 401
    event = api_event("/auth/login", "POST", body={"email": EMAIL, "password": PASSWORD})
    answer = module.app(event, LambdaContext())
    assert answer["statusCode"] == 429
    assert answer["headers"]["Retry-After"] == "989"
    assert answer["headers"]["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"email": EMAIL}, 422, "password"),
        ({"password": PASSWORD}, 422, "email"),
        ({"email": "ada", "password": PASSWORD}, 422, "email"),
        ({"email": 7, "password": PASSWORD}, 422, "email"),
        ({"email": EMAIL, "password": 12345678}, 422, "password"),
        ({"email": EMAIL, "password": "short"}, 422, "password"),
        ({"email": EMAIL, "password": "x" * 129}, 422, "password"),
        ({"email": EMAIL, "password": "password123"}, 422, "password"),
        ({"email": EMAIL, "password": PASSWORD, "roles": ["admin"]}, 422, "roles"),
        ({"email": EMAIL, "password": PASSWORD, "user_id": "usr_1"}, 422, "user_id"),
        ({"email": EMAIL, "password": PASSWORD, "name": "x" * 201}, 422, "name"),
        ({"email": EMAIL, "password": PASSWORD, "name": "Ada\nBcc: x"}, 422, "name"),
        ([], 422, "$"),
        ("{", 400, None),
        ("", 400, None),
        ('"' + "x" * 5000 + '"', 413, None),
    ],
)
def test_bad_input_is_named_and_stores_nothing(function: Load, body: object, status: int, path: str | None) -> None:
    answered, problem = post(function("register_user"), "/auth/register", body)
    assert answered == status
    assert [error["path"] for error in problem.get("errors", [])] == ([path] if path else [])
    assert PASSWORD not in json.dumps(problem)
    assert rows() == []


def test_login_takes_no_unknown_fields_either(function: Load) -> None:
    body = {"email": EMAIL, "password": PASSWORD, "roles": ["admin"]}
    assert post(function("log_in"), "/auth/login", body)[0] == 422


def test_no_secret_is_logged(function: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(telemetry.logger().registered_handler, "stream", log)
    _, body = register(function)
    login(function)
    login(function, "wrong horse battery")
    written = log.getvalue()
    assert "request served" in written
    for secret in (PASSWORD, "wrong horse battery", body["access_token"], body["refresh_token"], "$argon2id$"):
        assert secret not in written


def test_the_table_holds_neither_password_nor_tokens(function: Load) -> None:
    _, body = register(function)
    stored = json.dumps(rows(), default=str)
    for secret in (PASSWORD, body["access_token"], body["refresh_token"], body["refresh_token"].rpartition(".")[2]):
        assert secret not in stored


def test_a_token_of_one_function_is_taken_by_the_authorizer(function: Load) -> None:
    authorizer = function("authorize_request")
    _, body = register(function)
    event = {
        "methodArn": "arn:aws:execute-api:eu-west-2:123456789012:api/v1/GET/orders",
        "headers": {"authorization": f"Bearer {body['access_token']}"},
    }
    assert authorizer.app(event, LambdaContext())["context"]["user_id"] == body["user_id"]
    event["headers"] = {"authorization": f"Bearer {body['refresh_token']}"}
    with pytest.raises(Exception, match="Unauthorized"):
        authorizer.app(event, LambdaContext())


def test_two_functions_that_start_together_sign_with_one_key(function: Load) -> None:
    _, registered = register(function)
    _, logged_in = login(function)
    kids = {opened(body["access_token"])[0]["kid"] for body in (registered, logged_in)}
    assert len(kids) == 1


def test_a_rotation_that_has_begun_is_seen_by_all_and_hurts_nobody(function: Load) -> None:
    _, registered = register(function)
    rotated = function("rotate_keys").app({"rotate": "begin"}, LambdaContext())
    published = json.loads(function("get_keys").app(api_event("/auth/jwks"), LambdaContext())["body"])["keys"]
    assert [key["kid"] for key in published] == rotated["kids"]
    assert len(published) == 2
    assert opened(login(function)[1]["access_token"])[0]["kid"] == published[0]["kid"]
    asked = {"methodArn": "arn:aws:execute-api:eu-west-2:123456789012:api/v1/GET/orders"}
    event = {**asked, "headers": {"authorization": f"Bearer {registered['access_token']}"}}
    assert function("authorize_request").app(event, LambdaContext())["principalId"] == registered["user_id"]


def test_an_unknown_wish_rotates_nothing(function: Load) -> None:
    register(function)
    with pytest.raises(UnknownWish):
        function("rotate_keys").app({"rotate": "now"}, LambdaContext())
    assert function("rotate_keys").app({}, LambdaContext())["outcome"] == "unchanged"


def test_a_granted_role_is_in_the_next_token(function: Load) -> None:
    _, registered = register(function)
    grant = function("task_grant_role")
    for _ in range(2):
        answer = grant.app({"email": EMAIL, "roles": ["staff"]}, LambdaContext())
        assert answer == {"outcome": "granted", "user_id": registered["user_id"], "roles": ["customer", "staff"]}
    assert opened(login(function)[1]["access_token"])[1]["roles"] == ["customer", "staff"]


def test_a_grant_to_nobody_is_an_outcome(function: Load) -> None:
    answer = function("task_grant_role").app({"email": EMAIL, "roles": ["staff"]}, LambdaContext())
    assert answer == {"outcome": "unknown_user"}


@pytest.mark.parametrize("payload", [{"email": EMAIL, "roles": ["root"]}, {"email": EMAIL, "roles": "staff"}, {}])
def test_a_bad_grant_is_a_fault(function: Load, payload: dict[str, Any]) -> None:
    register(function)
    with pytest.raises((KeyError, UnknownRole)):
        function("task_grant_role").app(payload, LambdaContext())
    assert opened(login(function)[1]["access_token"])[1]["roles"] == ["customer"]


def test_the_relay_publishes_a_registration_without_personal_data(
    function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(function)
    sent: list[dict[str, Any]] = []

    class Bus:
        def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - botocore's name
            sent.extend(Entries)
            return {"FailedEntryCount": 0, "Entries": [{} for _ in Entries]}

    relay, records = function("relay_outbox"), stream_records()
    with monkeypatch.context() as patched:
        patched.setattr("kernel.aws.client", lambda _: Bus())
        assert relay.app({"Records": records}, LambdaContext()) == {"batchItemFailures": []}
    assert [(entry["Source"], entry["DetailType"]) for entry in sent] == [("agora.identity", "UserRegistered")]
    assert EMAIL not in sent[0]["Detail"]


def stream_records() -> list[dict[str, Any]]:
    """What the table's stream delivers: every item as inserted, binary values in base64."""

    def plain(value: Any) -> Any:
        return base64.b64encode(value).decode() if isinstance(value, bytes) else value

    return [
        {
            "eventName": "INSERT",
            "dynamodb": {
                "SequenceNumber": str(number),
                "NewImage": {
                    name: {kind: plain(value) for kind, value in typed.items()} for name, typed in item.items()
                },
            },
        }
        for number, item in enumerate(rows())
    ]


HEAVY = ("pydantic", "pynamodb", "argon2", "boto3", "aws_lambda_powertools", "chalice")


def test_the_authorizer_starts_without_what_it_does_not_need() -> None:
    script = f"""
import runpy, sys
runpy.run_path({str(FUNCTIONS / "identity" / "authorize_request" / "app.py")!r})
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    environ = {**ENVIRONMENT, "PYTHONPATH": str(ROOT / "layers"), "AWS_DEFAULT_REGION": "eu-west-2"}
    answer = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
