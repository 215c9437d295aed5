"""Money: integers, one currency, one rounding rule."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import CurrencyMismatch, Money, UnknownCurrency, exponent, is_currency, round_half_even, total

AMOUNTS = st.integers(-(10**12), 10**12)
RATES = st.decimals(min_value=0, max_value=1, places=4)


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("GBP", 2), ("EUR", 2), ("BHD", 3)])
def test_exponents_are_those_of_iso_4217(currency: str, digits: int) -> None:
    assert exponent(currency) == digits
    assert is_currency(currency)


@pytest.mark.parametrize("code", ["", "gbp", "XXX", "POUND", "GB"])
def test_unknown_currency(code: str) -> None:
    assert not is_currency(code)
    with pytest.raises(UnknownCurrency):
        exponent(code)


@pytest.mark.parametrize(
    ("value", "rounded"), [("0.5", 0), ("1.5", 2), ("2.5", 2), ("2.51", 3), ("-0.5", 0), ("-1.5", -2), ("-2.5", -2)]
)
def test_ties_go_to_the_even_neighbour(value: str, rounded: int) -> None:
    assert round_half_even(Decimal(value)) == rounded


@given(AMOUNTS, RATES)
def test_product_is_the_nearest_integer(amount: int, rate: Decimal) -> None:
    exact = Fraction(amount) * Fraction(rate)
    product = Money(amount, "GBP").times(rate).amount
    assert abs(product - exact) <= Fraction(1, 2)
    if abs(product - exact) == Fraction(1, 2):
        assert product % 2 == 0


@given(AMOUNTS, st.integers(0, 10_000))
def test_whole_factors_are_exact(amount: int, factor: int) -> None:
    assert Money(amount, "GBP").times(factor).amount == amount * factor


@given(st.lists(AMOUNTS, max_size=50))
def test_total_is_the_sum_in_any_order(amounts: list[int]) -> None:
    sums = [Money(amount, "GBP") for amount in amounts]
    assert total(sums, "GBP") == total(reversed(sums), "GBP") == Money(sum(amounts), "GBP")


@given(AMOUNTS, AMOUNTS)
def test_subtraction_undoes_addition(first: int, second: int) -> None:
    one, other = Money(first, "GBP"), Money(second, "GBP")
    assert one + other - other == one
    assert Money(0, "GBP") - one == -one


def test_currencies_do_not_mix() -> None:
    pounds, euros = Money(1, "GBP"), Money(1, "EUR")
    with pytest.raises(CurrencyMismatch):
        _ = pounds + euros
    with pytest.raises(CurrencyMismatch):
        _ = pounds - euros
    with pytest.raises(CurrencyMismatch):
        total([pounds, euros], "GBP")


@given(AMOUNTS)
def test_dictionary_and_back(amount: int) -> None:
    money = Money(amount, "JPY")
    assert Money.from_dict(money.to_dict()) == money


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1250, "GBP"), "12.50 GBP"),
        (Money(-5, "GBP"), "-0.05 GBP"),
        (Money(1250, "JPY"), "1250 JPY"),
        (Money(1250, "BHD"), "1.250 BHD"),
    ],
)
def test_text_has_the_currencys_digits(money: Money, text: str) -> None:
    assert str(money) == text
