"""Stock levels and the changes that staff make to them: pure rules, no I/O."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from inventory.errors import StockConflict
from inventory.shards import Shard, changed, gathered, shared_out

MAX_QUANTITY = 10**9
"""The most of one SKU that is counted; far below where a JSON reader loses digits."""

_SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_ROUTE_WORDS = frozenset({"batch", "low-stock"})  # paths of the API that a SKU must not hide


def is_sku(text: str) -> bool:
    """Whether `text` can be a SKU: 1 to 64 of letters, digits, space, dot, underscore and hyphen."""
    return _SKU.fullmatch(text) is not None and text == text.strip() and text not in _ROUTE_WORDS


@dataclass(frozen=True, slots=True)
class Stock:
    """The stock of one SKU. `available` is `on_hand` less what unexpired reservations hold.

    `version` changes with `on_hand` and not with holds: it is what a staff member who counted the shelf has to match.
    `adjustments` counts the changes made by staff, each of which is an event.

    A SKU that sells too fast for one row is split: new orders take from the first `shards` of its `rows`, and all rows
    together are its stock. A SKU that was never split has no `rows`.
    """

    sku: str
    on_hand: int
    available: int
    version: int
    adjustments: int
    updated_at: datetime
    shards: int = 1
    rows: tuple[Shard, ...] = ()

    @property
    def all_rows(self) -> tuple[Shard, ...]:
        """The rows; the one row of a SKU that was never split."""
        return self.rows or (Shard(self.on_hand, self.available, self.version),)

    @property
    def reserved(self) -> int:
        """What orders hold and have not yet bought."""
        return self.on_hand - self.available

    def counted(self, on_hand: int, now: datetime) -> "Stock":
        """The stock after a count found `on_hand`. Raises `StockConflict` when orders hold more than that."""
        if on_hand < self.reserved:
            raise StockConflict(f"{self.reserved} of {self.sku} are held for orders; {on_hand} on hand is too few")
        if on_hand > MAX_QUANTITY:
            raise StockConflict(f"at most {MAX_QUANTITY} of one SKU can be on hand")
        return replace(
            self,
            on_hand=on_hand,
            available=self.available + on_hand - self.on_hand,
            version=self.version + 1,
            adjustments=self.adjustments + 1,
            updated_at=now,
            rows=changed(self.rows, self.shards, on_hand - self.on_hand),
        )

    def split(self, shards: int) -> "Stock":
        """The same stock with what is available shared out evenly over `shards` rows. Rows that are there stay."""
        if shards == 1 and not self.rows:
            return self
        return replace(self, shards=shards, rows=shared_out(self.all_rows, shards))

    def gathered(self, row: int, quantity: int) -> "Stock":
        """The same stock with `quantity` available in one row, where there is that much in all."""
        return replace(self, rows=gathered(self.all_rows, row, quantity))

    def adjusted(self, delta: int, now: datetime) -> "Stock":
        """The stock after `delta` came in or, when negative, was written off. Raises `StockConflict`."""
        if self.available + delta < 0:
            raise StockConflict(f"only {self.available} of {self.sku} are available; {-delta} cannot be taken out")
        return self.counted(self.on_hand + delta, now)


def no_stock(sku: str, now: datetime) -> Stock:
    """The stock of a SKU that has no record yet; its version 0 is never stored."""
    return Stock(sku=sku, on_hand=0, available=0, version=0, adjustments=0, updated_at=now)
