"""Products and categories: pure rules, no I/O."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from kernel.money import Money

_SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_ROUTE_WORDS = frozenset({"batch", "low-stock"})  # paths of the API that a SKU must not hide
_RATE = re.compile(r"[01](\.[0-9]{1,6})?")
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")
_MAX_SLUG = 64


def is_sku(text: str) -> bool:
    """Whether `text` can be a SKU: 1 to 64 of letters, digits, space, dot, underscore and hyphen."""
    return _SKU.fullmatch(text) is not None and text == text.strip() and text not in _ROUTE_WORDS


def is_rate(text: str) -> bool:
    """Whether `text` is a decimal from 0 to 1 with at most six places, e.g. `0.20`."""
    return _RATE.fullmatch(text) is not None and Decimal(text) <= 1


@dataclass(frozen=True, slots=True)
class Category:
    """`slug` is what addresses it, `name` what people read."""

    slug: str
    name: str

    @classmethod
    def of(cls, text: str) -> "Category":
        """The category of a slug or a name. Raises `ValueError` for a text without any letter or digit."""
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        slug = _NOT_IN_SLUG.sub("-", plain).strip("-")[:_MAX_SLUG].rstrip("-")
        if not slug:
            raise ValueError("needs a letter or a digit")
        return cls(slug, slug.replace("-", " ").capitalize() if text == slug else text)


@dataclass(frozen=True, slots=True)
class Details:
    """What staff say about a product. Rates are decimal text, because they are shown and multiplied, never rounded."""

    name: str
    category: Category
    price: Money
    description: str = ""
    tax_rate: str = "0.20"
    tax_included: bool = True
    discount_rate: str = "0"
    weight_grams: int = 0
    stocked: bool = True

    def same_as(self, other: "Details") -> bool:
        """Whether nothing of a product would change. The name of a category is settled by its first product."""
        return replace(self, category=other.category) == other and self.category.slug == other.category.slug


@dataclass(frozen=True, slots=True)
class Product:
    """A product for sale, or the trace of one that was: `version` counts on, so its events never repeat a number."""

    sku: str
    details: Details
    version: int
    created_at: datetime
    updated_at: datetime
    deleted: bool = False

    def replaced(self, details: Details, now: datetime) -> "Product":
        """The product with other details; a deleted one is created anew."""
        created_at = now if self.deleted else self.created_at
        return Product(self.sku, details, self.version + 1, created_at, now)

    def removed(self, now: datetime) -> "Product":
        """The product no longer for sale."""
        return replace(self, version=self.version + 1, updated_at=now, deleted=True)


def first_version(sku: str, details: Details, now: datetime) -> Product:
    """A product whose SKU was never used."""
    return Product(sku, details, 1, now, now)
