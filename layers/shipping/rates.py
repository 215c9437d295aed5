"""What shipping costs: a table by method, destination zone and weight. The contract is events/shipping/rates.v1.json.

`rates.json` is its source. The deployment publishes it as the parameter `/<prefix>/shipping/rates`, which other
contexts read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel.money import Money
from shipping.errors import NoRate

REST_OF_WORLD = "*"


@dataclass(frozen=True)
class RateTable:
    """Prices in one currency. A method without zones is free; a band holds up to its weight, the last one for all."""

    currency: str
    methods: Mapping[str, Any]
    zones: Mapping[str, list[str]]

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> "RateTable":
        """Read the published form."""
        return cls(table["currency"], table["methods"], table["zones"])

    def zone(self, country: str) -> str:
        """The zone of an ISO 3166 country code; `*` for every country that no zone names."""
        return next((zone for zone, countries in self.zones.items() if country in countries), REST_OF_WORLD)

    def price(self, method: str, country: str, weight_grams: int) -> Money:
        """The price of one parcel. Raises `NoRate` for an unknown method or a negative weight."""
        if method not in self.methods:
            raise NoRate("unknown_shipping_method")
        if weight_grams < 0:
            raise NoRate("weight_invalid")
        priced = self.methods[method]
        if priced is None:
            return Money(0, self.currency)
        bands = priced["zones"].get(self.zone(country)) or priced["zones"].get(REST_OF_WORLD)
        if not bands:
            raise NoRate("destination_not_served")
        return Money(self._band(bands, weight_grams), self.currency)

    def is_shipped(self, method: str) -> bool:
        """Whether the method hands a parcel to a carrier; `collect` does not."""
        return self.methods.get(method) is not None

    @staticmethod
    def _band(bands: list[Mapping[str, Any]], weight_grams: int) -> int:
        for band in bands:
            limit = band.get("up_to_grams")
            if limit is None or weight_grams <= limit:
                return int(band["amount"])
        raise NoRate("parcel_too_heavy")


def load() -> RateTable:
    """The table that this version of shipping came with."""
    return RateTable.from_dict(json.loads(Path(__file__).with_name("rates.json").read_text("utf-8")))
