"""What shipping costs: by method, the zone of the country, and the weight of the parcel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orders.model import COLLECT

ELSEWHERE = "*"


class NoRate(Exception):
    """The table has no price for this parcel. `reason` is a code, the message a sentence for the customer."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class RateTable:
    """The table that shipping publishes, as orders reads it.

    `methods` maps a method to `{"zones": {zone: [{"up_to_grams": …, "amount": …}, …]}}`, or to None where it is free;
    `zones` maps a zone to its countries; the zone `*` takes every other country. A bracket without `up_to_grams` has
    no upper limit.
    """

    currency: str
    methods: Mapping[str, Mapping[str, Any] | None]
    zones: Mapping[str, Sequence[str]]

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "RateTable":
        """Read the published JSON."""
        return cls(str(document["currency"]), document["methods"], document["zones"])

    def price(self, method: str, country: str, weight_grams: int, currency: str) -> int:
        """Minor units of `currency` for one parcel. Raises `NoRate`."""
        if method == COLLECT:
            return 0
        if method not in self.methods:
            raise NoRate("shipping_unavailable", f"the shipping method {method} is not offered")
        rates = self.methods[method]
        if rates is None:
            return 0
        if currency != self.currency:
            raise NoRate(
                "shipping_currency", f"{method} shipping is priced in {self.currency}, the order in {currency}"
            )
        return self._bracket(method, rates["zones"], country, weight_grams)

    def _bracket(self, method: str, by_zone: Mapping[str, Any], country: str, weight_grams: int) -> int:
        brackets = by_zone.get(self._zone(country), by_zone.get(ELSEWHERE))
        if brackets is None:
            raise NoRate("shipping_unavailable", f"{method} shipping does not go to {country}")
        fitting = [
            (limit, int(bracket["amount"])) for bracket in brackets if (limit := _limit(bracket)) >= weight_grams
        ]
        if not fitting:
            raise NoRate("parcel_too_heavy", f"{weight_grams} g is more than {method} shipping to {country} takes")
        return min(fitting)[1]

    def _zone(self, country: str) -> str:
        return next((zone for zone, countries in self.zones.items() if country in countries), ELSEWHERE)


def _limit(bracket: Mapping[str, Any]) -> float:
    limit = bracket.get("up_to_grams")
    return float("inf") if limit is None else int(limit)
