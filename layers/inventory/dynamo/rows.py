"""The rows of split SKUs in DynamoDB: reading them together, and moving units between them."""

from collections.abc import Iterable
from typing import Any

from inventory.dynamo.items import SPLIT, STOCK, StockItem, is_split_into, row_key
from inventory.model import Stock
from inventory.ports import Adjustment
from inventory.shards import Shard
from kernel import dynamo
from kernel.clock import to_rfc3339
from kernel.dynamo import Transaction


def whole(items: Iterable[StockItem]) -> dict[str, Stock]:
    """The stock of each row 0, with the other rows of those that were split: one more read if there are any."""
    firsts = list(items)
    keys = [(row_key(item.sku, row), STOCK) for item in firsts for row in range(1, int(item.rows or 1))]
    others: dict[str, list[StockItem]] = {}
    for item in dynamo.batch_get(StockItem, keys) if keys else ():
        others.setdefault(item.sku, []).append(item)
    return {item.sku: item.to_stock(others.get(item.sku, ())) for item in firsts}


def write_adjustment(transaction: Transaction, adjustment: Adjustment) -> None:
    """Change what is on hand: every row must be as it was counted, and row 0 carries the new version.

    Units are added and not set: holds that come and go meanwhile, and moves between rows, are not undone.
    """
    before, after = adjustment.before, adjustment.after
    for row, (old, new) in enumerate(zip(before.all_rows, after.all_rows, strict=True)):
        delta = new.on_hand - old.on_hand
        as_counted = (StockItem.version == old.version) & (StockItem.available >= max(0, -delta))
        actions: list[Any] = [StockItem.on_hand.add(delta), StockItem.available.add(delta)]
        if row == 0:
            as_counted &= StockItem.rows == len(before.rows) if before.rows else StockItem.rows.does_not_exist()
            actions += [
                StockItem.version.set(old.version + 1),
                StockItem.adjustments.set(after.adjustments),
                StockItem.updated_at.set(to_rfc3339(after.updated_at)),
            ]
        transaction.update(StockItem(pk=row_key(after.sku, row), sk=STOCK), actions, as_counted)


def write_rearrangement(transaction: Transaction, before: Stock, after: Stock) -> None:
    """Move units between the rows that are there, and make the new ones."""
    old = before.all_rows
    for row, (present, wanted) in enumerate(zip(old, after.rows, strict=False)):
        _move_units(transaction, before, after, row, wanted.on_hand - present.on_hand)
    for row, new in enumerate(after.rows[len(old) :], start=len(old)):
        transaction.put(_new_row(after, row, new), StockItem.pk.does_not_exist())


def _move_units(transaction: Transaction, before: Stock, after: Stock, row: int, units: int) -> None:
    actions: list[Any] = []
    if units:
        actions += [StockItem.on_hand.add(units), StockItem.available.add(units), StockItem.moved.add(units)]
    if before.shards != after.shards:
        several = after.shards > 1
        actions.append(StockItem.shards.set(after.shards) if several else StockItem.shards.remove())
        if row == 0:
            actions += [StockItem.rows.set(len(after.rows)), StockItem.shard.set(SPLIT)]
    if actions:
        has_them = (StockItem.available >= max(0, -units)) & is_split_into(before.shards)
        transaction.update(StockItem(pk=row_key(after.sku, row), sk=STOCK), actions, has_them)


def _new_row(stock: Stock, row: int, shard: Shard) -> StockItem:
    return StockItem(
        pk=row_key(stock.sku, row),
        sku=stock.sku,
        on_hand=shard.on_hand,
        available=shard.available,
        moved=shard.on_hand,
        version=shard.version,
        adjustments=0,
        updated_at=to_rfc3339(stock.updated_at),
        shards=stock.shards,
    )
