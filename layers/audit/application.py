"""What the audit does: write down, read back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from audit.model import Entry
from audit.ports import Trail
from kernel.clock import to_rfc3339
from kernel.events import Event


@dataclass(frozen=True)
class Auditor:
    """Keeps the trail."""

    trail: Trail

    def record(self, event: Event) -> None:
        """Add the event to its aggregate's trail. Same trail under any repetition and any order."""
        self.trail.append(Entry.of(event))

    def read(self, aggregate_id: str) -> list[dict[str, Any]]:
        """The trail of an aggregate as JSON-ready entries, by sequence."""
        return [_document(entry) for entry in self.trail.of(aggregate_id)]


def _document(entry: Entry) -> dict[str, Any]:
    document: Mapping[str, Any] = asdict(entry)
    return {**document, "time": to_rfc3339(entry.time)}
