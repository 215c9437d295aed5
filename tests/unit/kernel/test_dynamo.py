"""Transactions and stored answers on a mocked DynamoDB: labels tell what failed, conflicts are repeated."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import botocore.client
import pytest
from botocore.exceptions import ClientError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from kernel import aws, dynamo, idempotency
from kernel.dynamo import ConditionFailed, Transaction
from kernel.errors import AgoraError, ConflictingWrite, IdempotencyKeyReused, TransientError
from kernel.idempotency import Answer, IdempotencyItem, IdempotencyKey
from tests.support.aws import create_table, mocked_aws


class Stock(Model):
    """An item of the test's table."""

    class Meta:
        table_name = "unbound"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default="STOCK")
    on_hand = NumberAttribute(default=0)


class StoredAnswer(IdempotencyItem):
    """A stored answer in the test's table."""

    class Meta:
        table_name = "unbound"


@pytest.fixture(autouse=True)
def _table() -> Iterator[None]:
    with mocked_aws():
        create_table("shop")
        dynamo.bind("shop", Stock, StoredAnswer)
        yield


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between tries, noted instead of waited."""
    noted: list[float] = []
    monkeypatch.setattr(time, "sleep", noted.append)
    return noted


def _count(sku: str) -> int | None:
    item = dynamo.get(Stock, sku, "STOCK")
    return None if item is None else int(item.on_hand)


def test_all_kinds_of_writes_happen_together() -> None:
    for sku in ("a", "b", "c"):
        Stock(sku, on_hand=1).save()
    write = Transaction()
    write.check(Stock, "a", "STOCK", Stock.on_hand == 1, label="check")
    write.delete(Stock("b"), Stock.on_hand == 1, label="delete")
    write.update(Stock("c"), [Stock.on_hand.add(4)], Stock.on_hand == 1, label="update")
    write.put(Stock("d", on_hand=9), Stock.pk.does_not_exist(), label="put")
    assert len(write) == 4
    write.commit()
    assert [_count(sku) for sku in "abcd"] == [1, None, 5, 9]


KINDS = ("check", "delete", "put", "update")


@pytest.mark.parametrize("failing", [{kind} for kind in KINDS] + [{"check", "put"}, {"delete", "update"}, set(KINDS)])
def test_labels_name_exactly_the_conditions_that_failed(failing: set[str]) -> None:
    """DynamoDB gives its reasons by position, and PynamoDB sends the four kinds in an order of its own."""
    for kind in KINDS:
        Stock(kind, on_hand=1).save()

    def holds(kind: str) -> Any:
        return Stock.on_hand == (2 if kind in failing else 1)

    write = Transaction()
    write.update(Stock("update"), [Stock.on_hand.add(1)], holds("update"), label="update")
    write.put(Stock("put", on_hand=7), holds("put"), label="put")
    write.delete(Stock("delete"), holds("delete"), label="delete")
    write.check(Stock, "check", "STOCK", holds("check"), label="check")
    with pytest.raises(ConditionFailed) as caught:
        write.commit()
    assert caught.value.labels == failing
    assert [_count(kind) for kind in KINDS] == [1, 1, 1, 1]


def test_failed_condition_is_a_conflicting_write() -> None:
    assert issubclass(ConditionFailed, ConflictingWrite)


def _cancelled(*codes: str) -> ClientError:
    reasons = [{"Code": code, "Message": code} for code in codes]
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(codes)}]"
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": message},
        "CancellationReasons": reasons,
    }
    return ClientError(response, "TransactWriteItems")


def _failing(*errors: Exception) -> Any:
    """The next calls fail with these; then AWS answers itself."""
    base: Any = botocore.client.BaseClient
    real, left = base._make_api_call, list(errors)

    def call(client: Any, operation: str, request: Any) -> Any:
        if operation == "TransactWriteItems" and left:
            raise left.pop(0)
        return real(client, operation, request)

    return mock.patch.object(base, "_make_api_call", call)


def _put(sku: str) -> Transaction:
    write = Transaction()
    write.put(Stock(sku, on_hand=1), Stock.pk.does_not_exist(), label="stock")
    return write


def test_transaction_that_met_another_is_repeated(waits: list[float]) -> None:
    with _failing(_cancelled("TransactionConflict"), _cancelled("TransactionConflict")):
        _put("a").commit()
    assert _count("a") == 1
    assert len(waits) == 2
    assert all(wait < 0.1 for wait in waits)


def test_conflicts_without_end_are_a_transient_fault(waits: list[float]) -> None:
    with _failing(*[_cancelled("TransactionConflict")] * 10), pytest.raises(TransientError):
        _put("a").commit()
    assert _count("a") is None
    assert len(waits) == 5


def test_failed_condition_beside_a_conflict_is_not_repeated(waits: list[float]) -> None:
    write = _put("a")
    write.put(Stock("b"), label="other")
    with (
        _failing(_cancelled("ConditionalCheckFailed", "TransactionConflict")),
        pytest.raises(ConditionFailed) as caught,
    ):
        write.commit()
    assert caught.value.labels == {"stock"}
    assert waits == []


def test_transaction_that_dynamodb_does_not_understand_is_our_fault(waits: list[float]) -> None:
    with _failing(_cancelled("ValidationError")), pytest.raises(AgoraError) as caught:
        _put("a").commit()
    assert not isinstance(caught.value, TransientError | ConflictingWrite)


@pytest.mark.parametrize(
    "code", ["InternalServerError", "RequestLimitExceeded", "ProvisionedThroughputExceededException"]
)
def test_fault_of_dynamodb_is_transient(code: str, waits: list[float]) -> None:
    error = ClientError({"Error": {"Code": code, "Message": code}}, "TransactWriteItems")
    with _failing(error), pytest.raises(TransientError, match=code):
        _put("a").commit()


def test_reading_what_is_not_there() -> None:
    assert dynamo.get(Stock, "none", "STOCK") is None
    assert dynamo.batch_get(Stock, []) == []


def test_batch_of_more_than_dynamodb_takes_at_once() -> None:
    for number in range(130):
        Stock(f"s{number}", on_hand=number).save()
    found = dynamo.batch_get(Stock, [(f"s{number}", "STOCK") for number in range(150)])
    assert {item.pk for item in found} == {f"s{number}" for number in range(130)}


def test_errors_of_a_single_write_are_translated() -> None:
    Stock("a", on_hand=1).save()
    with pytest.raises(ConflictingWrite), dynamo.translated_errors():
        Stock("a", on_hand=2).save(condition=Stock.pk.does_not_exist())
    dynamo.bind("missing", Stock)
    with pytest.raises(TransientError):
        dynamo.get(Stock, "a", "STOCK")


def test_all_models_share_the_processes_one_client() -> None:
    clients = {id(model._get_connection().connection.client) for model in (Stock, StoredAnswer)}
    assert clients == {id(aws.client("dynamodb"))}


KEY = IdempotencyKey("usr_1\nPOST /orders", "k1", idempotency.fingerprint("POST", "/orders", b"{}"))


def _store(key: IdempotencyKey, answer: Answer, now: float | None = None) -> None:
    write = Transaction()
    item = StoredAnswer(**idempotency.fields(key, answer, now))
    write.put(item, idempotency.unused(now), label=idempotency.LABEL)
    write.commit()


def _stored(key: IdempotencyKey) -> StoredAnswer:
    item = dynamo.get(StoredAnswer, key.pk, idempotency.SORT_KEY)
    assert item is not None
    return item


def test_first_answer_is_replayed() -> None:
    _store(KEY, Answer(202, {"order_id": "ord_1"}))
    with pytest.raises(ConditionFailed) as caught:
        _store(KEY, Answer(202, {"order_id": "ord_2"}))
    assert caught.value.labels == {idempotency.LABEL}
    assert _stored(KEY).replay(KEY) == Answer(202, {"order_id": "ord_1"})


def test_key_used_with_another_body_is_refused() -> None:
    _store(KEY, Answer(202, {}))
    other = IdempotencyKey(KEY.scope, KEY.key, idempotency.fingerprint("POST", "/orders", b'{"a":1}'))
    with pytest.raises(IdempotencyKeyReused):
        _stored(other).replay(other)


def test_same_text_from_another_caller_is_another_key() -> None:
    _store(KEY, Answer(202, {}))
    _store(IdempotencyKey("usr_2\nPOST /orders", KEY.key, KEY.fingerprint), Answer(202, {}))


def test_key_is_free_again_after_its_day_even_if_it_was_not_swept() -> None:
    long_ago = time.time() - idempotency.KEPT_SECONDS - 10
    _store(KEY, Answer(202, {"order_id": "ord_1"}), long_ago)
    _store(KEY, Answer(202, {"order_id": "ord_2"}))
    assert _stored(KEY).replay(KEY).body == {"order_id": "ord_2"}


def test_fingerprint_tells_method_path_and_body_apart() -> None:
    requests = [("POST", "/a", b""), ("PUT", "/a", b""), ("POST", "/b", b""), ("POST", "/a", b"{}")]
    assert len({idempotency.fingerprint(*request) for request in requests}) == 4


def test_stored_answer_is_compact_json() -> None:
    _store(KEY, Answer(202, {"order_id": "ord_1", "links": {}}))
    assert json.loads(_stored(KEY).body) == {"order_id": "ord_1", "links": {}}
