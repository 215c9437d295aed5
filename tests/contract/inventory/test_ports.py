"""What the use cases rely on, of the fake and of PynamoDB alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from inventory import events
from inventory.errors import KeyUsed, Lost, Short
from inventory.model import Stock, no_stock
from inventory.ports import Adjustment, Reservations, StockLevels
from inventory.reservation import Effect, Part, PartState, Reservation, State, Step
from kernel.errors import IdempotencyKeyReused
from kernel.idempotency import Answer
from tests.unit.inventory.shop import HOLD, ORDER, START, Shop

pytestmark = pytest.mark.contract


def change(before: Stock, on_hand: int) -> Adjustment:
    after = before.counted(on_hand, START)
    return Adjustment(before, after, events.stock_adjusted(before, after, "count"))


def held(state: State = State.HELD, order: str = ORDER, expires_in: timedelta = HOLD) -> Reservation:
    return Reservation(order, state, {"A1": 2}, START + expires_in, START)


def ports(shop: Shop) -> tuple[StockLevels, Reservations]:
    return shop.level_store, shop.holds._reservations


class TestStockLevels:
    def test_what_is_written_is_read(self, shop: Shop) -> None:
        levels, _ = ports(shop)
        assert levels.get("A1") is None
        levels.adjust(change(no_stock("A1", START), 5))
        assert levels.get("A1") == Stock("A1", 5, 5, 1, 1, START)
        assert levels.many(["A1", "B2"]) == {"A1": Stock("A1", 5, 5, 1, 1, START)}
        assert levels.many([]) == {}

    def test_a_record_is_made_once(self, shop: Shop) -> None:
        levels, _ = ports(shop)
        levels.adjust(change(no_stock("A1", START), 5))
        with pytest.raises(Lost):
            levels.adjust(change(no_stock("A1", START), 6))

    def test_a_change_of_an_old_version_is_lost(self, shop: Shop) -> None:
        levels, _ = ports(shop)
        levels.adjust(change(no_stock("A1", START), 5))
        old = levels.get("A1")
        assert old is not None
        levels.adjust(change(old, 6))
        with pytest.raises(Lost):
            levels.adjust(change(old, 7))
        assert shop.counters("A1") == (6, 6)

    def test_holds_that_came_meanwhile_count(self, shop: Shop) -> None:
        levels, reservations = ports(shop)
        levels.adjust(change(no_stock("A1", START), 5))
        before = levels.get("A1")
        assert before is not None
        reservations.apply(Step(held(), {"A1": 2}))
        with pytest.raises(Lost):
            levels.adjust(change(before, 1))
        levels.adjust(change(before, 4))
        assert shop.counters("A1") == (4, 2)

    def test_an_answer_is_stored_with_its_change_and_its_key_is_used_once(self, shop: Shop) -> None:
        levels, _ = ports(shop)
        key = shop.key("k")
        assert levels.answer(key) is None
        made = replace(change(no_stock("A1", START), 5), key=key, answer=Answer(200, {"on_hand": 5}))
        levels.adjust(made)
        assert levels.answer(key) == Answer(200, {"on_hand": 5})
        with pytest.raises(KeyUsed):
            levels.adjust(made)
        with pytest.raises(IdempotencyKeyReused):
            levels.answer(shop.key("k", "another"))

    def test_a_change_that_is_lost_stores_no_answer(self, shop: Shop) -> None:
        levels, _ = ports(shop)
        levels.adjust(change(no_stock("A1", START), 5))
        with pytest.raises(Lost):
            levels.adjust(replace(change(no_stock("A1", START), 5), key=shop.key("k"), answer=Answer(200, {})))
        assert levels.answer(shop.key("k")) is None

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
    def test_low_stock_pages_are_exact_ordered_and_without_overlap(self, shop: Shop, limit: int) -> None:
        for index in range(14):
            shop.levels.count(f"S{index:02d}", index // 2, None)
        seen: list[Stock] = []
        position = None
        while True:
            page = shop.levels.low(4, limit, position)
            seen += page.items
            if page.position is None:
                break
            assert len(page.items) == limit
            position = page.position
        assert [stock.available for stock in seen] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
        assert {stock.sku for stock in seen} == {f"S{index:02d}" for index in range(10)}


class TestReservations:
    @pytest.fixture(autouse=True)
    def _stocked(self, shop: Shop) -> None:
        shop.levels.count("A1", 5, None)
        shop.levels.count("B2", 1, None)

    def test_what_is_written_is_read(self, shop: Shop) -> None:
        _, reservations = ports(shop)
        assert reservations.find(ORDER) is None
        reservations.apply(Step(held(), {"A1": 2}))
        assert reservations.find(ORDER) == held()
        assert shop.counters("A1") == (5, 3)

    @pytest.mark.parametrize(
        ("effect", "counters"),
        [
            (Effect.TAKE, (5, 1)),
            (Effect.COMMIT, (3, 3)),
            (Effect.RETURN, (5, 5)),
            (Effect.RESTORE, (7, 5)),
        ],
    )
    def test_each_effect_moves_its_counters(self, shop: Shop, effect: Effect, counters: tuple[int, int]) -> None:
        _, reservations = ports(shop)
        reservations.apply(Step(held(), {"A1": 2}))
        later = replace(held(), version=2, updated_at=START + HOLD)
        reservations.apply(Step(later, {"A1": 2}, effect))
        assert shop.counters("A1") == counters
        stock = shop.level_store.get("A1")
        assert stock is not None
        assert stock.version == (2 if effect.on_hand else 1)
        assert stock.updated_at == (START + HOLD if effect.on_hand else START)

    def test_a_shortage_names_its_skus_and_writes_nothing(self, shop: Shop) -> None:
        _, reservations = ports(shop)
        with pytest.raises(Short) as caught:
            reservations.apply(Step(held(), {"A1": 2, "B2": 2, "NEVER SEEN": 1}))
        assert caught.value.skus == {"B2", "NEVER SEEN"}
        assert reservations.find(ORDER) is None
        assert shop.counters("A1") == (5, 5)

    def test_a_version_that_was_overtaken_is_lost_even_when_stock_is_short_too(self, shop: Shop) -> None:
        _, reservations = ports(shop)
        reservations.apply(Step(held(), {"A1": 5}))
        for step in (Step(held(), {"A1": 5}), Step(replace(held(), version=3), {"A1": 5})):
            with pytest.raises(Lost):
                reservations.apply(step)
        assert shop.counters("A1") == (5, 0)

    def test_a_part_is_written_once_and_only_while_its_reservation_stands_still(self, shop: Shop) -> None:
        _, reservations = ports(shop)
        header = held(State.HOLDING)
        reservations.apply(Step(header))
        part = Part(1, PartState.TAKEN)
        reservations.apply(Step(header, {"A1": 2}, part=part))
        assert reservations.parts(ORDER) == {1: part}
        with pytest.raises(Lost):
            reservations.apply(Step(header, {"A1": 2}, part=part))
        reservations.apply(Step(header.to(State.LAPSING, START)))
        for late in (Part(2, PartState.TAKEN), part.to(PartState.RETURNED)):
            with pytest.raises(Lost):
                reservations.apply(Step(header, {"A1": 1}, part=late))
        assert shop.counters("A1") == (5, 3)
        assert reservations.find(ORDER) == header.to(State.LAPSING, START)

    def test_due_is_what_has_expired_or_was_left_half_done(self, shop: Shop) -> None:
        _, reservations = ports(shop)
        now = START + HOLD
        begun = [
            held(order="expires-now"),
            held(order="expires-later", expires_in=HOLD + timedelta(milliseconds=1)),
            held(State.HOLDING, order="never-finished"),
            held(State.LAPSING, order="lapsing", expires_in=2 * HOLD),
            held(State.COMMITTING, order="committing"),
            held(State.RELEASING, order="releasing"),
            replace(held(State.COMMITTING, order="committing-now"), updated_at=now),
            held(State.COMMITTED, order="committed"),
            held(State.LAPSED, order="lapsed"),
            held(State.RELEASED, order="released"),
        ]
        for reservation in begun:
            reservations.apply(Step(reservation))
        due = {reservation.id: reservation for reservation in reservations.due(now)}
        assert due.keys() == {"expires-now", "never-finished", "lapsing", "committing", "releasing"}
        assert due["expires-now"] == begun[0]

    def test_what_was_due_and_is_done_is_due_no_more(self, shop: Shop) -> None:
        _, reservations = ports(shop)
        reservations.apply(Step(held(), {"A1": 2}))
        assert len(list(reservations.due(START + HOLD))) == 1
        reservations.apply(Step(held().to(State.LAPSED, START), {"A1": 2}, Effect.RETURN))
        assert list(reservations.due(START + HOLD)) == []
        reservations.apply(Step(held().to(State.LAPSED, START).to(State.HELD, START, START + 2 * HOLD), {"A1": 2}))
        assert len(list(reservations.due(START + 2 * HOLD))) == 1

    def test_a_thousand_lines_fit_a_reservation(self, shop: Shop) -> None:
        _, reservations = ports(shop)
        large = replace(held(State.HOLDING), demand={f"{'X' * 59}{index:05d}": 10**9 for index in range(1000)})
        reservations.apply(Step(large))
        assert reservations.find(ORDER) == large
