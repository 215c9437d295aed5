"""Saga step: leave the task token with the order until its payment method is known."""

from kernel.settings import Settings
from kernel.task import Task
from orders import bootstrap

app = Task(bootstrap.await_payment(Settings.from_env()))
