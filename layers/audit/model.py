"""One line of the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.masking import masked
from kernel.events import Event


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of one aggregate, as it was told, with personal data masked."""

    aggregate_id: str
    sequence: int
    event_id: str
    source: str
    name: str
    version: int
    time: datetime
    correlation_id: str
    causation_id: str
    data: Mapping[str, Any]

    @classmethod
    def of(cls, event: Event) -> "Entry":
        """What the trail keeps of an event: a function of the event alone, so that repeating it changes nothing."""
        return cls(
            aggregate_id=event.aggregate_id,
            sequence=event.sequence,
            event_id=event.id,
            source=event.source,
            name=event.name,
            version=event.version,
            time=event.time,
            correlation_id=event.correlation_id,
            causation_id=event.causation_id,
            data=masked(event.data),
        )
