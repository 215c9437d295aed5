"""How a hot SKU's writes spread over its rows, counted from intercepted calls to a mocked DynamoDB.

DynamoDB takes 1,000 writes a second of one partition key, and a transaction counts twice: one row sells about 250 units
a second, each being a hold and a sale. Counted are the writes of each row for the same number of orders.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from inventory.application import Shortage
from inventory.dynamo import MODELS, DynamoReservations, DynamoStockLevels
from kernel import aws, dynamo
from tests.support import tables
from tests.support.aws import ENVIRONMENT, mocked_aws
from tests.support.functions import environment
from tests.support.moto_transactions import isolated_and_fast
from tests.unit.inventory.shop import Shop

SKU, ORDERS, UNITS, THREADS = "HOT", 200, 120, 4
SHARDS = (1, 2, 4, 8)
WHILE_IT_SELLS = (2, 4, 8)


def measure() -> list[dict[str, Any]]:
    """One row a number of shards, and one for a SKU that is split further while it sells."""
    return [*(_row(str(shards), shards, ()) for shards in SHARDS), _row("1 to 8 meanwhile", 1, WHILE_IT_SELLS)]


def _row(name: str, shards: int, meanwhile: tuple[int, ...]) -> dict[str, Any]:
    with environment({**ENVIRONMENT, "LOG_LEVEL": "ERROR"}), mocked_aws(), isolated_and_fast():
        dynamo.bind(tables.create_from_template("inventory"), *MODELS)
        shop = Shop({SKU: UNITS}, DynamoStockLevels(), DynamoReservations())
        shop.levels.split(SKU, shards)
        with _written_rows() as written, ThreadPoolExecutor(THREADS + 1) as pool:
            splits = pool.submit(lambda: [shop.levels.split(SKU, each) for each in meanwhile])
            sold = sum(pool.map(lambda number: _buy(shop, f"ord_{number}"), range(ORDERS)))
            splits.result()
        stock = shop.stock(SKU)
    if sold != UNITS or stock.on_hand or stock.reserved:
        raise RuntimeError(f"{sold} of {UNITS} sold, {stock.on_hand} left: the books do not agree")
    counts = sorted(written.values(), reverse=True)
    total = sum(counts)
    return {
        "shards": name,
        "orders": ORDERS,
        "units_sold": sold,
        "writes": total,
        "busiest_row": counts[0],
        "busiest_share": counts[0] / total,
        "by_row": " ".join(str(written[key]) for key in sorted(written)),
    }


def _buy(shop: Shop, order: str) -> int:
    if isinstance(shop.holds.reserve(order, {SKU: 1}), Shortage):
        return 0
    shop.holds.commit(order)
    return 1


@contextmanager
def _written_rows() -> Iterator[Counter[str]]:
    """How often each row of the SKU was in a transaction, those that failed included: they cost as much."""
    seen: Counter[str] = Counter()

    def note(params: dict[str, Any], **_: Any) -> None:
        for entry in params["TransactItems"]:
            ((_, write),) = entry.items()
            pk = str((write.get("Key") or write["Item"])["pk"]["S"])
            seen.update([pk] if pk.startswith(f"SKU#{SKU}") else [])

    hooks, event = aws.client("dynamodb").meta.events, "provide-client-params.dynamodb.TransactWriteItems"
    hooks.register(event, note)
    try:
        yield seen
    finally:
        hooks.unregister(event, note)
