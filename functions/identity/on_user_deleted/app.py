"""Erase what identity keeps beside a deleted account."""

from identity import bootstrap
from kernel.consumer import Consumer
from kernel.settings import Settings

app = Consumer(bootstrap.eraser(Settings.from_env()))
