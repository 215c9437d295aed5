"""The handler of a function fed by rule → SQS: one domain event at a time, with partial batch responses."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from kernel import correlation, telemetry
from kernel.correlation import Correlation
from kernel.events import Event
from kernel.upcasting import Upcasters

Handle = Callable[[Event], None]


class Consumer:
    """Calls `handle` for each event of an SQS batch. An event that raises goes back to the queue; the others do not.

    `handle` must give the same result under any repetition and any order (deduplicate by id, order by sequence). With
    `upcasters` it is given every event in the version that it works with, and an event of a newer one stays in the
    queue; without, events come as they are.
    """

    def __init__(self, handle: Handle, upcasters: Upcasters | None = None) -> None:
        self._handle = handle
        self._upcasters = upcasters

    def __call__(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Lambda's entry point: an SQS batch in, the batch item failures out."""
        failures = [
            {"itemIdentifier": record["messageId"]} for record in event["Records"] if not self._handled(record, context)
        ]
        return {"batchItemFailures": failures}

    def _handled(self, record: Mapping[str, Any], context: object) -> bool:
        try:
            received = Event.from_bus(json.loads(record["body"]))
            log = telemetry.start(_cause(received), context, event_id=received.id, event_name=received.name)
            self._handle(self._upcasters.current(received) if self._upcasters else received)
        except Exception:  # noqa: BLE001 - whatever it is, the message goes back to the queue
            telemetry.logger().exception("the event was not handled", message_id=record.get("messageId"))
            return False
        log.info("event handled", aggregate_id=received.aggregate_id, sequence=received.sequence)
        return True


def _cause(received: Event) -> Correlation:
    """What the handling of an event belongs to: the event's own correlation, and the event as its cause."""
    carried = {"correlation_id": received.correlation_id, "traceparent": received.traceparent}
    return correlation.bind(correlation.from_payload({**carried, "causation_id": received.id}, received.id))
