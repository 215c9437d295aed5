"""What can go wrong with a shipment, beyond the kernel's errors."""

from kernel.errors import AgoraError


class IllegalTransition(AgoraError):
    """The shipment's state does not allow the move."""


class NoRate(AgoraError):
    """The table has no price for this method, country and weight. `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CarrierTimeout(AgoraError):
    """The call went out and no answer came: the carrier has to be asked what happened."""


class CarrierRefused(AgoraError):
    """The carrier answered no. `reason` is a short code such as `destination_not_served`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
