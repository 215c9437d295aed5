"""Every five minutes: go on with the orders of deleted accounts that could not be anonymised yet."""

from collections.abc import Mapping
from typing import Any

from kernel.settings import Settings
from kernel.task import Task
from orders import bootstrap

sweep = bootstrap.sweep_erasures(Settings.from_env())


def perform(tick: Mapping[str, Any]) -> Mapping[str, Any]:
    """The tick says nothing but that it is time."""
    return sweep()


app = Task(perform)
