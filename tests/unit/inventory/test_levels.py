"""What staff do with stock, on the fake."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from inventory.errors import StockConflict, UnknownStock
from inventory.fakes import InMemoryInventory
from inventory.model import MAX_QUANTITY, is_sku
from inventory.ports import Adjustment
from kernel.errors import IdempotencyKeyReused, NotFound, PreconditionFailed, PreconditionRequired
from tests.unit.inventory.shop import ORDER, START, Shop


def test_a_first_count_needs_no_if_match_and_every_other_does() -> None:
    shop = Shop()
    assert shop.levels.count("A1", 5, None).version == 1
    with pytest.raises(PreconditionRequired):
        shop.levels.count("A1", 6, None)
    with pytest.raises(PreconditionFailed):
        shop.levels.count("A1", 6, '"2"')
    assert shop.levels.count("A1", 6, '"1"').on_hand == 6
    assert shop.levels.count("A1", 7, "*").version == 3


def test_if_match_on_what_is_not_there_fails() -> None:
    for tag in ('"1"', "*"):
        with pytest.raises(PreconditionFailed):
            Shop().levels.count("A1", 5, tag)


def test_a_count_keeps_what_orders_hold() -> None:
    shop = Shop(stock={"A1": 5})
    shop.holds.reserve(ORDER, {"A1": 3})
    stock = shop.levels.count("A1", 10, '"1"')
    assert (stock.on_hand, stock.reserved, stock.available) == (10, 3, 7)


def test_a_count_may_not_go_below_what_is_held() -> None:
    shop = Shop(stock={"A1": 5})
    shop.holds.reserve(ORDER, {"A1": 3})
    with pytest.raises(StockConflict):
        shop.levels.count("A1", 2, '"1"')
    assert shop.levels.count("A1", 3, '"1"').available == 0


def test_what_expired_holds_stand_in_the_way_of_can_be_done() -> None:
    shop = Shop(stock={"A1": 5})
    shop.holds.reserve(ORDER, {"A1": 5})
    shop.pass_time()
    assert shop.adjust("A1", -4)["available"] == 1
    shop.holds.reserve("ord_2", {"A1": 1})
    shop.pass_time()
    assert shop.levels.count("A1", 0, "*").on_hand == 0


def test_holds_do_not_change_the_version_and_sales_do() -> None:
    shop = Shop(stock={"A1": 5})
    shop.holds.reserve(ORDER, {"A1": 1})
    assert shop.stock("A1").version == 1
    shop.holds.commit(ORDER)
    assert shop.stock("A1").version == 2


def test_an_adjustment_makes_the_record_when_it_adds() -> None:
    shop = Shop()
    assert shop.adjust("A1", 5)["on_hand"] == 5
    assert shop.adjust("A2", 0)["on_hand"] == 0
    with pytest.raises(StockConflict):
        shop.adjust("A3", -1)
    with pytest.raises(UnknownStock):
        shop.stock("A3")


def test_an_adjustment_may_not_take_what_is_held() -> None:
    shop = Shop(stock={"A1": 5})
    shop.holds.reserve(ORDER, {"A1": 3})
    with pytest.raises(StockConflict):
        shop.adjust("A1", -3)
    assert shop.adjust("A1", -2)["available"] == 0


def test_more_than_can_be_counted_is_refused() -> None:
    shop = Shop(stock={"A1": MAX_QUANTITY})
    with pytest.raises(StockConflict):
        shop.adjust("A1", 1)


def test_a_repeated_adjustment_gives_the_first_answer_and_changes_nothing() -> None:
    shop = Shop(stock={"A1": 5})
    first = shop.adjust("A1", -3, key="k")
    assert shop.adjust("A1", -3, key="k") == first
    assert shop.counters("A1") == (2, 2)
    assert [event.data["delta"] for event in shop.store.events] == [5, -3]


def test_the_key_of_another_adjustment_is_refused() -> None:
    shop = Shop(stock={"A1": 5})
    shop.adjust("A1", -3, key="k")
    with pytest.raises(IdempotencyKeyReused):
        shop.adjust("A1", -2, key="k")
    assert shop.counters("A1") == (2, 2)


class RacedStore(InMemoryInventory):
    """Before the first adjustment is written, another request does something."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], object]] = []

    def adjust(self, adjustment: Adjustment) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        super().adjust(adjustment)


def raced_shop() -> tuple[Shop, RacedStore]:
    store = RacedStore()
    shop = Shop(stock={"A1": 5}, levels=store, reservations=store)
    shop.store = store
    return shop, store


def test_an_adjustment_that_is_overtaken_is_made_on_the_new_count() -> None:
    shop, store = raced_shop()
    shop.holds.reserve(ORDER, {"A1": 2})
    store.meanwhile = [lambda: shop.holds.commit(ORDER)]
    assert shop.adjust("A1", 1)["on_hand"] == 4
    assert [event.sequence for event in store.events if event.aggregate_id == "A1"] == [1, 2]


def test_a_hold_in_between_is_not_undone_by_a_count() -> None:
    shop, store = raced_shop()
    store.meanwhile = [lambda: shop.holds.reserve(ORDER, {"A1": 2})]
    shop.levels.count("A1", 9, '"1"')
    assert shop.counters("A1") == (9, 7)


def test_the_same_request_twice_at_once_is_done_once() -> None:
    shop, store = raced_shop()
    store.meanwhile = [lambda: shop.adjust("A1", -1, key="k")]
    assert shop.adjust("A1", -1, key="k")["on_hand"] == 4
    assert shop.counters("A1") == (4, 4)


def test_low_stock_is_listed_scarcest_first_page_by_page_and_without_expired_holds() -> None:
    shop = Shop(stock={f"S{units}": units for units in range(8)})
    shop.holds.reserve(ORDER, {"S7": 7})
    assert [stock.sku for stock in shop.levels.low(3, 100, None).items] == ["S0", "S7", "S1", "S2", "S3"]
    shop.pass_time(timedelta(hours=1))
    first = shop.levels.low(3, 3, None)
    second = shop.levels.low(3, 3, first.position)
    assert [stock.sku for stock in (*first.items, *second.items)] == ["S0", "S1", "S2", "S3"]
    assert second.position is None


@pytest.mark.parametrize(
    "sku", ["85123A", "C2", "BANK CHARGES", "DOT", "15056BL", "gift_0001_40", "m", "a.b-c", "9" * 64]
)
def test_the_codes_of_a_real_shop_are_skus(sku: str) -> None:
    assert is_sku(sku)
    assert Shop().levels.count(sku, 1, None).updated_at == START


@pytest.mark.parametrize("sku", ["", " A", "A ", "-A", "A#B", "A/B", "é", "9" * 65, "low-stock", "batch", "A\n"])
def test_what_is_no_sku_has_no_stock(sku: str) -> None:
    with pytest.raises(NotFound):
        Shop().levels.count(sku, 1, None)
    with pytest.raises(UnknownStock):
        Shop().stock(sku)
