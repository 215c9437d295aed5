"""The use cases of the catalogue."""

from collections.abc import Iterable, Mapping
from typing import Any

from catalogue import events
from catalogue.errors import KeyUsed, Lost, ProductExists, UnknownProduct
from catalogue.model import Category, Details, Product, first_version
from catalogue.ports import Change, Page, Products
from catalogue.views import ProductView, offer
from kernel import etag
from kernel.clock import Clock
from kernel.errors import PreconditionFailed, TransientError
from kernel.events import Event
from kernel.idempotency import Answer, IdempotencyKey


class Catalogue:
    """Products, one at a time; `catalogue.importing` takes hundreds."""

    def __init__(self, products: Products, clock: Clock) -> None:
        self._products = products
        self._clock = clock

    def get(self, sku: str) -> Product:
        """The product. Raises `UnknownProduct`."""
        product = self._products.get(sku)
        if product is None or product.deleted:
            raise UnknownProduct(f"there is no product {sku}")
        return product

    def page(self, category: str | None, limit: int, position: Mapping[str, Any] | None) -> Page:
        """Products for sale, of the category with this slug or all."""
        return self._products.page(category, limit, position)

    def categories(self) -> list[Category]:
        """The categories that have products."""
        return self._products.categories()

    def offers(self, skus: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What pricing needs of those of `skus` that are for sale."""
        found = self._products.many(skus)
        return {sku: offer(product) for sku, product in found.items() if not product.deleted}

    def create(self, sku: str, details: Details, key: IdempotencyKey | None) -> Mapping[str, Any]:
        """A new product, as JSON. Raises `ProductExists`, unless `key` says that this very request created it."""
        given = self._products.answer(key) if key else None
        if given is not None:
            return given.body
        product = next_version(self._products.get(sku), sku, details, self._clock)
        view = ProductView.of(product).to_dict()
        try:
            self._products.write([Change(product, events.product_created(product))], key, Answer(201, view))
        except Lost:
            raise ProductExists(f"{sku} was created by another request") from None
        except KeyUsed:
            return self._repeated(key)
        return view

    def replace(self, sku: str, details: Details, if_match: str | None) -> tuple[Product, bool]:
        """The product with other details, and whether it is new. Raises 428, 412."""
        present = self._products.get(sku)
        if present is None or present.deleted:
            return self._put_new(sku, present, details, if_match), True
        _require_match(present, if_match)
        if details.same_as(present.details):
            return present, False
        product = present.replaced(details, self._clock())
        self._write(product, events.product_updated(product))
        return product, False

    def delete(self, sku: str, if_match: str | None) -> None:
        """Take the product off the shelf. Raises `UnknownProduct`, 428, 412."""
        present = self.get(sku)
        _require_match(present, if_match)
        product = present.removed(self._clock())
        self._write(product, events.product_deleted(product))

    def _put_new(self, sku: str, trace: Product | None, details: Details, if_match: str | None) -> Product:
        if if_match is not None:
            raise PreconditionFailed(f"there is no product {sku}")
        product = next_version(trace, sku, details, self._clock)
        self._write(product, events.product_created(product))
        return product

    def _write(self, product: Product, event: Event) -> None:
        try:
            self._products.write([Change(product, event)])
        except Lost:
            raise PreconditionFailed(f"{product.sku} has changed since it was read") from None

    def _repeated(self, key: IdempotencyKey | None) -> Mapping[str, Any]:
        given = self._products.answer(key) if key else None
        if given is None:
            raise TransientError("the answer to this Idempotency-Key has just passed its time")
        return given.body


def next_version(trace: Product | None, sku: str, details: Details, clock: Clock) -> Product:
    """The new product that follows nothing or a deleted one. Raises `ProductExists` when it is for sale."""
    if trace is None:
        return first_version(sku, details, clock())
    if not trace.deleted:
        raise ProductExists(f"there is a product {sku} already")
    return trace.replaced(details, clock())


def _require_match(product: Product, if_match: str | None) -> None:
    if etag.required_version(if_match) not in {None, product.version}:
        raise PreconditionFailed(f"{product.sku} has changed since it was read")
