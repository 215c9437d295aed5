"""What can go wrong with an order: problems told to clients, and faults of the saga's tasks."""

from kernel.errors import AgoraError, Conflict, Forbidden, NotFound, TooManyRequests, ValidationFailed


class OrderNotFound(NotFound):
    """The order does not exist, or is not the caller's to see."""

    slug, title = "order-not-found", "No such order"


class OrderNotAcceptable(ValidationFailed):
    """The order was read and cannot be sold as it is: unknown SKUs, another currency, a negative total."""

    slug, title = "order-not-acceptable", "The order cannot be accepted"


class StaffOnly(Forbidden):
    """A customer or guest sent fields that only staff may use."""

    slug, title = "staff-only", "Only staff may set these fields"


class OrderLimitReached(TooManyRequests):
    """The customer has placed as many orders in this minute as the shop takes; `Retry-After` says when it is over."""

    slug, title = "order-limit-reached", "Too many orders in a minute"


class NotAwaitingPayment(Conflict):
    """The order has its payment method already, or is over."""

    slug, title = "not-awaiting-payment", "The order does not wait for a payment"


class TransitionRefused(AgoraError):
    """The order's status does not allow what a saga step asked for; the saga compensates."""


class UnknownOrder(AgoraError):
    """A saga step names an order that is not stored."""
