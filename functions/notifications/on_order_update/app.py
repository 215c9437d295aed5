"""Tell the customer that an order was confirmed, is on its way, or was cancelled."""

from kernel.consumer import Consumer
from kernel.settings import Settings
from kernel.upcasting import Upcasters
from notifications import bootstrap

app = Consumer(bootstrap.notifier(Settings.from_env()).handle, Upcasters())
