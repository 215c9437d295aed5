"""2,000 buyers at once for 500 units of one SKU: never more sold than there are, nothing lost, every loser told."""

import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from inventory.application.holds import Reserved, Shortage
from inventory.errors import UnknownReservation
from inventory.reservation import State
from kernel.errors import TransientError
from tests.unit.inventory.shop import HOLD, Shop

BUYERS, UNITS, SKU = 2000, 500, "HOT"
PAYS, DECLINED, TIMES_OUT, VANISHES = range(4)
"""What comes of a buyer who was given a unit: sold, undone, committed with its answer lost, or never heard of again."""


@pytest.fixture(autouse=True)
def _eager_threads() -> Iterator[None]:
    """Threads change places as often as they can, so that buyers meet in the middle of each other's steps."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def buy(shop: Shop, buyer: int) -> str:
    """One buyer's order from the hold to its end; what the buyer was told."""
    order, fate = f"ord_{buyer}", buyer % 4
    answer = shop.holds.reserve(order, {SKU: 1})
    if isinstance(answer, Shortage):
        assert [(each.sku, each.requested, each.available) for each in answer.missing] == [(SKU, 1, 0)]
        shop.holds.release(order)  # as the saga does
        return "out of stock"
    if fate == DECLINED:
        shop.holds.release(order)
        return "declined"
    if fate == VANISHES:
        return "held"
    for _ in range(2 if fate == TIMES_OUT else 1):
        assert isinstance(shop.holds.commit(order), Reserved)
    return "sold"


def rush(shop: Shop, buyers: range) -> Counter[str]:
    with ThreadPoolExecutor(16) as pool:
        return Counter(pool.map(lambda buyer: buy(shop, buyer), buyers))


def assert_books_agree(shop: Shop, told: Counter[str]) -> None:
    stock = shop.stock(SKU)
    states = Counter(each.state for each in shop.store.reservations.values())
    assert told["sold"] == states[State.COMMITTED] == UNITS - stock.on_hand
    assert told["held"] == stock.reserved
    assert told["sold"] + stock.reserved + stock.available == UNITS
    assert stock.available >= 0


def test_no_more_is_sold_than_there_is_and_nothing_is_lost() -> None:
    shop = Shop(stock={SKU: UNITS})
    told = rush(shop, range(BUYERS))
    assert sum(told.values()) == BUYERS
    assert told.keys() == {"sold", "declined", "held", "out of stock"}
    assert_books_agree(shop, told)

    shop.pass_time(HOLD + timedelta(seconds=1))  # who never came back loses the units, and others buy them
    told += rush(shop, range(BUYERS, BUYERS + 4 * UNITS))
    told["held"] = shop.stock(SKU).reserved
    assert_books_agree(shop, told)

    shop.pass_time(HOLD + timedelta(seconds=1))
    late = rush(shop, range(3 * BUYERS, 5 * BUYERS, 4))  # these all pay
    told["sold"] += late["sold"]
    told["held"] = 0
    assert_books_agree(shop, told)
    assert shop.stock(SKU).on_hand == 0


def split(shop: Shop, shards: int) -> int:
    """Staff split the SKU, and ask again where it sold too fast just now, as the API's 503 tells them to."""
    while True:
        with suppress(TransientError):
            return shop.levels.split(SKU, shards).shards


def test_a_hot_sku_is_split_again_and_again_while_it_sells() -> None:
    shop = Shop(stock={SKU: UNITS})
    with ThreadPoolExecutor(1) as staff:
        splits = staff.submit(lambda: [split(shop, shards) for shards in (2, 4, 8, 3, 16) * 4])
        told = rush(shop, range(BUYERS))
        assert splits.result() == [2, 4, 8, 3, 16] * 4
    assert_books_agree(shop, told)
    shop.pass_time(HOLD + timedelta(seconds=1))
    told["held"] = 0
    told["sold"] += rush(shop, range(3 * BUYERS, 5 * BUYERS, 4))["sold"]
    assert_books_agree(shop, told)
    rows = shop.stock(SKU).all_rows
    assert {(row.on_hand, row.available) for row in rows} == {(0, 0)}
    assert sum(row.version > 1 for row in rows) == len(rows) == 16  # every row has sold something


def test_a_buyer_who_was_refused_cannot_be_sold_to_by_a_late_message() -> None:
    shop = Shop(stock={SKU: 1})
    assert buy(shop, 0) == "sold"
    assert buy(shop, 4) == "out of stock"
    shop.holds.release("ord_0")
    assert shop.holds.commit("ord_4") == Shortage(released=True)
    with pytest.raises(UnknownReservation):
        shop.holds.commit("ord_8")
    assert shop.counters(SKU) == (1, 1)
