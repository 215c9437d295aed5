"""The use cases of inventory: staff look after the counters, the order saga holds and buys from them."""

from inventory.application.holds import Holds, Reserved, Shortage
from inventory.application.levels import Levels

__all__ = ["Holds", "Levels", "Reserved", "Shortage"]
