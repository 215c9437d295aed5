"""The reservations in DynamoDB, and what their steps do to the counters."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from inventory.dynamo.items import (
    EVENT_LABEL,
    HOLD,
    PART,
    SHARDS,
    STOCK,
    DueIndex,
    PartItem,
    ReservationItem,
    StockItem,
    is_split_into,
    row_key,
    write_event,
)
from inventory.errors import Lost, Short
from inventory.reservation import Effect, Part, PartState, Reservation, Step
from kernel import dynamo
from kernel.clock import to_rfc3339
from kernel.dynamo import ConditionFailed, Transaction

_LABEL = "reservation"


class DynamoReservations:
    """`Reservations` in the context's table."""

    def find(self, reservation_id: str) -> Reservation | None:
        """The present reservation, strongly consistent."""
        item = dynamo.get(ReservationItem, f"HOLD#{reservation_id}", HOLD)
        return item.to_reservation() if item else None

    def parts(self, reservation_id: str) -> dict[int, Part]:
        """Its part markers by number, strongly consistent."""
        with dynamo.translated_errors():
            items = PartItem.query(f"HOLD#{reservation_id}", PartItem.sk.startswith(PART), consistent_read=True)
            found = [Part(int(item.number), PartState(item.state), int(item.version)) for item in items]
        return {part.number: part for part in found}

    def apply(self, step: Step) -> None:
        """One transaction for reservation or part, counters and event."""
        transaction = Transaction()
        if step.part is None:
            _write_reservation(transaction, step.reservation)
        else:
            _write_part(transaction, step.reservation, step.part)
        for sku, quantity in step.lines.items():
            _move(transaction, sku, quantity, step)
        if step.event is not None:
            write_event(transaction, step.event, f"HOLD#{step.reservation.id}")
        try:
            transaction.commit()
        except ConditionFailed as failed:
            if failed.labels & {_LABEL, EVENT_LABEL}:
                raise Lost from failed
            raise Short(failed.labels) from failed

    def due(self, now: datetime) -> Iterator[Reservation]:
        """Shard by shard. The index may be a moment behind: a step on what has moved on is `Lost`."""
        for shard in SHARDS:
            with dynamo.translated_errors():
                for item in ReservationItem.due.query(shard, DueIndex.due_at <= to_rfc3339(now)):
                    yield item.to_reservation()


def _write_reservation(transaction: Transaction, reservation: Reservation) -> None:
    unchanged = ReservationItem.version == reservation.version - 1
    condition = ReservationItem.pk.does_not_exist() if reservation.version == 1 else unchanged
    transaction.put(ReservationItem.of(reservation), condition, label=_LABEL)


def _write_part(transaction: Transaction, reservation: Reservation, part: Part) -> None:
    pk = f"HOLD#{reservation.id}"
    unchanged = ReservationItem.version == reservation.version
    transaction.check(ReservationItem, pk, HOLD, unchanged, label=_LABEL)
    item = PartItem(
        pk=pk, sk=f"{PART}{part.number:04d}", number=part.number, state=part.state.value, version=part.version
    )
    condition = PartItem.pk.does_not_exist() if part.version == 1 else PartItem.version == part.version - 1
    transaction.put(item, condition, label=_LABEL)


def _move(transaction: Transaction, sku: str, quantity: int, step: Step) -> None:
    effect = step.effect
    actions: list[Any] = []
    if effect.available:
        actions.append(StockItem.available.add(effect.available * quantity))
    if effect.on_hand:
        actions += [
            StockItem.on_hand.add(effect.on_hand * quantity),
            StockItem.version.add(1),
            StockItem.updated_at.set(to_rfc3339(step.reservation.updated_at)),
        ]
    place = step.reservation.place(sku)
    enough = (StockItem.available >= quantity) & is_split_into(place.of)
    condition = enough if effect is Effect.TAKE else StockItem.pk.exists()
    transaction.update(StockItem(pk=row_key(sku, place.row), sk=STOCK), actions, condition, label=sku)
