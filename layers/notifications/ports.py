"""What notifications need from outside."""

from datetime import datetime
from typing import Protocol

from notifications.model import Message, Notification


class Notifications(Protocol):
    """The record of what was sent, and the lock that lets one delivery at a time send it."""

    def claim(self, notification: Notification, now: datetime) -> bool:
        """Record the notification, or take up one that an earlier delivery recorded and did not send.

        False when there is nothing to send: it was sent, or it is recorded as superseded because the order's
        cancellation, an event of a higher sequence, is on record. Raises `BeingSent` while another delivery is at it.
        """
        ...

    def release(self, notification: Notification) -> None:
        """Let the next delivery have it: this one could not send it."""
        ...

    def complete(self, notification: Notification, provider_id: str, now: datetime) -> None:
        """Record that the mail service took it, under `provider_id`."""
        ...

    def of_order(self, order_id: str) -> list[Notification]:
        """Everything recorded of an order, by sequence."""
        ...


class Mailer(Protocol):
    """Sends e-mail."""

    def send(self, message: Message) -> str:
        """Hand the message to the mail service and return its id for it. Raises `MailRefused` or `TransientError`."""
        ...
