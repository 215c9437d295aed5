"""Reserve, commit and release, on the fake."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from inventory.application.holds import Missing, Reserved, Shortage
from inventory.errors import DemandChanged, InvalidDemand, Lost, UnknownReservation
from inventory.fakes import InMemoryInventory
from inventory.reservation import MAX_SKUS, PART_SIZE, TRANSITIONS, IllegalTransition, Reservation, State, Step
from kernel.errors import TransientError
from tests.unit.inventory.shop import HOLD, ORDER, START, Shop

OTHER = "ord_01M7YB5DXRK4V0E5QWB6YHPVR0"
SIZES = [1, PART_SIZE, PART_SIZE + 1, 250]


def many(skus: int, quantity: int = 2) -> dict[str, int]:
    return {f"S{index:04d}": quantity for index in range(skus)}


def shop_with(skus: int, units: int = 5) -> Shop:
    return Shop(stock=many(skus, units))


def all_counters(shop: Shop) -> set[tuple[int, int]]:
    return {shop.counters(sku) for sku in shop.store.stocks}


@pytest.mark.parametrize("skus", SIZES)
def test_a_reservation_holds_every_line_until_it_expires(skus: int) -> None:
    shop = shop_with(skus)
    assert shop.holds.reserve(ORDER, many(skus)) == Reserved(START + HOLD)
    assert all_counters(shop) == {(5, 3)}


@pytest.mark.parametrize("skus", SIZES)
def test_all_lines_or_none(skus: int) -> None:
    shop = shop_with(skus)
    short = max(many(skus))
    shop.adjust(short, -4)
    assert shop.holds.reserve(ORDER, many(skus)) == Shortage((Missing(short, 2, 1),))
    assert {sku: shop.counters(sku) for sku in many(skus) if sku != short} == dict.fromkeys(
        sorted(many(skus))[:-1], (5, 5)
    )
    assert shop.counters(short) == (1, 1)


@pytest.mark.parametrize("skus", SIZES)
def test_a_repeated_reserve_gives_the_same_answer_and_holds_nothing_more(skus: int) -> None:
    shop = shop_with(skus)
    first = shop.holds.reserve(ORDER, many(skus))
    shop.pass_time(timedelta(minutes=1))
    assert shop.holds.reserve(ORDER, many(skus)) == first
    shop.holds.commit(ORDER)
    assert shop.holds.reserve(ORDER, many(skus)) == first
    assert all_counters(shop) == {(3, 3)}


def test_a_repeated_reserve_of_the_last_units_is_no_shortage() -> None:
    shop = Shop(stock={"A1": 2})
    assert shop.holds.reserve(ORDER, {"A1": 2}) == shop.holds.reserve(ORDER, {"A1": 2})


@pytest.mark.parametrize("skus", SIZES)
def test_a_reserve_repeated_after_the_hold_expired_is_a_new_hold(skus: int) -> None:
    shop = shop_with(skus)
    shop.holds.reserve(ORDER, many(skus))
    shop.pass_time()
    assert shop.holds.reserve(ORDER, many(skus)) == Reserved(START + HOLD + HOLD)
    assert all_counters(shop) == {(5, 3)}


def test_another_demand_of_the_same_order_is_refused() -> None:
    shop = Shop(stock={"A1": 5})
    shop.holds.reserve(ORDER, {"A1": 2})
    with pytest.raises(DemandChanged):
        shop.holds.reserve(ORDER, {"A1": 3})
    assert shop.counters("A1") == (5, 3)


def test_a_sku_that_inventory_has_never_seen_has_nothing_available() -> None:
    shop = Shop()
    assert shop.holds.reserve(ORDER, {"A1": 1}) == Shortage((Missing("A1", 1, 0),))
    assert not shop.store.stocks


def test_an_order_without_stocked_lines_reserves_nothing_and_goes_through() -> None:
    shop = Shop()
    assert isinstance(shop.holds.reserve(ORDER, {}), Reserved)
    assert isinstance(shop.holds.commit(ORDER), Reserved)
    shop.holds.release(ORDER)


def test_a_shortage_names_at_most_twenty_skus_with_what_there_is_of_them() -> None:
    answer = shop_with(250, units=1).holds.reserve(ORDER, many(250))
    assert isinstance(answer, Shortage)
    assert answer.missing == tuple(Missing(sku, 2, 1) for sku in sorted(many(250))[:20])


@pytest.mark.parametrize("skus", SIZES)
def test_commit_takes_it_off_the_shelf_once(skus: int) -> None:
    shop = shop_with(skus)
    shop.holds.reserve(ORDER, many(skus))
    for _ in range(3):
        assert isinstance(shop.holds.commit(ORDER), Reserved)
    assert all_counters(shop) == {(3, 3)}


@pytest.mark.parametrize("skus", SIZES)
def test_release_of_a_hold_gives_it_back_once(skus: int) -> None:
    shop = shop_with(skus)
    shop.holds.reserve(ORDER, many(skus))
    for _ in range(3):
        shop.holds.release(ORDER)
    assert all_counters(shop) == {(5, 5)}


@pytest.mark.parametrize("skus", SIZES)
def test_release_after_commit_puts_it_back_on_the_shelf_once(skus: int) -> None:
    shop = shop_with(skus)
    shop.holds.reserve(ORDER, many(skus))
    shop.holds.commit(ORDER)
    for _ in range(3):
        shop.holds.release(ORDER)
    assert all_counters(shop) == {(5, 5)}


@pytest.mark.parametrize("skus", SIZES)
def test_nothing_of_an_order_happens_after_its_release(skus: int) -> None:
    shop = shop_with(skus)
    shop.holds.release(ORDER)
    assert shop.holds.reserve(ORDER, many(skus)) == Shortage(released=True)
    assert shop.holds.commit(ORDER) == Shortage(released=True)
    shop.holds.release(ORDER)
    assert all_counters(shop) == {(5, 5)}


def test_a_late_reserve_after_reserve_and_release_does_nothing() -> None:
    shop = Shop(stock={"A1": 5})
    shop.holds.reserve(ORDER, {"A1": 2})
    shop.holds.release(ORDER)
    assert shop.holds.reserve(ORDER, {"A1": 2}) == Shortage(released=True)
    assert shop.counters("A1") == (5, 5)


def test_commit_of_what_was_never_reserved_is_a_fault() -> None:
    with pytest.raises(UnknownReservation):
        Shop().holds.commit(ORDER)


@pytest.mark.parametrize("skus", SIZES)
def test_an_expired_hold_ends_when_somebody_needs_the_stock(skus: int) -> None:
    shop = shop_with(skus)
    shop.holds.reserve(ORDER, many(skus, 4))
    shop.pass_time()
    assert isinstance(shop.holds.reserve(OTHER, many(skus, 4)), Reserved)
    assert all_counters(shop) == {(5, 1)}


def test_a_hold_stands_until_the_moment_that_it_expires() -> None:
    shop = Shop(stock={"A1": 5})
    shop.holds.reserve(ORDER, {"A1": 4})
    shop.pass_time(HOLD - timedelta(milliseconds=1))
    assert shop.stock("A1").reserved == 4
    assert isinstance(shop.holds.reserve(OTHER, {"A1": 4}), Shortage)
    shop.pass_time(timedelta(milliseconds=1))
    assert shop.stock("A1").reserved == 0


@pytest.mark.parametrize("skus", SIZES)
def test_the_sweeper_ends_expired_holds_once(skus: int) -> None:
    shop = shop_with(skus)
    shop.holds.reserve(ORDER, many(skus))
    assert shop.holds.settle_due() == 0
    shop.pass_time()
    assert [shop.holds.settle_due() for _ in range(2)] == [1, 0]
    assert all_counters(shop) == {(5, 5)}


@pytest.mark.parametrize("skus", SIZES)
def test_a_hold_that_expired_and_was_not_yet_ended_can_be_committed(skus: int) -> None:
    shop = shop_with(skus)
    shop.holds.reserve(ORDER, many(skus))
    shop.pass_time()
    assert isinstance(shop.holds.commit(ORDER), Reserved)
    assert shop.holds.settle_due() == 0
    assert all_counters(shop) == {(3, 3)}


@pytest.mark.parametrize("skus", SIZES)
def test_a_hold_that_lapsed_is_taken_again_by_its_commit(skus: int) -> None:
    shop = shop_with(skus)
    shop.holds.reserve(ORDER, many(skus))
    shop.pass_time()
    shop.holds.settle_due()
    assert isinstance(shop.holds.commit(ORDER), Reserved)
    assert all_counters(shop) == {(3, 3)}


@pytest.mark.parametrize("skus", SIZES)
def test_a_hold_that_lapsed_and_whose_stock_is_gone_is_short(skus: int) -> None:
    shop = shop_with(skus)
    shop.holds.reserve(ORDER, many(skus, 4))
    shop.pass_time()
    shop.holds.reserve(OTHER, many(skus, 4))
    shop.holds.commit(OTHER)
    answer = shop.holds.commit(ORDER)
    assert isinstance(answer, Shortage)
    assert answer.missing[0] == Missing("S0000", 4, 1)
    assert all_counters(shop) == {(1, 1)}


@pytest.mark.parametrize("skus", SIZES)
def test_release_of_a_lapsed_hold_gives_nothing_back_twice(skus: int) -> None:
    shop = shop_with(skus)
    shop.holds.reserve(ORDER, many(skus))
    shop.pass_time()
    shop.holds.settle_due()
    shop.holds.release(ORDER)
    assert all_counters(shop) == {(5, 5)}
    assert shop.holds.commit(ORDER) == Shortage(released=True)


class Crash(Exception):
    """The process ends here."""


class CrashingStore(InMemoryInventory):
    """Ends the process before the nth write of a reservation."""

    def __init__(self) -> None:
        super().__init__()
        self.writes_left = 10**6

    def apply(self, step: Step) -> None:
        if self.writes_left == 0:
            raise Crash
        self.writes_left -= 1
        super().apply(step)


def crashing_shop(skus: int) -> tuple[Shop, CrashingStore]:
    store = CrashingStore()
    shop = Shop(stock=many(skus, 5), levels=store, reservations=store)
    shop.store = store
    return shop, store


def crash_in(store: CrashingStore, after: int, action: Callable[[], Any]) -> None:
    store.writes_left = after
    with pytest.raises(Crash):
        action()
    store.writes_left = 10**6


# 250 SKUs are three parts: with the intent before and the result after them, five writes; a crash after each of four.
@pytest.mark.parametrize("after", range(1, 5))
class TestACrashBetweenParts:
    def test_of_a_reserve_is_resumed_by_its_repetition(self, after: int) -> None:
        shop, store = crashing_shop(250)
        crash_in(store, after, lambda: shop.holds.reserve(ORDER, many(250)))
        assert shop.holds.reserve(ORDER, many(250)) == Reserved(START + HOLD)
        assert all_counters(shop) == {(5, 3)}

    def test_of_a_reserve_that_nobody_repeats_expires(self, after: int) -> None:
        shop, store = crashing_shop(250)
        crash_in(store, after, lambda: shop.holds.reserve(ORDER, many(250)))
        shop.pass_time()
        assert shop.holds.settle_due() == 1
        assert all_counters(shop) == {(5, 5)}

    def test_of_a_reserve_is_undone_by_the_release(self, after: int) -> None:
        shop, store = crashing_shop(250)
        crash_in(store, after, lambda: shop.holds.reserve(ORDER, many(250)))
        shop.holds.release(ORDER)
        assert all_counters(shop) == {(5, 5)}
        assert shop.holds.reserve(ORDER, many(250)) == Shortage(released=True)

    @pytest.mark.parametrize("finisher", ["commit", "sweep", "release"])
    def test_of_a_commit_is_finished_by_anybody(self, after: int, finisher: str) -> None:
        shop, store = crashing_shop(250)
        shop.holds.reserve(ORDER, many(250))
        crash_in(store, after, lambda: shop.holds.commit(ORDER))
        shop.pass_time()
        if finisher == "sweep":
            assert shop.holds.settle_due() == 1
        else:
            getattr(shop.holds, finisher)(ORDER)
        assert all_counters(shop) == {(5, 5) if finisher == "release" else (3, 3)}
        assert [event.name for event in store.events].count("StockCommitted") == 1

    @pytest.mark.parametrize("finisher", ["release", "sweep"])
    @pytest.mark.parametrize("committed", [True, False])
    def test_of_a_release_is_finished_by_anybody(self, after: int, finisher: str, committed: bool) -> None:
        shop, store = crashing_shop(250)
        shop.holds.reserve(ORDER, many(250))
        if committed:
            shop.holds.commit(ORDER)
        crash_in(store, after, lambda: shop.holds.release(ORDER))
        assert shop.holds.commit(ORDER) == Shortage(released=True)
        shop.pass_time()
        if finisher == "sweep":
            assert shop.holds.settle_due() == 1
        else:
            shop.holds.release(ORDER)
        assert all_counters(shop) == {(5, 5)}
        assert [event.name for event in store.events].count("StockReleased") == committed

    def test_of_an_expiry_is_finished_by_the_next_reader(self, after: int) -> None:
        shop, store = crashing_shop(250)
        shop.holds.reserve(ORDER, many(250))
        shop.pass_time()
        crash_in(store, after, shop.holds.settle_due)
        assert {shop.stock(sku).reserved for sku in many(250)} == {0}
        assert isinstance(shop.holds.commit(ORDER), Reserved)
        assert all_counters(shop) == {(3, 3)}


def test_of_two_orders_for_the_last_unit_one_gets_it() -> None:
    for _ in range(20):
        shop = Shop(stock={"A1": 1})
        orders = [f"ord_{index}" for index in range(8)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda order, shop=shop: shop.holds.reserve(order, {"A1": 1}), orders))
        assert [isinstance(answer, Reserved) for answer in answers].count(True) == 1
        assert shop.counters("A1") == (1, 0)


def test_of_two_large_orders_for_the_same_last_units_at_most_one_gets_them_and_nothing_leaks() -> None:
    shop = shop_with(250, units=1)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda order: shop.holds.reserve(order, many(250, 1)), [ORDER, OTHER]))
    taken = [isinstance(answer, Reserved) for answer in answers].count(True)
    assert taken <= 1
    assert all_counters(shop) == {(1, 1 - taken)}


def test_what_is_repeated_at_once_happens_once() -> None:
    shop = shop_with(250)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: shop.holds.reserve(ORDER, many(250)), range(4)))
        assert all_counters(shop) == {(5, 3)}
        list(pool.map(lambda _: shop.holds.commit(ORDER), range(4)))
        assert all_counters(shop) == {(3, 3)}
        list(pool.map(lambda _: shop.holds.release(ORDER), range(4)))
        assert all_counters(shop) == {(5, 5)}


class LosingStore(InMemoryInventory):
    """Somebody else is always first."""

    def apply(self, step: Step) -> None:
        raise Lost


def test_a_race_that_never_ends_is_a_fault_to_retry() -> None:
    store = LosingStore()
    shop = Shop(levels=store, reservations=store)
    with pytest.raises(TransientError):
        shop.holds.release(ORDER)
    with pytest.raises(TransientError):
        shop.holds.reserve(ORDER, {"A1": 1})


@pytest.mark.parametrize(
    "demand",
    [
        None,
        [],
        {"A1": 0},
        {"A1": -1},
        {"A1": 10**9 + 1},
        {"A1": "1"},
        {"A1": 1.5},
        {"A1": True},
        {"": 1},
        {"A#1": 1},
        {"x" * 65: 1},
        {f"S{index}": 1 for index in range(MAX_SKUS + 1)},
    ],
)
def test_a_demand_that_is_none_is_refused_before_anything_is_held(demand: Any) -> None:
    shop = Shop(stock={"A1": 5})
    with pytest.raises(InvalidDemand):
        shop.holds.reserve(ORDER, demand)
    assert shop.counters("A1") == (5, 5)
    assert not shop.store.reservations


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("after", list(State))
def test_only_the_transitions_of_the_table_are_possible(before: State, after: State) -> None:
    reservation = Reservation(ORDER, before, {}, START, START)
    if after in TRANSITIONS[before]:
        assert reservation.to(after, START).version == 2
    else:
        with pytest.raises(IllegalTransition):
            reservation.to(after, START)
