"""What notifications do: one message for one event, whatever is repeated or comes late."""

from collections.abc import Callable
from dataclasses import dataclass

from kernel import telemetry
from kernel.clock import Clock
from kernel.errors import TransientError
from kernel.events import Event
from notifications import wording
from notifications.model import Notification
from notifications.ports import Customers, Mailer, Notifications


@dataclass(frozen=True)
class Notifier:
    """Tells customers about their orders."""

    notifications: Notifications
    mailer: Mailer
    clock: Clock

    def handle(self, event: Event) -> None:
        """Send the event's message unless it was sent. What it raises sends the event back to the queue.

        The mail service takes no idempotency key: a crash between its answer and our record repeats that one message.
        """
        message = wording.compose(event)
        if message is None:
            telemetry.logger().info("nobody to tell", event_name=event.name, aggregate_id=event.aggregate_id)
            return
        notification = Notification.of(event, message, self.clock())
        if self.notifications.claim(notification, self.clock()):
            self._send(notification)

    def _send(self, notification: Notification) -> None:
        try:
            provider_id = self.mailer.send(notification.message)
        except Exception:
            self.notifications.release(notification)
            raise
        self.notifications.complete(notification, provider_id, self.clock())


@dataclass(frozen=True)
class CustomerEraser:
    """Erases what was recorded of deleted accounts: recipients and texts of their messages."""

    customers: Customers
    clock: Clock
    seconds_left: Callable[[], float]

    def handle(self, event: Event) -> None:
        """`UserDeleted`. First no more is recorded, then what is there goes: nothing slips in between.

        What does not fit into one invocation raises `TransientError`, and the next delivery goes on with the rest.
        """
        customer_id = str(event.data["user_id"])
        self.customers.close(customer_id, self.clock())
        while found := self.customers.recorded_of(customer_id):
            if self.seconds_left() <= 0:
                raise TransientError(f"there is more to erase of {customer_id}")
            self.customers.erase(customer_id, found)
