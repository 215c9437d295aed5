"""Stream of the catalogue table → event bus."""

from kernel.outbox import Relay
from kernel.settings import Settings

app = Relay(Settings.from_env().event_bus)
