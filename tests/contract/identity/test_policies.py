"""Each function may do what it does, and nothing else."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from identity import dynamo, events
from identity.mail_request import Purpose
from identity.model import Session
from kernel import aws
from tests.support.functions import environment, load
from tests.support.lambda_events import LambdaContext, api_event
from tests.support.policies import granted_actions, recorded_actions
from tests.support.tables import create_from_template
from tests.unit.identity.support import EMAIL, PASSWORD, Identity
from tests.unit.identity.test_functions import CURSOR_KEY, ENVIRONMENT, mail_token, stream_records

pytestmark = pytest.mark.contract


@pytest.fixture
def deployment(mocked_aws: None) -> Iterator[None]:
    """One account, and keys that were never made."""
    create_from_template("identity")
    aws.client("secretsmanager").create_secret(Name="agora/identity/signing-keys")
    aws.client("ssm").put_parameter(Name="/agora/identity/public-keys", Value='{"keys":[]}', Type="String")
    aws.client("secretsmanager").create_secret(Name="agora/cursor-key", SecretString=CURSOR_KEY)
    aws.client("sesv2").create_email_identity(EmailIdentity="orders@agora.example")
    aws.client("events").create_event_bus(Name="agora")
    dynamo.bind("agora-identity")
    identity = Identity()
    user = identity.user()
    session, _ = Session.open(user, identity.clock())
    dynamo.DynamoUsers().add(user, session, events.user_registered(user))
    with environment(ENVIRONMENT):
        yield


def post(function: str, path: str, email: str, password: str) -> int:
    event = api_event(path, "POST", body={"email": email, "password": password})
    return int(load("identity", function).app(event, LambdaContext())["statusCode"])


def register() -> None:
    assert post("register_user", "/auth/register", "new@example.com", PASSWORD) == 202
    assert post("register_user", "/auth/register", EMAIL, "another good password") == 202


def ask() -> None:
    assert post("register_user", "/auth/register", "new@example.com", PASSWORD) == 202


def confirm(token: str) -> None:
    for password, status in (("wrong", 401), (PASSWORD, 201)):
        body = {"token": token, "password": password}
        event = api_event("/auth/confirm", "POST", body=body)
        assert load("identity", "confirm_user").app(event, LambdaContext())["statusCode"] == status


def forgot() -> None:
    event = api_event("/auth/password/forgot", "POST", body={"email": EMAIL})
    assert load("identity", "forgot_password").app(event, LambdaContext())["statusCode"] == 202


def reset(token: str) -> None:
    body = {"token": token, "password": "another good password"}
    event = api_event("/auth/password/reset", "POST", body=body)
    assert load("identity", "reset_password").app(event, LambdaContext())["statusCode"] == 204


def mail(records: list[dict[str, Any]]) -> None:
    answer = load("identity", "send_mail").app({"Records": records}, LambdaContext())
    assert answer == {"batchItemFailures": []}


def log_in() -> None:
    assert post("log_in", "/auth/login", EMAIL, PASSWORD) == 200
    assert post("log_in", "/auth/login", EMAIL, "wrong") == 401


def grant() -> None:
    answer = load("identity", "task_grant_role").app({"email": EMAIL, "roles": ["staff"]}, LambdaContext())
    assert answer["outcome"] == "granted"


def rotate() -> None:
    for wish in ({}, {"rotate": "begin"}):
        assert load("identity", "rotate_keys").app(wish, LambdaContext())["outcome"] in ("unchanged", "changed")


def signed_in() -> dict[str, Any]:
    event = api_event("/auth/login", "POST", body={"email": EMAIL, "password": PASSWORD})
    tokens: dict[str, Any] = json.loads(load("identity", "log_in").app(event, LambdaContext())["body"])
    return tokens


def send(function: str, path: str, body: object, **rest: Any) -> int:
    return int(
        load("identity", function).app(api_event(path, "POST", body=body, **rest), LambdaContext())["statusCode"]
    )


FLOWS: dict[str, Callable[..., None]] = {
    "register_user": register,
    "confirm_user": confirm,
    "forgot_password": forgot,
    "reset_password": reset,
    "send_mail": mail,
    "log_in": log_in,
    "task_grant_role": grant,
    "rotate_keys": rotate,
}


BEFORE: dict[str, Callable[[], None]] = {"confirm_user": ask, "reset_password": forgot, "send_mail": register}

PREPARED: dict[str, Callable[[], Any]] = {
    "confirm_user": lambda: mail_token(Purpose.REGISTER),
    "reset_password": lambda: mail_token(Purpose.RESET),
    "send_mail": stream_records,
}


@pytest.mark.parametrize("function", FLOWS)
def test_a_function_may_do_what_it_does_and_nothing_else(deployment: None, function: str) -> None:
    BEFORE.get(function, lambda: None)()
    prepared = [PREPARED[function]()] if function in PREPARED else []
    with recorded_actions() as used:
        FLOWS[function](*prepared)
    assert used == granted_actions("identity", function)


def test_the_authorizer_may_read_keys_and_access_and_nothing_else(deployment: None) -> None:
    event = api_event("/auth/login", "POST", body={"email": EMAIL, "password": PASSWORD})
    answer = load("identity", "log_in").app(event, LambdaContext())
    headers = {"authorization": f"Bearer {json.loads(answer['body'])['access_token']}"}
    asked = {"methodArn": "arn:aws:execute-api:eu-west-2:123456789012:api/v1/GET/orders", "headers": headers}
    with recorded_actions() as used:
        policy = load("identity", "authorize_request").app(asked, LambdaContext())
    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert used == granted_actions("identity", "authorize_request")


def test_the_relay_may_publish_and_nothing_else(deployment: None) -> None:
    records: list[dict[str, Any]] = stream_records()
    with recorded_actions() as used:
        answer = load("identity", "relay_outbox").app({"Records": records}, LambdaContext())
    assert answer == {"batchItemFailures": []}
    assert used == granted_actions("identity", "relay_outbox") == {"events:PutEvents"}


def test_a_refresh_may_rotate_and_sign_and_nothing_else(deployment: None) -> None:
    token = {"refresh_token": signed_in()["refresh_token"]}
    with recorded_actions() as used:
        assert send("refresh_session", "/auth/refresh", token) == 200
        assert send("refresh_session", "/auth/refresh", token) == 401
    assert used == granted_actions("identity", "refresh_session")


def test_a_logout_may_end_access_and_nothing_else(deployment: None) -> None:
    tokens = signed_in()
    with recorded_actions() as used:
        body = {"refresh_token": tokens["refresh_token"], "everywhere": True}
        assert send("log_out", "/auth/logout", body) == 204
    assert used == granted_actions("identity", "log_out")


def test_a_change_of_password_may_do_what_it_does_and_nothing_else(deployment: None) -> None:
    known = {"user_id": signed_in()["user_id"]}
    body = {"current_password": PASSWORD, "new_password": "an even better horse"}
    with recorded_actions() as used:
        assert send("change_password", "/auth/password/change", body, authorizer=known) == 200
    assert used == granted_actions("identity", "change_password")


def test_who_reads_the_public_keys_reads_nothing_else(deployment: None) -> None:
    signed_in()
    with recorded_actions() as used:
        answer = load("identity", "get_keys").app(api_event("/auth/jwks"), LambdaContext())
    (key,) = json.loads(answer["body"])["keys"]
    assert (key["kty"], key["crv"], key["alg"]) == ("EC", "P-256", "ES256")
    assert "d" not in key, "the private half"
    assert used == granted_actions("identity", "get_keys")
