"""Inventory in memory: the same promises as the table, for tests of everything above it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Any

from inventory.errors import KeyUsed, Lost, Short
from inventory.model import Stock
from inventory.ports import Adjustment, LowStockPage
from inventory.reservation import Demand, Effect, Part, Place, Reservation, Step
from inventory.shards import Shard
from kernel.errors import IdempotencyKeyReused
from kernel.events import Event
from kernel.idempotency import Answer, IdempotencyKey


class InMemoryInventory:
    """Both ports on one set of dictionaries; every write checks everything first and then does everything."""

    def __init__(self) -> None:
        self.stocks: dict[str, Stock] = {}
        self.reservations: dict[str, Reservation] = {}
        self.events: list[Event] = []
        self._parts: dict[tuple[str, int], Part] = {}
        self._answers: dict[str, tuple[str, Answer]] = {}
        self._lock = Lock()

    def get(self, sku: str) -> Stock | None:
        return self.stocks.get(sku)

    def many(self, skus: Iterable[str]) -> dict[str, Stock]:
        return {sku: self.stocks[sku] for sku in skus if sku in self.stocks}

    def adjust(self, adjustment: Adjustment) -> None:
        with self._lock:
            before, after, key = adjustment.before, adjustment.after, adjustment.key
            rows = self._shifted(before, after)
            if key is not None and key.pk in self._answers:
                raise KeyUsed
            present = self.stocks.get(after.sku)
            available = (present.available if present else 0) + after.on_hand - before.on_hand
            if (present.version if present else 0) != before.version or available < 0:
                raise Lost
            self.stocks[after.sku] = replace(after, available=available, rows=rows)
            self.events.append(adjustment.event)
            if key is not None and adjustment.answer is not None:
                self._answers[key.pk] = (key.fingerprint, adjustment.answer)

    def rearrange(self, before: Stock, after: Stock) -> None:
        with self._lock:
            present = self.stocks[before.sku]
            if present.shards != before.shards:
                raise Lost
            self.stocks[before.sku] = replace(present, shards=after.shards, rows=self._shifted(before, after))

    def _shifted(self, before: Stock, after: Stock) -> tuple[Shard, ...]:
        """The present rows, changed as `after` is from `before`. Raises `Lost` if a row has too little for that."""
        if not after.rows:
            return ()
        present = self.stocks[before.sku].all_rows
        if len(present) != len(before.all_rows):
            raise Lost
        added = (Shard(0, 0, 0),) * (len(after.rows) - len(present))
        triples = zip((*present, *added), (*before.all_rows, *added), after.rows, strict=True)
        rows = tuple(row.moved(new.on_hand - old.on_hand) for row, old, new in triples)
        if any(row.available < 0 for row in rows):
            raise Lost
        return (replace(rows[0], version=rows[0].version + after.version - before.version), *rows[1:])

    def answer(self, key: IdempotencyKey) -> Answer | None:
        fingerprint, answer = self._answers.get(key.pk, (key.fingerprint, None))
        if fingerprint != key.fingerprint:
            raise IdempotencyKeyReused("this Idempotency-Key was used with another request")
        return answer

    def low(self, threshold: int, limit: int, position: Mapping[str, Any] | None) -> LowStockPage:
        after = (position["available"], position["sku"]) if position else (-1, "")
        matching = sorted(
            (stock for stock in self.stocks.values() if stock.available <= threshold),
            key=lambda stock: (stock.available, stock.sku),
        )
        rest = [stock for stock in matching if (stock.available, stock.sku) > after]
        page = rest[:limit]
        more = {"available": page[-1].available, "sku": page[-1].sku} if len(rest) > limit else None
        return LowStockPage(page, more)

    def find(self, reservation_id: str) -> Reservation | None:
        return self.reservations.get(reservation_id)

    def parts(self, reservation_id: str) -> dict[int, Part]:
        with self._lock:
            return {number: part for (owner, number), part in self._parts.items() if owner == reservation_id}

    def apply(self, step: Step) -> None:
        with self._lock:
            self._check_versions(step)
            if step.effect is Effect.TAKE:
                self._check_available(step.reservation, step.lines)
            for sku, quantity in step.lines.items():
                self.stocks[sku] = _moved(self.stocks[sku], quantity, step)
            if step.part is None:
                self.reservations[step.reservation.id] = step.reservation
            else:
                self._parts[step.reservation.id, step.part.number] = step.part
            if step.event is not None:
                self.events.append(step.event)

    def due(self, now: datetime) -> Iterator[Reservation]:
        with self._lock:
            present = list(self.reservations.values())
        waiting = [(each.due_at, each.id, each) for each in present if each.due_at is not None]
        yield from [each for due_at, _, each in sorted(waiting, key=lambda entry: entry[:2]) if due_at <= now]

    def _check_versions(self, step: Step) -> None:
        present = self.reservations.get(step.reservation.id)
        version = present.version if present else 0
        if step.part is None:
            expected = step.reservation.version - 1
        else:
            expected = step.reservation.version
            marker = self._parts.get((step.reservation.id, step.part.number))
            if (marker.version if marker else 0) != step.part.version - 1:
                raise Lost
        if version != expected:
            raise Lost

    def _check_available(self, reservation: Reservation, lines: Demand) -> None:
        short = [sku for sku, quantity in lines.items() if not self._has(sku, quantity, reservation.place(sku))]
        if short:
            raise Short(short)

    def _has(self, sku: str, quantity: int, place: Place) -> bool:
        stock = self.stocks.get(sku)
        return stock is not None and stock.shards == place.of and stock.all_rows[place.row].available >= quantity


def _moved(stock: Stock, quantity: int, step: Step) -> Stock:
    effect, row = step.effect, step.reservation.place(stock.sku).row
    rows = tuple(_row_moved(each, quantity, effect) if at == row else each for at, each in enumerate(stock.rows))
    moved = replace(stock, available=stock.available + step.effect.available * quantity, rows=rows)
    if not step.effect.on_hand:
        return moved
    return replace(
        moved,
        on_hand=stock.on_hand + step.effect.on_hand * quantity,
        version=stock.version + 1,
        updated_at=step.reservation.updated_at,
    )


def _row_moved(row: Shard, quantity: int, effect: Effect) -> Shard:
    return Shard(
        on_hand=row.on_hand + effect.on_hand * quantity,
        available=row.available + effect.available * quantity,
        version=row.version + abs(effect.on_hand),
    )
