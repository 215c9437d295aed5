"""Give money back."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.ids import PAYMENT, derived_id
from kernel.money import Money
from kernel.retry import until_written
from payments import events
from payments.application.asking import insist, step_key
from payments.application.outcome import Outcome
from payments.errors import PaymentNotFound, ProviderRefused, RefundKeyReused
from payments.model import Payment, Refund
from payments.ports import PaymentProvider, Payments


@dataclass(frozen=True)
class RefundPayment:
    """Sets the amount aside, asks the provider, then records what it did.

    The caller's key names the refund: two equal refunds are two keys, and a repeated key is one refund. The amount is
    set aside first, so that concurrent refunds cannot exceed the capture, whatever the provider would allow.
    """

    payments: Payments
    provider: PaymentProvider
    clock: Clock

    def __call__(self, order_id: str, amount: Money, key: str) -> Outcome:
        """`refunded`, or `failed` with the provider's reason.

        Raises `RefundExceedsCapture`, `RefundKeyReused`, or `UnknownOutcome`, after which the same key finishes it.
        """
        return until_written(lambda: self._attempt(derived_id(PAYMENT, order_id), amount, key), "the payment")

    def _attempt(self, payment_id: str, amount: Money, key: str) -> Outcome:
        payment = self.payments.get(payment_id)
        if payment is None:
            raise PaymentNotFound(f"{payment_id} does not exist")
        refund = payment.refund(key)
        if refund is not None and refund.amount != amount:
            raise RefundKeyReused(f"{key} stands for a refund of {refund.amount}")
        if refund is not None and refund.done:
            return Outcome("refunded", payment_id)
        if refund is None:
            payment = self._set_aside(payment, amount, key)
        return self._given_back(payment, Refund(key, amount))

    def _set_aside(self, payment: Payment, amount: Money, key: str) -> Payment:
        after = payment.refund_started(key, amount, self.clock())
        self.payments.save(after, payment.version)
        return after

    def _given_back(self, payment: Payment, refund: Refund) -> Outcome:
        key = step_key(payment.order_id, f"refund:{refund.key}")
        try:
            insist(lambda: self.provider.refund(payment.reference, refund.amount, key))
        except ProviderRefused as refusal:
            self.payments.save(payment.refund_refused(refund.key, self.clock()), payment.version)
            return Outcome("failed", payment.payment_id, refusal.reason)
        after = payment.refund_done(refund.key, self.clock())
        self.payments.save(after, payment.version, [events.refunded(after, refund)])
        return Outcome("refunded", payment.payment_id)
