"""What staff do with stock: look, count, adjust, and see what runs out."""

from collections.abc import Callable, Mapping
from typing import Any

from inventory import events
from inventory.errors import KeyUsed, Lost, StockConflict, UnknownStock
from inventory.model import Stock, is_sku, no_stock
from inventory.ports import Adjustment, LowStockPage, StockLevels
from inventory.views import StockLevel
from kernel import etag
from kernel.clock import Clock
from kernel.errors import NotFound, PreconditionFailed, TransientError
from kernel.idempotency import Answer, IdempotencyKey

_TRIES = 10

COUNT_REASON = "count"
"""The reason of the event of a stock count, which has no other."""

SettleDue = Callable[[], int]


class Levels:
    """The staff's side of inventory. Expired holds are ended before anything is read, so none is ever counted."""

    def __init__(self, levels: StockLevels, settle_due: SettleDue, clock: Clock) -> None:
        self._levels = levels
        self._settle_due = settle_due
        self._clock = clock

    def get(self, sku: str) -> Stock:
        """The stock of one SKU. Raises `UnknownStock`."""
        self._settle_due()
        stock = self._levels.get(sku)
        if stock is None:
            raise UnknownStock(f"no stock of {sku} was ever recorded")
        return stock

    def low(self, threshold: int, limit: int, position: Mapping[str, Any] | None) -> LowStockPage:
        """A page of the SKUs of which at most `threshold` are available, the scarcest first."""
        self._settle_due()
        return self._levels.low(threshold, limit, position)

    def count(self, sku: str, on_hand: int, if_match: str | None) -> Stock:
        """Record that `on_hand` are on the shelf. A first count needs no `if_match`, every other one does."""

        def counted(before: Stock) -> Adjustment:
            _require_match(before, if_match)
            after = before.counted(on_hand, self._clock())
            return Adjustment(before, after, events.stock_adjusted(before, after, COUNT_REASON))

        return self._write(sku, counted).after

    def split(self, sku: str, shards: int) -> Stock:
        """Share what is available of a SKU out over `shards` rows, which orders take from side by side.

        Nothing on hand changes and nothing held moves, so it can be done while the SKU sells. Raises `UnknownStock`.
        """
        for _ in range(_TRIES):
            before = self._levels.get(sku)
            if before is None:
                raise UnknownStock(f"no stock of {sku} was ever recorded")
            after = before.split(shards)
            if after == before:
                return after
            try:
                self._levels.rearrange(before, after)
            except Lost:
                continue  # a row sold what it was to give
            return after
        raise TransientError(f"{sku} sells too fast to be split just now")

    def adjust(self, sku: str, delta: int, reason: str, key: IdempotencyKey) -> Mapping[str, Any]:
        """Add `delta`, or take out its opposite, once for each key; the answer, as JSON."""
        given = self._levels.answer(key)
        if given is not None:
            return given.body

        def adjusted(before: Stock) -> Adjustment:
            after = before.adjusted(delta, self._clock())
            answer = Answer(200, StockLevel.of(after).to_dict())
            return Adjustment(before, after, events.stock_adjusted(before, after, reason), key, answer)

        try:
            return StockLevel.of(self._write(sku, adjusted).after).to_dict()
        except KeyUsed:
            return self._repeated(key)

    def _repeated(self, key: IdempotencyKey) -> Mapping[str, Any]:
        given = self._levels.answer(key)
        if given is None:
            raise TransientError("the answer to this Idempotency-Key has just passed its time")
        return given.body

    def _write(self, sku: str, change: Callable[[Stock], Adjustment]) -> Adjustment:
        """Apply `change` to the present stock until no concurrent one gets in between.

        What expired holds stand in the way of is tried again once they are ended.
        """
        if not is_sku(sku):
            raise NotFound(f"{sku!r} cannot be a SKU")
        settled = False
        for _ in range(_TRIES):
            before = self._levels.get(sku) or no_stock(sku, self._clock())
            try:
                adjustment = change(before)
                self._levels.adjust(adjustment)
            except Lost:
                continue
            except StockConflict:
                if settled:
                    raise
                settled = self._settle_due() >= 0
            else:
                return adjustment
        raise TransientError(f"others kept changing the stock of {sku}")


def _require_match(stock: Stock, if_match: str | None) -> None:
    if stock.version == 0 and if_match is None:
        return
    expected = etag.required_version(if_match)
    if stock.version == 0 or expected not in {None, stock.version}:
        raise PreconditionFailed(f"the stock of {stock.sku} has changed since it was read")
