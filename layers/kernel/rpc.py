"""Synchronous questions to another context: an invocation of one of its task functions, addressed by name."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from kernel import aws, correlation
from kernel.errors import TransientError


class LambdaRpc:
    """Invokes `${prefix}-<context>-<task>` and returns its JSON answer.

    The tasks asked this way only read, so repeating one is safe; every failure is a `TransientError`.
    """

    def __init__(self, prefix: str, read_timeout: float = 10.0) -> None:
        self._prefix = prefix
        self._read_timeout = read_timeout

    def call(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """`function` is `<context>-<verb-noun>`; the correlation of the running request goes along."""
        body = json.dumps({**correlation.current().to_dict(), **payload}).encode()
        try:
            answer = aws.client("lambda", self._read_timeout).invoke(
                FunctionName=f"{self._prefix}-{function}", InvocationType="RequestResponse", Payload=body
            )
            result = answer["Payload"].read()
        except (BotoCoreError, ClientError) as error:
            raise TransientError(f"{function} could not be asked: {error}") from error
        if "FunctionError" in answer:
            raise TransientError(f"{function} failed: {result.decode(errors='replace')[:500]}")
        decoded: dict[str, Any] = json.loads(result)
        return decoded
