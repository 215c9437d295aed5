"""Undo the payment of an order that will not be delivered."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import TransientError
from kernel.ids import PAYMENT, derived_id
from kernel.retry import until_written
from payments import events
from payments.application.asking import find, insist, step_key
from payments.application.outcome import Outcome
from payments.application.refund import RefundPayment
from payments.errors import AmountMismatch, IllegalTransition, ProviderRefused, RefundRefused
from payments.model import HOLDS_MONEY, Payment, PaymentStatus
from payments.ports import Charge, ChargeStatus, PaymentProvider, Payments

REFUND_KEY = "reverse"


@dataclass(frozen=True)
class ReversePayment:
    """Voids what is held, refunds what was taken, and keeps out what may still be on its way.

    The provider is asked for the truth, also where our record says that there is nothing: a lost answer, or an
    authorisation that came too late, shows there alone.
    """

    payments: Payments
    provider: PaymentProvider
    clock: Clock

    def __call__(self, order_id: str, reason: str) -> Outcome:
        """`voided`, `refunded`, or with nothing to undo `declined` or `nothing`. May raise `UnknownOutcome`."""
        return until_written(lambda: self._attempt(order_id, reason), "the payment")

    def _attempt(self, order_id: str, reason: str) -> Outcome:
        payment = self.payments.get(derived_id(PAYMENT, order_id)) or self._kept_out(order_id, reason)
        if payment.status is PaymentStatus.REFUNDED:
            return Outcome("refunded", payment.payment_id)
        if payment.status in HOLDS_MONEY:
            return self._refunded(payment)
        charge = find(self.provider, order_id)
        if charge is not None and charge.status is ChargeStatus.AUTHORISED:
            charge = self._let_go(order_id, charge)
        if charge is not None and charge.status is ChargeStatus.CAPTURED:
            return self._refunded(self._known_as_captured(payment, charge))
        return self._voided(payment, charge, reason)

    def _kept_out(self, order_id: str, reason: str) -> Payment:
        """A voided payment of an order that was never asked for: a late authorisation finds it and lets go."""
        tombstone = Payment.of_order(order_id, self.clock()).voided(reason, self.clock())
        self.payments.save(tombstone, 0)
        return tombstone

    def _let_go(self, order_id: str, charge: Charge) -> Charge:
        try:
            return insist(lambda: self.provider.void(charge.reference, step_key(order_id, "void")))
        except ProviderRefused:
            # A capture was faster. Ask again: money that was taken is refunded, anything else is a fault to look at.
            now = find(self.provider, order_id)
            if now is None or now.status is ChargeStatus.AUTHORISED:
                raise
            return now

    def _known_as_captured(self, payment: Payment, charge: Charge) -> Payment:
        """The payment with the capture whose answer was lost."""
        if payment.status is not PaymentStatus.AUTHORISED:
            raise IllegalTransition(f"the provider captured {payment.payment_id}, which is {payment.status} here")
        if charge.amount != payment.total:
            raise AmountMismatch(f"the provider captured {charge.amount} of {payment.payment_id}")
        after = payment.captured(self.clock())
        self.payments.save(after, payment.version, [events.captured(after)])
        return after

    def _voided(self, payment: Payment, charge: Charge | None, reason: str) -> Outcome:
        held = payment.status is PaymentStatus.AUTHORISED
        if held:
            after = payment.voided(reason, self.clock())
            self.payments.save(after, payment.version, [events.voided(after)])
        was_held = held or bool(payment.reference) or (charge is not None and charge.status is ChargeStatus.VOIDED)
        if payment.status is PaymentStatus.DECLINED and not was_held:
            return Outcome("declined", payment.payment_id, payment.reason)
        return Outcome("voided" if was_held else "nothing", payment.payment_id)

    def _refunded(self, payment: Payment) -> Outcome:
        begun = payment.refund(REFUND_KEY)
        amount = begun.amount if begun else payment.refundable
        if begun is None and not amount.amount and payment.total.amount:
            raise TransientError(f"other refunds of {payment.payment_id} are on their way")
        outcome = RefundPayment(self.payments, self.provider, self.clock)(payment.order_id, amount, REFUND_KEY)
        if outcome.outcome != "refunded":
            raise RefundRefused(f"{payment.payment_id}: {outcome.reason}")
        return outcome
