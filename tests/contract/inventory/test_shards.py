"""A SKU in several rows, on both stores: its sums, where orders take from, and what moves between the rows."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from inventory import shards
from inventory.application.holds import Missing, Reserved, Shortage
from inventory.dynamo import rows
from inventory.dynamo.items import StockItem
from inventory.errors import Lost
from inventory.reservation import WHOLE, Place
from kernel import dynamo
from kernel.errors import PreconditionFailed
from tests.support.calls import counted_calls
from tests.support.moto_transactions import isolated_and_fast
from tests.unit.inventory.shop import HOLD, ORDER, Shop

pytestmark = pytest.mark.contract


def split_shop(shop: Shop, units: int, into: int) -> Shop:
    shop.levels.count("A1", units, None)
    shop.levels.split("A1", into)
    return shop


def spread(shop: Shop, sku: str = "A1") -> list[tuple[int, int]]:
    stock = shop.level_store.get(sku)
    assert stock is not None
    return [(row.on_hand, row.available) for row in stock.all_rows]


def hold(shop: Shop, orders: int) -> Counter[Place]:
    """Reserve one unit for each of so many orders; how many took it from where."""
    for number in range(orders):
        assert isinstance(shop.holds.reserve(f"ord_{number}", {"A1": 1}), Reserved)
    found = [shop.holds._reservations.find(f"ord_{number}") for number in range(orders)]
    return Counter(each.place("A1") for each in found if each is not None)


def test_splitting_moves_what_nobody_holds_and_changes_no_sum(shop: Shop) -> None:
    shop.levels.count("A1", 10, None)
    shop.holds.reserve(ORDER, {"A1": 3})
    before = shop.stock("A1")
    after = shop.levels.split("A1", 3)
    assert spread(shop) == [(6, 3), (2, 2), (2, 2)]
    assert (after.on_hand, after.reserved, after.version) == (before.on_hand, before.reserved, before.version)
    assert shop.stock("A1") == after
    assert shop.levels.split("A1", 3) == after


def test_fewer_shards_leave_empty_rows_that_still_take_back(shop: Shop) -> None:
    split_shop(shop, 8, 4)
    taken = hold(shop, 8)
    assert {place.row for place in taken} == {0, 1, 2, 3}
    shop.levels.split("A1", 1)
    for number in range(8):
        shop.holds.release(f"ord_{number}")
    assert sum(available for _, available in spread(shop)) == 8
    assert len(spread(shop)) == 4
    assert shop.holds.reserve(ORDER, {"A1": 8}) != Shortage()
    assert shop.stock("A1").available == 0


def test_orders_spread_over_the_rows_and_give_back_to_their_own(shop: Shop) -> None:
    split_shop(shop, 80, 4)
    taken = hold(shop, 24)
    assert set(taken) == {Place(row, 4) for row in range(4)}
    for place, orders in taken.items():
        assert spread(shop)[place.row] == (20, 20 - orders)
    for number in range(24):
        shop.holds.release(f"ord_{number}") if number % 2 else shop.holds.commit(f"ord_{number}")
    assert all(on_hand == available for on_hand, available in spread(shop))
    assert shop.counters("A1") == (68, 68)


def test_the_last_scattered_units_are_gathered_for_one_order(shop: Shop) -> None:
    split_shop(shop, 4, 4)
    assert spread(shop) == [(1, 1)] * 4
    assert isinstance(shop.holds.reserve(ORDER, {"A1": 4}), Reserved)
    assert sorted(spread(shop)) == [(0, 0), (0, 0), (0, 0), (4, 0)]
    assert shop.holds.reserve("ord_late", {"A1": 1}) == Shortage((Missing("A1", 1, 0),))
    shop.holds.commit(ORDER)
    assert shop.counters("A1") == (0, 0)


def test_who_believes_in_other_shards_finds_out_and_takes_all_the_same(shop: Shop) -> None:
    shop.levels.count("A1", 40, None)
    assert hold(shop, 1).keys() == {WHOLE}
    for into in (4, 8, 2):
        shop.levels.split("A1", into)
        for number in range(into):
            order = f"ord_{into}_{number}"
            shop.holds.reserve(order, {"A1": 1})
            found = shop.holds._reservations.find(order)
            assert found is not None
            assert found.place("A1").of == into
    assert shop.stock("A1").reserved == 15


def test_a_count_sees_sales_of_every_row_and_no_moves(shop: Shop) -> None:
    split_shop(shop, 8, 2)
    seen = shop.stock("A1").version
    shop.levels.split("A1", 4)
    hold(shop, 4)
    assert shop.levels.count("A1", 9, f'"{seen}"').version == seen + 1
    for number in range(4):
        shop.holds.commit(f"ord_{number}")
        with pytest.raises(PreconditionFailed):
            shop.levels.count("A1", 9, f'"{seen + 1 + number}"')
    assert shop.stock("A1").version == seen + 5


@pytest.mark.parametrize("delta", [1, 7, -1, -5, -8])
def test_staff_change_what_is_on_hand_whatever_row_it_is_in(shop: Shop, delta: int) -> None:
    split_shop(shop, 11, 3)
    shop.holds.reserve(ORDER, {"A1": 3})
    shop.adjust("A1", delta)
    assert shop.counters("A1") == (11 + delta, 8 + delta)
    assert all(on_hand >= available >= 0 for on_hand, available in spread(shop))


def test_a_change_that_was_read_before_a_split_is_lost(shop: Shop) -> None:
    split_shop(shop, 9, 2)
    before = shop.stock("A1")
    shop.levels.split("A1", 3)
    with pytest.raises(Lost):
        shop.level_store.rearrange(before, before.split(4))
    hold(shop, 3)
    present = shop.stock("A1")
    shop.holds.reserve(ORDER, {"A1": 6})
    with pytest.raises(Lost):
        shop.level_store.rearrange(present, present.gathered(0, 6))
    assert shop.stock("A1").available == 0


def test_low_stock_lists_a_split_sku_once_by_its_sum(shop: Shop) -> None:
    for sku, units in {"A1": 4, "B2": 1, "C3": 6, "D4": 3, "E5": 9}.items():
        shop.levels.count(sku, units, None)
    for sku in ("A1", "C3", "E5"):
        shop.levels.split(sku, 4)
    listed: list[tuple[str, int]] = []
    position = None
    while True:
        page = shop.levels.low(6, 1, position)
        listed += [(stock.sku, stock.available) for stock in page.items]
        if page.position is None:
            break
        position = page.position
    assert listed == [("B2", 1), ("D4", 3), ("A1", 4), ("C3", 6)]


def test_an_expired_hold_goes_back_to_its_row(shop: Shop) -> None:
    split_shop(shop, 8, 4)
    hold(shop, 8)
    assert spread(shop) == [(2, 0)] * 4
    shop.pass_time(HOLD + timedelta(seconds=1))
    assert shop.stock("A1").available == 8
    assert spread(shop) == [(2, 2)] * 4


def test_a_split_sku_costs_one_call_to_hold_once_its_shards_are_known(dynamo_shop: Shop) -> None:
    split_shop(dynamo_shop, 400, 4)
    hold(dynamo_shop, 1)
    with counted_calls() as calls:
        for number in range(10, 20):
            dynamo_shop.holds.reserve(f"ord_{number}", {"A1": 1})
    assert calls == ["TransactWriteItems"] * 10
    with counted_calls() as calls:
        dynamo_shop.stock("A1")
    assert [name for name in calls if name != "Query"] == ["GetItem", "BatchGetItem"]


def test_rows_that_are_read_before_and_after_a_move_add_up(dynamo_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    split_shop(dynamo_shop, 90, 3)
    dynamo_shop.holds.reserve(ORDER, {"A1": 7})
    read, moves = dynamo.batch_get, iter((1, 6, 2))

    def moved_meanwhile(model: type[StockItem], keys: list[tuple[str, str]]) -> list[StockItem]:
        monkeypatch.setattr(dynamo, "batch_get", read)
        dynamo_shop.levels.split("A1", next(moves))
        monkeypatch.setattr(dynamo, "batch_get", moved_meanwhile)
        return read(model, keys)

    for _ in range(3):
        monkeypatch.setattr(dynamo, "batch_get", moved_meanwhile)
        assert dynamo_shop.counters("A1") == (90, 83)
    assert rows.whole([]) == {}


def test_rows_of_one_sku_lie_in_partitions_of_their_own(dynamo_shop: Shop) -> None:
    split_shop(dynamo_shop, 8, 4)
    keys = {item.pk for item in StockItem.scan(StockItem.sku == "A1")}
    assert keys == {"SKU#A1", "SKU#A1#1", "SKU#A1#2", "SKU#A1#3"}


def test_buyers_race_while_the_rows_are_split(dynamo_shop: Shop) -> None:
    dynamo_shop.levels.count("A1", 20, None)

    def buy(number: int) -> str:
        order = f"ord_{number}"
        if isinstance(dynamo_shop.holds.reserve(order, {"A1": 1}), Shortage):
            return "short"
        if number % 3 == 0:
            dynamo_shop.holds.release(order)
            return "declined"
        assert isinstance(dynamo_shop.holds.commit(order), Reserved)
        return "sold"

    with isolated_and_fast(), ThreadPoolExecutor(7) as pool:
        splits = pool.submit(lambda: [dynamo_shop.levels.split("A1", into).shards for into in (2, 4, 3)])
        told = Counter(pool.map(buy, range(60)))
        assert splits.result() == [2, 4, 3]
    assert dynamo_shop.counters("A1") == (20 - told["sold"], 20 - told["sold"])
    assert told["sold"] <= 20
    assert told["short"] > 0
    assert all(on_hand == available >= 0 for on_hand, available in spread(dynamo_shop))


@pytest.mark.parametrize("into", [1, 3, 5])
@pytest.mark.parametrize("available", [(5,), (0, 0, 9), (4, 1, 3)])
def test_sharing_out_is_even_and_loses_nothing(available: tuple[int, ...], into: int) -> None:
    present = [shards.Shard(units + 2, units, 1) for units in available]
    shared = shards.shared_out(present, into)
    units = [row.available for row in shared]
    assert sum(units) == sum(available)
    assert max(units[:into]) - min(units[:into]) <= 1
    assert not any(units[into:])
    held = [row.on_hand - row.available for row in shared]
    assert held == [2] * len(present) + [0] * (len(shared) - len(present))
