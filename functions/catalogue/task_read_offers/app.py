"""Asked by orders: the name, price, tax, discount and weight of up to 1,000 products."""

from catalogue import bootstrap, tasks
from kernel.settings import Settings
from kernel.task import Task

app = Task(tasks.read_offers(bootstrap.catalogue(Settings.from_env())))
