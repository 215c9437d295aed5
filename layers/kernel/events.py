"""The envelope of a domain event: what every producer writes and every consumer reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kernel import correlation
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.ids import EVENT, new_id


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, in the past tense.

    `sequence` counts the events of one aggregate from 1 without gaps. `published` is false for what only the
    aggregate's own history records. `causation_id` is the id of the event or request that led to it, `traceparent` the
    W3C trace context that it happened in ("" for events from before they carried one).
    """

    source: str
    name: str
    aggregate_id: str
    sequence: int
    time: datetime
    data: Mapping[str, Any]
    id: str = field(default_factory=lambda: new_id(EVENT))
    version: int = 1
    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str = ""
    published: bool = True

    def caused_by(self, cause: correlation.Correlation) -> "Event":
        """The same event with the correlation of the running invocation."""
        return replace(
            self,
            correlation_id=cause.correlation_id,
            causation_id=cause.causation_id or cause.correlation_id,
            traceparent=cause.traceparent,
        )

    def to_detail(self) -> dict[str, Any]:
        """The `detail` that goes on the bus."""
        return {
            "id": self.id,
            "version": self.version,
            "time": to_rfc3339(self.time),
            "aggregate_id": self.aggregate_id,
            "sequence": self.sequence,
            "correlation_id": self.correlation_id,
            "causation_id": self.causation_id,
            **({"traceparent": self.traceparent} if self.traceparent else {}),
            "data": dict(self.data),
        }

    @classmethod
    def from_bus(cls, message: Mapping[str, Any]) -> "Event":
        """Read an EventBridge event (`source`, `detail-type`, `detail`)."""
        detail = message["detail"]
        return cls(
            source=message["source"],
            name=message["detail-type"],
            aggregate_id=detail["aggregate_id"],
            sequence=int(detail["sequence"]),
            time=from_rfc3339(detail["time"]),
            data=detail["data"],
            id=detail["id"],
            version=int(detail["version"]),
            correlation_id=detail.get("correlation_id", ""),
            causation_id=detail.get("causation_id", ""),
            traceparent=detail.get("traceparent", ""),
        )
