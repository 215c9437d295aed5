"""Secrets and questions to other contexts: cached, bounded, and every failure a transient one."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from kernel import aws, correlation
from kernel.correlation import Correlation
from kernel.errors import TransientError
from kernel.rpc import LambdaRpc
from kernel.secrets import StoredSecret


class Lambda:
    """Invoke, answering or raising what the test asks for."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer
        self.requests: list[dict[str, Any]] = []

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def _asking(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any] | Exception) -> Lambda:
    fake = Lambda(answer)
    monkeypatch.setattr(aws, "client", lambda service, read_timeout: fake)
    return fake


def test_question_carries_the_correlation_and_returns_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = _asking(monkeypatch, {"Payload": io.BytesIO(b'{"offers": {}}')})
    correlation.bind(Correlation("r1", "t1"))
    assert LambdaRpc("agora").call("catalogue-task-read-offers", {"skus": ["a"]}) == {"offers": {}}
    (request,) = fake.requests
    assert request["FunctionName"] == "agora-catalogue-task-read-offers"
    assert json.loads(request["Payload"]) == {"correlation_id": "r1", "traceparent": "t1", "skus": ["a"]}


@pytest.mark.parametrize(
    "answer",
    [
        {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorType": "KeyError"}')},
        ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow down"}}, "Invoke"),
        ReadTimeoutError(endpoint_url="https://lambda"),
    ],
)
def test_question_without_an_answer_is_transient(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    _asking(monkeypatch, answer)
    with pytest.raises(TransientError, match="catalogue-task-read-offers"):
        LambdaRpc("agora").call("catalogue-task-read-offers", {})


def test_secret_is_read_once_and_its_rotation_is_seen(mocked_aws: None) -> None:
    store = aws.client("secretsmanager")
    store.create_secret(Name="agora/cursor-key", SecretString="first")
    cached, fresh = StoredSecret("agora/cursor-key"), StoredSecret("agora/cursor-key", ttl=-1)
    assert cached() == fresh() == "first"
    store.put_secret_value(SecretId="agora/cursor-key", SecretString="second")
    assert (cached(), fresh()) == ("first", "second")


def test_missing_secret_is_transient_and_names_it(mocked_aws: None) -> None:
    with pytest.raises(TransientError, match="agora/none"):
        StoredSecret("agora/none")()


def test_one_client_for_each_service_with_bounded_waits(mocked_aws: None) -> None:
    first = aws.client("sqs")
    assert aws.client("sqs") is first
    assert aws.client("sns") is not first
    config = first.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 5.0)
    assert config.retries["total_max_attempts"] == 3
    aws.reset()
    assert aws.client("sqs") is not first
