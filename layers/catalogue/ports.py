"""What the use cases of the catalogue need from outside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from catalogue.model import Category, Product
from kernel.events import Event
from kernel.idempotency import Answer, IdempotencyKey

MAX_CHANGES = 45
"""Products that one `write` takes: each is two of a transaction's 100 items, and all stay far below its 4 MB."""


@dataclass(frozen=True, slots=True)
class Change:
    """A new version of a product and its event; written only if the stored version is the one before."""

    product: Product
    event: Event


@dataclass(frozen=True, slots=True)
class Page:
    """Products in a stable order; `position` is None at the end."""

    items: list[Product]
    position: Mapping[str, Any] | None


class Products(Protocol):
    """Every product, those deleted included."""

    def get(self, sku: str) -> Product | None:
        """The present version, strongly consistent."""
        ...

    def many(self, skus: Iterable[str]) -> dict[str, Product]:
        """The present versions of those that exist, strongly consistent."""
        ...

    def write(self, changes: Sequence[Change], key: IdempotencyKey | None = None, answer: Answer | None = None) -> None:
        """Write at most `MAX_CHANGES` together or none. Raises `Lost` or, for a used key, `KeyUsed`."""
        ...

    def answer(self, key: IdempotencyKey) -> Answer | None:
        """What a request with this key was answered. Raises `IdempotencyKeyReused` for another request's key."""
        ...

    def page(self, category: str | None, limit: int, position: Mapping[str, Any] | None) -> Page:
        """At most `limit` products for sale, of one category or all."""
        ...

    def categories(self) -> list[Category]:
        """The categories of all products for sale, by slug."""
        ...
