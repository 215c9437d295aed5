"""Every five minutes: end values that a rotation replaced, and finish what died half-way."""

from collections.abc import Mapping
from typing import Any

from access import bootstrap
from kernel.settings import Settings
from kernel.task import Task

sweep = bootstrap.sweep(Settings.from_env())


def perform(tick: Mapping[str, Any]) -> Mapping[str, Any]:
    """The tick says nothing but that it is time."""
    return sweep()


app = Task(perform)
