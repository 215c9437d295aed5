"""The questions that other contexts ask the catalogue."""

from collections.abc import Mapping
from typing import Any

from catalogue.application import Catalogue
from catalogue.errors import InvalidQuestion
from kernel.task import Perform

MAX_SKUS = 1000


def read_offers(catalogue: Catalogue) -> Perform:
    """`{skus: […]}` → `{offers: {sku: …}}`; those not for sale are absent."""

    def perform(payload: Mapping[str, Any]) -> Mapping[str, Any]:
        skus = payload.get("skus")
        if not isinstance(skus, list) or len(skus) > MAX_SKUS or not all(isinstance(sku, str) for sku in skus):
            raise InvalidQuestion(f"skus must be a list of at most {MAX_SKUS} texts")
        return {"offers": catalogue.offers({sku for sku in skus if sku})}

    return perform
