"""`Idempotency-Key`: the answer of the first request is stored with its effect, in the same transaction.

There is no lock and no window: either the transaction that did the work also stored the answer, or neither is there.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from kernel.errors import IdempotencyKeyReused
from kernel.idempotency_key import IdempotencyKey, fingerprint

__all__ = [
    "KEPT_SECONDS",
    "LABEL",
    "SORT_KEY",
    "Answer",
    "IdempotencyItem",
    "IdempotencyKey",
    "answered",
    "fields",
    "fingerprint",
    "unused",
]

KEPT_SECONDS = 24 * 3600
SORT_KEY = "IDEMPOTENCY"
LABEL = "idempotency"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first request was answered."""

    status: int
    body: Mapping[str, Any]


class IdempotencyItem(Model):
    """A stored answer. Subclass it with a `Meta`; put it with `unused()` as the condition and `LABEL` as the label."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=SORT_KEY)
    fingerprint = UnicodeAttribute()
    status = NumberAttribute()
    body = UnicodeAttribute()
    expires_at_epoch = NumberAttribute()

    def replay(self, key: IdempotencyKey) -> Answer:
        """The stored answer, if the request is the same. Raises `IdempotencyKeyReused` if it is another."""
        if self.fingerprint != key.fingerprint:
            raise IdempotencyKeyReused("this Idempotency-Key was used with another request")
        return Answer(int(self.status), json.loads(self.body))


def answered(item: IdempotencyItem | None, key: IdempotencyKey) -> Answer | None:
    """The stored answer while it is within its time. Raises `IdempotencyKeyReused` if it is another request's."""
    return None if item is None or item.expires_at_epoch < time.time() else item.replay(key)


def fields(key: IdempotencyKey, answer: Answer, now: float | None = None) -> dict[str, Any]:
    """The attribute values of an `IdempotencyItem`."""
    return {
        "pk": key.pk,
        "sk": SORT_KEY,
        "fingerprint": key.fingerprint,
        "status": answer.status,
        "body": json.dumps(dict(answer.body), separators=(",", ":")),
        "expires_at_epoch": int((now or time.time()) + KEPT_SECONDS),
    }


def unused(now: float | None = None) -> Any:
    """The condition that the key is new, or that what it stood for is past its time (TTL sweeps can take days)."""
    return IdempotencyItem.pk.does_not_exist() | (IdempotencyItem.expires_at_epoch < int(now or time.time()))
