"""Stripe as the payment provider: PaymentIntents with manual capture, on the official library.

One PaymentIntent per order, with the order's id as its transfer group: by that, and not by Stripe's search, which is
late, `find` sees what a call did whose answer was lost.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import stripe

from kernel.errors import ConfigurationError, TransientError
from kernel.money import Money
from kernel.secrets import Secret
from payments.errors import ProviderRefused, ProviderTimeout
from payments.ports import Charge, ChargeStatus

TIMEOUT_SECONDS = 6.0
"""A task makes at most four calls one after another, and the saga gives it 30 seconds."""

_CONNECT_SECONDS = 2.0
_STATUS = {
    "requires_capture": ChargeStatus.AUTHORISED,
    "succeeded": ChargeStatus.CAPTURED,
    "canceled": ChargeStatus.VOIDED,
    "requires_payment_method": ChargeStatus.DECLINED,
    "requires_action": ChargeStatus.DECLINED,
}
_WORTH = (ChargeStatus.CAPTURED, ChargeStatus.AUTHORISED, ChargeStatus.VOIDED, ChargeStatus.DECLINED)
_TWO_DECIMALS_AT_STRIPE = frozenset({"ISK", "UGX"})  # no minor unit in ISO 4217, and yet counted in hundredths there
_EXPAND = ["latest_charge"]


class StripeProvider:
    """`key` gives the secret API key, `base_url` another server than Stripe's. It is read on the first call."""

    name = "stripe"

    def __init__(self, key: Secret, base_url: str | None = None, timeout: float = TIMEOUT_SECONDS) -> None:
        self._key = key
        self._base_url = base_url
        self._timeout = timeout
        self._made: tuple[str, stripe.StripeClient] | None = None

    def authorise(self, order_id: str, amount: Money, method: str, key: str) -> Charge:
        """Create and confirm the order's PaymentIntent. What would need the customer is cancelled and declined."""
        try:
            with _translated():
                intent = self._client.v1.payment_intents.create(
                    params={
                        "amount": _to_stripe(amount),
                        "currency": amount.currency.lower(),
                        "payment_method": method,
                        "confirm": True,
                        "capture_method": "manual",
                        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                        "transfer_group": order_id,
                        "metadata": {"order_id": order_id},
                        "expand": list(_EXPAND),
                    },
                    options={"idempotency_key": key},
                )
        except _CardDeclined as declined:
            return Charge(declined.reference, ChargeStatus.DECLINED, amount, declined.reason)
        if intent.status == "requires_action":
            # Nobody has its secret, so nobody can confirm it; cancelling only keeps Stripe's list tidy.
            with suppress(stripe.StripeError):
                self._client.v1.payment_intents.cancel(intent.id, options={"idempotency_key": f"{key}:cancel"})
        return _charge(intent)

    def capture(self, reference: str, amount: Money, key: str) -> Charge:
        """Take what is held."""
        with _translated():
            intent = self._client.v1.payment_intents.capture(
                reference,
                params={"amount_to_capture": _to_stripe(amount), "expand": list(_EXPAND)},
                options={"idempotency_key": key},
            )
        return _charge(intent)

    def void(self, reference: str, key: str) -> Charge:
        """Cancel the PaymentIntent."""
        with _translated():
            intent = self._client.v1.payment_intents.cancel(
                reference, params={"expand": list(_EXPAND)}, options={"idempotency_key": key}
            )
        return _charge(intent)

    def refund(self, reference: str, amount: Money, key: str) -> Charge:
        """Give back some or all. A refund that waits at the bank counts as made: Stripe finishes it."""
        with _translated():
            refund = self._client.v1.refunds.create(
                params={
                    "payment_intent": reference,
                    "amount": _to_stripe(amount),
                    "metadata": {"key": key},
                    "expand": ["payment_intent.latest_charge"],
                },
                options={"idempotency_key": key},
            )
        if refund.status in {"failed", "canceled"}:
            raise ProviderRefused(refund.failure_reason or f"refund_{refund.status}")
        return _charge(refund.payment_intent)

    def find(self, order_id: str) -> Charge | None:
        """The order's charge with the furthest effect: a key that Stripe has forgotten could have made a second one."""
        with _translated():
            listed = self._client.v1.charges.list(
                params={"transfer_group": order_id, "limit": 100, "expand": ["data.payment_intent.latest_charge"]}
            )
        found = [_charge(charge.payment_intent) for charge in listed.data if charge.payment_intent]
        return min(found, key=lambda charge: _WORTH.index(charge.status), default=None)

    @property
    def _client(self) -> stripe.StripeClient:
        """A client for the present key, so that a rotated one is taken up."""
        key = self._key().strip()
        if self._made is None or self._made[0] != key:
            http = stripe.RequestsClient(timeout=(min(_CONNECT_SECONDS, self._timeout), self._timeout))
            address: Any = {"api": self._base_url} if self._base_url else None
            # Retries are the use cases' own: they ask what happened before they repeat.
            client = stripe.StripeClient(key, http_client=http, base_addresses=address, max_network_retries=0)
            self._made = (key, client)
        return self._made[1]


class _CardDeclined(ProviderRefused):
    """The card said no; `reference` is the PaymentIntent that recorded it."""

    def __init__(self, reason: str, reference: str) -> None:
        super().__init__(reason)
        self.reference = reference


@contextmanager
def _translated() -> Iterator[None]:
    """Stripe's errors as the port's. Only what Stripe certainly did not do is a refusal or transient."""
    try:
        yield
    except stripe.CardError as error:
        raise _declined(error) from error
    except stripe.RateLimitError as error:
        raise TransientError("Stripe has too much to do") from error
    except stripe.IdempotencyError as error:
        raise ProviderRefused("idempotency_key_reused") from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise ConfigurationError("Stripe does not accept the API key") from error
    except stripe.InvalidRequestError as error:
        raise ProviderRefused(error.code or "invalid_request") from error
    except stripe.APIError as error:
        if error.http_status == 409:
            raise TransientError("Stripe is still at the first call with this key") from error
        raise ProviderTimeout(f"Stripe answered {error.http_status}") from error
    except stripe.APIConnectionError as error:
        raise ProviderTimeout("Stripe did not answer") from error


def _declined(error: stripe.CardError) -> _CardDeclined:
    body: Any = error.json_body or {}
    told: dict[str, Any] = body.get("error", {})
    reason = told.get("decline_code") or error.code or "card_declined"
    return _CardDeclined(str(reason), str((told.get("payment_intent") or {}).get("id", "")))


def _charge(intent: Any) -> Charge:
    """The port's view of an expanded PaymentIntent. Raises `ProviderTimeout` while Stripe itself does not know yet."""
    status = _STATUS.get(intent.status)
    if status is None:
        raise ProviderTimeout(f"Stripe says {intent.status}")
    currency = intent.currency.upper()
    units = intent.amount_received if status is ChargeStatus.CAPTURED else intent.amount
    refunded = getattr(intent.latest_charge, "amount_refunded", 0) if status is ChargeStatus.CAPTURED else 0
    return Charge(
        reference=intent.id,
        status=status,
        amount=_from_stripe(units, currency),
        reason=_reason(intent) if status is ChargeStatus.DECLINED else "",
        refunded=_from_stripe(refunded or 0, currency).amount,
    )


def _reason(intent: Any) -> str:
    if intent.status == "requires_action":
        return "requires_action"
    last = intent.last_payment_error
    return str((getattr(last, "decline_code", None) or getattr(last, "code", None)) or "card_declined")


def _to_stripe(amount: Money) -> int:
    return amount.amount * 100 if amount.currency in _TWO_DECIMALS_AT_STRIPE else amount.amount


def _from_stripe(units: int, currency: str) -> Money:
    return Money(units // 100 if currency in _TWO_DECIMALS_AT_STRIPE else units, currency)
