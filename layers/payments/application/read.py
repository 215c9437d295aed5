"""Look at a payment."""

from dataclasses import dataclass

from kernel.ids import PAYMENT, is_id
from payments.errors import PaymentNotFound
from payments.model import Payment
from payments.ports import Payments


@dataclass(frozen=True)
class ReadPayment:
    """A payment for its owner or for staff; for anybody else it does not exist."""

    payments: Payments

    def __call__(self, payment_id: str, user_id: str, *, staff: bool) -> Payment:
        """The payment. Raises `PaymentNotFound`; a guest's payment is staff's alone to see."""
        payment = self.payments.get(payment_id) if is_id(PAYMENT, payment_id) else None
        if payment is None or not (staff or (user_id and payment.customer_id == user_id)):
            raise PaymentNotFound(f"there is no payment {payment_id} of yours")
        return payment
