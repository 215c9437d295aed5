"""Money: an integer of minor units with an ISO 4217 currency and its exponent. No floats, one rounding rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from kernel.errors import AgoraError

# Exponents of ISO 4217 (list one, 2024) that differ from 2, and the currencies that Agora takes with exponent 2.
_EXPONENTS: Mapping[str, int] = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys(
        "AED AUD BGN BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR MXN MYR NOK NZD PHP PLN RON SAR SEK SGD "
        "THB TRY TWD UAH USD ZAR".split(),
        2,
    ),
}

MAX_AMOUNT = 10**12
"""Largest amount of one sum in minor units: far below 2**53, so that every JSON reader keeps it exact."""


class CurrencyMismatch(AgoraError):
    """Two sums of different currencies were added or compared."""


class UnknownCurrency(AgoraError):
    """The code is not an ISO 4217 currency that Agora takes."""


def exponent(currency: str) -> int:
    """Digits after the decimal point: JPY 0, GBP 2, BHD 3. Raises `UnknownCurrency`."""
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None


def is_currency(code: str) -> bool:
    """Whether Agora takes this ISO 4217 code."""
    return code in _EXPONENTS


def round_half_even(value: Decimal) -> int:
    """The nearest integer of minor units, ties to even: the only rounding in Agora, done once a line."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` minor units of `currency`: `Money(1250, "GBP")` is 12.50 pounds."""

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other).amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def times(self, factor: int | Decimal) -> "Money":
        """The product, rounded half to even."""
        return Money(round_half_even(Decimal(self.amount) * factor), self.currency)

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other

    def to_dict(self) -> dict[str, Any]:
        """`{"amount": 1250, "currency": "GBP"}`, as in every API body and event."""
        return {"amount": self.amount, "currency": self.currency}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> "Money":
        """The inverse of `to_dict`."""
        return cls(int(value["amount"]), str(value["currency"]))

    def __str__(self) -> str:
        places = exponent(self.currency)
        return f"{Decimal(self.amount).scaleb(-places):.{places}f} {self.currency}"


def total(sums: Iterable[Money], currency: str) -> Money:
    """The sum of all, zero of `currency` when there is none."""
    result = Money(0, currency)
    for each in sums:
        result = result + each
    return result
