"""Events of older versions, read as the present one: each step turns the data of one version into that of the next.

Who reads events keeps the steps, for a reader knows what it needs; who writes them only ever writes the newest version.
A new field that readers may ignore is no new version (docs/versioning.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kernel.errors import AgoraError
from kernel.events import Event

Step = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""The data of one version in, the data of the next one out; the data given stays as it is."""


class UnknownEventVersion(AgoraError):
    """The event is of a version newer than this reader knows: it waits in the dead-letter queue for a newer reader."""


class Upcasters:
    """The steps of one reader, by source, name and the version that they start from."""

    def __init__(self, steps: Mapping[tuple[str, str, int], Step] | None = None) -> None:
        self._steps = dict(steps or {})

    def latest(self, source: str, name: str) -> int:
        """The version that this reader works with: 1 where no step says otherwise."""
        return max((version + 1 for of, called, version in self._steps if (of, called) == (source, name)), default=1)

    def current(self, event: Event) -> Event:
        """The event in the version that the reader works with. Raises `UnknownEventVersion` for a newer one."""
        if event.version > self.latest(event.source, event.name):
            raise UnknownEventVersion(f"{event.name} {event.id} is of version {event.version}")
        while step := self._steps.get((event.source, event.name, event.version)):
            event = replace(event, version=event.version + 1, data=step(event.data))
        return event
