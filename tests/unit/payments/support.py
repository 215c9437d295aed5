"""What the tests of payments share: a shop in memory, and a provider whose answers can be lost on the way."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from kernel.ids import PAYMENT, derived_id, new_id
from kernel.money import Money
from payments.application import AuthorisePayment, CapturePayment, Outcome, RefundPayment, ReversePayment
from payments.errors import ProviderTimeout
from payments.fakes import MemoryPayments, MemorySandboxRecord
from payments.free import FreeOfCharge
from payments.model import Payment
from payments.ports import Charge, PaymentProvider
from payments.sandbox import SandboxProvider
from tests.support.lossy_line import LossyLine

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PRICE = Money(1250, "GBP")
CUSTOMER_ID = "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"


@dataclass
class Line(LossyLine):
    """The line to the provider."""

    timeout = ProviderTimeout
    provider: PaymentProvider

    def authorise(self, order_id: str, amount: Money, method: str, key: str) -> Charge:
        return self.send("authorise", lambda: self.provider.authorise(order_id, amount, method, key))

    def capture(self, reference: str, amount: Money, key: str) -> Charge:
        return self.send("capture", lambda: self.provider.capture(reference, amount, key))

    def void(self, reference: str, key: str) -> Charge:
        return self.send("void", lambda: self.provider.void(reference, key))

    def refund(self, reference: str, amount: Money, key: str) -> Charge:
        return self.send("refund", lambda: self.provider.refund(reference, amount, key))

    def find(self, order_id: str) -> Charge | None:
        return self.send("find", lambda: self.provider.find(order_id))


@dataclass
class Shop:
    """Every use case of payments over one memory and one line to the sandbox."""

    payments: MemoryPayments = field(default_factory=MemoryPayments)
    record: MemorySandboxRecord = field(default_factory=MemorySandboxRecord)

    def __post_init__(self) -> None:
        self.line = Line(FreeOfCharge(SandboxProvider(self.record)))
        self.order_id = new_id("ord")

    def authorise(self, method: str | None = "pm_card_visa", amount: Money = PRICE) -> Outcome:
        return AuthorisePayment(self.payments, self.line, lambda: NOW)(self.order_id, amount, method, CUSTOMER_ID)

    def capture(self, amount: Money = PRICE) -> Outcome:
        return CapturePayment(self.payments, self.line, lambda: NOW)(self.order_id, amount)

    def reverse(self) -> Outcome:
        return ReversePayment(self.payments, self.line, lambda: NOW)(self.order_id, "order_cancelled")

    def refund(self, amount: int, key: str) -> Outcome:
        return RefundPayment(self.payments, self.line, lambda: NOW)(self.order_id, Money(amount, "GBP"), key)

    @property
    def payment(self) -> Payment:
        """What is stored."""
        return self.payments.stored[derived_id(PAYMENT, self.order_id)]

    @property
    def charge(self) -> Charge | None:
        """What the provider knows."""
        return self.line.provider.find(self.order_id)

    @property
    def told(self) -> list[str]:
        """The names of the events, in order."""
        return [event.name for event in self.payments.events]
