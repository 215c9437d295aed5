"""What can go wrong with products."""

from collections.abc import Iterable

from kernel.errors import AgoraError, Conflict, ConflictingWrite, NotFound


class UnknownProduct(NotFound):
    """No product with this SKU is for sale."""

    slug, title = "product-not-found", "No such product"


class ProductExists(Conflict):
    """The SKU is taken."""

    slug, title = "product-exists", "The SKU is taken"


class Lost(ConflictingWrite):
    """Somebody else changed a product since it was read, and nothing was written."""

    def __init__(self, skus: Iterable[str]) -> None:
        self.skus = frozenset(skus)
        super().__init__(", ".join(sorted(self.skus)))


class KeyUsed(ConflictingWrite):
    """The `Idempotency-Key` already has an answer, and nothing was written."""


class InvalidQuestion(AgoraError):
    """Another context asked for something that cannot be answered."""
