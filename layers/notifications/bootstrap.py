"""The composition root of notifications' functions."""

from kernel.clock import utc_now
from kernel.settings import Settings
from notifications import dynamo
from notifications.application import Notifier
from notifications.ses import SesMailer


def notifier(settings: Settings) -> Notifier:
    """Sends what events give rise to."""
    dynamo.bind(settings.table)
    return Notifier(dynamo.DynamoNotifications(), SesMailer(settings.require("SENDER")), utc_now)
