"""A model of a shop's stock that is too simple to be wrong, and every use case compared with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from inventory.application.holds import Reserved, Shortage
from inventory.errors import StockConflict
from tests.unit.inventory.shop import Shop

SKUS = ["A1", "B2", "C3", "D4", "E5"]
ORDERS = [f"ord_{index}" for index in range(4)]
DEMANDS = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 4), min_size=1)


@dataclass
class Expected:
    """What the model knows of one order."""

    demand: dict[str, int]
    state: str = "new"
    expires_at: datetime | None = None


class Crash(Exception):
    """The process ends here."""


class StockMachine(RuleBasedStateMachine):
    """Orders come, are repeated, crash, expire and are undone, in any order; the books must agree after each step."""

    def make_shop(self) -> Shop:
        """An empty shop; a subclass gives one on another store."""
        return Shop()

    @initialize(units=st.lists(st.integers(0, 9), min_size=len(SKUS), max_size=len(SKUS)))
    def stock_up(self, units: list[int]) -> None:
        self.shop = self.make_shop()
        self.on_hand = dict(zip(SKUS, units, strict=True))
        for sku, count in self.on_hand.items():
            self.shop.levels.count(sku, count, None)
        self.orders: dict[str, Expected] = {}

    def held(self, sku: str) -> int:
        return sum(order.demand.get(sku, 0) for order in self.orders.values() if self.holds_now(order))

    def holds_now(self, order: Expected) -> bool:
        return order.state == "held" and order.expires_at is not None and order.expires_at > self.shop.now

    def enough(self, demand: dict[str, int]) -> bool:
        return all(self.on_hand[sku] - self.held(sku) >= quantity for sku, quantity in demand.items())

    def survive(self, action: Callable[[], Any], crash_after: int | None) -> Any:
        """The action's answer; if the process crashes in the middle, that of its repetition, as the saga repeats it."""
        if crash_after is not None:
            reservations = self.shop.holds._reservations
            apply, left = reservations.apply, iter(range(crash_after))

            def crashing(step: Any) -> None:
                if next(left, None) is None:
                    raise Crash
                apply(step)

            reservations.apply = crashing  # type: ignore[method-assign]
            try:
                return action()
            except Crash:
                pass
            finally:
                reservations.apply = apply  # type: ignore[method-assign]
        return action()

    @rule(order=st.sampled_from(ORDERS), demand=DEMANDS, crash=st.none() | st.integers(0, 4))
    def reserve(self, order: str, demand: dict[str, int], crash: int | None) -> None:
        expected = self.orders.setdefault(order, Expected(demand))
        demand = expected.demand
        would_succeed = expected.state == "committed" or self.holds_now(expected) or self.enough(demand)
        answer = self.survive(lambda: self.shop.holds.reserve(order, demand), crash)
        if expected.state == "released":
            assert answer == Shortage(released=True)
        elif expected.state == "committed" or self.holds_now(expected):
            assert isinstance(answer, Reserved)
            assert answer.expires_at == expected.expires_at
        else:
            assert isinstance(answer, Reserved) == would_succeed
            if isinstance(answer, Reserved):
                expected.state, expected.expires_at = "held", answer.expires_at

    @rule(order=st.sampled_from(ORDERS), crash=st.none() | st.integers(0, 4))
    def commit(self, order: str, crash: int | None) -> None:
        expected = self.orders.get(order)
        if expected is None or expected.state == "new":
            return
        will_sell = self.holds_now(expected) or (expected.state == "held" and self.enough(expected.demand))
        answer = self.survive(lambda: self.shop.holds.commit(order), crash)
        assert isinstance(answer, Reserved) == (will_sell or expected.state == "committed")
        if will_sell:
            expected.state, expected.expires_at = "committed", answer.expires_at
            for sku, quantity in expected.demand.items():
                self.on_hand[sku] -= quantity

    @rule(order=st.sampled_from(ORDERS), crash=st.none() | st.integers(0, 4))
    def release(self, order: str, crash: int | None) -> None:
        expected = self.orders.setdefault(order, Expected({"A1": 1}))
        self.survive(lambda: self.shop.holds.release(order), crash)
        if expected.state == "committed":
            for sku, quantity in expected.demand.items():
                self.on_hand[sku] += quantity
        expected.state = "released"

    @rule(minutes=st.integers(1, 25))
    def wait(self, minutes: int) -> None:
        self.shop.pass_time(timedelta(minutes=minutes))

    @rule()
    def sweep(self) -> None:
        self.shop.holds.settle_due()

    @rule(sku=st.sampled_from(SKUS), delta=st.integers(-4, 6))
    def adjust(self, sku: str, delta: int) -> None:
        fits = self.on_hand[sku] - self.held(sku) + delta >= 0
        try:
            self.shop.adjust(sku, delta)
        except StockConflict:
            assert not fits
        else:
            assert fits
            self.on_hand[sku] += delta

    @rule(sku=st.sampled_from(SKUS), units=st.integers(0, 9))
    def count(self, sku: str, units: int) -> None:
        fits = units >= self.held(sku)
        try:
            self.shop.levels.count(sku, units, "*")
        except StockConflict:
            assert not fits
        else:
            assert fits
            self.on_hand[sku] = units

    @rule(sku=st.sampled_from(SKUS), shards=st.integers(1, 4))
    def split(self, sku: str, shards: int) -> None:
        before = self.shop.stock(sku)
        after = self.shop.levels.split(sku, shards)
        assert (after.version, after.shards) == (before.version, shards)

    @invariant()
    def the_books_agree(self) -> None:
        for sku in SKUS:
            stock = self.shop.stock(sku)
            assert (stock.on_hand, stock.reserved) == (self.on_hand[sku], self.held(sku))
            assert stock.available >= 0
            assert sum(row.on_hand for row in stock.all_rows) == stock.on_hand
            assert all(row.on_hand >= row.available >= 0 for row in stock.all_rows)
