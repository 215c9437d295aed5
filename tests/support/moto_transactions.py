"""Two things that moto's DynamoDB lacks for tests of transactions: isolation between threads, and speed.

moto copies the whole table once for each item of a transaction: 98 copies for a full one, minutes for a test. All the
copies are equal, so one does. And it runs in the calling thread without a lock, so that two threads' transactions mix,
which DynamoDB's never do.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import RLock
from types import SimpleNamespace
from typing import Any
from unittest import mock

from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

_lock = RLock()
_copies: dict[int, Table] = {}
_ATOMIC = ("get_item", "put_item", "update_item", "delete_item", "transact_write_items", "transact_get_items")


def _copied(value: Any) -> Any:
    if not isinstance(value, Table):
        return copy.deepcopy(value)
    if id(value) not in _copies:
        _copies[id(value)] = copy.deepcopy(value)
    return _copies[id(value)]


def _atomic(operation: Callable[..., Any]) -> Callable[..., Any]:
    def locked(*args: Any, **kwargs: Any) -> Any:
        with _lock:
            _copies.clear()
            try:
                return operation(*args, **kwargs)
            finally:
                _copies.clear()

    return locked


@contextmanager
def isolated_and_fast() -> Iterator[None]:
    """While it is open, moto's transactions copy a table once and happen one after the other."""
    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(models, "copy", SimpleNamespace(deepcopy=_copied)))
        for name in _ATOMIC:
            operation = getattr(DynamoDBBackend, name)
            patches.enter_context(mock.patch.object(DynamoDBBackend, name, _atomic(operation)))
        yield
