"""Saga step: snapshot prices, tax, discounts and shipping. No effects to undo."""

from kernel.settings import Settings
from kernel.task import Task
from orders import bootstrap

app = Task(bootstrap.price_order(Settings.from_env()))
