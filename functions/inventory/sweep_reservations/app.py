"""Every minute: end expired holds and finish what somebody left half done."""

from inventory import bootstrap, tasks
from kernel.settings import Settings
from kernel.task import Task

app = Task(tasks.sweep_reservations(bootstrap.holds(Settings.from_env())))
