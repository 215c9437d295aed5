"""What the tests of payments share: a shop in memory, and a provider whose answers can be lost on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from kernel.ids import PAYMENT, derived_id, new_id
from kernel.money import Money
from payments.application import AuthorisePayment, CapturePayment, Outcome, RefundPayment, ReversePayment
from payments.errors import ProviderTimeout
from payments.fakes import MemoryPayments, MemorySandboxRecord
from payments.free import FreeOfCharge
from payments.model import Payment
from payments.ports import Charge, PaymentProvider
from payments.sandbox import SandboxProvider

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PRICE = Money(1250, "GBP")
CUSTOMER_ID = "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"

T = TypeVar("T")
Meanwhile = Callable[[], object]


@dataclass
class Line:
    """The line to the provider: `lose_answers` and `lose_calls` say how often which call is lost; `calls` is a log.

    `meanwhile` runs once after a call of that name has taken effect: what another task does at that moment.
    """

    provider: PaymentProvider
    lose_answers: dict[str, int] = field(default_factory=dict)
    lose_calls: dict[str, int] = field(default_factory=dict)
    meanwhile: dict[str, Meanwhile] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    name: str = "sandbox"

    def authorise(self, order_id: str, amount: Money, method: str, key: str) -> Charge:
        return self._sent("authorise", lambda: self.provider.authorise(order_id, amount, method, key))

    def capture(self, reference: str, amount: Money, key: str) -> Charge:
        return self._sent("capture", lambda: self.provider.capture(reference, amount, key))

    def void(self, reference: str, key: str) -> Charge:
        return self._sent("void", lambda: self.provider.void(reference, key))

    def refund(self, reference: str, amount: Money, key: str) -> Charge:
        return self._sent("refund", lambda: self.provider.refund(reference, amount, key))

    def find(self, order_id: str) -> Charge | None:
        return self._sent("find", lambda: self.provider.find(order_id))

    def _sent(self, name: str, call: Callable[[], T]) -> T:
        self.calls.append(name)
        if self._lost(self.lose_calls, name):
            raise ProviderTimeout(f"the call {name} was lost")
        answer = call()
        if name in self.meanwhile:
            self.meanwhile.pop(name)()
        if self._lost(self.lose_answers, name):
            raise ProviderTimeout(f"the answer to {name} was lost")
        return answer

    @staticmethod
    def _lost(plan: dict[str, int], name: str) -> bool:
        left = plan.get(name, 0)
        plan[name] = max(left - 1, 0)
        return left > 0


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
