"""The erasures that are not finished, in orders' table: `ERASURE#<customer id>`, `ERASURE`."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from kernel import dynamo
from kernel.clock import from_rfc3339, to_rfc3339
from orders.dynamo import OpenIndex
from orders.ports import Erasure

_PREFIX, _SORT_KEY = "ERASURE#", "ERASURE"
_KEPT = timedelta(days=1)


class ErasureItem(Model):
    """An erasure. It is in the index of what is open, by when it is due, until it is finished."""

    class Meta:
        """Bound later."""

        table_name = "unbound"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_SORT_KEY)
    customer = UnicodeAttribute()
    deleted_at = UnicodeAttribute()
    position = UnicodeAttribute(null=True)
    waits = BooleanAttribute()
    open_key = UnicodeAttribute(null=True)
    placed_key = UnicodeAttribute(null=True)
    expires_at_epoch = NumberAttribute(null=True)
    by_open = OpenIndex()


class DynamoErasures:
    """The `Erasures` port. The model has to be bound to the table before."""

    def save(self, erasure: Erasure) -> None:
        """One PutItem."""
        with dynamo.translated_errors():
            _item(erasure).save()

    def due(self, now: datetime) -> Iterator[Erasure]:
        """One query of a small index, and one consistent read for each."""
        until = OpenIndex.placed_key <= to_rfc3339(now)
        with dynamo.translated_errors():
            for key in ErasureItem.by_open.query(_SORT_KEY, until):
                item = dynamo.get(ErasureItem, key.pk, _SORT_KEY)
                if item is not None and item.open_key:
                    yield _erasure(item)


def _item(erasure: Erasure) -> ErasureItem:
    finished = erasure.due is None
    return ErasureItem(
        f"{_PREFIX}{erasure.customer_id}",
        _SORT_KEY,
        customer=erasure.customer_id,
        deleted_at=to_rfc3339(erasure.deleted_at),
        position=json.dumps(erasure.position) if erasure.position else None,
        waits=erasure.waits,
        open_key=None if finished else _SORT_KEY,
        placed_key=to_rfc3339(erasure.due) if erasure.due else None,
        expires_at_epoch=int((erasure.deleted_at + _KEPT).timestamp()) if finished else None,
    )


def _erasure(item: ErasureItem) -> Erasure:
    return Erasure(
        customer_id=item.customer,
        deleted_at=from_rfc3339(item.deleted_at),
        due=from_rfc3339(item.placed_key) if item.placed_key else None,
        position=json.loads(item.position) if item.position else None,
        waits=item.waits,
    )
