"""Anonymise the orders of a deleted account."""

from kernel.consumer import Consumer
from kernel.settings import Settings
from orders import bootstrap

app = Consumer(bootstrap.erase_customer(Settings.from_env()))
