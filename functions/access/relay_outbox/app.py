"""Put access's new events on the bus, as its table's stream brings them."""

from kernel.outbox import Relay
from kernel.settings import Settings

app = Relay(Settings.from_env().event_bus)
