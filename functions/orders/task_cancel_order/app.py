"""Saga compensation: the order is CANCELLED and says why."""

from kernel.settings import Settings
from kernel.task import Task
from orders import bootstrap

app = Task(bootstrap.cancel_order(Settings.from_env()))
