"""Puts the events of shipping on the bus, from the table's stream."""

from kernel.outbox import Relay
from kernel.settings import Settings

app = Relay(Settings.from_env().event_bus)
