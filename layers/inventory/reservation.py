"""Reservations: the states that an order's hold on stock goes through, and what each step does to the counters."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from itertools import islice

from inventory.errors import InvalidDemand
from inventory.model import MAX_QUANTITY, is_sku
from kernel.errors import AgoraError
from kernel.events import Event

PART_SIZE = 97
"""SKUs in one transaction of 100 items: beside them are the reservation, a part marker and, at the end, an event."""

MAX_SKUS = 1000

Demand = Mapping[str, int]
"""Quantity by SKU, each SKU once."""


@dataclass(frozen=True, slots=True)
class Place:
    """The row of a SKU that a reservation takes from, and of how many shards it was chosen.

    Stock that has been split otherwise since then is short of this: whoever asks reads it and chooses again.
    """

    row: int = 0
    of: int = 1


WHOLE = Place()
"""The row of a SKU that is not split."""


def fits_one_transaction(demand: Demand) -> bool:
    """Whether each step of a reservation of this demand is a single transaction."""
    return len(demand) <= PART_SIZE


class State(StrEnum):
    """Those in -ING are the middle of what takes several transactions; whoever finds one finishes it."""

    HOLDING = "HOLDING"
    HELD = "HELD"
    COMMITTING = "COMMITTING"
    COMMITTED = "COMMITTED"
    LAPSING = "LAPSING"
    LAPSED = "LAPSED"  # ended by itself, by expiry or shortage: may be taken again
    RELEASING = "RELEASING"
    RELEASED = "RELEASED"  # ended by its order: for ever


TRANSITIONS: Mapping[State | None, frozenset[State]] = {
    None: frozenset({State.HOLDING, State.HELD, State.RELEASED}),
    State.HOLDING: frozenset({State.HELD, State.LAPSING, State.RELEASING}),
    State.HELD: frozenset(
        {State.COMMITTING, State.COMMITTED, State.LAPSING, State.LAPSED, State.RELEASING, State.RELEASED}
    ),
    State.COMMITTING: frozenset({State.COMMITTED}),
    State.COMMITTED: frozenset({State.RELEASING, State.RELEASED}),
    State.LAPSING: frozenset({State.LAPSED, State.RELEASING}),
    State.LAPSED: frozenset({State.HOLDING, State.HELD, State.RELEASED}),
    State.RELEASING: frozenset({State.RELEASED}),
    State.RELEASED: frozenset(),
}

_GRACE = timedelta(seconds=30)
"""How long the one who began a commit or a release is left alone with it before others finish it."""


class IllegalTransition(AgoraError):
    """A programming error: the step is not in `TRANSITIONS`."""


class PartState(StrEnum):
    """What happened to the stock of one part of a large reservation."""

    TAKEN = "TAKEN"
    COMMITTED = "COMMITTED"
    RETURNED = "RETURNED"


class Effect(Enum):
    """What a step does to each SKU's counters, as signs of its quantity: (on_hand, available)."""

    TAKE = (0, -1)
    COMMIT = (-1, 0)
    RETURN = (0, 1)
    RESTORE = (1, 1)

    @property
    def on_hand(self) -> int:
        """-1, 0 or 1."""
        return self.value[0]

    @property
    def available(self) -> int:
        """-1, 0 or 1."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Reservation:
    """An order's hold on stock. `version` grows by one with each write, so that no step is ever done twice.

    `places` has the rows of those SKUs that were found split when the stock was taken: what is bought or given back
    goes the same way.
    """

    id: str
    state: State
    demand: Demand
    expires_at: datetime
    updated_at: datetime
    version: int = 1
    committed: bool = False
    places: Mapping[str, Place] = field(default_factory=dict)

    def place(self, sku: str) -> Place:
        """The row that it is about."""
        return self.places.get(sku, WHOLE)

    def to(self, state: State, now: datetime, expires_at: datetime | None = None) -> "Reservation":
        """The reservation one step on. Raises `IllegalTransition`."""
        if state not in TRANSITIONS[self.state]:
            raise IllegalTransition(f"{self.id}: {self.state} → {state}")
        return replace(
            self,
            state=state,
            updated_at=now,
            expires_at=expires_at or self.expires_at,
            version=self.version + 1,
            committed=self.committed or state == State.COMMITTED,
        )

    @property
    def is_small(self) -> bool:
        """Whether each step is a single transaction."""
        return fits_one_transaction(self.demand)

    def has_expired(self, now: datetime) -> bool:
        """Whether it holds, or began to, and its time is over."""
        return self.state in {State.HOLDING, State.HELD} and self.expires_at <= now

    def parts(self) -> dict[int, Demand]:
        """The demand in transactions' worth, by part number from 1; the same split every time."""
        lines = iter(sorted(self.demand.items()))
        count = -(-len(self.demand) // PART_SIZE)
        return {number: dict(islice(lines, PART_SIZE)) for number in range(1, count + 1)}

    @property
    def due_at(self) -> datetime | None:
        """When somebody has to end or finish it; None when there is nothing left to do."""
        match self.state:
            case State.HOLDING | State.HELD:
                return self.expires_at
            case State.LAPSING:
                return self.updated_at
            case State.COMMITTING | State.RELEASING:
                return self.updated_at + _GRACE
            case _:
                return None


@dataclass(frozen=True, slots=True)
class Part:
    """The marker of one part of a large reservation, written in the transaction that moves its stock."""

    number: int
    state: PartState
    version: int = 1

    def to(self, state: PartState) -> "Part":
        """The marker one step on."""
        return replace(self, state=state, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction: the reservation as it becomes, what its lines do to the stock, and the event that tells of it.

    With a `part`, the part's marker is what is written, and the reservation must be exactly as given.
    """

    reservation: Reservation
    lines: Demand = field(default_factory=dict)
    effect: Effect = Effect.TAKE
    part: Part | None = None
    event: Event | None = None


def checked_demand(demand: object) -> dict[str, int]:
    """`demand` as a map of SKUs to quantities of at least 1. Raises `InvalidDemand`."""
    if not isinstance(demand, Mapping) or len(demand) > MAX_SKUS:
        raise InvalidDemand(f"the demand must be a map of at most {MAX_SKUS} SKUs")
    for sku, quantity in demand.items():
        if not isinstance(sku, str) or not is_sku(sku):
            raise InvalidDemand(f"{sku!r} is not a SKU")
        if type(quantity) is not int or not 1 <= quantity <= MAX_QUANTITY:
            raise InvalidDemand(f"the quantity of {sku} must be a whole number from 1 to {MAX_QUANTITY}")
    return dict(demand)
