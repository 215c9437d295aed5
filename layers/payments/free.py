"""Orders that cost nothing: no provider takes a payment of zero."""

from dataclasses import dataclass

from kernel.money import Money
from payments.ports import Charge, ChargeStatus, PaymentProvider

REFERENCE = "free"


@dataclass(frozen=True)
class FreeOfCharge:
    """Answers for charges of zero itself and hands every other call to `provider`."""

    provider: PaymentProvider

    @property
    def name(self) -> str:
        """The provider's."""
        return self.provider.name

    def authorise(self, order_id: str, amount: Money, method: str, key: str) -> Charge:
        """Hold nothing for an order of zero."""
        if not amount.amount:
            return Charge(REFERENCE, ChargeStatus.AUTHORISED, amount)
        return self.provider.authorise(order_id, amount, method, key)

    def capture(self, reference: str, amount: Money, key: str) -> Charge:
        """Take nothing of it."""
        if reference == REFERENCE:
            return Charge(REFERENCE, ChargeStatus.CAPTURED, amount)
        return self.provider.capture(reference, amount, key)

    def void(self, reference: str, key: str) -> Charge:
        """Charges of zero are unknown to the provider, so `find` never leads here with one."""
        return self.provider.void(reference, key)

    def refund(self, reference: str, amount: Money, key: str) -> Charge:
        """Give nothing back."""
        if reference == REFERENCE:
            return Charge(REFERENCE, ChargeStatus.CAPTURED, amount)
        return self.provider.refund(reference, amount, key)

    def find(self, order_id: str) -> Charge | None:
        """What the provider knows."""
        return self.provider.find(order_id)
