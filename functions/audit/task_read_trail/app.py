"""Read the audit trail of an order or a payment: for operators, who invoke it by name."""

from collections.abc import Mapping
from typing import Any

from audit import bootstrap
from kernel.settings import Settings
from kernel.task import Task

auditor = bootstrap.auditor(Settings.from_env())


def read_trail(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take `{aggregate_id}`; an unknown one has no entries."""
    entries = auditor.read(str(payload["aggregate_id"]))
    return {"outcome": "found" if entries else "nothing", "entries": entries}


app = Task(read_trail)
