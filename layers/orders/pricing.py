"""The money of an order: rounded once a line, half to even; every sum is a sum of rounded parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel.money import MAX_AMOUNT, Money, round_half_even
from orders.model import Adjustment, PricedLine, Pricing, RequestedLine

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the catalogue sells under a SKU. Rates are fractions: 0.2 is 20 %."""

    sku: str
    name: str
    price: Money
    tax_rate: Decimal
    tax_included: bool
    discount_rate: Decimal
    weight_grams: int
    stocked: bool

    @classmethod
    def from_dict(cls, sku: str, value: Mapping[str, Any]) -> "Offer":
        """Read one entry of the catalogue's answer."""
        return cls(
            sku=sku,
            name=str(value["name"]),
            price=Money.from_dict(value["price"]),
            tax_rate=Decimal(str(value.get("tax_rate") or 0)),
            tax_included=bool(value.get("tax_included", True)),
            discount_rate=Decimal(str(value.get("discount_rate") or 0)),
            weight_grams=int(value.get("weight_grams") or 0),
            stocked=bool(value.get("stocked", True)),
        )


class Rejected(Exception):
    """The order cannot be sold. `reason` is a code, `detail` a sentence for the customer."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def price_line(line: RequestedLine, offer: Offer) -> PricedLine:
    """One line at the catalogue's price less its discount, or at the price that staff negotiated, which is final."""
    negotiated = line.unit_price is not None
    unit_price = line.unit_price.amount if line.unit_price is not None else offer.price.amount
    gross = unit_price * line.quantity
    amount = gross if negotiated else round_half_even(gross * (_ONE - offer.discount_rate))
    contained = amount - round_half_even(amount / (_ONE + offer.tax_rate)) if offer.tax_included else 0
    return PricedLine(
        sku=line.sku,
        name=offer.name,
        quantity=line.quantity,
        unit_price=unit_price,
        amount=amount,
        discount=gross - amount,
        tax=0 if offer.tax_included else round_half_even(amount * offer.tax_rate),
        tax_included=contained,
        weight_grams=offer.weight_grams,
        stocked=offer.stocked,
        negotiated=negotiated,
    )


def price_lines(lines: Sequence[RequestedLine], offers: Mapping[str, Offer], currency: str) -> tuple[PricedLine, ...]:
    """All lines, in their order. Raises `Rejected` for what is not sold, or not in this currency."""
    for line in lines:
        offer = offers.get(line.sku)
        if offer is None:
            raise Rejected("unknown_sku", f"{line.sku} is no longer sold")
        if offer.price.currency != currency:
            raise Rejected("currency_mismatch", f"{line.sku} is sold in {offer.price.currency}, not in {currency}")
    return tuple(price_line(line, offers[line.sku]) for line in lines)


def total_of(lines: tuple[PricedLine, ...], adjustments: Sequence[Adjustment], shipping: int) -> Pricing:
    """The order's sums. Raises `Rejected` when the total is negative or too large to be exact everywhere."""
    discount = sum(line.discount for line in lines)
    subtotal = sum(line.amount for line in lines) + discount
    tax = sum(line.tax for line in lines)
    adjustment = sum(each.amount for each in adjustments)
    total = subtotal - discount + adjustment + shipping + tax
    if total < 0:
        raise Rejected("negative_total", "the adjustments are larger than the order")
    if max(subtotal, total, abs(adjustment)) > MAX_AMOUNT:
        raise Rejected("amount_too_large", "the order's total is larger than can be charged")
    return Pricing(
        lines=lines,
        subtotal=subtotal,
        discount=discount,
        adjustment=adjustment,
        shipping=shipping,
        tax=tax,
        tax_included=sum(line.tax_included for line in lines),
        total=total,
    )
