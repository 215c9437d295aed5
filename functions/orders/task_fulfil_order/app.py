"""Saga step: the payment is captured and the parcel announced; the order is FULFILLING."""

from kernel.settings import Settings
from kernel.task import Task
from orders import bootstrap

app = Task(bootstrap.fulfil_order(Settings.from_env()))
