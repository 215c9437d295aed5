"""Saga step: hold every line of an order, or say what is short."""

from inventory import bootstrap, tasks
from kernel.settings import Settings
from kernel.task import Task

app = Task(tasks.reserve_stock(bootstrap.holds(Settings.from_env())))
