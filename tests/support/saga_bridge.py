"""Lambda inside moto: a state machine's and another function's invocations call handlers in this process.

Errors come back in Lambda's shape, so that Retry and Catch match them by name.
"""

import json
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest import mock

from moto.awslambda.models import LambdaBackend

from tests.support.lambda_events import LambdaContext

Handler = Callable[[Any, object], Any]
Around = Callable[[Callable[[], Any], Mapping[str, Any]], Any]
"""Stands around a function's invocations: is given the invocation to make, and its payload."""
_running: ContextVar[str] = ContextVar("running", default="")


@dataclass(frozen=True)
class Invocation:
    """One call of a function: what it was given, and what it returned or raised (the error's name)."""

    function: str
    payload: Mapping[str, Any]
    result: Any = None
    error: str = ""


@dataclass
class Fault:
    """A fault to come: `times` invocations raise `error`, before the handler runs or after it did its work."""

    error: Exception
    times: int
    after: bool = False

    def due(self, *, after: bool) -> Exception | None:
        """The error to raise now, counted down."""
        if self.times < 1 or self.after is not after:
            return None
        self.times -= 1
        return self.error


@dataclass
class Bridge:
    """Functions by name, e.g. `orders-task-price-order`; the name is taken from an ARN's end."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    invocations: list[Invocation] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    delivered_twice: set[str] = field(default_factory=set)
    around: dict[str, list[Around]] = field(default_factory=dict)

    @contextmanager
    def installed(self) -> Iterator["Bridge"]:
        """Every invocation in moto goes through the bridge for a while."""
        with mock.patch.object(LambdaBackend, "invoke", self._moto_invoke):
            yield self

    def fail(self, function: str, error: Exception, times: int = 1, *, after: bool = False) -> None:
        """Let the next `times` invocations of `function` raise; `after` means that the work is done all the same."""
        self.faults.setdefault(function, []).append(Fault(error, times, after))

    def calls(self, function: str = "") -> list[Invocation]:
        """The invocations of one function, or all."""
        return [each for each in self.invocations if function in ("", each.function)]

    @property
    def running(self) -> str:
        """The function that this thread is running, empty outside of one."""
        return _running.get()

    @property
    def called(self) -> list[str]:
        """The functions in the order of their invocations."""
        return [each.function for each in self.invocations]

    def invoke(self, function: str, payload: Mapping[str, Any]) -> Any:
        """Run a function as Lambda would and note it; a function set to `delivered_twice` runs twice.

        What stands around it is called from the last one that was set to the first.
        """
        call = partial(self._repeat, function, payload)
        for around in self.around.get(function, ()):
            call = partial(around, call, payload)
        return call()

    def _repeat(self, function: str, payload: Mapping[str, Any]) -> Any:
        repeats = 2 if function in self.delivered_twice else 1
        return [self._run(function, payload) for _ in range(repeats)][-1]

    def _run(self, function: str, payload: Mapping[str, Any]) -> Any:
        handler = self.handlers[function]
        position = len(self.invocations)
        self.invocations.append(Invocation(function, payload))
        caller = _running.set(function)
        try:
            self._raise_fault(function, after=False)
            result = json.loads(json.dumps(handler(payload, LambdaContext(function_name=function))))
            self._raise_fault(function, after=True)
        except Exception as error:
            self.invocations[position] = Invocation(function, payload, error=type(error).__name__)
            raise
        finally:
            _running.reset(caller)
        self.invocations[position] = Invocation(function, payload, result)
        return result

    def _raise_fault(self, function: str, *, after: bool) -> None:
        for fault in self.faults.get(function, []):
            error = fault.due(after=after)
            if error is not None:
                raise error.with_traceback(None)

    def _moto_invoke(
        self, name: str, qualifier: str | None, body: Any, headers: Any, response_headers: dict[str, str]
    ) -> bytes:
        function = name.partition(":function:")[2].partition(":")[0] or name
        try:
            result = self.invoke(function.partition("-")[2], json.loads(body or "{}"))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, Lambda reports
            response_headers["x-amz-function-error"] = "Unhandled"
            result = {
                "errorType": type(error).__name__,
                "errorMessage": str(error),
                "stackTrace": traceback.format_tb(error.__traceback__),
            }
        return json.dumps(result).encode()


def named_error(name: str, message: str = "made by a test") -> Exception:
    """An exception whose class has this name: what Lambda's own faults, such as `Sandbox.Timedout`, look like."""
    kind: type[Exception] = type(name, (Exception,), {})
    return kind(message)
