"""Every five minutes: rotate the keys that sign access tokens, when that is due."""

from collections.abc import Mapping
from typing import Any

from identity import bootstrap
from identity.errors import UnknownWish
from kernel.settings import Settings
from kernel.task import Task

rotate = bootstrap.rotate_keys(Settings.from_env())


def perform(tick: Mapping[str, Any]) -> Mapping[str, Any]:
    """A tick says nothing; an operator may send `{"rotate": "begin"}` or, when a key is stolen, `"replace"`."""
    wish = tick.get("rotate", "when_due")
    if wish not in ("when_due", "begin", "replace"):
        raise UnknownWish('rotate is "begin" or "replace", or left out')
    return rotate(wish)


app = Task(perform)
