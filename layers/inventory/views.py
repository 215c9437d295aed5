"""Stock as clients see it, without pydantic: plain reads should not pay its import."""

from dataclasses import asdict, dataclass, field
from typing import Any

from inventory.model import Stock
from kernel.clock import to_rfc3339


@dataclass(frozen=True, slots=True)
class StockLevel:
    """The stock of one SKU. `reserved` counts unexpired holds only; `version` is what the ETag says."""

    sku: str
    on_hand: int
    reserved: int
    available: int
    version: int
    updated_at: str

    @classmethod
    def of(cls, stock: Stock) -> "StockLevel":
        """The view of `stock`."""
        return cls(
            sku=stock.sku,
            on_hand=stock.on_hand,
            reserved=stock.reserved,
            available=stock.available,
            version=stock.version,
            updated_at=to_rfc3339(stock.updated_at),
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class StockLevelPage:
    """A page of stock levels; `next` is the cursor of the following one, null at the end."""

    items: list[StockLevel]
    next: str | None


@dataclass(frozen=True, slots=True)
class StockRow:
    """One row of a SKU's stock."""

    on_hand: int
    available: int


@dataclass(frozen=True, slots=True)
class StockRows:
    """How a SKU's stock is spread. Orders take from the first `shards` rows first."""

    sku: str
    shards: int
    on_hand: int
    available: int
    rows: list[StockRow]

    @classmethod
    def of(cls, stock: Stock) -> "StockRows":
        """The view of `stock`."""
        rows = [StockRow(row.on_hand, row.available) for row in stock.all_rows]
        return cls(sku=stock.sku, shards=stock.shards, on_hand=stock.on_hand, available=stock.available, rows=rows)


@dataclass(frozen=True, slots=True)
class ListLowStock:
    """The query of GET /inventory/low-stock."""

    threshold: int = field(default=5, metadata={"ge": 0, "le": 10**9})
    limit: int = field(default=50, metadata={"ge": 1, "le": 100})
    cursor: str | None = None
