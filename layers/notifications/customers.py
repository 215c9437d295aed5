"""Which notifications are whose: pointers under `CUSTOMER#<id>`, beside the mark that the account was deleted.

Pointers rather than an index: a query of them is consistent, so that an erasure sees everything that was recorded.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from kernel import dynamo

PREFIX = "NOTIFICATION#"
ERASED = "ERASED"
_KEPT = timedelta(days=180)
_PAGE = 100


class PointerItem(Model):
    """Says that a notification is an account's: `CUSTOMER#<id>`, `NOTIFICATION#<order id>#<event id>`."""

    class Meta:
        """Bound later."""

        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    order_id = UnicodeAttribute()
    event_id = UnicodeAttribute()
    expires_at_epoch = NumberAttribute()


class ErasedItem(Model):
    """Says that the account was deleted: `CUSTOMER#<id>`, `ERASED`."""

    class Meta:
        """Bound later."""

        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=ERASED)
    expires_at_epoch = NumberAttribute()


class DynamoCustomers:
    """The `Customers` port on DynamoDB."""

    def close(self, customer_id: str, now: datetime) -> None:
        """One PutItem."""
        with dynamo.translated_errors():
            ErasedItem(pointer_keys(customer_id)[0], expires_at_epoch=expiry(now)).save()

    def recorded_of(self, customer_id: str) -> list[tuple[str, str]]:
        """One consistent query."""
        pk, prefix = pointer_keys(customer_id)
        with dynamo.translated_errors():
            found = PointerItem.query(pk, PointerItem.sk.startswith(prefix), consistent_read=True, limit=_PAGE)
            return [(item.order_id, item.event_id) for item in islice(found, _PAGE)]

    def erase(self, customer_id: str, notifications: Sequence[tuple[str, str]]) -> None:
        """Two batches."""
        # By keys: the model says no more than which table. The pointers go last, to find the rest by after a crash.
        keys = [(f"ORDER#{order_id}", f"{PREFIX}{event_id}") for order_id, event_id in notifications]
        dynamo.batch_delete(PointerItem, keys)
        dynamo.batch_delete(PointerItem, [pointer_keys(customer_id, *ids) for ids in notifications])


def pointer_keys(customer_id: str, order_id: str = "", event_id: str = "") -> tuple[str, str]:
    """The keys of a pointer; without the ids its partition, and what all of them begin with."""
    return f"CUSTOMER#{customer_id}", f"{PREFIX}{order_id}#{event_id}" if order_id else PREFIX


def expiry(now: datetime) -> int:
    """When what is written now may go."""
    return int((now + _KEPT).timestamp())
