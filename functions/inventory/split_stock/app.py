"""PUT /inventory/{sku}/shards: spread the stock of a SKU that sells very fast."""

from inventory import bootstrap
from inventory.api import SplitStock
from inventory.errors import UnknownStock
from inventory.views import StockRows
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

levels = bootstrap.levels(Settings.from_env())
app = App(
    Route(
        method="PUT",
        path="/inventory/{sku}/shards",
        summary="Spread the stock of a SKU that sells very fast over rows that orders take from side by side",
        body=SplitStock,
        response=StockRows,
        scopes=frozenset({"inventory:write"}),
        errors=(UnknownStock,),
    )
)


@app.handler
def split_stock(sku: str, body: SplitStock, request: Request) -> Reply:
    return Reply(StockRows.of(levels.split(sku, body.shards)))
