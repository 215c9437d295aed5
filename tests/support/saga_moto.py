"""moto, made quick enough for hundreds of executions and orders of a thousand lines."""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from unittest import mock

from moto.dynamodb import models
from moto.dynamodb.models.table import Table
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

_parse = lru_cache(maxsize=8)(AmazonStateLanguageParser.parse)


@contextmanager
def definitions_parsed_once() -> Iterator[None]:
    """Moto parses a definition anew for each execution, which takes longer than the execution."""
    with mock.patch.object(AmazonStateLanguageParser, "parse", staticmethod(_parse)):
        yield


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
