"""Executes a state machine of the repository with moto, in process, without waiting between retries."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from unittest import mock

import boto3
from moto import mock_aws
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

from infra.asl.check import FOLDER
from infra.asl.machine import Machine
from kernel import aws
from tests.support.moto_transactions import isolated_and_fast
from tests.support.saga_moto import definitions_parsed_once

PREFIX = "agora"
STEPS = (
    "orders-task-price-order",
    "inventory-task-reserve-stock",
    "payments-task-authorise-payment",
    "inventory-task-commit-reservation",
    "orders-task-confirm-order",
    "payments-task-capture-payment",
    "shipping-task-create-shipment",
    "orders-task-fulfil-order",
)
"""The functions that fulfil a paid order, one after the other."""
FUNCTION_ARN = "arn:aws:lambda:eu-west-2:123456789012:function:{prefix}-{name}"
ROLE = "arn:aws:iam::123456789012:role/order-saga"
_PATIENCE = 240.0  # an order of a thousand lines on a busy machine

Definition = dict[str, Any]


@lru_cache(maxsize=1)
def order_saga() -> Machine:
    """The shipped state machine; read once, nobody changes it."""
    return Machine.load(FOLDER / "order_saga.asl.yaml")


def substituted(machine: Machine, functions: Mapping[str, str]) -> Definition:
    """The definition with function ARNs. `functions`: substitution → function name without prefix."""
    text = json.dumps(machine.definition)
    for substitution, name in functions.items():
        text = text.replace(f"${{{substitution}}}", FUNCTION_ARN.format(prefix=PREFIX, name=name))
    definition: Definition = json.loads(text)
    return definition


@contextmanager
def executing_aws() -> Iterator[list[float]]:
    """A mocked AWS that runs state machines. Gives the list of waits before retries, which are noted, not waited."""
    waits: list[float] = []
    clock = SimpleNamespace(sleep=waits.append)
    with (
        mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
        mock.patch.object(retrier_decl, "time", clock),
        isolated_and_fast(),
        definitions_parsed_once(),
    ):
        aws.reset()
        try:
            yield waits
        finally:
            aws.reset()


@dataclass(frozen=True)
class Run:
    """One finished execution."""

    status: str
    output: Mapping[str, Any]
    error: str
    history: Sequence[Mapping[str, Any]] = field(repr=False)

    @property
    def states(self) -> list[str]:
        """The states in the order in which they were entered."""
        return [
            event["stateEnteredEventDetails"]["name"] for event in self.history if "stateEnteredEventDetails" in event
        ]

    @property
    def largest_state(self) -> int:
        """The size of the largest input that a state was given, in bytes."""
        return max(
            len(event["stateEnteredEventDetails"]["input"].encode())
            for event in self.history
            if "stateEnteredEventDetails" in event
        )

    def after(self, state: str) -> str | None:
        """The state that followed the first visit to `state`."""
        position = self.states.index(state)
        return self.states[position + 1] if position + 1 < len(self.states) else None


class Executions:
    """A created state machine and its executions."""

    def __init__(self, definition: Definition, name: str = f"{PREFIX}-order-saga") -> None:
        self._client = boto3.client("stepfunctions", region_name="eu-west-2")
        self.arn = self._client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)[
            "stateMachineArn"
        ]

    def start(self, name: str, given: Mapping[str, Any]) -> str:
        """Start an execution; returns its ARN."""
        started = self._client.start_execution(stateMachineArn=self.arn, name=name, input=json.dumps(given))
        return str(started["executionArn"])

    def arn_of(self, name: str) -> str:
        """The ARN of the execution with this name."""
        return f"{self.arn.replace(':stateMachine:', ':execution:')}:{name}"

    def run(self, name: str, given: Mapping[str, Any]) -> Run:
        """Start an execution and wait for its end."""
        return self.finished(self.start(name, given))

    def finished(self, execution: str) -> Run:
        """Wait for the end of an execution."""
        self.wait_for(lambda: self._describe(execution)["status"] != "RUNNING")
        told = self._describe(execution)
        history = self._client.get_execution_history(executionArn=execution)["events"]
        return Run(told["status"], json.loads(told.get("output", "{}")), told.get("error", ""), history)

    def entered(self, execution: str) -> list[str]:
        """The states that a running execution has entered so far."""
        history = self._client.get_execution_history(executionArn=execution)["events"]
        return Run("RUNNING", {}, "", history).states

    def names(self) -> list[str]:
        """The names of all executions."""
        pages = self._client.get_paginator("list_executions").paginate(stateMachineArn=self.arn)
        return [execution["name"] for page in pages for execution in page["executions"]]

    def stop(self, name: str) -> None:
        """Stop an execution where it is, as an operator can."""
        self._client.stop_execution(executionArn=self.arn_of(name))

    def succeed_task(self, token: str, output: Mapping[str, Any]) -> None:
        """Give a waiting task its result."""
        self._client.send_task_success(taskToken=token, output=json.dumps(output))

    def _describe(self, execution: str) -> Mapping[str, Any]:
        return self._client.describe_execution(executionArn=execution)

    @staticmethod
    def wait_for(condition: Callable[[], object]) -> None:
        """Wait until `condition` holds. Raises `TimeoutError` when it never does."""
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the execution did not come to where the test waits for it")
            time.sleep(0.02)
