"""What notifications need from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from kernel.mail import Message
from notifications.model import Notification


class Notifications(Protocol):
    """The record of what was sent, and the lock that lets one delivery at a time send it."""

    def claim(self, notification: Notification, now: datetime) -> bool:
        """Record the notification, or take up one that an earlier delivery recorded and did not send.

        False when there is nothing to send: it was sent, or it is recorded as superseded because the order's
        cancellation, an event of a higher sequence, is on record; or the customer's account was deleted, and then
        nothing is recorded either. Raises `BeingSent` while another delivery is at it.
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


class Customers(Protocol):
    """Whom nothing may be recorded of any more."""

    def close(self, customer_id: str, now: datetime) -> None:
        """From now on no notification of this customer is recorded."""
        ...

    def recorded_of(self, customer_id: str) -> list[tuple[str, str]]:
        """Some of what is recorded of the customer, as order and event ids; nothing when nothing is left."""
        ...

    def erase(self, customer_id: str, notifications: Sequence[tuple[str, str]]) -> None:
        """Delete these notifications. Safe to repeat."""
        ...


class Mailer(Protocol):
    """Sends e-mail."""

    def send(self, message: Message) -> str:
        """Hand the message to the mail service and return its id for it. Raises `MailRefused` or `TransientError`."""
        ...
