"""What notifications do: one message for one event, whatever is repeated or comes late."""

from dataclasses import dataclass

from kernel import telemetry
from kernel.clock import Clock
from kernel.events import Event
from notifications import wording
from notifications.model import Notification
from notifications.ports import Mailer, Notifications


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
