"""Saga step: take the stock that an order holds off the shelf."""

from inventory import bootstrap, tasks
from kernel.settings import Settings
from kernel.task import Task

app = Task(tasks.commit_reservation(bootstrap.holds(Settings.from_env())))
