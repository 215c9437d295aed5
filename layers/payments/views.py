"""A payment as clients see it."""

from typing import TypedDict

from kernel.clock import to_rfc3339
from kernel.money import Money
from payments.model import Payment


class MoneyView(TypedDict):
    """`amount` in minor units of an ISO 4217 currency."""

    amount: int
    currency: str


class PaymentView(TypedDict):
    """`amount` is null for an order that was cancelled before anything was asked of the provider.

    `status` is AUTHORISED, CAPTURED, VOIDED, DECLINED, PARTIALLY_REFUNDED or REFUNDED; `reason` says why it was
    declined or voided.
    """

    payment_id: str
    order_id: str
    status: str
    amount: MoneyView | None
    refunded: MoneyView | None
    payment_method: str | None
    provider: str | None
    reason: str | None
    created_at: str
    updated_at: str
    version: int


def payment_view(payment: Payment) -> PaymentView:
    """The JSON of a payment."""
    return {
        "payment_id": payment.payment_id,
        "order_id": payment.order_id,
        "status": payment.status.value,
        "amount": _money(payment.amount),
        "refunded": _money(payment.refunded) if payment.amount else None,
        "payment_method": payment.method or None,
        "provider": payment.provider or None,
        "reason": payment.reason or None,
        "created_at": to_rfc3339(payment.created_at),
        "updated_at": to_rfc3339(payment.updated_at),
        "version": payment.version,
    }


def _money(money: Money | None) -> MoneyView | None:
    return None if money is None else {"amount": money.amount, "currency": money.currency}
