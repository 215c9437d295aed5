"""Executions of the order saga in Step Functions."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from kernel import aws
from kernel.errors import TransientError

_NO_LONGER_WAITING = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class StepFunctionsSagas:
    """The executions of one state machine, named by the caller."""

    def __init__(self, state_machine_arn: str) -> None:
        self._arn = state_machine_arn

    def start(self, name: str, payload: Mapping[str, Any]) -> None:
        """Start it, once: a name that was used within 90 days is not started again."""
        try:
            aws.client("stepfunctions").start_execution(
                stateMachineArn=self._arn, name=name, input=json.dumps(dict(payload))
            )
        except (BotoCoreError, ClientError) as error:
            if _code(error) != "ExecutionAlreadyExists":
                raise TransientError(f"the execution {name} was not started: {error}") from error

    def status(self, name: str) -> str | None:
        """The execution's status, None if there is none."""
        arn = f"{self._arn.replace(':stateMachine:', ':execution:')}:{name}"
        try:
            return str(aws.client("stepfunctions").describe_execution(executionArn=arn)["status"])
        except (BotoCoreError, ClientError) as error:
            if _code(error) == "ExecutionDoesNotExist":
                return None
            raise TransientError(f"the execution {name} could not be read: {error}") from error

    def complete(self, token: str, output: Mapping[str, Any]) -> bool:
        """Hand `output` to the execution that waits with this token."""
        try:
            aws.client("stepfunctions").send_task_success(taskToken=token, output=json.dumps(dict(output)))
        except (BotoCoreError, ClientError) as error:
            if _code(error) in _NO_LONGER_WAITING:
                return False
            raise TransientError(f"the waiting execution could not be woken: {error}") from error
        return True


def _code(error: Exception) -> str:
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))
