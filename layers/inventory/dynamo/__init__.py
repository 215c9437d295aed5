"""Stock and reservations in DynamoDB, through PynamoDB.

| pk | sk | |
| --- | --- | --- |
| `SKU#<sku>` | `STOCK` | the counters; in the index `low-stock` by shard and availability |
| `SKU#<sku>#<n>` | `STOCK` | row n of a split SKU, from 1; `SKU#<sku>` is its row 0; in no index |
| `HOLD#<reservation>` | `HOLD` | the reservation; in the index `due` by shard and time while something is left to do |
| `HOLD#<reservation>` | `PART#<number>` | a part of a large one |
| either | `EVENT#<sequence>` | the outbox |
| `IDEMPOTENCY#<hash>` | `IDEMPOTENCY` | the answer to an adjustment |
"""

from inventory.dynamo.items import MODELS
from inventory.dynamo.levels import DynamoStockLevels
from inventory.dynamo.reservations import DynamoReservations

__all__ = ["MODELS", "DynamoReservations", "DynamoStockLevels"]
