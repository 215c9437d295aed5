"""Saga step: stock is committed and the payment authorised; the order is CONFIRMED."""

from kernel.settings import Settings
from kernel.task import Task
from orders import bootstrap

app = Task(bootstrap.confirm_order(Settings.from_env()))
