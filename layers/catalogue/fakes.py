"""The catalogue in memory: the same promises as the table, for tests of everything above it."""

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from catalogue.errors import KeyUsed, Lost
from catalogue.model import Category, Product
from catalogue.ports import Change, Page
from kernel.errors import IdempotencyKeyReused
from kernel.events import Event
from kernel.idempotency import Answer, IdempotencyKey


class InMemoryProducts:
    """`Products` in dictionaries."""

    def __init__(self) -> None:
        self.products: dict[str, Product] = {}
        self.events: list[Event] = []
        self._names: dict[str, str] = {}
        self._answers: dict[str, tuple[str, Answer]] = {}
        self._lock = Lock()

    def get(self, sku: str) -> Product | None:
        return self.products.get(sku)

    def many(self, skus: Iterable[str]) -> dict[str, Product]:
        return {sku: self.products[sku] for sku in skus if sku in self.products}

    def write(self, changes: Sequence[Change], key: IdempotencyKey | None = None, answer: Answer | None = None) -> None:
        with self._lock:
            if key is not None and key.pk in self._answers:
                raise KeyUsed
            lost = [change.product.sku for change in changes if self._version(change) != change.product.version - 1]
            if lost:
                raise Lost(lost)
            for change in changes:
                category = change.product.details.category
                self._names.setdefault(category.slug, category.name)
                self.products[change.product.sku] = change.product
                self.events.append(change.event)
            if key is not None and answer is not None:
                self._answers[key.pk] = (key.fingerprint, answer)

    def answer(self, key: IdempotencyKey) -> Answer | None:
        fingerprint, answer = self._answers.get(key.pk, (key.fingerprint, None))
        if fingerprint != key.fingerprint:
            raise IdempotencyKeyReused("this Idempotency-Key was used with another request")
        return answer

    def page(self, category: str | None, limit: int, position: Mapping[str, Any] | None) -> Page:
        listed = [each for each in self._listed() if category in {None, each.details.category.slug}]
        ordered = sorted(listed, key=lambda each: (each.details.category.slug, each.sku))
        after = (position["listed_in"], position["sku"]) if position else ("", "")
        rest = [each for each in ordered if (each.details.category.slug, each.sku) > after]
        if len(rest) <= limit:
            return Page(rest, None)
        last = rest[limit - 1]
        return Page(rest[:limit], {"listed_in": last.details.category.slug, "sku": last.sku})

    def categories(self) -> list[Category]:
        slugs = {product.details.category.slug for product in self._listed()}
        return [Category(slug, self._names[slug]) for slug in sorted(slugs)]

    def _listed(self) -> list[Product]:
        return [product for product in self.products.values() if not product.deleted]

    def _version(self, change: Change) -> int:
        present = self.products.get(change.product.sku)
        return present.version if present else 0
