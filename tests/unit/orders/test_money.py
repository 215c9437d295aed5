"""The order's money: exact sums of parts that are rounded once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import MAX_AMOUNT, Money
from orders.model import MAX_QUANTITY, Adjustment, RequestedLine
from orders.pricing import Offer, Rejected, price_line, price_lines, total_of
from tests.unit.orders.support import offer

RATES = st.decimals(0, 1, places=4)


def offers_of(sku: st.SearchStrategy[str]) -> st.SearchStrategy[Offer]:
    return st.builds(
        offer,
        sku=sku,
        price=st.integers(0, 1_000_000),
        tax_rate=RATES,
        tax_included=st.booleans(),
        discount_rate=RATES,
        stocked=st.booleans(),
    )


OFFERS = offers_of(st.just("A"))
PRICES = st.none() | st.builds(Money, st.integers(0, 1_000_000), st.just("GBP"))
CATALOGUES = st.tuples(*(offers_of(st.just(sku)) for sku in "ABC"))
LINES = st.lists(
    st.builds(RequestedLine, st.sampled_from("ABC"), st.integers(1, 5_000), PRICES), min_size=1, max_size=30
)
ADJUSTMENTS = st.lists(st.builds(Adjustment, st.just("X"), st.just(""), st.integers(-100_000, 100_000)), max_size=5)


@given(CATALOGUES, LINES, ADJUSTMENTS, st.integers(0, 100_000))
def test_the_total_is_exactly_the_sum_of_its_rounded_parts(
    offers: tuple[Offer, ...], lines: list[RequestedLine], adjustments: list[Adjustment], shipping: int
) -> None:
    sold = {each.sku: each for each in offers}
    priced = price_lines(lines, sold, "GBP")
    if sum(line.amount + line.tax for line in priced) + sum(a.amount for a in adjustments) + shipping < 0:
        with pytest.raises(Rejected):
            total_of(priced, adjustments, shipping)
        return
    order = total_of(priced, adjustments, shipping)
    assert order.total == order.subtotal - order.discount + order.adjustment + order.shipping + order.tax
    assert order.total == sum(line.amount + line.tax for line in priced) + order.adjustment + shipping
    assert order.total >= 0
    assert order.subtotal == sum(line.unit_price * line.quantity for line in priced)
    assert order.discount == sum(line.discount for line in priced) >= 0
    assert [line.sku for line in priced] == [line.sku for line in lines]


@given(OFFERS, st.integers(1, MAX_QUANTITY))
def test_a_line_is_rounded_once_half_to_even(each: Offer, quantity: int) -> None:
    line = price_line(RequestedLine(each.sku, quantity), each)
    exact = each.price.amount * quantity * (1 - each.discount_rate)
    assert abs(line.amount - exact) <= Decimal("0.5")
    if abs(line.amount - exact) == Decimal("0.5"):
        assert line.amount % 2 == 0
    assert line.amount + line.discount == each.price.amount * quantity
    if each.tax_included:
        assert line.tax == 0
        assert 0 <= line.tax_included <= line.amount
    else:
        assert line.tax_included == 0
        assert abs(line.tax - line.amount * each.tax_rate) <= Decimal("0.5")


def test_half_a_penny_goes_to_the_even_neighbour() -> None:
    half = offer(price=5, discount_rate=Decimal("0.5"), tax_included=False, tax_rate=Decimal("0.25"))
    line = price_line(RequestedLine("MUG", 1), half)
    assert (line.amount, line.discount) == (2, 3)  # 2.5 to 2
    assert line.tax == 0  # 0.5 to 0
    assert price_line(RequestedLine("MUG", 3), half).amount == 8  # 7.5 to 8


def test_a_negotiated_price_is_final_and_keeps_the_products_tax() -> None:
    dear = offer(price=5000, discount_rate=Decimal("0.5"), tax_included=False)
    line = price_line(RequestedLine("MUG", 10, Money(4321, "GBP")), dear)
    assert (line.amount, line.discount, line.tax, line.negotiated) == (43210, 0, 8642, True)


def test_currencies_without_and_with_three_decimals_are_minor_units_too() -> None:
    yen = total_of(price_lines([RequestedLine("MUG", 3)], {"MUG": offer(price=333, currency="JPY")}, "JPY"), [], 0)
    assert yen.total == 999
    third = offer(price=1_005, currency="BHD", discount_rate=Decimal("0.5"))
    assert price_line(RequestedLine("MUG", 1), third).amount == 502


def test_demand_adds_up_duplicates_and_leaves_out_what_is_not_stocked() -> None:
    sold = {"MUG": offer(), "CARD": offer("CARD", stocked=False)}
    lines = [RequestedLine("MUG", 2), RequestedLine("CARD", 9), RequestedLine("MUG", 3)]
    order = total_of(price_lines(lines, sold, "GBP"), [], 0)
    assert order.demand() == {"MUG": 5}
    assert len(order.lines) == 3
    assert order.weight_grams == 14 * 300


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([RequestedLine("GONE", 1)], "unknown_sku"),
        ([RequestedLine("CUP", 1)], "currency_mismatch"),
    ],
)
def test_what_is_not_sold_in_this_currency_is_rejected(lines: list[RequestedLine], reason: str) -> None:
    with pytest.raises(Rejected) as caught:
        price_lines(lines, {"MUG": offer(), "CUP": offer("CUP", currency="EUR")}, "GBP")
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("adjustment", "reason"), [(-1251, "negative_total"), (MAX_AMOUNT, "amount_too_large"), (-1250, None)]
)
def test_a_total_is_never_negative_and_never_too_large(adjustment: int, reason: str | None) -> None:
    priced = price_lines([RequestedLine("MUG", 1)], {"MUG": offer()}, "GBP")
    adjustments = [Adjustment("X", "", adjustment)]
    if reason is None:
        assert total_of(priced, adjustments, 0).total == 0
        return
    with pytest.raises(Rejected) as caught:
        total_of(priced, adjustments, 0)
    assert caught.value.reason == reason
