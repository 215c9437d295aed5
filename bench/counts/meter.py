"""Counts what every invocation in a mocked shop uses, at the two places that all of it goes through."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest import mock

import botocore.client

from bench.counts import capacity
from bench.counts.usage import Usage
from kernel import telemetry
from tests.support.saga_bridge import Bridge

# The built-in payment provider's and carrier's own books: a real provider's are not ours.
NOT_OURS = "-sandbox"
_current: ContextVar[Usage | None] = ContextVar("usage", default=None)


@dataclass(frozen=True)
class Invocation:
    """One invocation: its function, what it was given, what it used, and whether it raised or refused."""

    function: str
    payload: Mapping[str, Any]
    usage: Usage
    failed: bool


@dataclass
class Meter:
    """The invocations that were made, in the order of their ends."""

    invocations: list[Invocation] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, invocation: Invocation) -> None:
        """One more."""
        with self._lock:
            self.invocations.append(invocation)

    def forget(self) -> None:
        """Start anew."""
        self.invocations.clear()


@contextmanager
def metered() -> Iterator[Meter]:
    """Count for a while."""
    meter = Meter()
    with _invocations(meter), _aws_calls(), _log_lines():
        yield meter


@contextmanager
def _invocations(meter: Meter) -> Iterator[None]:
    real = Bridge._run  # noqa: SLF001 - where every invocation goes through

    def run(bridge: Bridge, function: str, payload: Mapping[str, Any]) -> Any:
        usage = Usage(invocations=1, messages=_messages(payload))
        outer = _current.set(usage)
        failed = True
        try:
            result = real(bridge, function, payload)
            failed = isinstance(result, dict) and result.get("statusCode", 200) >= 400
            usage.answer_bytes = _answer_bytes(result)
        finally:
            _current.reset(outer)
            meter.note(Invocation(function, payload, usage, failed))
        return result

    with mock.patch.object(Bridge, "_run", run):
        yield


def _messages(payload: Mapping[str, Any]) -> int:
    return sum(record.get("eventSource") == "aws:sqs" for record in payload.get("Records", ()))


def _answer_bytes(result: Any) -> int:
    """Bytes that leave towards the client: an answer's body and headers; none of what only other functions see."""
    if not isinstance(result, dict) or "statusCode" not in result:
        return 0
    headers = sum(len(f"{name}: {value}\r\n") for name, value in result.get("headers", {}).items())
    return headers + len(str(result.get("body", "")).encode())


@contextmanager
def _aws_calls() -> Iterator[None]:
    base: Any = botocore.client.BaseClient
    real: Any = base._make_api_call  # noqa: SLF001 - where every call goes through
    known: dict[Any, capacity.Tables] = {}

    def counted(client: Any, operation: str, request: Any) -> Any:
        usage, service = _current.get(), client.meta.service_model.service_name
        if usage is None or _not_ours(request):
            return real(client, operation, request)
        usage.calls[f"{service}:{operation}"] += 1
        if service != "dynamodb":
            _note_other(usage, service, request)
            return real(client, operation, request)
        if client not in known:
            known[client] = capacity.Tables(partial(real, client))
        return _dynamodb(known[client], usage, operation, request, lambda: real(client, operation, request))

    with mock.patch.object(base, "_make_api_call", counted):
        yield


def _not_ours(request: Mapping[str, Any]) -> bool:
    return str(request.get("TableName", "")).endswith(NOT_OURS) or any(
        str(next(iter(each.values()))["TableName"]).endswith(NOT_OURS) for each in request.get("TransactItems", ())
    )


def _note_other(usage: Usage, service: str, request: Mapping[str, Any]) -> None:
    if service == "events":
        usage.events += len(request["Entries"])
        usage.event_bytes += sum(len(entry["Detail"].encode()) for entry in request["Entries"])
    elif service == "sesv2":
        usage.mails += 1


def _dynamodb(
    tables: capacity.Tables, usage: Usage, operation: str, request: Mapping[str, Any], make: Callable[[], Any]
) -> Any:
    if operation in capacity.READS:
        answer = make()
        usage.read_units += capacity.reads(tables, operation, request, answer)
        return answer
    targets = capacity.targets(tables, operation, request)
    before = [tables.item(target) for target in targets]
    after = before  # a write that is refused counts as well
    try:
        answer = make()
        after = [tables.item(target) for target in targets]
    finally:
        capacity.writes(tables, operation, list(zip(targets, before, after, strict=True)), usage)
    return answer


class _Counting(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        usage = _current.get()
        if usage is not None:
            usage.log_bytes += len(self.format(record)) + 1


@contextmanager
def _log_lines() -> Iterator[None]:
    """Count the lines, and keep them from the screen."""
    powertools = telemetry.logger()
    logger, handler = logging.getLogger(powertools.service), _Counting()
    handler.setFormatter(powertools.registered_formatter)
    kept, level = logger.handlers[:], logger.level
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.handlers = kept
        logger.setLevel(level)
