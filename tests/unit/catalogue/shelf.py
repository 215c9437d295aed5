"""A catalogue in memory, and the details of a product."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from catalogue.application import Catalogue
from catalogue.fakes import InMemoryProducts
from catalogue.importing import Importer
from catalogue.model import Category, Details
from kernel.money import Money

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
TEAPOT = Details("Blue teapot", Category.of("kitchen"), Money(1250, "GBP"))
BODY: dict[str, Any] = {
    "sku": "85123A",
    "name": "Blue teapot",
    "category": "kitchen",
    "price": {"amount": 1250, "currency": "GBP"},
}


def details(**changes: Any) -> Details:
    return replace(TEAPOT, **changes)


class Shelf:
    """The use cases on a store, the fake unless another is given; time passes with each look at the clock."""

    def __init__(self, products: Any = None) -> None:
        self.store = InMemoryProducts()
        self.products = products or self.store
        self.now = START
        self.catalogue = Catalogue(self.products, self.clock)
        self.importer = Importer(self.products, self.clock)

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now
