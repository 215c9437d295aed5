"""A notification: one message that one event gave rise to."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kernel.events import Event
from kernel.mail import Message

CLAIM = timedelta(seconds=60)
"""How long one delivery keeps a notification to itself: longer than its function may run, shorter than the queue
waits before it delivers the event again."""

CANCELLED = "OrderCancelled"


class Status(StrEnum):
    """RECORDED until the mail service took the message. SUPERSEDED is never sent: the order had been cancelled."""

    RECORDED = "RECORDED"
    SENT = "SENT"
    SUPERSEDED = "SUPERSEDED"


@dataclass(frozen=True, slots=True)
class Notification:
    """The message of one event of one order. `provider_id` is the mail service's name for what it took.

    `customer_id` is the account that it was written to, None for a guest.
    """

    event_id: str
    event_name: str
    order_id: str
    sequence: int
    message: Message
    status: Status
    recorded_at: datetime
    sent_at: datetime | None = None
    provider_id: str = ""
    customer_id: str | None = None

    @classmethod
    def of(cls, event: Event, message: Message, now: datetime) -> "Notification":
        """What has to be sent because of `event`."""
        return cls(
            event_id=event.id,
            event_name=event.name,
            order_id=event.aggregate_id,
            sequence=event.sequence,
            message=message,
            status=Status.RECORDED,
            recorded_at=now,
            customer_id=event.data.get("customer_id"),
        )

    @property
    def ends_the_order(self) -> bool:
        """Whether earlier news of the order is worth nothing after this."""
        return self.event_name == CANCELLED

    def sent(self, provider_id: str, now: datetime) -> "Notification":
        """The mail service took it."""
        return replace(self, status=Status.SENT, provider_id=provider_id, sent_at=now)

    def superseded(self) -> "Notification":
        """It came too late to be of use."""
        return replace(self, status=Status.SUPERSEDED)
