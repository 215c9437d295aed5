"""Adds what one request to DynamoDB uses to a usage, from the items before and after it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.counts.sizes import Index, Item, item_size, read_units, write_units
from bench.counts.usage import Usage

Call = Callable[[str, Mapping[str, Any]], Any]
"""Makes a request to DynamoDB that is not counted: operation and parameters in, the answer out."""
Target = tuple[str, Mapping[str, Any]]
"""A table and the key of an item."""
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
_OVERHEAD = 100
"""Bytes that DynamoDB charges for storing an item besides the item."""


@dataclass
class Tables:
    """The keys and indexes of tables, asked for once."""

    call: Call
    _known: dict[str, tuple[tuple[str, ...], tuple[Index, ...]]] = field(default_factory=dict)

    def keys(self, table: str) -> tuple[str, ...]:
        """The names of the key attributes, partition key first."""
        return self._described(table)[0]

    def indexes(self, table: str) -> tuple[Index, ...]:
        """The global secondary indexes."""
        return self._described(table)[1]

    def item(self, target: Target) -> Item | None:
        """The item as it is stored now."""
        table, key = target
        found: Item | None = self.call("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True}).get("Item")
        return found

    def _described(self, table: str) -> tuple[tuple[str, ...], tuple[Index, ...]]:
        if table not in self._known:
            found = self.call("DescribeTable", {"TableName": table})["Table"]
            keys = tuple(each["AttributeName"] for each in found["KeySchema"])
            indexes = tuple(Index.described(each, keys) for each in found.get("GlobalSecondaryIndexes", ()))
            self._known[table] = keys, indexes
        return self._known[table]


def reads(tables: Tables, operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """The read units of a request that was answered."""
    if operation == "GetItem":
        whole = tables.item((request["TableName"], request["Key"]))
        return read_units(item_size(whole), consistent=bool(request.get("ConsistentRead")))
    if operation == "BatchGetItem":
        return sum(_batch(tables, table, wanted) for table, wanted in request["RequestItems"].items())
    whole_page = answer if not _narrowed(request) else tables.call(operation, _without_narrowing(request))
    size = sum(item_size(item) for item in whole_page["Items"])
    return read_units(size, consistent=bool(request.get("ConsistentRead")))


def _batch(tables: Tables, table: str, wanted: Mapping[str, Any]) -> float:
    consistent = bool(wanted.get("ConsistentRead"))
    return sum(read_units(item_size(tables.item((table, key))), consistent=consistent) for key in wanted["Keys"])


def _narrowed(request: Mapping[str, Any]) -> bool:
    """DynamoDB charges for what it reads, not for what a projection or a filter leaves of it."""
    return "ProjectionExpression" in request or "FilterExpression" in request


def _without_narrowing(request: Mapping[str, Any]) -> dict[str, Any]:
    condition = str(request.get("KeyConditionExpression", ""))
    kept = {name: value for name, value in request.items() if name not in ("ProjectionExpression", "FilterExpression")}
    for members in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        used = {name: value for name, value in request.get(members, {}).items() if name in condition}
        kept.pop(members, None)
        if used:
            kept[members] = used
    return kept


def targets(tables: Tables, operation: str, request: Mapping[str, Any]) -> list[Target]:
    """The items that a request writes, or checks in a transaction."""
    return list(_targets(tables, operation, request))


def _targets(tables: Tables, operation: str, request: Mapping[str, Any]) -> Iterator[Target]:
    if operation == "TransactWriteItems":
        for entry in request["TransactItems"]:
            for write in entry.values():
                yield _target(tables, write["TableName"], write)
    elif operation == "BatchWriteItem":
        for table, entries in request["RequestItems"].items():
            for entry in entries:
                yield _target(tables, table, next(iter(entry.values())))
    else:
        yield _target(tables, request["TableName"], request)


def _target(tables: Tables, table: str, write: Mapping[str, Any]) -> Target:
    key = write.get("Key") or {name: write["Item"][name] for name in tables.keys(table)}
    return table, key


def writes(
    tables: Tables, operation: str, changes: list[tuple[Target, Item | None, Item | None]], usage: Usage
) -> None:
    """Count the changes that a request made: (target, before, after). A check counts as a write of what it checks."""
    times = 2 if operation == "TransactWriteItems" else 1
    for (table, key), before, after in changes:
        partition = str(next(iter(key[tables.keys(table)[0]].values())))
        usage.written[table, "", partition] += times * write_units(before, after)
        usage.stored_bytes += _stored(after) - _stored(before)
        for index in tables.indexes(table):
            for value, units in index.write_units(before, after).items():
                usage.written[table, index.name, value] += units
            usage.stored_bytes += _stored(index.entry(after)) - _stored(index.entry(before))


def _stored(item: Item | None) -> int:
    return item_size(item) + _OVERHEAD if item else 0
