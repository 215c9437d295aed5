"""Saga last resort: the order is COMPENSATION_PARKED and rings the alarm."""

from kernel.settings import Settings
from kernel.task import Task
from orders import bootstrap

app = Task(bootstrap.park_order(Settings.from_env()))
