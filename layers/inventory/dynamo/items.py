"""The items of the context's table and its indexes."""
# ruff: noqa: D106 - PynamoDB's Meta classes say themselves what they are

import json
import zlib
from datetime import timedelta
from typing import Any

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from inventory.model import Stock
from inventory.reservation import Reservation, State
from kernel import idempotency, outbox
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.dynamo import Transaction
from kernel.events import Event

SHARDS = tuple("0123")
"""Partitions of each index: one takes 1,000 writes a second, and every hold and every sale is one."""

STOCK, HOLD, PART = "STOCK", "HOLD", "PART#"
"""Sort keys."""

EVENT_LABEL = "event"
"""The label of an event's write in a transaction."""

_KEPT = timedelta(days=30)  # for outbox items and for reservations that ended with nothing sold


class LowStockIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Stock by availability."""

    class Meta:
        index_name = "low-stock"
        projection = AllProjection()

    shard = UnicodeAttribute(hash_key=True)
    available = NumberAttribute(range_key=True)


class DueIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Reservations that somebody has to end or finish, by when. Sparse: the others lack `due_at`."""

    class Meta:
        index_name = "due"
        projection = AllProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class StockItem(Model):
    """The counters of one SKU."""

    class Meta:
        table_name = "inventory"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=STOCK)
    sku = UnicodeAttribute()
    shard = UnicodeAttribute()
    on_hand = NumberAttribute()
    available = NumberAttribute()
    version = NumberAttribute()
    adjustments = NumberAttribute()
    updated_at = UnicodeAttribute()
    low_stock = LowStockIndex()

    @classmethod
    def of(cls, stock: Stock) -> "StockItem":
        """The item that stores `stock`."""
        return cls(
            pk=f"SKU#{stock.sku}",
            sku=stock.sku,
            shard=shard_of(stock.sku),
            on_hand=stock.on_hand,
            available=stock.available,
            version=stock.version,
            adjustments=stock.adjustments,
            updated_at=to_rfc3339(stock.updated_at),
        )

    def to_stock(self) -> Stock:
        """The stock that this item stores."""
        return Stock(
            sku=self.sku,
            on_hand=int(self.on_hand),
            available=int(self.available),
            version=int(self.version),
            adjustments=int(self.adjustments),
            updated_at=from_rfc3339(self.updated_at),
        )


class ReservationItem(Model):
    """The hold of one order."""

    class Meta:
        table_name = "inventory"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=HOLD)
    reservation_id = UnicodeAttribute()
    state = UnicodeAttribute()
    demand = BinaryAttribute(legacy_encoding=False)
    expires_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute()
    committed = BooleanAttribute()
    due_shard = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    expires_at_epoch = NumberAttribute(null=True)
    due = DueIndex()

    @classmethod
    def of(cls, reservation: Reservation) -> "ReservationItem":
        """The item that stores `reservation`."""
        due_at = reservation.due_at
        gone = reservation.state in {State.LAPSED, State.RELEASED}
        return cls(
            pk=f"HOLD#{reservation.id}",
            reservation_id=reservation.id,
            state=reservation.state.value,
            demand=zlib.compress(json.dumps(dict(reservation.demand), separators=(",", ":")).encode()),
            expires_at=to_rfc3339(reservation.expires_at),
            updated_at=to_rfc3339(reservation.updated_at),
            version=reservation.version,
            committed=reservation.committed,
            due_shard=shard_of(reservation.id) if due_at else None,
            due_at=to_rfc3339(due_at) if due_at else None,
            expires_at_epoch=int((reservation.updated_at + _KEPT).timestamp()) if gone else None,
        )

    def to_reservation(self) -> Reservation:
        """The reservation that this item stores."""
        return Reservation(
            id=self.reservation_id,
            state=State(self.state),
            demand=json.loads(zlib.decompress(self.demand)),
            expires_at=from_rfc3339(self.expires_at),
            updated_at=from_rfc3339(self.updated_at),
            version=int(self.version),
            committed=self.committed,
        )


class PartItem(Model):
    """The marker of one part of a large reservation."""

    class Meta:
        table_name = "inventory"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    number = NumberAttribute()
    state = UnicodeAttribute()
    version = NumberAttribute()


class OutboxItem(outbox.EventItem):
    """An event on its way to the bus; the bus archives it, the table forgets it."""

    class Meta:
        table_name = "inventory"

    expires_at_epoch = NumberAttribute()


class AnswerItem(idempotency.IdempotencyItem):
    """The answer to an adjustment."""

    class Meta:
        table_name = "inventory"


MODELS: tuple[type[Model], ...] = (StockItem, ReservationItem, PartItem, OutboxItem, AnswerItem)


def shard_of(key: str) -> str:
    """The partition of an index in which `key` is; the same one always."""
    return SHARDS[zlib.crc32(key.encode()) % len(SHARDS)]


def write_event(transaction: Transaction, event: Event, pk: str) -> None:
    """Add an outbox item of the aggregate `pk`; its sequence must be new."""
    forgotten = int((event.time + _KEPT).timestamp())
    item = OutboxItem(**outbox.fields(event, pk), expires_at_epoch=forgotten)
    transaction.put(item, OutboxItem.pk.does_not_exist(), label=EVENT_LABEL)
