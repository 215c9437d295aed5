"""Erase what was recorded of a deleted account."""

from kernel.consumer import Consumer
from kernel.settings import Settings
from notifications import bootstrap

app = Consumer(bootstrap.customer_eraser(Settings.from_env()))
