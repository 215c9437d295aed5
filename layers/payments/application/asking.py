"""Talking to a provider whose answers can be lost: a timeout is never taken for a no."""

from collections.abc import Callable
from typing import TypeVar

from kernel.errors import UnknownOutcome
from payments.errors import ProviderTimeout
from payments.ports import Charge, PaymentProvider

T = TypeVar("T")

ASKED = 2
"""How often one task tries a call that times out, with the same key, before it leaves the rest to the saga's retry."""


def step_key(order_id: str, step: str) -> str:
    """The idempotency key of one step of one order's payment."""
    return f"{order_id}:{step}"


def find(provider: PaymentProvider, order_id: str) -> Charge | None:
    """The provider's truth. Raises `UnknownOutcome` when it does not answer that either: the saga has to come back."""
    try:
        return provider.find(order_id)
    except ProviderTimeout as error:
        raise UnknownOutcome(f"the provider does not say what became of {order_id}") from error


def insist(call: Callable[[], Charge]) -> Charge:
    """Repeat an idempotent call that timed out; then raise `UnknownOutcome`."""
    for _ in range(ASKED - 1):
        try:
            return call()
        except ProviderTimeout:
            continue
    try:
        return call()
    except ProviderTimeout as error:
        raise UnknownOutcome("the provider does not answer") from error
