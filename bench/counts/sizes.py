"""DynamoDB's capacity units, from the sizes of items as AWS documents them.

An item's size is that of its attribute names (UTF-8) and values. A write counts per 1 KB of the larger of the item
before and after, a read per 4 KB; eventually consistent reads count half, everything in a transaction double. An index
counts a write of what it projects, where that changes.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
WRITE_BYTES, READ_BYTES = 1024, 4096
_OF_A_COLLECTION = 3


def item_size(item: Item | None) -> int:
    """Bytes of an item in DynamoDB's JSON; 0 for none."""
    return sum(len(name.encode()) + _value_size(value) for name, value in (item or {}).items())


def _value_size(value: Mapping[str, Any]) -> int:
    kind, content = next(iter(value.items()))
    return _SIZES[kind](content)


def _members_size(content: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(1 + len(name.encode()) + _value_size(each) for name, each in content.items())


def _number_size(text: str) -> int:
    """About a byte for two significant digits, and one more."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": lambda text: len(text.encode()),
    "N": _number_size,
    "B": len,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "L": lambda content: _OF_A_COLLECTION + sum(1 + _value_size(each) for each in content),
    "M": lambda content: _OF_A_COLLECTION + _members_size(content),
    "SS": lambda content: sum(len(each.encode()) for each in content),
    "NS": lambda content: sum(_number_size(each) for each in content),
    "BS": lambda content: sum(len(each) for each in content),
}


def write_units(before: Item | None, after: Item | None) -> int:
    """Write units of replacing one by the other, outside a transaction; at least one."""
    return max(1, math.ceil(max(item_size(before), item_size(after)) / WRITE_BYTES))


def read_units(size: int, *, consistent: bool) -> float:
    """Read units of so many bytes; at least one, or half of one."""
    return max(1, math.ceil(size / READ_BYTES)) * (1.0 if consistent else 0.5)


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index. `projected` is None where it holds every attribute."""

    name: str
    keys: tuple[str, ...]
    projected: frozenset[str] | None

    @classmethod
    def described(cls, found: Mapping[str, Any], table_keys: tuple[str, ...]) -> "Index":
        """From DescribeTable."""
        keys = tuple(each["AttributeName"] for each in found["KeySchema"])
        projection = found["Projection"]
        if projection["ProjectionType"] == "ALL":
            return cls(found["IndexName"], keys, None)
        return cls(found["IndexName"], keys, frozenset({*keys, *table_keys, *projection.get("NonKeyAttributes", ())}))

    def entry(self, item: Item | None) -> Item | None:
        """What the index holds of an item, None where the item is not in it."""
        if item is None or any(key not in item for key in self.keys):
            return None
        return item if self.projected is None else {name: item[name] for name in self.projected if name in item}

    def write_units(self, before: Item | None, after: Item | None) -> dict[str, int]:
        """Write units by the value of the index' partition key; empty where the index does not change."""
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return {}
        if old is not None and new is not None and all(old[key] == new[key] for key in self.keys):
            return {self._partition(new): write_units(old, new)}
        units: dict[str, int] = {}
        for entry in (old, new):
            if entry is not None:
                partition = self._partition(entry)
                units[partition] = units.get(partition, 0) + write_units(None, entry)
        return units

    def _partition(self, entry: Item) -> str:
        return str(next(iter(entry[self.keys[0]].values())))
