"""POST /inventory/{sku}/adjust: add what came in, or write off what is gone."""

from inventory import bootstrap
from inventory.api import AdjustStock
from inventory.errors import StockConflict, UnknownStock
from inventory.views import StockLevel
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

levels = bootstrap.levels(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/inventory/{sku}/adjust",
        summary="Add what came in, or write off what is gone",
        body=AdjustStock,
        response=StockLevel,
        scopes=frozenset({"inventory:write"}),
        idempotent=True,
        errors=(StockConflict, UnknownStock),
    )
)


@app.handler
def adjust_stock(sku: str, body: AdjustStock, request: Request) -> Reply:
    return Reply(levels.adjust(sku, body.delta, body.reason, request.required_idempotency_key()))
