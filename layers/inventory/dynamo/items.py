"""The items of the context's table and its indexes."""
# ruff: noqa: D106 - PynamoDB's Meta classes say themselves what they are

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from inventory.model import Stock
from inventory.reservation import WHOLE, Place, Reservation, State
from inventory.shards import Shard
from kernel import idempotency, outbox
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.dynamo import Transaction
from kernel.events import Event

SHARDS = tuple("0123")
"""Partitions of each index: one takes 1,000 writes a second, and every hold and every sale is one."""

SPLIT = "split"
"""The partition of the index `low-stock` that has the split SKUs, of which there are few."""

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
    """The counters of one SKU, or one row of them.

    `shards` and `rows` are those of a SKU that was split; `shards` is on each of its rows, so that an order which
    believes otherwise takes from none of them. `moved` is what other rows have given to this one: over all rows it
    adds up to 0, so that rows which were read before and after a move can still be added up.
    """

    class Meta:
        table_name = "inventory"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=STOCK)
    sku = UnicodeAttribute()
    shard = UnicodeAttribute(null=True)
    on_hand = NumberAttribute()
    available = NumberAttribute()
    version = NumberAttribute()
    adjustments = NumberAttribute()
    updated_at = UnicodeAttribute()
    shards = NumberAttribute(null=True)
    rows = NumberAttribute(null=True)
    moved = NumberAttribute(null=True)
    low_stock = LowStockIndex()

    @classmethod
    def of(cls, stock: Stock) -> "StockItem":
        """The item that stores `stock`, which is not split."""
        return cls(
            pk=row_key(stock.sku, 0),
            sku=stock.sku,
            shard=shard_of(stock.sku),
            on_hand=stock.on_hand,
            available=stock.available,
            version=stock.version,
            adjustments=stock.adjustments,
            updated_at=to_rfc3339(stock.updated_at),
        )

    @property
    def row(self) -> int:
        """The number of this row."""
        number = self.pk.removeprefix(f"SKU#{self.sku}").removeprefix("#")
        return int(number or 0)

    def to_shard(self) -> Shard:
        """This row."""
        return Shard(int(self.on_hand), int(self.available), int(self.version))

    def to_stock(self, others: Sequence["StockItem"] = ()) -> Stock:
        """The stock of which this is row 0 and `others` are the rest."""
        items = (self, *sorted(others, key=lambda item: item.row))
        moved = sum(int(item.moved or 0) for item in items)
        return Stock(
            sku=self.sku,
            on_hand=sum(int(item.on_hand) for item in items) - moved,
            available=sum(int(item.available) for item in items) - moved,
            version=sum(int(item.version) for item in items),
            adjustments=int(self.adjustments),
            updated_at=max(from_rfc3339(item.updated_at) for item in items),
            shards=int(self.shards or 1),
            rows=tuple(item.to_shard() for item in items) if self.rows else (),
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
    places = UnicodeAttribute(null=True)
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
            places=_written(reservation.places),
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
            places={sku: Place(*place) for sku, place in json.loads(self.places or "{}").items()},
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


def row_key(sku: str, row: int) -> str:
    """The partition key of a SKU's row; each row has its own, or they would share one partition's throughput."""
    return f"SKU#{sku}#{row}" if row else f"SKU#{sku}"


def is_split_into(shards: int) -> Condition:
    """That a row belongs to a SKU of so many shards."""
    return StockItem.shards == shards if shards > 1 else StockItem.shards.does_not_exist()


def _written(places: Mapping[str, Place]) -> str | None:
    """As JSON; None for a reservation that met no split SKU, or only WHOLE ones."""
    split = {sku: [place.row, place.of] for sku, place in places.items() if place != WHOLE}
    return json.dumps(split, separators=(",", ":")) if split else None


def shard_of(key: str) -> str:
    """The partition of an index in which `key` is; the same one always."""
    return SHARDS[zlib.crc32(key.encode()) % len(SHARDS)]


def write_event(transaction: Transaction, event: Event, pk: str) -> None:
    """Add an outbox item of the aggregate `pk`; its sequence must be new."""
    forgotten = int((event.time + _KEPT).timestamp())
    item = OutboxItem(**outbox.fields(event, pk), expires_at_epoch=forgotten)
    transaction.put(item, OutboxItem.pk.does_not_exist(), label=EVENT_LABEL)
