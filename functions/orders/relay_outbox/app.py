"""Outbox of orders: the table's new events, put on the bus."""

from kernel.outbox import Relay
from kernel.settings import Settings

app = Relay(Settings.from_env().event_bus)
