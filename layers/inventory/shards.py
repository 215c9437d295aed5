"""How the units of a split SKU lie in its rows: pure rules, no I/O."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

MAX_SHARDS = 16
"""The most rows of one SKU; moving units between all of them is one transaction."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One row of a SKU's stock. Its number is its position among the SKU's rows."""

    on_hand: int
    available: int
    version: int

    def moved(self, units: int) -> "Shard":
        """The row with `units` more that nobody holds."""
        return replace(self, on_hand=self.on_hand + units, available=self.available + units)


def preferred(key: str, shards: int) -> int:
    """The row that an order takes from if it can; the same one always, so that a repetition meets the same row."""
    return zlib.crc32(key.encode()) % shards


def row_with(rows: Sequence[Shard], quantity: int, first: int) -> int | None:
    """The first row from `first` on, round about, of which `quantity` are available."""
    order = (*range(first, len(rows)), *range(first))
    return next((number for number in order if rows[number].available >= quantity), None)


def fullest(rows: Sequence[Shard]) -> int:
    """The row with the most available; of equals the first, so that all who gather units gather them there."""
    return max(range(len(rows)), key=lambda number: (rows[number].available, -number))


def shared_out(rows: Sequence[Shard], shards: int) -> tuple[Shard, ...]:
    """The rows, and as many new ones as are needed, with what is available spread evenly over the first `shards`."""
    present = (*rows, *(Shard(0, 0, 0) for _ in range(shards - len(rows))))
    shares = _even(sum(row.available for row in present), shards)
    targets = (*shares, *(0 for _ in present[shards:]))
    return tuple(row.moved(target - row.available) for row, target in zip(present, targets, strict=True))


def gathered(rows: Sequence[Shard], into: int, quantity: int) -> tuple[Shard, ...]:
    """The rows with `quantity` available in row `into`, taken from the others; the fullest give first."""
    others = [number for number in range(len(rows)) if number != into]
    given = _given(rows, others, quantity - rows[into].available)
    given[into] = -sum(given.values())
    return tuple(row.moved(-given.get(number, 0)) for number, row in enumerate(rows))


def changed(rows: Sequence[Shard], shards: int, delta: int) -> tuple[Shard, ...]:
    """The rows after `delta` came in, or went out of what is available."""
    if not rows or delta >= 0:
        shares = _even(delta, shards)
        return tuple(row.moved(shares[number] if number < shards else 0) for number, row in enumerate(rows))
    given = _given(rows, range(len(rows)), -delta)
    # What the rows do not have is asked of the first: its condition then fails, and the rows are read anew.
    given[0] = given.get(0, 0) - delta - sum(given.values())
    return tuple(row.moved(-given.get(number, 0)) for number, row in enumerate(rows))


def _even(total: int, shares: int) -> list[int]:
    base, extra = divmod(total, shares)
    return [base + (number < extra) for number in range(shares)]


def _given(rows: Sequence[Shard], givers: Iterable[int], wanted: int) -> dict[int, int]:
    """What each of the `givers` gives of `wanted` units, the fullest first."""
    given: dict[int, int] = {}
    for number in sorted(givers, key=lambda giver: -rows[giver].available):
        given[number] = max(0, min(rows[number].available, wanted - sum(given.values())))
    return given
