"""What can go wrong with stock."""

from collections.abc import Iterable

from kernel.errors import AgoraError, Conflict, ConflictingWrite, NotFound


class UnknownStock(NotFound):
    """No stock was ever recorded for this SKU."""

    slug, title = "stock-not-found", "No stock of this SKU"


class StockConflict(Conflict):
    """The change would leave less stock than orders hold, or more than can be counted."""

    slug, title = "stock-conflict", "The stock does not allow this"


class Lost(ConflictingWrite):
    """Somebody else changed the reservation or the stock count since it was read, and nothing was written."""


class KeyUsed(ConflictingWrite):
    """The `Idempotency-Key` already has an answer, and nothing was written."""


class Short(AgoraError):
    """Less is available than was asked for, and nothing was written."""

    def __init__(self, skus: Iterable[str]) -> None:
        self.skus = frozenset(skus)
        super().__init__(", ".join(sorted(self.skus)))


class InvalidDemand(AgoraError):
    """What is to be reserved is not a map of SKUs to positive whole numbers."""


class DemandChanged(AgoraError):
    """The same order asks for other quantities than those it reserved before."""


class UnknownReservation(AgoraError):
    """A commit for an order that never reserved anything."""
