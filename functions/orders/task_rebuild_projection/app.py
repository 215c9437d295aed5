"""Operator's task: make an order's row again from its events."""

from kernel.settings import Settings
from kernel.task import Task
from orders import bootstrap

app = Task(bootstrap.rebuild_projection(Settings.from_env()))
