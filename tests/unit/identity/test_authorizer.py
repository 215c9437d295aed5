"""The authorizer's answers to API Gateway."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from identity.authorizer import Authorizer
from identity.model import Status
from kernel.errors import TransientError
from kernel.plain_log import PlainLog
from tests.support.lambda_events import LambdaContext
from tests.unit.identity.support import EMAIL, PASSWORD, SOURCE, Identity

LOG = PlainLog("identity", "INFO")
METHOD_ARN = "arn:aws:execute-api:eu-west-2:123456789012:c0ffee01/v1/POST/orders"
GATEWAY_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
STAGE = "arn:aws:execute-api:eu-west-2:123456789012:c0ffee01/v1/*"


def request(headers: Mapping[str, str] | None, several: Mapping[str, list[str]] | None = None) -> dict[str, Any]:
    """A REQUEST authorizer event."""
    return {
        "type": "REQUEST",
        "methodArn": METHOD_ARN,
        "resource": "/orders",
        "path": "/orders",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": several
        if several is not None
        else {name: [value] for name, value in (headers or {}).items()},
        "requestContext": {"stage": "v1", "requestId": GATEWAY_ID},
    }


@pytest.fixture
def identity() -> Identity:
    return Identity()


@pytest.fixture
def authorizer(identity: Identity) -> Authorizer:
    return Authorizer(identity.verifier(), identity.users, LOG)


@pytest.fixture
def token(identity: Identity) -> str:
    return identity.register(EMAIL, PASSWORD, "Ada", SOURCE).access_token


def ask(authorizer: Authorizer, event: Mapping[str, Any]) -> dict[str, Any]:
    return authorizer(event, LambdaContext())


def test_a_good_token_passes_with_its_identity(authorizer: Authorizer, token: str) -> None:
    answer = ask(authorizer, request({"Authorization": f"Bearer {token}"}))
    assert answer["context"]["email"] == "ada@example.com"
    assert answer["context"]["roles"] == "customer"
    assert answer["context"]["scopes"] == "orders:place orders:read payments:read"
    assert answer["principalId"] == answer["context"]["user_id"]
    assert all(isinstance(value, str) for value in answer["context"].values())


@pytest.mark.parametrize("name", ["authorization", "AUTHORIZATION", "Authorization"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_names_are_compared_as_http_does(authorizer: Authorizer, token: str, name: str, scheme: str) -> None:
    assert ask(authorizer, request({name: f"{scheme} {token}"}))["principalId"] != "guest"


def test_the_answer_holds_for_every_route_since_it_is_kept(authorizer: Authorizer, token: str) -> None:
    statement = ask(authorizer, request({"Authorization": f"Bearer {token}"}))["policyDocument"]["Statement"]
    assert statement == [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": STAGE}]


@pytest.mark.parametrize("headers", [{}, None, {"x-api-key": "k"}])
def test_without_the_header_a_guest_passes_with_nothing(
    authorizer: Authorizer, headers: Mapping[str, str] | None
) -> None:
    answer = ask(authorizer, request(headers))
    assert answer["context"] == {}
    assert answer["principalId"] == "guest"
    assert answer["policyDocument"]["Statement"][0]["Resource"] == STAGE


@pytest.mark.parametrize(
    "value", ["", " ", "Bearer", "Bearer ", "Basic dTpw", "Bearer a.b.c", "Token x", "Bearer null"]
)
def test_a_header_that_is_no_good_token_is_a_401_and_never_a_guest(authorizer: Authorizer, value: str) -> None:
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        ask(authorizer, request({"Authorization": value}))


def test_two_tokens_are_refused(authorizer: Authorizer, token: str) -> None:
    event = request({"Authorization": f"Bearer {token}"}, {"Authorization": [f"Bearer {token}", "Bearer other"]})
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        ask(authorizer, event)


def test_the_refusal_leaves_nothing_of_the_token_in_the_log(
    authorizer: Authorizer, token: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Exception, match="Unauthorized"):
        ask(authorizer, request({"Authorization": f"Bearer {token}x"}))
    written = capsys.readouterr().out
    assert "BadSignatureError" in written
    assert token[:20] not in written


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(("given", "found"), [("req-7", "req-7"), ("two words", GATEWAY_ID), (None, GATEWAY_ID)])
def test_its_lines_belong_to_the_request(
    authorizer: Authorizer, token: str, capsys: pytest.CaptureFixture[str], given: str | None, found: str
) -> None:
    named = {"X-Request-Id": given, "traceparent": TRACE} if given else {"traceparent": TRACE}
    ask(authorizer, request({"Authorization": f"Bearer {token}", **named}))
    with pytest.raises(Exception, match="Unauthorized"):
        ask(authorizer, request({"Authorization": "Bearer x.y.z", **named}))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["level"], line["message"]) for line in lines] == [
        ("INFO", "token accepted"),
        ("WARNING", "token refused"),
    ]
    for line in lines:
        assert (line["correlation_id"], line["traceparent"], line["gateway_request_id"]) == (found, TRACE, GATEWAY_ID)
        assert line["service"] == "identity"


def test_a_level_that_is_not_wanted_is_not_written(identity: Identity, capsys: pytest.CaptureFixture[str]) -> None:
    quiet = Authorizer(identity.verifier(), identity.users, PlainLog("identity", "warning"))
    token = identity.register(EMAIL, PASSWORD, "Ada", SOURCE).access_token
    ask(quiet, request({"Authorization": f"Bearer {token}"}))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("status", [Status.INACTIVE, Status.SUSPENDED, Status.DELETED])
def test_a_user_who_is_not_active_is_refused_and_must_log_in_again_later(
    identity: Identity, authorizer: Authorizer, token: str, status: Status
) -> None:
    user_id = identity.users.users[EMAIL].user_id
    for given in (status, Status.ACTIVE):
        identity.access.set_status(user_id, given)
        with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
            ask(authorizer, request({"Authorization": f"Bearer {token}"}))
    again = identity.accounts.login(EMAIL, PASSWORD, SOURCE).access_token
    assert ask(authorizer, request({"Authorization": f"Bearer {again}"}))["principalId"] == user_id


def test_a_token_is_refused_once_access_was_ended_even_in_the_same_second(
    identity: Identity, authorizer: Authorizer, token: str
) -> None:
    identity.access.end(identity.users.users[EMAIL].user_id)
    again = identity.accounts.login(EMAIL, PASSWORD, SOURCE).access_token
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        ask(authorizer, request({"Authorization": f"Bearer {token}"}))
    assert ask(authorizer, request({"Authorization": f"Bearer {again}"}))["context"]["session_id"].startswith("ses_")


def test_a_token_of_a_user_who_is_not_there_is_refused(identity: Identity, authorizer: Authorizer) -> None:
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        ask(authorizer, request({"Authorization": f"Bearer {identity.token()}"}))


def test_nobody_passes_while_the_states_cannot_be_read_and_nobody_is_told_to_log_in(
    identity: Identity, token: str
) -> None:
    class Broken:
        def generation(self, user_id: str) -> int | None:
            raise TransientError(f"no answer about {user_id}")

    with pytest.raises(TransientError):
        ask(Authorizer(identity.verifier(), Broken(), LOG), request({"Authorization": f"Bearer {token}"}))
