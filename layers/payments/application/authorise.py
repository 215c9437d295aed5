"""Hold the money of an order."""

import re
from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import ConflictingWrite, TransientError
from kernel.ids import PAYMENT, derived_id
from kernel.money import Money
from payments import events
from payments.application.asking import ASKED, find, insist, step_key
from payments.application.outcome import Outcome
from payments.errors import AmountMismatch, IllegalTransition, InvalidAmount, ProviderTimeout
from payments.model import Payment, PaymentStatus
from payments.ports import Charge, ChargeStatus, PaymentProvider, Payments

_METHOD = re.compile(r"pm_[A-Za-z0-9_]{1,80}")
_REVERSED = frozenset({PaymentStatus.VOIDED, PaymentStatus.REFUNDED})


@dataclass(frozen=True)
class AuthorisePayment:
    """Asks the provider at most once in effect: the call is keyed by the order, and the answer is stored."""

    payments: Payments
    provider: PaymentProvider
    clock: Clock

    def __call__(self, order_id: str, amount: Money, method: str | None, customer_id: str | None) -> Outcome:
        """`authorised`, or `declined` with a reason. Raises `UnknownOutcome` when the provider cannot be asked."""
        if amount.amount < 0:
            raise InvalidAmount(f"{order_id} cannot pay {amount}")
        stored = self.payments.get(derived_id(PAYMENT, order_id))
        if stored is not None:
            return _answer(stored, amount)
        # What is no payment method's name is not stored or passed on: it might be a card's number.
        named = method if method and _METHOD.fullmatch(method) else ""
        new = Payment.of_order(
            order_id,
            self.clock(),
            amount=amount,
            customer_id=customer_id or None,
            method=named,
            provider=self.provider.name,
        )
        if not named and amount.amount > 0:
            return self._declined(new, "invalid_payment_method" if method else "payment_method_missing")
        charge = self._held(order_id, amount, named)
        return self._recorded(new, charge)

    def _held(self, order_id: str, amount: Money, method: str) -> Charge | None:
        """The charge, None when the provider never answered and says that it has none."""
        for _ in range(ASKED):
            try:
                return self.provider.authorise(order_id, amount, method, step_key(order_id, "authorise"))
            except ProviderTimeout:
                charge = find(self.provider, order_id)
                if charge is not None:
                    return charge
        return None

    def _recorded(self, new: Payment, charge: Charge | None) -> Outcome:
        if charge is None:
            return self._declined(new, "provider_timeout")
        if charge.status is ChargeStatus.DECLINED:
            return self._declined(new, charge.reason or "declined")
        if charge.status is ChargeStatus.VOIDED:
            return self._declined(new, "charge_voided")
        if charge.status is ChargeStatus.CAPTURED:
            raise IllegalTransition(f"the provider captured {new.payment_id}, which is not known here")
        if charge.amount != new.total:
            self._let_go(new.order_id, charge)
            return self._declined(new, "amount_mismatch")
        payment = new.authorised(charge.reference, self.clock())
        try:
            self.payments.save(payment, 0, [events.authorised(payment)])
        except ConflictingWrite:
            return self._overtaken(payment, charge)
        return _answer(payment, payment.total)

    def _declined(self, new: Payment, reason: str) -> Outcome:
        payment = new.declined(reason, self.clock())
        try:
            self.payments.save(payment, 0, [events.declined(payment)])
        except ConflictingWrite:
            return _answer(self._written(payment), payment.total)
        return _answer(payment, payment.total)

    def _overtaken(self, payment: Payment, charge: Charge) -> Outcome:
        """Another task wrote first: a repeated authorise, whose answer stands, or a reversal, which wins."""
        stored = self._written(payment)
        if stored.status is PaymentStatus.VOIDED:
            self._let_go(payment.order_id, charge)
        return _answer(stored, payment.total)

    def _written(self, payment: Payment) -> Payment:
        stored = self.payments.get(payment.payment_id)
        if stored is None:
            raise TransientError(f"{payment.payment_id} was written and is not there")
        return stored

    def _let_go(self, order_id: str, charge: Charge) -> None:
        insist(lambda: self.provider.void(charge.reference, step_key(order_id, "void")))


def _answer(payment: Payment, amount: Money) -> Outcome:
    """What a repeated authorise is told of what is stored."""
    if payment.status is PaymentStatus.DECLINED:
        return Outcome("declined", payment.payment_id, payment.reason)
    if payment.status in _REVERSED:
        return Outcome("declined", payment.payment_id, "payment_reversed")
    if payment.total != amount:
        raise AmountMismatch(f"{payment.payment_id} is of {payment.total}, and was asked for {amount} this time")
    return Outcome("authorised", payment.payment_id)
