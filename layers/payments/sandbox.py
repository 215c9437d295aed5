"""The built-in payment provider: deterministic, moves no money, and keeps its own record, as a real one does.

What a payment method does is in its name; see `METHODS`. The record is the provider's: payments never reads it but
through the port.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from kernel.errors import ConflictingWrite
from kernel.money import Money
from payments.errors import ProviderRefused, ProviderTimeout
from payments.ports import Charge, ChargeStatus

METHODS: Mapping[str, str] = {
    "pm_card_visa": "is authorised and captured",
    "pm_card_declined": "is declined",
    "pm_card_timeout_before_charge": "times out each time, and nothing is held",
    "pm_card_timeout_after_charge": "the amount is held, and then the call times out",
    "pm_card_capture_fails": "is authorised, and the capture is refused",
    "pm_card_requires_confirmation": "asks the customer to confirm, which Agora cannot yet: declined",
}

_DECLINES: Mapping[str, str] = {
    "pm_card_declined": "card_declined",
    "pm_card_requires_confirmation": "requires_action",
}


@dataclass(frozen=True, slots=True)
class SandboxCharge:
    """One charge in the provider's books. `keys`: idempotency key → what it did; `refunds`: key → minor units."""

    reference: str
    method: str
    status: ChargeStatus
    amount: Money
    reason: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    refunds: Mapping[str, int] = field(default_factory=dict)
    version: int = 0

    def to_charge(self) -> Charge:
        """What the provider tells of it."""
        return Charge(self.reference, self.status, self.amount, self.reason, sum(self.refunds.values()))


class SandboxRecord(Protocol):
    """The provider's own books."""

    def get(self, reference: str) -> SandboxCharge | None:
        """The charge with this reference."""
        ...

    def put(self, charge: SandboxCharge) -> None:
        """Write it over the version before it; raises `ConflictingWrite` when another write came first."""
        ...


_TRIES = 5


@dataclass(frozen=True)
class SandboxProvider:
    """The provider over its record."""

    record: SandboxRecord
    name: str = "sandbox"

    def authorise(self, order_id: str, amount: Money, method: str, key: str) -> Charge:
        """Hold `amount` as the method's name says."""
        if method == "pm_card_timeout_before_charge":
            raise ProviderTimeout(f"the sandbox does not answer for {order_id}")
        charge = self._authorised(order_id, amount, method, key)
        if method == "pm_card_timeout_after_charge":
            raise ProviderTimeout(f"the sandbox does not answer for {order_id}")
        return charge

    def capture(self, reference: str, amount: Money, key: str) -> Charge:
        """Take the amount that is held; only all of it."""

        def change(charge: SandboxCharge) -> SandboxCharge:
            if charge.method == "pm_card_capture_fails":
                raise ProviderRefused("capture_refused")
            _require(charge.status is ChargeStatus.AUTHORISED, f"charge_{charge.status.lower()}")
            _require(charge.amount == amount, "amount_mismatch")
            return replace(charge, status=ChargeStatus.CAPTURED)

        return self._changed(reference, f"capture {amount}", key, change)

    def void(self, reference: str, key: str) -> Charge:
        """Let go of what is held."""

        def change(charge: SandboxCharge) -> SandboxCharge:
            _require(charge.status is ChargeStatus.AUTHORISED, f"charge_{charge.status.lower()}")
            return replace(charge, status=ChargeStatus.VOIDED)

        return self._changed(reference, "void", key, change)

    def refund(self, reference: str, amount: Money, key: str) -> Charge:
        """Give back up to what was taken."""

        def change(charge: SandboxCharge) -> SandboxCharge:
            _require(charge.status is ChargeStatus.CAPTURED, f"charge_{charge.status.lower()}")
            _require(amount.currency == charge.amount.currency, "currency_mismatch")
            _require(amount.amount > 0, "amount_invalid")
            _require(sum(charge.refunds.values()) + amount.amount <= charge.amount.amount, "refund_exceeds_charge")
            return replace(charge, refunds={**charge.refunds, key: amount.amount})

        return self._changed(reference, f"refund {amount}", key, change)

    def find(self, order_id: str) -> Charge | None:
        """The books' entry of this order."""
        charge = self.record.get(_reference(order_id))
        return charge.to_charge() if charge else None

    def _authorised(self, order_id: str, amount: Money, method: str, key: str) -> Charge:
        reason = _DECLINES.get(method, "" if method in METHODS else "unknown_payment_method")
        status = ChargeStatus.DECLINED if reason else ChargeStatus.AUTHORISED
        what = f"authorise {amount} {method}"
        new = SandboxCharge(_reference(order_id), method, status, amount, reason, keys={key: what}, version=1)
        try:
            self.record.put(new)
        except ConflictingWrite:
            return self._changed(new.reference, what, key, _already_charged)
        return new.to_charge()

    def _changed(self, reference: str, what: str, key: str, change: Callable[[SandboxCharge], SandboxCharge]) -> Charge:
        """Apply `change` once for each key. A key that did something else is refused."""
        for _ in range(_TRIES):
            charge = self.record.get(reference)
            if charge is None:
                raise ProviderRefused("no_such_charge")
            if key in charge.keys:
                _require(charge.keys[key] == what, "idempotency_key_reused")
                return charge.to_charge()
            after = replace(change(charge), keys={**charge.keys, key: what}, version=charge.version + 1)
            try:
                self.record.put(after)
            except ConflictingWrite:
                continue
            return after.to_charge()
        raise ProviderTimeout(f"the sandbox is too busy with {reference}")


def _reference(order_id: str) -> str:
    """The sandbox has one charge per order, so that its name follows from the order's."""
    return f"sbx_{order_id.partition('_')[2]}"


def _already_charged(_: SandboxCharge) -> SandboxCharge:
    raise ProviderRefused("order_already_charged")


def _require(condition: bool, reason: str) -> None:  # noqa: FBT001  # reads as an assertion at its few calls
    if not condition:
        raise ProviderRefused(reason)
