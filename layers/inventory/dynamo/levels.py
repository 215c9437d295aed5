"""The stock counters in DynamoDB."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from inventory.dynamo.items import SHARDS, STOCK, AnswerItem, LowStockIndex, StockItem, write_event
from inventory.errors import KeyUsed, Lost
from inventory.model import Stock
from inventory.ports import Adjustment, LowStockPage
from kernel import dynamo, idempotency
from kernel.clock import utc_now
from kernel.dynamo import ConditionFailed, Transaction
from kernel.idempotency import Answer, IdempotencyKey


class DynamoStockLevels:
    """`StockLevels` in the context's table."""

    def get(self, sku: str) -> Stock | None:
        """The present stock, strongly consistent."""
        item = dynamo.get(StockItem, f"SKU#{sku}", STOCK)
        return item.to_stock() if item else None

    def many(self, skus: Iterable[str]) -> dict[str, Stock]:
        """The present stock of those SKUs that have a record."""
        items = dynamo.batch_get(StockItem, [(f"SKU#{sku}", STOCK) for sku in skus])
        return {item.sku: item.to_stock() for item in items}

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

    def answer(self, key: IdempotencyKey) -> Answer | None:
        """The stored answer, while it is within its time."""
        item = dynamo.get(AnswerItem, key.pk, idempotency.SORT_KEY)
        if item is None or item.expires_at_epoch < utc_now().timestamp():
            return None
        return item.replay(key)

    def low(self, threshold: int, limit: int, position: Mapping[str, Any] | None) -> LowStockPage:
        """A merge of the shards; the position is the last item taken from each, so that no page overlaps another."""
        taken: dict[str, Any] = dict(position or {})
        streams = [self._shard(shard, threshold, limit + 1, taken.get(shard)) for shard in SHARDS]
        merged = heapq.merge(*streams, key=lambda item: (item.available, item.shard))
        items: list[Stock] = []
        for item in merged:
            if len(items) == limit:
                return LowStockPage(items, taken)
            items.append(item.to_stock())
            taken[item.shard] = [item.sku, int(item.available)]
        return LowStockPage(items, None)

    def _shard(self, shard: str, threshold: int, limit: int, after: list[Any] | None) -> Iterator[StockItem]:
        start = _low_stock_key(shard, *after) if after else None
        with dynamo.translated_errors():
            yield from StockItem.low_stock.query(
                shard, LowStockIndex.available <= threshold, last_evaluated_key=start, limit=limit, page_size=limit
            )


def _write_stock(transaction: Transaction, adjustment: Adjustment) -> None:
    before, item = adjustment.before, StockItem.of(adjustment.after)
    if before.version == 0:
        transaction.put(item, StockItem.pk.does_not_exist())
        return
    delta = adjustment.after.on_hand - before.on_hand
    actions = [
        StockItem.on_hand.set(adjustment.after.on_hand),
        StockItem.available.add(delta),  # holds that come and go meanwhile are not undone
        StockItem.version.set(adjustment.after.version),
        StockItem.adjustments.set(adjustment.after.adjustments),
        StockItem.updated_at.set(item.updated_at),
    ]
    transaction.update(item, actions, (StockItem.version == before.version) & (StockItem.available >= max(0, -delta)))


def _low_stock_key(shard: str, sku: str, available: int) -> dict[str, dict[str, str]]:
    return {
        "pk": {"S": f"SKU#{sku}"},
        "sk": {"S": STOCK},
        "shard": {"S": shard},
        "available": {"N": str(available)},
    }
