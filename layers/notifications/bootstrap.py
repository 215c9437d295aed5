"""The composition root of notifications' functions."""

import time
from collections.abc import Callable

from kernel.clock import utc_now
from kernel.events import Event
from kernel.ses import SesMailer
from kernel.settings import Settings
from notifications import customers, dynamo
from notifications.application import CustomerEraser, Notifier


def notifier(settings: Settings) -> Notifier:
    """Sends what events give rise to."""
    dynamo.bind(settings.table)
    return Notifier(dynamo.DynamoNotifications(), SesMailer(settings.require("SENDER")), utc_now)


def customer_eraser(settings: Settings) -> Callable[[Event], None]:
    """Erases what was recorded of a deleted account; each event has its own time."""
    dynamo.bind(settings.table)
    seconds = float(settings.get("ERASE_SECONDS", "20"))

    def handle(event: Event) -> None:
        end = time.monotonic() + seconds
        CustomerEraser(customers.DynamoCustomers(), utc_now, lambda: end - time.monotonic()).handle(event)

    return handle
