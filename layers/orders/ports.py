"""What the use cases of orders need from outside."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from kernel.events import Event
from kernel.idempotency import Answer, IdempotencyKey
from orders.limit import OrderLimit
from orders.model import Order
from orders.pricing import Offer
from orders.shipping_rates import RateTable


@dataclass(frozen=True, slots=True)
class Remembered:
    """A client's key, and the answer to be stored with the effect."""

    key: IdempotencyKey
    answer: Answer


class LimitReached(Exception):
    """The customer has placed as many orders in this minute as are allowed, and nothing was written."""


class KeyUsed(Exception):
    """The idempotency key has a stored answer already, and nothing was written; ask `OrderRepository.answer`."""


@dataclass(frozen=True, slots=True)
class Page:
    """Orders without their lines (`document.summary`), newest first; `position` is where the next page begins."""

    items: Sequence[Mapping[str, Any]]
    position: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is left to erase of a deleted account: from `position` on, at `due`; None when nothing is.

    `waits` says that an order before `position` has to wait for its saga.
    """

    customer_id: str
    deleted_at: datetime
    due: datetime | None
    position: dict[str, Any] | None = None
    waits: bool = False


class OrderRepository(Protocol):
    """Orders, their events and stored answers."""

    def place(self, order: Order, event: Event, remembered: Remembered, limit: OrderLimit | None = None) -> None:
        """Store a new order, its first event and the answer, and take a place in the limit, all or nothing.

        Raises `KeyUsed`, whatever the limit says, and `LimitReached`.
        """

    def append(self, order: Order, event: Event, remembered: Remembered | None = None) -> None:
        """Store `event` and `order`, the projection after it, all or nothing.

        Raises `ConflictingWrite` if the order has moved on from the version before, `KeyUsed` if the key has an answer.
        """

    def anonymise(self, order: Order, event: Event, rewritten: Sequence[Event]) -> None:
        """As `append`, with earlier events of the order, at most 98, written again in the same stroke."""

    def answer(self, key: IdempotencyKey) -> Answer | None:
        """The stored answer of a key, None if there is none. Raises `IdempotencyKeyReused` for another request."""

    def get(self, order_id: str) -> Order | None:
        """The projection."""

    def events(self, order_id: str, after: int, limit: int) -> list[Event]:
        """At most `limit` events with a sequence above `after`, in sequence."""

    def save_projection(self, order: Order) -> None:
        """Write a projection made from the events, unless the stored one is newer."""

    def of_customer(self, customer_id: str, status: str | None, limit: int, position: dict[str, Any] | None) -> Page:
        """One page of a customer's orders."""

    def of_all(self, status: str | None, limit: int, position: dict[str, Any] | None, today: datetime) -> Page:
        """One page of everybody's orders; may hold fewer than `limit` and yet not be the last."""

    def open_before(self, moment: datetime) -> Iterator[str]:
        """The ids of orders in the saga that were placed before `moment`, oldest first; may lag a little."""

    def remember_first_day(self, moment: datetime) -> None:
        """Note that lists of all orders need not look before the day of `moment`, unless an earlier one is noted."""

    def save_token(self, order_id: str, token: str) -> None:
        """Keep the task token of the execution that waits for the order's payment."""

    def token(self, order_id: str) -> str | None:
        """The token kept last."""


class Erasures(Protocol):
    """The erasures that are not finished."""

    def save(self, erasure: Erasure) -> None:
        """Keep where an erasure stands."""

    def due(self, now: datetime) -> Iterator[Erasure]:
        """Those that are due, the longest waiting first; may lag a little."""


class Catalogue(Protocol):
    """What is sold."""

    def offers(self, skus: Iterable[str]) -> Mapping[str, Offer]:
        """The present offers; a SKU that is not sold is absent."""


class Rates(Protocol):
    """What shipping costs."""

    def table(self) -> RateTable:
        """The present rate table."""


class Sagas(Protocol):
    """Executions of the order saga."""

    def start(self, name: str, payload: Mapping[str, Any]) -> None:
        """Start an execution; nothing happens if one of this name exists."""

    def status(self, name: str) -> str | None:
        """`RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`; None if no execution has this name."""

    def complete(self, token: str, output: Mapping[str, Any]) -> bool:
        """Let a waiting execution go on; False if it no longer waits."""


class GuestLinks(Protocol):
    """Tokens with which a guest reads the one order that they placed."""

    def token(self, order_id: str) -> str:
        """The token of an order."""

    def opens(self, order_id: str, token: str | None) -> bool:
        """Whether `token` is the one of this order."""
