"""What shipping costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from shipping import rates
from shipping.errors import NoRate
from shipping.rates import RateTable

TABLE = rates.load()


@pytest.mark.parametrize(
    ("method", "country", "grams", "pence"),
    [
        ("standard", "GB", 0, 395),
        ("standard", "GB", 2000, 395),
        ("standard", "GB", 2001, 695),
        ("standard", "GB", 1_000_000, 2995),
        ("standard", "DE", 2000, 995),
        ("standard", "AU", 2000, 1595),
        ("express", "GB", 500, 795),
        ("express", "FR", 30_001, 12995),
        ("collect", "GB", 9000, 0),
        ("collect", "AU", 0, 0),
    ],
)
def test_the_price_follows_method_zone_and_weight(method: str, country: str, grams: int, pence: int) -> None:
    assert TABLE.price(method, country, grams) == Money(pence, "GBP")


@pytest.mark.parametrize(
    ("method", "grams", "reason"), [("pigeon", 1, "unknown_shipping_method"), ("standard", -1, "weight_invalid")]
)
def test_what_has_no_price_says_why(method: str, grams: int, reason: str) -> None:
    with pytest.raises(NoRate) as caught:
        TABLE.price(method, "GB", grams)
    assert caught.value.reason == reason


def test_a_table_without_an_open_band_has_parcels_that_are_too_heavy() -> None:
    table = RateTable("GBP", {"light": {"zones": {"*": [{"up_to_grams": 10, "amount": 1}]}}}, {})
    assert table.price("light", "GB", 10) == Money(1, "GBP")
    with pytest.raises(NoRate, match="parcel_too_heavy"):
        table.price("light", "GB", 11)


def test_a_method_may_go_to_some_zones_only() -> None:
    table = RateTable("GBP", {"van": {"zones": {"GB": [{"amount": 1}]}}}, {"GB": ["GB"]})
    with pytest.raises(NoRate, match="destination_not_served"):
        table.price("van", "FR", 1)


def test_only_what_a_carrier_brings_is_shipped() -> None:
    assert [TABLE.is_shipped(method) for method in ("standard", "express", "collect", "pigeon")] == [
        True,
        True,
        False,
        False,
    ]


@given(
    st.sampled_from(["standard", "express"]),
    st.from_regex("[A-Z]{2}", fullmatch=True),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)
def test_a_heavier_parcel_never_costs_less(method: str, country: str, one: int, other: int) -> None:
    light, heavy = sorted((one, other))
    assert 0 < TABLE.price(method, country, light).amount <= TABLE.price(method, country, heavy).amount


@given(st.from_regex("[A-Z]{2}", fullmatch=True), st.integers(0, 10**6))
def test_express_costs_more_than_standard(country: str, grams: int) -> None:
    assert TABLE.price("express", country, grams).amount > TABLE.price("standard", country, grams).amount


def test_no_country_is_in_two_zones() -> None:
    named = [country for countries in TABLE.zones.values() for country in countries]
    assert len(named) == len(set(named))
    assert TABLE.zone("GB") == "GB"
    assert TABLE.zone("IE") == "EU"
    assert TABLE.zone("NO") == "*"
