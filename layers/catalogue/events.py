"""The domain events of the catalogue: one for each version of a product."""

from typing import Any

from catalogue.model import Product
from catalogue.views import offer
from kernel.events import Event

SOURCE = "agora.catalogue"


def product_created(product: Product) -> Event:
    """A product is for sale, for the first time or again."""
    return _event("ProductCreated", product, _data(product))


def product_updated(product: Product) -> Event:
    """Something of a product changed; the data is all of it as it is now."""
    return _event("ProductUpdated", product, _data(product))


def product_deleted(product: Product) -> Event:
    """A product is no longer for sale."""
    return _event("ProductDeleted", product, {"sku": product.sku})


def _data(product: Product) -> dict[str, Any]:
    details = product.details
    return {
        "sku": product.sku,
        "description": details.description,
        "category": details.category.slug,
        **offer(product),
    }


def _event(name: str, product: Product, data: dict[str, Any]) -> Event:
    return Event(SOURCE, name, product.sku, product.version, product.updated_at, data)
