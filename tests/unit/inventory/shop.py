"""A shop's stock in memory, with a clock that tests turn."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from inventory.application import Holds, Levels
from inventory.fakes import InMemoryInventory
from inventory.model import Stock
from kernel.idempotency import IdempotencyKey

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOLD = timedelta(minutes=20)
ORDER = "ord_01M7YB5DXRK4V0E5QWB6YHPVQZ"


class Shop:
    """The use cases on a store; `store` is the fake unless another pair of ports is given."""

    def __init__(self, stock: Mapping[str, int] | None = None, levels: Any = None, reservations: Any = None) -> None:
        self.store = InMemoryInventory()
        self.now = START
        self.level_store = levels or self.store
        self.holds = Holds(reservations or self.store, self.level_store, self.clock, HOLD)
        self.levels = Levels(self.level_store, self.holds.settle_due, self.clock)
        self._keys = 0
        for sku, units in (stock or {}).items():
            self.levels.count(sku, units, None)

    def clock(self) -> datetime:
        return self.now

    def pass_time(self, by: timedelta = HOLD) -> None:
        self.now += by

    def adjust(self, sku: str, delta: int, reason: str = "damaged", key: str = "") -> Mapping[str, Any]:
        self._keys += 1
        return self.levels.adjust(sku, delta, reason, self.key(key or f"key-{self._keys}", f"{sku} {delta} {reason}"))

    @staticmethod
    def key(key: str, fingerprint: str = "same") -> IdempotencyKey:
        return IdempotencyKey("usr_1\nPOST", key, fingerprint)

    def stock(self, sku: str) -> Stock:
        return self.levels.get(sku)

    def counters(self, sku: str) -> tuple[int, int]:
        """On hand and available as they are stored, without ending what has expired."""
        stock = self.level_store.get(sku)
        return (stock.on_hand, stock.available) if stock else (0, 0)
