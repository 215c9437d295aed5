"""What can go wrong with a payment, beyond the kernel's errors."""

from kernel.errors import AgoraError, NotFound


class IllegalTransition(AgoraError):
    """The payment's state does not allow the move."""


class AmountMismatch(AgoraError):
    """Two accounts of one payment name different amounts or currencies: nothing may be guessed about money."""


class InvalidAmount(AgoraError):
    """A payment cannot be negative."""


class InvalidRefund(AgoraError):
    """A refund of nothing, of a negative amount, or one too many."""


class RefundExceedsCapture(AgoraError):
    """The refunds of a payment, this one included, would be more than was captured."""


class RefundKeyReused(AgoraError):
    """The key stands for another refund of this payment already."""


class RefundRefused(AgoraError):
    """The provider will not give the money back: an operator has to look."""


class PaymentNotFound(NotFound):
    """No such payment, or not the caller's to see."""

    slug, title = "payment-not-found", "No such payment"


class ProviderTimeout(AgoraError):
    """The call went out and no answer came: the provider has to be asked what happened."""


class ProviderRefused(AgoraError):
    """The provider answered no. `reason` is a short code such as `card_declined`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
