"""What payments asks of the world: a store of its payments, and somebody who moves money."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kernel.events import Event
from kernel.money import Money
from payments.model import Payment


class ChargeStatus(StrEnum):
    """What the provider says of a charge."""

    AUTHORISED = "AUTHORISED"
    CAPTURED = "CAPTURED"
    VOIDED = "VOIDED"
    DECLINED = "DECLINED"


@dataclass(frozen=True, slots=True)
class Charge:
    """The provider's truth about the one charge of an order. A refunded charge stays `CAPTURED`.

    `reference` is the provider's own name of it; `reason` says why it was declined; `refunded` is in minor units.
    """

    reference: str
    status: ChargeStatus
    amount: Money
    reason: str = ""
    refunded: int = 0


class PaymentProvider(Protocol):
    """Moves money. Each call is keyed by order and step: repeating one with its key changes nothing more.

    Raises `ProviderTimeout` when no answer came and the effect is unknown, `ProviderRefused` when the answer is no,
    `TransientError` when the provider certainly did nothing and may do it later.
    """

    @property
    def name(self) -> str:
        """`sandbox`, `stripe`."""
        ...

    def authorise(self, order_id: str, amount: Money, method: str, key: str) -> Charge:
        """Hold `amount`. A refusal is a charge with status `DECLINED` and a reason."""
        ...

    def capture(self, reference: str, amount: Money, key: str) -> Charge:
        """Take what was held."""
        ...

    def void(self, reference: str, key: str) -> Charge:
        """Let go of what was held."""
        ...

    def refund(self, reference: str, amount: Money, key: str) -> Charge:
        """Give back part or all of what was taken."""
        ...

    def find(self, order_id: str) -> Charge | None:
        """What the provider knows of this order's charge; None when it has none. Only reads."""
        ...


class Payments(Protocol):
    """The stored payments."""

    def get(self, payment_id: str) -> Payment | None:
        """The payment as of now."""
        ...

    def save(self, payment: Payment, expected_version: int, events: Sequence[Event] = ()) -> None:
        """Write the payment and its events together.

        Raises `ConflictingWrite` and writes nothing unless the stored version is `expected_version`, 0 for none.
        """
        ...
