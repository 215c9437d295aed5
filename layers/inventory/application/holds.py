"""Reserve, commit and release the stock of an order: all lines or none, each of them safe to repeat."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from inventory.application.placement import Placement
from inventory.application.settling import Settler, settle_due
from inventory.errors import DemandChanged, Lost, Short, UnknownReservation
from inventory.model import Stock
from inventory.ports import Reservations, StockLevels
from inventory.reservation import (
    Demand,
    Effect,
    Place,
    Reservation,
    State,
    Step,
    checked_demand,
    fits_one_transaction,
)
from kernel.clock import Clock
from kernel.errors import TransientError

_TRIES = 10
_SHOWN = 20  # most SKUs that a shortage names

_TAKEN = frozenset({State.HELD, State.COMMITTING, State.COMMITTED})
_GONE = frozenset({State.RELEASING, State.RELEASED})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reserved:
    """Every line is held, until `expires_at` unless it is committed."""

    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """One SKU of which less is available than the order asks for."""

    sku: str
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """Nothing is held. `released`: not for want of stock, but because the order's reservation was already ended."""

    missing: tuple[Missing, ...] = ()
    released: bool = False


class Holds:
    """The saga's side of inventory. A reservation's id is its order's."""

    def __init__(self, reservations: Reservations, levels: StockLevels, clock: Clock, hold_for: timedelta) -> None:
        self._reservations = reservations
        self._levels = levels
        self._clock = clock
        self._hold_for = hold_for
        self._settler = Settler(reservations, clock)
        self._placement = Placement(levels)

    def reserve(self, reservation_id: str, demand: Mapping[str, int]) -> Reserved | Shortage:
        """Hold every line of `demand` or none. The same again gives the same answer, while the hold lasts."""
        return self._reserve(reservation_id, checked_demand(demand), None)

    def commit(self, reservation_id: str) -> Reserved | Shortage:
        """Take what is held off the shelf; if the hold has lapsed, hold it again first."""
        return _until_won(lambda: self._commit_once(reservation_id))

    def release(self, reservation_id: str) -> None:
        """Undo whatever the order did to the stock, and bar what may still arrive late for it."""
        _until_won(lambda: self._release_once(reservation_id))

    def settle_due(self) -> int:
        """End the holds that have expired and finish what somebody left half done; returns how many."""
        return settle_due(self._reservations, self._settler, self._clock())

    def _reserve(self, reservation_id: str, demand: Demand, known: Reservation | None) -> Reserved | Shortage:
        places = self._placement.first(reservation_id, demand)
        for _ in range(_TRIES):
            try:
                held = self._advance(reservation_id, demand, known, places)
            except Lost:
                known = self._reservations.find(reservation_id)
            except Short as short:
                asked = sorted(short.skus if fits_one_transaction(demand) else demand)
                present = self._settled(asked)
                missing = _missing(demand, asked, present)
                if missing:
                    return Shortage(missing)
                places |= self._placement.after(reservation_id, demand, present)
                known = self._reservations.find(reservation_id)
            else:
                return Reserved(held.expires_at) if held.state in _TAKEN else Shortage(released=True)
        raise TransientError(f"{reservation_id}: others kept changing the same stock")

    def _advance(
        self, reservation_id: str, demand: Demand, known: Reservation | None, places: Mapping[str, Place]
    ) -> Reservation:
        """From any state to one that answers. `known` None: believed to be new, which costs no read when it is."""
        if known is not None and known.state in _GONE:
            return known
        if known is not None and dict(known.demand) != dict(demand):
            raise DemandChanged(f"{reservation_id} was reserved with another demand")
        if known is not None and (known.state is State.LAPSING or known.has_expired(self._clock())):
            known = self._settler.lapse(known)
        if known is None or known.state is State.LAPSED:
            known = self._begin(reservation_id, demand, known, places)
        return self._take_parts(known) if known.state is State.HOLDING else known

    def _begin(
        self, reservation_id: str, demand: Demand, lapsed: Reservation | None, places: Mapping[str, Place]
    ) -> Reservation:
        now = self._clock()
        expires_at = now + self._hold_for
        begun = Reservation(reservation_id, State.HOLDING, demand, expires_at, now)
        if begun.is_small:
            begun = replace(begun, state=State.HELD)
        if lapsed is not None:
            begun = lapsed.to(begun.state, now, expires_at)
        begun = replace(begun, places=dict(places))
        self._reservations.apply(Step(begun, demand if begun.is_small else {}, Effect.TAKE))
        return begun

    def _take_parts(self, holding: Reservation) -> Reservation:
        try:
            return self._settler.take_parts(holding)
        except Short:
            self._settler.lapse(holding)
            raise

    def _settled(self, skus: Iterable[str]) -> dict[str, Stock]:
        """End what has expired and look again."""
        self.settle_due()
        return self._levels.many(skus)

    def _commit_once(self, reservation_id: str) -> Reserved | Shortage:
        known = self._reservations.find(reservation_id)
        if known is None:
            raise UnknownReservation(f"{reservation_id} never reserved anything")
        if known.state in _GONE:
            return Shortage(released=True)
        if known.state not in _TAKEN:
            again = self._reserve(reservation_id, known.demand, known)
            return again if isinstance(again, Shortage) else self._commit_once(reservation_id)
        if known.state is not State.COMMITTED:
            known = self._settler.commit(known)
        return Reserved(known.expires_at)

    def _release_once(self, reservation_id: str) -> None:
        known = self._reservations.find(reservation_id)
        if known is None:
            now = self._clock()
            self._reservations.apply(Step(Reservation(reservation_id, State.RELEASED, {}, now, now)))
            return
        if known.state is State.COMMITTING:
            known = self._settler.commit(known)
        if known.state is not State.RELEASED:
            self._settler.release(known)


def _missing(demand: Demand, asked: Iterable[str], present: Mapping[str, Stock]) -> tuple[Missing, ...]:
    """The SKUs that are short."""
    available = {sku: present[sku].available if sku in present else 0 for sku in asked}
    lacking = [sku for sku, left in available.items() if left < demand[sku]]
    return tuple(Missing(sku, demand[sku], available[sku]) for sku in lacking[:_SHOWN])


def _until_won(attempt: Callable[[], T]) -> T:
    """Repeat what loses against concurrent changes: each attempt reads the state anew."""
    for _ in range(_TRIES):
        try:
            return attempt()
        except Lost:
            continue
    raise TransientError("others kept changing the same reservation")
