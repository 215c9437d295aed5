"""The composition root: which adapters stand behind the ports."""

from kernel import dynamo
from kernel.clock import utc_now
from kernel.errors import ConfigurationError
from kernel.secrets import StoredSecret
from kernel.settings import Settings
from payments.application import AuthorisePayment, CapturePayment, ReadPayment, RefundPayment, ReversePayment
from payments.dynamo import DynamoPayments, DynamoSandboxRecord, PaymentEventItem, PaymentItem, SandboxItem
from payments.free import FreeOfCharge
from payments.ports import PaymentProvider, Payments
from payments.sandbox import SandboxProvider


def authorise_payment(settings: Settings) -> AuthorisePayment:
    """The saga's step that holds the money."""
    return AuthorisePayment(_payments(settings), _provider(settings), utc_now)


def capture_payment(settings: Settings) -> CapturePayment:
    """The saga's step that takes the money."""
    return CapturePayment(_payments(settings), _provider(settings), utc_now)


def reverse_payment(settings: Settings) -> ReversePayment:
    """The saga's compensation of both."""
    return ReversePayment(_payments(settings), _provider(settings), utc_now)


def refund_payment(settings: Settings) -> RefundPayment:
    """Money back, in part or whole."""
    return RefundPayment(_payments(settings), _provider(settings), utc_now)


def read_payment(settings: Settings) -> ReadPayment:
    """A payment for its owner or staff."""
    return ReadPayment(_payments(settings))


def _payments(settings: Settings) -> Payments:
    dynamo.bind(settings.table, PaymentItem, PaymentEventItem)
    return DynamoPayments()


def _provider(settings: Settings) -> PaymentProvider:
    chosen = settings.require("PROVIDER")
    if chosen == "sandbox":
        dynamo.bind(settings.require("SANDBOX_TABLE"), SandboxItem)
        return FreeOfCharge(SandboxProvider(DynamoSandboxRecord()))
    if chosen == "stripe":
        # Its library is large: only a deployment that takes real money pays for loading it.
        from payments.stripe import StripeProvider  # noqa: PLC0415

        return FreeOfCharge(StripeProvider(StoredSecret(settings.require("STRIPE_SECRET"))))
    raise ConfigurationError(f"AGORA_PROVIDER is {chosen!r}; it can be sandbox or stripe")
