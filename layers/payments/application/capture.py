"""Take the money that is held for an order."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.ids import PAYMENT, derived_id
from kernel.money import Money
from kernel.retry import until_written
from payments import events
from payments.application.asking import find, insist, step_key
from payments.application.outcome import Outcome
from payments.errors import AmountMismatch, ProviderRefused, ProviderTimeout
from payments.model import HOLDS_MONEY, Payment, PaymentStatus
from payments.ports import Charge, ChargeStatus, PaymentProvider, Payments


@dataclass(frozen=True)
class CapturePayment:
    """Captures the whole authorised amount, which has to be what the saga says the order costs."""

    payments: Payments
    provider: PaymentProvider
    clock: Clock

    def __call__(self, order_id: str, amount: Money) -> Outcome:
        """`captured`, or `failed` with a reason. Raises `UnknownOutcome` when the provider cannot be asked."""
        return until_written(lambda: self._attempt(derived_id(PAYMENT, order_id), amount), "the payment")

    def _attempt(self, payment_id: str, amount: Money) -> Outcome:
        payment = self.payments.get(payment_id)
        if payment is None or payment.status is PaymentStatus.DECLINED:
            return Outcome("failed", payment_id, "not_authorised")
        if payment.status not in HOLDS_MONEY and payment.status is not PaymentStatus.AUTHORISED:
            return Outcome("failed", payment_id, f"payment_{payment.status.lower()}")
        if payment.total != amount:
            return Outcome("failed", payment_id, "amount_mismatch")
        if payment.status is PaymentStatus.AUTHORISED:
            return self._captured(payment)
        return Outcome("captured", payment_id)

    def _captured(self, payment: Payment) -> Outcome:
        try:
            charge = self._taken(payment)
        except ProviderRefused as refusal:
            return Outcome("failed", payment.payment_id, refusal.reason)
        if charge.amount != payment.total:
            raise AmountMismatch(f"the provider captured {charge.amount} of {payment.payment_id}")
        after = payment.captured(self.clock())
        self.payments.save(after, payment.version, [events.captured(after)])
        return Outcome("captured", payment.payment_id)

    def _taken(self, payment: Payment) -> Charge:
        def capture() -> Charge:
            key = step_key(payment.order_id, "capture")
            return self.provider.capture(payment.reference, payment.total, key)

        try:
            return capture()
        except ProviderTimeout:
            charge = find(self.provider, payment.order_id)
            if charge is not None and charge.status is ChargeStatus.CAPTURED:
                return charge
        return insist(capture)
