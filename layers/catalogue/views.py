"""Products as clients and other contexts see them, without pydantic: plain reads should not pay its import."""

from dataclasses import dataclass, field
from typing import Any

from catalogue.model import Category, Product
from kernel.clock import to_rfc3339
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product. `category` is a slug, `version` what the ETag says, rates are decimals as text."""

    sku: str
    name: str
    description: str
    category: str
    price: Money
    tax_rate: str
    tax_included: bool
    discount_rate: str
    weight_grams: int
    stocked: bool
    version: int
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, product: Product) -> "ProductView":
        """The view of `product`."""
        details = product.details
        return cls(
            sku=product.sku,
            name=details.name,
            description=details.description,
            category=details.category.slug,
            price=details.price,
            tax_rate=details.tax_rate,
            tax_included=details.tax_included,
            discount_rate=details.discount_rate,
            weight_grams=details.weight_grams,
            stocked=details.stocked,
            version=product.version,
            created_at=to_rfc3339(product.created_at),
            updated_at=to_rfc3339(product.updated_at),
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__slots__} | {"price": self.price.to_dict()}


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A page of products; `next` is the cursor of the following one, null at the end."""

    items: list[ProductView]
    next: str | None


@dataclass(frozen=True, slots=True)
class CategoryList:
    """Every category that has a product; one page holds them all."""

    items: list[Category]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class ListProducts:
    """The query of GET /products."""

    category: str | None = field(default=None, metadata={"max_length": 64})
    limit: int = field(default=50, metadata={"ge": 1, "le": 200})
    cursor: str | None = None


def offer(product: Product) -> dict[str, Any]:
    """What the pricing of an order needs to know."""
    details = product.details
    return {
        "name": details.name,
        "price": details.price.to_dict(),
        "tax_rate": details.tax_rate,
        "tax_included": details.tax_included,
        "discount_rate": details.discount_rate,
        "weight_grams": details.weight_grams,
        "stocked": details.stocked,
    }
