"""What shipping costs."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.shipping_rates import NoRate, RateTable
from tests.support.functions import ROOT
from tests.unit.orders.support import RATES


@pytest.mark.parametrize(
    ("method", "country", "weight", "amount"),
    [
        ("standard", "GB", 0, 395),
        ("standard", "GB", 2000, 395),
        ("standard", "GB", 2001, 995),
        ("express", "GB", 10**9, 795),
        ("express", "DE", 1, 2995),
        ("collect", "GB", 10**9, 0),
    ],
)
def test_the_bracket_of_zone_and_weight(method: str, country: str, weight: int, amount: int) -> None:
    assert RATES.price(method, country, weight, "GBP") == amount


@pytest.mark.parametrize(
    ("method", "country", "weight", "currency", "reason"),
    [
        ("standard", "GB", 30001, "GBP", "parcel_too_heavy"),
        ("standard", "DE", 1, "GBP", "shipping_unavailable"),
        ("pigeon", "GB", 1, "GBP", "shipping_unavailable"),
        ("standard", "GB", 1, "EUR", "shipping_currency"),
    ],
)
def test_what_has_no_price_says_why(method: str, country: str, weight: int, currency: str, reason: str) -> None:
    with pytest.raises(NoRate) as caught:
        RATES.price(method, country, weight, currency)
    assert caught.value.reason == reason
    assert caught.value.detail


def test_what_is_collected_is_free_in_every_currency() -> None:
    assert RATES.price("collect", "JP", 10**9, "JPY") == 0


@given(st.lists(st.integers(0, 40_000), min_size=2, max_size=2))
def test_a_heavier_parcel_never_costs_less_in_the_published_table(weights: list[int]) -> None:
    table = RateTable.from_dict(json.loads((ROOT / "layers/shipping/rates.json").read_text("utf-8")))
    lighter, heavier = sorted(weights)
    for method in ("standard", "express"):
        for country in ("GB", "DE", "JP"):
            light, heavy = (table.price(method, country, weight, "GBP") for weight in (lighter, heavier))
            assert light <= heavy
