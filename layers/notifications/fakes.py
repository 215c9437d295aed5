"""Notifications' ports in memory: for tests, with the same promises as the real ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kernel.errors import ConflictingWrite
from kernel.mail import Message
from notifications.errors import BeingSent
from notifications.model import CLAIM, Notification, Status


@dataclass
class MemoryNotifications:
    """The ports `Notifications` and `Customers`; the latter answers in small pages."""

    stored: dict[str, Notification] = field(default_factory=dict)
    claims: dict[str, datetime] = field(default_factory=dict)
    cancellations: dict[str, int] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def claim(self, notification: Notification, now: datetime) -> bool:
        if notification.customer_id in self.closed:
            return False
        known = self.stored.get(notification.event_id)
        if known is not None and known.status is not Status.RECORDED:
            return False
        if self.claims.get(notification.event_id, now) > now:
            raise BeingSent(notification.event_id)
        if notification.ends_the_order:
            self.cancellations[notification.order_id] = notification.sequence
        if self.cancellations.get(notification.order_id, 0) > notification.sequence:
            self.stored[notification.event_id] = notification.superseded()
            return False
        self.stored.setdefault(notification.event_id, notification)
        self.claims[notification.event_id] = now + CLAIM
        return True

    def release(self, notification: Notification) -> None:
        self.claims.pop(notification.event_id, None)

    def complete(self, notification: Notification, provider_id: str, now: datetime) -> None:
        if notification.event_id not in self.stored:
            raise ConflictingWrite(notification.event_id)
        self.stored[notification.event_id] = self.stored[notification.event_id].sent(provider_id, now)
        self.claims.pop(notification.event_id, None)

    def of_order(self, order_id: str) -> list[Notification]:
        found = (each for each in self.stored.values() if each.order_id == order_id)
        return sorted(found, key=lambda each: each.sequence)

    def close(self, customer_id: str, now: datetime) -> None:  # noqa: ARG002 - the real one lets the mark expire
        self.closed.add(customer_id)

    def recorded_of(self, customer_id: str) -> list[tuple[str, str]]:
        found = [each for each in self.stored.values() if each.customer_id == customer_id]
        return [(each.order_id, each.event_id) for each in found][:2]

    def erase(self, customer_id: str, notifications: Sequence[tuple[str, str]]) -> None:  # noqa: ARG002
        for _, event_id in notifications:
            self.stored.pop(event_id, None)


@dataclass
class MemoryMailer:
    """The `Mailer` port; keeps what it took. `before` runs first and may raise, as a mail service may fail."""

    taken: list[Message] = field(default_factory=list)
    before: Callable[[Message], None] = lambda message: None  # noqa: ARG005

    def send(self, message: Message) -> str:
        self.before(message)
        self.taken.append(message)
        return f"message-{len(self.taken)}"
