"""What the use cases of inventory need from outside."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from inventory.model import Stock
from inventory.reservation import Part, Reservation, Step
from kernel.events import Event
from kernel.idempotency import Answer, IdempotencyKey


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A change that staff make: written only if the stock's version is `before`'s and nothing available goes below 0.

    `before` of version 0 means that there must be no record. `answer` is stored under `key` where there is one.
    """

    before: Stock
    after: Stock
    event: Event
    key: IdempotencyKey | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class LowStockPage:
    """Stock by rising availability; `position` is None at the end."""

    items: list[Stock]
    position: Mapping[str, Any] | None


class StockLevels(Protocol):
    """The counters of every SKU."""

    def get(self, sku: str) -> Stock | None:
        """The present stock, strongly consistent."""
        ...

    def many(self, skus: Iterable[str]) -> dict[str, Stock]:
        """The present stock of those SKUs that have any record, strongly consistent."""
        ...

    def adjust(self, adjustment: Adjustment) -> None:
        """Write stock, event and answer together. Raises `Lost` or, for a used key, `KeyUsed`."""
        ...

    def rearrange(self, before: Stock, after: Stock) -> None:
        """Move available units between a SKU's rows, and set its shards: both stocks have the same sums.

        Raises `Lost`, with nothing moved, when a row no longer has what it is to give or the shards have changed.
        """
        ...

    def answer(self, key: IdempotencyKey) -> Answer | None:
        """What a request with this key was answered. Raises `IdempotencyKeyReused` for another request's key."""
        ...

    def low(self, threshold: int, limit: int, position: Mapping[str, Any] | None) -> LowStockPage:
        """At most `limit` SKUs of which at most `threshold` are available, the scarcest first."""
        ...


class Reservations(Protocol):
    """The holds of every order."""

    def find(self, reservation_id: str) -> Reservation | None:
        """The present reservation, strongly consistent."""
        ...

    def parts(self, reservation_id: str) -> dict[int, Part]:
        """The part markers of a large reservation by number, strongly consistent."""
        ...

    def apply(self, step: Step) -> None:
        """Do one step whole or not at all. Raises `Lost` if its version was overtaken, else `Short`."""
        ...

    def due(self, now: datetime) -> Iterator[Reservation]:
        """Those whose `due_at` has passed, the oldest first within a shard."""
        ...
