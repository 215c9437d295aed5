"""The transactional outbox: an event is an item beside the state it tells of, and the table's stream feeds the bus."""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from kernel import aws, correlation, telemetry
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.errors import TransientError
from kernel.events import Event

PREFIX = "EVENT#"
_BATCH = 10  # most entries of one PutEvents
_MAX_BATCH_BYTES = 240_000  # PutEvents takes 256 KB in all; leave room for the envelope


def sort_key(sequence: int) -> str:
    """`EVENT#000000000012`: sorts as the sequence does."""
    return f"{PREFIX}{sequence:012d}"


class EventItem(Model):
    """An event as stored: `pk` is its aggregate's, `sk` its place in the history. Subclass it with a `Meta`.

    `data` is deflated JSON, so that the events of an order of 1,000 lines stay far below DynamoDB's 400 KB.
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    id = UnicodeAttribute()
    source = UnicodeAttribute()
    name = UnicodeAttribute()
    event_version = NumberAttribute()
    time = UnicodeAttribute()
    aggregate_id = UnicodeAttribute()
    sequence = NumberAttribute()
    correlation_id = UnicodeAttribute()
    causation_id = UnicodeAttribute()
    traceparent = UnicodeAttribute(null=True)
    published = BooleanAttribute()
    data = BinaryAttribute(legacy_encoding=False)

    def to_event(self) -> Event:
        """The event that this item stores."""
        return Event(
            source=self.source,
            name=self.name,
            aggregate_id=self.aggregate_id,
            sequence=int(self.sequence),
            time=from_rfc3339(self.time),
            data=json.loads(zlib.decompress(self.data)),
            id=self.id,
            version=int(self.event_version),
            correlation_id=self.correlation_id,
            causation_id=self.causation_id,
            traceparent=self.traceparent or "",
            published=self.published,
        )


def fields(event: Event, pk: str) -> dict[str, Any]:
    """The attribute values of an `EventItem` for `event`, with the correlation of the running invocation."""
    caused = event.caused_by(correlation.current()) if not event.correlation_id else event
    return {
        "pk": pk,
        "sk": sort_key(event.sequence),
        "id": caused.id,
        "source": caused.source,
        "name": caused.name,
        "event_version": caused.version,
        "time": to_rfc3339(caused.time),
        "aggregate_id": caused.aggregate_id,
        "sequence": caused.sequence,
        "correlation_id": caused.correlation_id,
        "causation_id": caused.causation_id,
        "traceparent": caused.traceparent or None,
        "published": caused.published,
        "data": zlib.compress(json.dumps(dict(caused.data), separators=(",", ":")).encode()),
    }


class Relay:
    """The Lambda handler that puts a table's new events on the bus. Safe to run twice: consumers deduplicate by id.

    What the bus refuses is reported as failed from the first one on, so that the stream repeats it in order.
    """

    def __init__(self, bus: str) -> None:
        self._bus = bus

    def __call__(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Lambda's entry point: a stream batch in, the first refused record out."""
        telemetry.start(correlation.bind(correlation.from_payload({}, "")), context)
        records = event["Records"]
        entries = [(record, entry) for record in records if (entry := self._entry(record)) is not None]
        for batch in _batches(entries):
            refused = self._put([entry for _, entry in batch])
            if refused is not None:
                failed = batch[refused][0]["dynamodb"]["SequenceNumber"]
                return {"batchItemFailures": [{"itemIdentifier": failed}]}
        return {"batchItemFailures": []}

    def _entry(self, record: Mapping[str, Any]) -> dict[str, Any] | None:
        image = record.get("dynamodb", {}).get("NewImage")
        if record.get("eventName") != "INSERT" or not image or not image["sk"]["S"].startswith(PREFIX):
            return None
        if not image["published"]["BOOL"]:
            return None
        return {
            "Source": image["source"]["S"],
            "DetailType": image["name"]["S"],
            "EventBusName": self._bus,
            "Detail": json.dumps(_detail(image), separators=(",", ":")),
        }

    def _put(self, entries: list[dict[str, Any]]) -> int | None:
        """The index of the first entry that the bus refused, None when it took all."""
        log = telemetry.logger()
        try:
            answer = aws.client("events").put_events(Entries=entries)
        except (BotoCoreError, ClientError):
            log.exception("the bus could not be reached")
            return 0
        codes = [result.get("ErrorCode") for result in answer["Entries"]]
        for entry, code in zip(entries, codes, strict=True):
            if code:
                log.error("the bus refused an event", error_code=code, **_told(entry))
            else:
                log.info("event published", **_told(entry))
        return next((index for index, code in enumerate(codes) if code), None)


def _told(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What a line says of one event, under its own correlation: a batch brings together what many requests caused."""
    detail = json.loads(entry["Detail"])
    return {
        "event_name": entry["DetailType"],
        "event_id": detail["id"],
        "aggregate_id": detail["aggregate_id"],
        "correlation_id": detail["correlation_id"],
        "traceparent": detail.get("traceparent", ""),
        "detail_bytes": len(entry["Detail"]),
    }


def _detail(image: Mapping[str, Any]) -> dict[str, Any]:
    """The bus detail of a stream image: DynamoDB's typed JSON, with binary values in base64."""
    text = {name: image[name]["S"] for name in ("id", "time", "aggregate_id", "correlation_id", "causation_id")}
    trace = {"traceparent": image["traceparent"]["S"]} if "traceparent" in image else {}
    return {
        **text,
        **trace,
        "version": int(image["event_version"]["N"]),
        "sequence": int(image["sequence"]["N"]),
        "data": json.loads(zlib.decompress(base64.b64decode(image["data"]["B"]))),
    }


def _batches(entries: Iterable[tuple[Any, dict[str, Any]]]) -> Iterable[list[tuple[Any, dict[str, Any]]]]:
    """Groups that one PutEvents takes: at most 10 entries and 256 KB."""
    batch: list[tuple[Any, dict[str, Any]]] = []
    size = 0
    for record, entry in entries:
        weight = len(entry["Detail"].encode())
        if weight > _MAX_BATCH_BYTES:
            raise TransientError(f"the event {entry['DetailType']} of {weight} bytes does not fit the bus")
        if batch and (len(batch) == _BATCH or size + weight > _MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((record, entry))
        size += weight
    if batch:
        yield batch
