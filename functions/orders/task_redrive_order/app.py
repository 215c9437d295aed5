"""Operator's task: run the compensations of a parked order again."""

from kernel.settings import Settings
from kernel.task import Task
from orders import bootstrap

app = Task(bootstrap.redrive_order(Settings.from_env()))
