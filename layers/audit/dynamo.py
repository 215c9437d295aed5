"""The audit's table: an aggregate's entries under its id, sorted by sequence."""

import json
import zlib

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from audit.model import Entry
from kernel import dynamo
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.errors import ConflictingWrite


class EntryItem(Model):
    """An entry: the aggregate's id, `<sequence>#<event id>`. `data` is deflated JSON: an order may have 1,000 lines."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    sequence = NumberAttribute()
    event_id = UnicodeAttribute()
    source = UnicodeAttribute()
    name = UnicodeAttribute()
    event_version = NumberAttribute()
    time = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    causation_id = UnicodeAttribute()
    data = BinaryAttribute(legacy_encoding=False)


def bind(table: str) -> None:
    """Point the model at the table."""
    dynamo.bind(table, EntryItem)


class DynamoTrail:
    """The `Trail` port on DynamoDB."""

    def append(self, entry: Entry) -> None:
        try:
            with dynamo.translated_errors():
                _item(entry).save(condition=EntryItem.pk.does_not_exist())
        except ConflictingWrite:
            return  # the event was delivered before: what is written stays as it was written

    def of(self, aggregate_id: str) -> list[Entry]:
        with dynamo.translated_errors():
            return [_entry(item) for item in EntryItem.query(aggregate_id, consistent_read=True)]


def _item(entry: Entry) -> EntryItem:
    return EntryItem(
        entry.aggregate_id,
        f"{entry.sequence:012d}#{entry.event_id}",
        sequence=entry.sequence,
        event_id=entry.event_id,
        source=entry.source,
        name=entry.name,
        event_version=entry.version,
        time=to_rfc3339(entry.time),
        correlation_id=entry.correlation_id,
        causation_id=entry.causation_id,
        data=zlib.compress(json.dumps(dict(entry.data), separators=(",", ":")).encode()),
    )


def _entry(item: EntryItem) -> Entry:
    return Entry(
        aggregate_id=item.pk,
        sequence=int(item.sequence),
        event_id=item.event_id,
        source=item.source,
        name=item.name,
        version=int(item.event_version),
        time=from_rfc3339(item.time),
        correlation_id=item.correlation_id,
        causation_id=item.causation_id,
        data=json.loads(zlib.decompress(item.data)),
    )
