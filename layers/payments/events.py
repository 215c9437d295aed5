"""The domain events of payments. Their schemas are in events/payments/."""

from typing import Any

from kernel.events import Event
from payments.model import Payment, Refund

SOURCE = "agora.payments"


def authorised(payment: Payment) -> Event:
    """The provider holds the amount."""
    return _event("PaymentAuthorised", payment, payment_method=payment.method, provider=payment.provider)


def declined(payment: Payment) -> Event:
    """The provider holds nothing."""
    return _event("PaymentDeclined", payment, payment_method=payment.method, reason=payment.reason)


def captured(payment: Payment) -> Event:
    """The money is here."""
    return _event("PaymentCaptured", payment)


def voided(payment: Payment) -> Event:
    """The provider let the amount go."""
    return _event("PaymentVoided", payment, reason=payment.reason)


def refunded(payment: Payment, refund: Refund) -> Event:
    """Some or all of the money went back. `amount` stays the capture; `refund` says how much went now."""
    return _event(
        "PaymentRefunded",
        payment,
        refund={"key": refund.key, "amount": refund.amount.to_dict()},
        refunded=payment.refunded.to_dict(),
        status=payment.status.value,
    )


def _event(name: str, payment: Payment, **data: Any) -> Event:
    return Event(
        source=SOURCE,
        name=name,
        aggregate_id=payment.payment_id,
        sequence=payment.sequence,
        time=payment.updated_at,
        data={
            "payment_id": payment.payment_id,
            "order_id": payment.order_id,
            "customer_id": payment.customer_id,
            "amount": payment.total.to_dict(),
            **data,
        },
    )
