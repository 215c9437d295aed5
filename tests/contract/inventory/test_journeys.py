"""Whole stories on both stores, the number of DynamoDB calls that they cost, and races on the real one."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from inventory import reservation
from inventory.application.holds import Missing, Reserved, Shortage
from inventory.dynamo import MODELS, DynamoReservations, DynamoStockLevels
from inventory.dynamo.items import OutboxItem, StockItem
from inventory.fakes import InMemoryInventory
from inventory.model import no_stock
from inventory.reservation import Step
from kernel import dynamo
from tests.support import tables
from tests.support.aws import mocked_aws
from tests.support.calls import counted_calls
from tests.unit.inventory.machine import StockMachine
from tests.unit.inventory.shop import HOLD, ORDER, START, Shop

pytestmark = pytest.mark.contract
OTHER = "ord_01M7YB5DXRK4V0E5QWB6YHPVR0"


class Crash(Exception):
    """The process ends here."""


class CrashingReservations(DynamoReservations):
    """Ends the process before the nth write."""

    def __init__(self, writes_left: int) -> None:
        self.writes_left = writes_left

    def apply(self, step: Step) -> None:
        if self.writes_left == 0:
            raise Crash
        self.writes_left -= 1
        super().apply(step)


def stock_many(shop: Shop, skus: int, units: int) -> dict[str, int]:
    demand = {f"S{index:04d}": units for index in range(skus)}
    stocks = [no_stock(sku, START).counted(units, START) for sku in demand]
    if isinstance(shop.level_store, InMemoryInventory):
        shop.level_store.stocks.update({stock.sku: stock for stock in stocks})
    else:
        with StockItem.batch_write() as batch:  # hundreds of transactions would take moto minutes
            for stock in stocks:
                batch.save(StockItem.of(stock))
    return demand


def all_counters(shop: Shop, demand: dict[str, int]) -> set[tuple[int, int]]:
    return {(stock.on_hand, stock.available) for stock in shop.level_store.many(demand).values()}


@pytest.mark.parametrize("skus", [1, 25])
def test_a_small_order_costs_one_call_to_hold_and_two_to_buy_or_undo(dynamo_shop: Shop, skus: int) -> None:
    demand = stock_many(dynamo_shop, skus, 5)
    with counted_calls() as calls:
        dynamo_shop.holds.reserve(ORDER, demand)
    assert calls == ["TransactWriteItems"]
    with counted_calls() as calls:
        dynamo_shop.holds.commit(ORDER)
    assert calls == ["GetItem", "TransactWriteItems"]
    with counted_calls() as calls:
        dynamo_shop.holds.release(ORDER)
    assert calls == ["GetItem", "TransactWriteItems"]


def test_a_large_order_that_crashes_between_parts_is_resumed_bought_and_undone(dynamo_shop: Shop) -> None:
    demand = stock_many(dynamo_shop, 250, 3)
    skus = ["S0000", "S0100", "S0249"]
    crashing = Shop(levels=DynamoStockLevels(), reservations=CrashingReservations(2))
    with pytest.raises(Crash):
        crashing.holds.reserve(ORDER, demand)
    assert [dynamo_shop.counters(sku) for sku in skus] == [(3, 0), (3, 3), (3, 3)]
    assert dynamo_shop.holds.reserve(ORDER, demand) == Reserved(START + HOLD)
    assert [dynamo_shop.counters(sku) for sku in skus] == [(3, 0)] * 3
    crashing.holds._reservations.writes_left = 2  # type: ignore[attr-defined]
    with pytest.raises(Crash):
        crashing.holds.commit(ORDER)
    assert isinstance(dynamo_shop.holds.commit(ORDER), Reserved)
    assert all_counters(dynamo_shop, demand) == {(0, 0)}
    dynamo_shop.holds.release(ORDER)
    dynamo_shop.holds.release(ORDER)
    assert all_counters(dynamo_shop, demand) == {(3, 3)}
    history = [
        (item.name, int(item.sequence))
        for item in OutboxItem.query(f"HOLD#{ORDER}", OutboxItem.sk.startswith("EVENT#"))
    ]
    assert history == [("StockCommitted", 1), ("StockReleased", 2)]


def test_a_large_order_that_is_short_in_its_last_part_leaves_nothing_behind(shop: Shop) -> None:
    demand = stock_many(shop, 120, 2)
    shop.adjust("S0119", -1)
    assert shop.holds.reserve(ORDER, demand) == Shortage((Missing("S0119", 2, 1),))
    assert all_counters(shop, demand) == {(2, 2), (1, 1)}
    shop.adjust("S0119", 1)
    assert isinstance(shop.holds.reserve(ORDER, demand), Reserved)


def test_an_expired_hold_is_not_counted_and_makes_way(shop: Shop) -> None:
    shop.levels.count("A1", 1, None)
    shop.holds.reserve(ORDER, {"A1": 1})
    shop.pass_time()
    assert shop.stock("A1").reserved == 0
    shop.holds.release(ORDER)
    shop.holds.reserve(OTHER, {"A1": 1})
    shop.pass_time()
    assert shop.holds.commit(OTHER) == Reserved(START + HOLD + HOLD)
    assert shop.counters("A1") == (0, 0)


def test_one_hold_that_cannot_be_ended_does_not_keep_the_others_from_it(dynamo_shop: Shop) -> None:
    for sku in ("A1", "B2"):
        dynamo_shop.levels.count(sku, 1, None)
        dynamo_shop.holds.reserve(f"ord_{sku}", {sku: 1})
    StockItem(pk="SKU#A1", sk="STOCK").delete()
    dynamo_shop.pass_time()
    assert dynamo_shop.holds.settle_due() == 1
    assert dynamo_shop.counters("B2") == (1, 1)


def test_of_orders_that_race_for_the_last_units_as_many_get_one_as_there_are(dynamo_shop: Shop) -> None:
    dynamo_shop.levels.count("A1", 3, None)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda each: dynamo_shop.holds.reserve(f"ord_{each}", {"A1": 1}), range(6)))
    assert [isinstance(answer, Reserved) for answer in answers].count(True) == 3
    assert dynamo_shop.counters("A1") == (3, 0)


def test_a_release_that_races_with_a_commit_undoes_all_or_prevents_it(dynamo_shop: Shop) -> None:
    for attempt in range(5):
        sku, order = f"A{attempt}", f"ord_{attempt}"
        dynamo_shop.levels.count(sku, 3, None)
        dynamo_shop.holds.reserve(order, {sku: 2})
        with ThreadPoolExecutor(2) as pool:
            commit = pool.submit(dynamo_shop.holds.commit, order)
            release = pool.submit(dynamo_shop.holds.release, order)
            release.result()
            commit.result()
        assert dynamo_shop.counters(sku) == (3, 3)


class DynamoMachine(StockMachine):
    """The books on the real table."""

    def make_shop(self) -> Shop:
        self.aws = mocked_aws()
        self.aws.__enter__()
        dynamo.bind(tables.create_from_template("inventory"), *MODELS)
        return Shop(levels=DynamoStockLevels(), reservations=DynamoReservations())

    def teardown(self) -> None:
        if hasattr(self, "aws"):
            self.aws.__exit__(None, None, None)


@pytest.mark.parametrize("part_size", [97, 2])
def test_the_books_agree_after_any_story(part_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reservation, "PART_SIZE", part_size)
    suppressed = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        DynamoMachine,
        settings=settings(max_examples=4, stateful_step_count=15, deadline=None, suppress_health_check=suppressed),
    )
