"""Tell the customer that an order was confirmed, is on its way, or was cancelled."""

from kernel.consumer import Consumer
from kernel.settings import Settings
from notifications import bootstrap

app = Consumer(bootstrap.notifier(Settings.from_env()).handle)
