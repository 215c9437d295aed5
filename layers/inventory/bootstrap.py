"""The composition root of inventory: what its functions are made of, from their settings."""

from datetime import timedelta

from inventory import dynamo as tables
from inventory.application import Holds, Levels
from kernel import dynamo
from kernel.clock import utc_now
from kernel.cursor import Cursors
from kernel.secrets import StoredSecret
from kernel.settings import Settings

HOLD_SECONDS = 20 * 60
"""How long stock is held by default: the saga waits up to 15 minutes for a payment, and needs time around that."""


def holds(settings: Settings) -> Holds:
    """The saga's use cases."""
    dynamo.bind(settings.table, *tables.MODELS)
    hold_for = timedelta(seconds=int(settings.get("HOLD_SECONDS", str(HOLD_SECONDS))))
    return Holds(tables.DynamoReservations(), tables.DynamoStockLevels(), utc_now, hold_for)


def levels(settings: Settings) -> Levels:
    """The staff's use cases."""
    return Levels(tables.DynamoStockLevels(), holds(settings).settle_due, utc_now)


def cursors(settings: Settings) -> Cursors:
    """Signed page cursors."""
    return Cursors(StoredSecret(f"{settings.prefix}/cursor-key"))
