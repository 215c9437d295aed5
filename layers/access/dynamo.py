"""API keys in DynamoDB, through PynamoDB. No value is in the table, only its last four characters.

| pk | sk | |
| --- | --- | --- |
| `KEY#<key_id>` | `KEY` | the key; in the index `by_listing`, and in `by_due` while something is due of it |
| `KEY#<key_id>` | `EVENT#<n>` | the outbox |
| `IDEMPOTENCY#<hash>` | `IDEMPOTENCY` | which value a request was answered with |
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from access.errors import KeyUsed, Lost
from access.model import ApiKey, Credential, Status, Wanted
from access.ports import Page
from kernel import dynamo, idempotency, outbox
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.dynamo import ConditionFailed, Transaction
from kernel.events import Event
from kernel.idempotency import Answer, IdempotencyKey

_KEY, _LISTED, _DUE = "KEY", "KEYS", "DUE"
_KEPT = timedelta(days=30)  # for outbox items
_REMEMBERED = timedelta(days=90)  # for revoked keys: as long as the gateway remembers what was used


class ListingIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """All keys by age: their ids sort by the time they were made."""

    class Meta:
        index_name = "by_listing"
        projection = AllProjection()

    listing = UnicodeAttribute(hash_key=True)
    key_id = UnicodeAttribute(range_key=True)


class DueIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Keys that something is to be done about. Sparse."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)
    pk = UnicodeAttribute()


class KeyItem(Model):
    """An API key."""

    class Meta:
        table_name = "access"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_KEY)
    listing = UnicodeAttribute(default=_LISTED)
    key_id = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    plan = UnicodeAttribute()
    status = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute()
    told = NumberAttribute()
    current = JSONAttribute(null=True)
    previous = JSONAttribute(null=True)
    previous_ends_at = UnicodeAttribute(null=True)
    wanted = JSONAttribute(null=True)
    due = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    expires_at_epoch = NumberAttribute(null=True)
    by_listing = ListingIndex()
    by_due = DueIndex()

    @classmethod
    def of(cls, api_key: ApiKey) -> "KeyItem":
        due_at = api_key.due_at()
        over = api_key.status is Status.REVOKED and due_at is None
        return cls(
            pk=f"KEY#{api_key.key_id}",
            key_id=api_key.key_id,
            name=api_key.name,
            description=api_key.description,
            plan=api_key.plan,
            status=api_key.status.value,
            created_at=to_rfc3339(api_key.created_at),
            updated_at=to_rfc3339(api_key.updated_at),
            version=api_key.version,
            told=api_key.told,
            current=_of_credential(api_key.current),
            previous=_of_credential(api_key.previous),
            previous_ends_at=to_rfc3339(api_key.previous_ends_at) if api_key.previous_ends_at else None,
            wanted=_of_wanted(api_key.wanted),
            due=_DUE if due_at else None,
            due_at=to_rfc3339(due_at) if due_at else None,
            expires_at_epoch=int((api_key.updated_at + _REMEMBERED).timestamp()) if over else None,
        )

    def to_api_key(self) -> ApiKey:
        return ApiKey(
            key_id=self.key_id,
            name=self.name,
            description=self.description,
            plan=self.plan,
            status=Status(self.status),
            created_at=from_rfc3339(self.created_at),
            updated_at=from_rfc3339(self.updated_at),
            version=int(self.version),
            told=int(self.told),
            current=_to_credential(self.current),
            previous=_to_credential(self.previous),
            previous_ends_at=from_rfc3339(self.previous_ends_at) if self.previous_ends_at else None,
            wanted=_to_wanted(self.wanted),
        )


class OutboxItem(outbox.EventItem):
    """An event on its way to the bus; the bus archives it, the table forgets it."""

    class Meta:
        table_name = "access"

    expires_at_epoch = NumberAttribute()


class AnswerItem(idempotency.IdempotencyItem):
    """Which value a request was answered with."""

    class Meta:
        table_name = "access"


MODELS: tuple[type[Model], ...] = (KeyItem, OutboxItem, AnswerItem)


class DynamoApiKeys:
    """The `ApiKeys` port in the context's table."""

    def get(self, key_id: str) -> ApiKey | None:
        item = dynamo.get(KeyItem, f"KEY#{key_id}", _KEY)
        return item.to_api_key() if item else None

    def write(
        self,
        api_key: ApiKey,
        event: Event | None = None,
        key: IdempotencyKey | None = None,
        answer: Answer | None = None,
    ) -> None:
        work = Transaction()
        unchanged = KeyItem.version == api_key.version - 1
        work.put(KeyItem.of(api_key), KeyItem.pk.does_not_exist() if api_key.version == 1 else unchanged, label="key")
        if event is not None:
            forgotten = int((event.time + _KEPT).timestamp())
            item = OutboxItem(**outbox.fields(event, f"KEY#{api_key.key_id}"), expires_at_epoch=forgotten)
            work.put(item, OutboxItem.pk.does_not_exist(), label="event")
        if key is not None and answer is not None:
            used = AnswerItem(**idempotency.fields(key, answer))
            work.put(used, idempotency.unused(), label=idempotency.LABEL)
        try:
            work.commit()
        except ConditionFailed as failed:
            raise KeyUsed if idempotency.LABEL in failed.labels else Lost(str(failed)) from failed

    def answer(self, key: IdempotencyKey) -> Answer | None:
        return idempotency.answered(dynamo.get(AnswerItem, key.pk, idempotency.SORT_KEY), key)

    def page(self, limit: int, position: Mapping[str, Any] | None) -> Page:
        start = _index_key(str(position["key_id"])) if position else None
        with dynamo.translated_errors():
            found = KeyItem.by_listing.query(
                _LISTED, scan_index_forward=False, limit=limit + 1, page_size=limit + 1, last_evaluated_key=start
            )
            keys = [item.to_api_key() for item in found]
        return Page(keys[:limit], {"key_id": keys[limit - 1].key_id} if len(keys) > limit else None)

    def due(self, now: datetime, limit: int) -> list[str]:
        until = KeyItem.due_at <= to_rfc3339(now)
        with dynamo.translated_errors():
            found = KeyItem.by_due.query(_DUE, until, limit=limit, page_size=limit)
            return [item.pk.partition("#")[2] for item in found]


def _of_credential(credential: Credential | None) -> dict[str, Any] | None:
    if credential is None:
        return None
    return {
        "number": credential.number,
        "gateway_id": credential.gateway_id,
        "last_four": credential.last_four,
        "since": to_rfc3339(credential.since),
    }


def _to_credential(stored: Mapping[str, Any] | None) -> Credential | None:
    return Credential(**{**stored, "since": from_rfc3339(stored["since"])}) if stored else None


def _of_wanted(wanted: Wanted | None) -> dict[str, Any] | None:
    if wanted is None:
        return None
    return {
        "number": wanted.number,
        "since": to_rfc3339(wanted.since),
        "overlap_hours": wanted.overlap_hours,
        "by": wanted.by,
        "cancelled": wanted.cancelled,
    }


def _to_wanted(stored: Mapping[str, Any] | None) -> Wanted | None:
    return Wanted(**{**stored, "since": from_rfc3339(stored["since"])}) if stored else None


def _index_key(key_id: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"KEY#{key_id}"}, "sk": {"S": _KEY}, "listing": {"S": _LISTED}, "key_id": {"S": key_id}}
