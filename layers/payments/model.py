"""The payment of one order: what was authorised, taken and given back, and which moves are allowed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from kernel.ids import PAYMENT, derived_id
from kernel.money import Money, total
from payments.errors import IllegalTransition, InvalidRefund, RefundExceedsCapture, RefundKeyReused

MAX_REFUNDS = 100
"""Most refunds of one payment: they live in its item, which has to stay small."""


class PaymentStatus(StrEnum):
    """Where a payment stands. `NONE` is never stored: it is the payment that nobody has asked for yet."""

    NONE = "NONE"
    AUTHORISED = "AUTHORISED"
    CAPTURED = "CAPTURED"
    VOIDED = "VOIDED"
    DECLINED = "DECLINED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


_S = PaymentStatus
TRANSITIONS: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
    _S.NONE: frozenset({_S.AUTHORISED, _S.DECLINED, _S.VOIDED}),
    _S.AUTHORISED: frozenset({_S.CAPTURED, _S.VOIDED}),
    _S.CAPTURED: frozenset({_S.PARTIALLY_REFUNDED, _S.REFUNDED}),
    _S.PARTIALLY_REFUNDED: frozenset({_S.PARTIALLY_REFUNDED, _S.REFUNDED}),
    _S.VOIDED: frozenset(),
    _S.DECLINED: frozenset(),
    _S.REFUNDED: frozenset(),
}

HOLDS_MONEY = frozenset({_S.CAPTURED, _S.PARTIALLY_REFUNDED})
"""The states in which the customer's money is here, so that some of it can go back."""


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back, keyed by who asked. Not `done`: the provider has not confirmed it, and it counts."""

    key: str
    amount: Money
    done: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """One order's payment. `amount` is what was authorised, and all of it is captured or none.

    `version` counts the writes, `sequence` the events. `reference` is the provider's name of the charge. An order
    that was cancelled before anything was asked has a voided payment of no amount: it keeps a late authorisation out.
    """

    order_id: str
    status: PaymentStatus
    created_at: datetime
    updated_at: datetime
    amount: Money | None = None
    customer_id: str | None = None
    method: str = ""
    provider: str = ""
    reference: str = ""
    reason: str = ""
    refunds: tuple[Refund, ...] = field(default=())
    version: int = 0
    sequence: int = 0

    @classmethod
    def of_order(cls, order_id: str, at: datetime, **known: Any) -> "Payment":
        """The payment of an order that nobody has asked for yet."""
        return cls(order_id, PaymentStatus.NONE, at, at, **known)

    @property
    def payment_id(self) -> str:
        """Derived from the order's: one order has one payment."""
        return derived_id(PAYMENT, self.order_id)

    @property
    def total(self) -> Money:
        """What was authorised; only a payment that reached a provider has one."""
        if self.amount is None:
            raise IllegalTransition(f"{self.payment_id} never had an amount")
        return self.amount

    @property
    def refunded(self) -> Money:
        """What the provider has given back."""
        return total((refund.amount for refund in self.refunds if refund.done), self.total.currency)

    @property
    def refundable(self) -> Money:
        """What can still be asked back: the capture less every refund, confirmed or on its way."""
        return self.total - total((refund.amount for refund in self.refunds), self.total.currency)

    def refund(self, key: str) -> Refund | None:
        """The refund that this caller's key stands for."""
        return next((refund for refund in self.refunds if refund.key == key), None)

    def authorised(self, reference: str, at: datetime) -> "Payment":
        """The provider holds the amount for us."""
        return self._to(PaymentStatus.AUTHORISED, at, reference=reference)

    def declined(self, reason: str, at: datetime) -> "Payment":
        """The provider holds nothing, and this is why."""
        return self._to(PaymentStatus.DECLINED, at, reason=reason)

    def captured(self, at: datetime) -> "Payment":
        """The money is here."""
        return self._to(PaymentStatus.CAPTURED, at)

    def voided(self, reason: str, at: datetime) -> "Payment":
        """The provider let the amount go; or, from `NONE`, nothing may ever be held. The latter tells no event."""
        told = self.status is not PaymentStatus.NONE
        return self._to(PaymentStatus.VOIDED, at, told=told, reason=reason)

    def refund_started(self, key: str, amount: Money, at: datetime) -> "Payment":
        """Set `amount` aside before the provider is asked, so that no two refunds can give the same money back."""
        if self.status not in HOLDS_MONEY:
            raise IllegalTransition(f"{self.payment_id} is {self.status}: there is nothing to refund")
        if self.refund(key) is not None:
            raise RefundKeyReused(key)
        # Nothing is refundable of an order that cost nothing, and giving nothing back ends that one.
        if amount.amount < 0 or (amount.amount == 0 and self.total.amount != 0):
            raise InvalidRefund(f"cannot refund {amount}")
        if (self.refundable - amount).amount < 0:
            raise RefundExceedsCapture(f"{self.refundable} of {self.payment_id} can be refunded, not {amount}")
        if len(self.refunds) == MAX_REFUNDS:
            raise InvalidRefund(f"{self.payment_id} has {MAX_REFUNDS} refunds already")
        return replace(self, refunds=(*self.refunds, Refund(key, amount)), version=self.version + 1, updated_at=at)

    def refund_done(self, key: str, at: datetime) -> "Payment":
        """The provider gave the money of this refund back."""
        refunds = tuple(replace(each, done=True) if each.key == key else each for each in self.refunds)
        whole = replace(self, refunds=refunds).refunded == self.total
        status = PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED
        return self._to(status, at, refunds=refunds)

    def refund_refused(self, key: str, at: datetime) -> "Payment":
        """The provider will not give this refund back: its amount can be asked again."""
        left = tuple(each for each in self.refunds if each.key != key or each.done)
        return replace(self, refunds=left, version=self.version + 1, updated_at=at)

    def _to(self, status: PaymentStatus, at: datetime, *, told: bool = True, **changes: Any) -> "Payment":
        """The next state, one event later where it is `told`."""
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransition(f"{self.payment_id} is {self.status} and cannot become {status}")
        moved = replace(self, status=status, version=self.version + 1, updated_at=at, **changes)
        return replace(moved, sequence=moved.sequence + int(told))
