"""Functions that die, or are overtaken, at one of the AWS calls that they make."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any
from unittest import mock

import botocore.client

from tests.support.saga_bridge import Handler
from tests.support.saga_world import Shop

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


class Died(BaseException):
    """The end of a process: no handler catches it, no answer is sent."""


Hook = Callable[[int, str], None]
"""Told the number of a call and its operation."""


def _nothing(_number: int, _operation: str) -> None:
    pass


@contextmanager
def watched(shop: Shop, function: str, before: Hook = _nothing, after: Hook = _nothing) -> Iterator[list[str]]:
    """The calls that `function` itself makes; the hooks are run before and after each, numbered from 0."""
    calls: list[str] = []
    base: Any = botocore.client.BaseClient
    real = base._make_api_call

    def call(client: Any, operation: str, request: Any) -> Any:
        if shop.bridge.running != function:
            return real(client, operation, request)
        number = len(calls)
        calls.append(operation)
        before(number, operation)
        answer = real(client, operation, request)
        after(number, operation)
        return answer

    with mock.patch.object(base, "_make_api_call", call):
        yield calls


def dies_at(number: int) -> Hook:
    """Dies at this call."""

    def hook(at: int, operation: str) -> None:
        if at == number:
            raise Died(operation)

    return hook


def once_at(number: int, action: Callable[[], object]) -> Hook:
    """Another request is served in between, by a process of its own."""

    def hook(at: int, _operation: str) -> None:
        if at == number:
            copy_context().run(action)

    return hook


def fleet(shop: Shop, function: str) -> None:
    """From now on each invocation of `function` is its process's first."""

    def cold(event: Any, context: object) -> Any:
        return shop.stack.handler(function)(event, context)

    shop.bridge.handlers[function] = cold


def instances(shop: Shop, function: str, count: int) -> list[Handler]:
    """So many started processes of `function`."""
    return [shop.stack.handler(function) for _ in range(count)]


def post(shop: Shop, function: str, event: Mapping[str, Any]) -> tuple[int, str]:
    """Status and body of a request."""
    answer = shop.bridge.invoke(function, event)
    return answer["statusCode"], answer["body"]
