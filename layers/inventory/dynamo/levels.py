"""The stock counters in DynamoDB."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from inventory.dynamo.items import SHARDS, SPLIT, STOCK, AnswerItem, LowStockIndex, StockItem, row_key, write_event
from inventory.dynamo.rows import whole, write_adjustment, write_rearrangement
from inventory.errors import KeyUsed, Lost
from inventory.model import Stock
from inventory.ports import Adjustment, LowStockPage
from kernel import dynamo, idempotency
from kernel.dynamo import ConditionFailed, Transaction
from kernel.idempotency import Answer, IdempotencyKey

_Found = tuple[str, Stock]
"""A SKU in the index: its partition there, and its stock."""


class DynamoStockLevels:
    """`StockLevels` in the context's table."""

    def get(self, sku: str) -> Stock | None:
        """The present stock, strongly consistent."""
        item = dynamo.get(StockItem, row_key(sku, 0), STOCK)
        return whole([item])[sku] if item else None

    def many(self, skus: Iterable[str]) -> dict[str, Stock]:
        """The present stock of those SKUs that have a record."""
        return whole(dynamo.batch_get(StockItem, [(row_key(sku, 0), STOCK) for sku in skus]))

    def adjust(self, adjustment: Adjustment) -> None:
        """One transaction for stock, event and answer."""
        transaction = Transaction()
        _write_stock(transaction, adjustment)
        write_event(transaction, adjustment.event, f"SKU#{adjustment.after.sku}")
        if adjustment.key is not None and adjustment.answer is not None:
            item = AnswerItem(**idempotency.fields(adjustment.key, adjustment.answer))
            transaction.put(item, idempotency.unused(), label=idempotency.LABEL)
        try:
            transaction.commit()
        except ConditionFailed as failed:
            raise KeyUsed if idempotency.LABEL in failed.labels else Lost from failed

    def rearrange(self, before: Stock, after: Stock) -> None:
        """One transaction for all rows."""
        transaction = Transaction()
        write_rearrangement(transaction, before, after)
        try:
            transaction.commit()
        except ConditionFailed as failed:
            raise Lost from failed

    def answer(self, key: IdempotencyKey) -> Answer | None:
        """The stored answer, while it is within its time."""
        return idempotency.answered(dynamo.get(AnswerItem, key.pk, idempotency.SORT_KEY), key)

    def low(self, threshold: int, limit: int, position: Mapping[str, Any] | None) -> LowStockPage:
        """A merge of the shards; the position is the last SKU taken from each, so that no page overlaps another."""
        taken: dict[str, Any] = dict(position or {})
        streams = [self._shard(shard, threshold, limit + 1, taken.get(shard)) for shard in SHARDS]
        streams.append(self._split(threshold, taken.get(SPLIT)))
        merged = heapq.merge(*streams, key=lambda found: (found[1].available, found[0]))
        stocks: list[Stock] = []
        for shard, stock in merged:
            if len(stocks) == limit:
                return LowStockPage(stocks, taken)
            stocks.append(stock)
            taken[shard] = [stock.sku, stock.available]
        return LowStockPage(stocks, None)

    def _shard(self, shard: str, threshold: int, limit: int, after: list[Any] | None) -> Iterator[_Found]:
        start = _low_stock_key(shard, *after) if after else None
        with dynamo.translated_errors():
            for item in StockItem.low_stock.query(
                shard, LowStockIndex.available <= threshold, last_evaluated_key=start, limit=limit, page_size=limit
            ):
                yield shard, item.to_stock()

    def _split(self, threshold: int, after: list[Any] | None) -> Iterator[_Found]:
        """The split SKUs: the index knows their rows 0, which have at most what there is of the SKU."""
        with dynamo.translated_errors():
            firsts = list(StockItem.low_stock.query(SPLIT, LowStockIndex.available <= threshold))
        for stock in sorted(whole(firsts).values(), key=_scarcity):
            if stock.available <= threshold and (after is None or _scarcity(stock) > (after[1], after[0])):
                yield SPLIT, stock


def _scarcity(stock: Stock) -> tuple[int, str]:
    return stock.available, stock.sku


def _write_stock(transaction: Transaction, adjustment: Adjustment) -> None:
    if adjustment.before.version == 0:
        transaction.put(StockItem.of(adjustment.after), StockItem.pk.does_not_exist())
    else:
        write_adjustment(transaction, adjustment)


def _low_stock_key(shard: str, sku: str, available: int) -> dict[str, dict[str, str]]:
    return {
        "pk": {"S": f"SKU#{sku}"},
        "sk": {"S": STOCK},
        "shard": {"S": shard},
        "available": {"N": str(available)},
    }
