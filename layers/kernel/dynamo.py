"""The one module in front of DynamoDB: PynamoDB models on one shared, tuned botocore client.

Everything that a context reads or writes goes through `bind`ed models and `Transaction`, so the wire path can be
replaced here alone.
"""

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, cast

from pynamodb.exceptions import (
    DeleteError,
    GetError,
    PutError,
    PynamoDBException,
    QueryError,
    ScanError,
    TransactWriteError,
    UpdateError,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from kernel import aws
from kernel.errors import AgoraError, ConflictingWrite, TransientError

MAX_TRANSACTION_ITEMS = 100
"""The most items that DynamoDB takes in one TransactWriteItems."""

_CONFLICT_CODES = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_TRIES = 6
_IO_ERRORS = (GetError, PutError, UpdateError, DeleteError, QueryError, ScanError, TransactWriteError)

M = TypeVar("M", bound=Model)


class ConditionFailed(ConflictingWrite):
    """A transaction was cancelled and wrote nothing. `labels` names the writes whose condition did not hold."""

    def __init__(self, labels: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(labels)))
        self.labels = labels


class _HasMeta(Protocol):
    """What PynamoDB asks of a model, and its stubs do not say of a class."""

    Meta: Any


def bind(table_name: str, *models: type[Model]) -> None:
    """Point `models` at a table, all on the process's one DynamoDB client.

    PynamoDB makes a client per model otherwise, which is most of the start-up time of a function with four models.
    """
    client = aws.client("dynamodb")
    for model in models:
        cast(_HasMeta, model).Meta.table_name = table_name
        model._connection = None  # noqa: SLF001 - PynamoDB has no public place to hand in a client
        model._get_connection().connection._client = client  # noqa: SLF001


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn PynamoDB's I/O errors into Agora's: a failed condition is a `ConflictingWrite`, the rest is transient."""
    try:
        yield
    except _IO_ERRORS as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise ConflictingWrite(str(error)) from error
        raise _transient(error) from error


def _transient(error: PynamoDBException) -> TransientError:
    """PynamoDB's own text says which operation failed, the code of the cause says why."""
    return TransientError(f"DynamoDB: {error} ({error.cause_response_code or 'no answer'})")


class Transaction:
    """Writes that happen together or not at all; at most `MAX_TRANSACTION_ITEMS`.

    Each write has a label; `commit` raises `ConditionFailed` with the labels whose condition failed, and repeats by
    itself what was cancelled only by a concurrent transaction.
    """

    def __init__(self) -> None:
        self._puts: list[tuple[str, Model, Condition | None]] = []
        self._updates: list[tuple[str, Model, Sequence[Action], Condition | None]] = []
        self._deletes: list[tuple[str, Model, Condition | None]] = []
        self._checks: list[tuple[str, type[Model], str, str, Condition]] = []

    def __len__(self) -> int:
        return len(self._puts) + len(self._updates) + len(self._deletes) + len(self._checks)

    def put(self, item: Model, condition: Condition | None = None, *, label: str = "") -> None:
        """Write the whole item."""
        self._puts.append((label, item, condition))

    def update(
        self, item: Model, actions: Sequence[Action], condition: Condition | None = None, *, label: str = ""
    ) -> None:
        """Apply update actions to the item with this item's keys."""
        self._updates.append((label, item, actions, condition))

    def delete(self, item: Model, condition: Condition | None = None, *, label: str = "") -> None:
        """Delete the item with this item's keys."""
        self._deletes.append((label, item, condition))

    def check(self, model: type[Model], pk: str, sk: str, condition: Condition, *, label: str = "") -> None:
        """Require a condition of an item that the transaction does not write."""
        self._checks.append((label, model, pk, sk, condition))

    def commit(self) -> None:
        """Write everything. Raises `ConditionFailed` or, when conflicts do not end, `TransientError`."""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter
            try:
                self._write()
            except TransactWriteError as error:
                self._raise_unless_conflict(error)
            else:
                return
        raise TransientError("the transaction kept meeting concurrent ones")

    def _write(self) -> None:
        # The order of the four kinds is the order in which PynamoDB sends them, and DynamoDB gives its reasons.
        with TransactWrite(connection=self._connection()) as write:
            for _, model, pk, sk, required in self._checks:
                write.condition_check(model, pk, sk, condition=required)
            for _, item, condition in self._deletes:
                write.delete(item, condition=condition, add_version_condition=False)
            for _, item, condition in self._puts:
                write.save(item, condition=condition)
            for _, item, actions, condition in self._updates:
                write.update(item, actions=list(actions), condition=condition, add_version_condition=False)

    def _connection(self) -> Any:
        models: Iterable[Any] = [
            entry[1] for group in (self._checks, self._deletes, self._puts, self._updates) for entry in group
        ]
        return next(iter(models))._get_connection().connection  # noqa: SLF001

    def _labels(self) -> list[str]:
        return [entry[0] for group in (self._checks, self._deletes, self._puts, self._updates) for entry in group]

    def _raise_unless_conflict(self, error: TransactWriteError) -> None:
        if error.cause_response_code != "TransactionCanceledException":
            raise _transient(error) from error
        reasons = list(error.cancellation_reasons)
        codes = {reason.code for reason in reasons if reason}
        failed = {
            label
            for label, reason in zip(self._labels(), reasons, strict=False)
            if reason and reason.code == "ConditionalCheckFailed"
        }
        if failed:
            raise ConditionFailed(frozenset(failed)) from error
        if not codes & _CONFLICT_CODES:
            raise AgoraError(f"DynamoDB refused a transaction: {error}") from error


def get(model: type[M], pk: str, sk: str, *, consistent: bool = True) -> M | None:
    """The item with these keys, or None."""
    try:
        with translated_errors():
            return model.get(pk, sk, consistent_read=consistent)
    except model.DoesNotExist:
        return None


def batch_get(model: type[M], keys: Iterable[tuple[str, str]]) -> list[M]:
    """The existing ones of any number of items, strongly consistent, in no particular order."""
    try:
        return list(model.batch_get(list(keys), consistent_read=True))
    except PynamoDBException as error:
        raise _transient(error) from error


def batch_delete(model: type[M], keys: Iterable[tuple[str, str]]) -> None:
    """Delete any number of items; one that is not there is no error. Not all or nothing: repeat it when it raises."""
    try:
        with model.batch_write() as batch:
            for pk, sk in keys:
                batch.delete(model(pk, sk))
    except PynamoDBException as error:
        raise _transient(error) from error
