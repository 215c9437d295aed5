"""Which row of a split SKU an order takes from."""

from collections.abc import Mapping
from contextlib import suppress

from inventory.errors import Lost
from inventory.model import Stock
from inventory.ports import StockLevels
from inventory.reservation import Demand, Place
from inventory.shards import fullest, preferred, row_with


class Placement:
    """Remembers, for as long as the process lives, how many shards the split SKUs have that it has met.

    What it remembers is only where to try first: stock that is split otherwise answers as short, and is read.
    """

    def __init__(self, levels: StockLevels) -> None:
        self._levels = levels
        self._shards: dict[str, int] = {}

    def first(self, reservation_id: str, demand: Demand) -> dict[str, Place]:
        """Where to try first: no read, and nothing for SKUs that are not known to be split."""
        known = ((sku, shards) for sku, shards in self._shards.items() if sku in demand)
        return {sku: Place(preferred(reservation_id, shards), shards) for sku, shards in known}

    def after(self, reservation_id: str, demand: Demand, present: Mapping[str, Stock]) -> dict[str, Place]:
        """Where to try once the stock has been read. Scattered units are moved into one row."""
        for sku, stock in present.items():
            self._remember(sku, stock)
        return {sku: self._choose(reservation_id, stock, demand[sku]) for sku, stock in present.items()}

    def _remember(self, sku: str, stock: Stock) -> None:
        if stock.shards > 1:
            self._shards[sku] = stock.shards
        else:
            self._shards.pop(sku, None)

    def _choose(self, reservation_id: str, stock: Stock, quantity: int) -> Place:
        row = row_with(stock.all_rows, quantity, preferred(reservation_id, stock.shards))
        return Place(self._gather(stock, quantity) if row is None else row, stock.shards)

    def _gather(self, stock: Stock, quantity: int) -> int:
        row = fullest(stock.all_rows)
        with suppress(Lost):  # if a row has less by now, taking fails too, and the stock is read again
            self._levels.rearrange(stock, stock.gathered(row, quantity))
        return row
