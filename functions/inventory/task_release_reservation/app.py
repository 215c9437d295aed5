"""Compensation: undo whatever an order did to the stock."""

from inventory import bootstrap, tasks
from kernel.settings import Settings
from kernel.task import Task

app = Task(tasks.release_reservation(bootstrap.holds(Settings.from_env())))
