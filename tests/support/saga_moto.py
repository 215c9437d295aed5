"""moto, made quick enough for orders of a thousand lines."""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

from moto.dynamodb import models
from moto.dynamodb.models.table import Table


@contextmanager
def one_backup_per_transaction() -> Iterator[None]:
    """Moto backs a whole table up once for each item of a transaction; once for each transaction is as good.

    With 1,000 items in a table and 100 in a transaction the difference is minutes and gigabytes.
    """
    own = threading.local()
    real = models.DynamoDBBackend.transact_write_items

    def transact(backend: models.DynamoDBBackend, items: list[dict[str, Any]]) -> None:
        own.backups = {}
        try:
            real(backend, items)
        finally:
            own.backups = None

    def deepcopy(value: Any) -> Any:
        backups: dict[int, Any] | None = getattr(own, "backups", None)
        if backups is None or not isinstance(value, Table):
            return copy.deepcopy(value)
        if id(value) not in backups:
            backups[id(value)] = copy.deepcopy(value)
        return backups[id(value)]

    with (
        mock.patch.object(models.DynamoDBBackend, "transact_write_items", transact),
        mock.patch.object(models, "copy", SimpleNamespace(deepcopy=deepcopy)),
    ):
        yield
