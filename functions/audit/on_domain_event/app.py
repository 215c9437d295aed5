"""Write every event of orders and payments into the audit trail."""

from audit import bootstrap
from kernel.consumer import Consumer
from kernel.settings import Settings

app = Consumer(bootstrap.auditor(Settings.from_env()).record)
