"""PUT /inventory/{sku}: record a count of the shelf."""

from inventory import bootstrap
from inventory.api import CountStock
from inventory.errors import StockConflict, UnknownStock
from inventory.views import StockLevel
from kernel import etag
from kernel.errors import PreconditionFailed, PreconditionRequired
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

levels = bootstrap.levels(Settings.from_env())
app = App(
    Route(
        method="PUT",
        path="/inventory/{sku}",
        summary="Record a count of the shelf; 201 for the first of a SKU, which needs no If-Match",
        body=CountStock,
        response=StockLevel,
        other_statuses=(201,),
        scopes=frozenset({"inventory:write"}),
        if_match="optional",
        errors=(StockConflict, UnknownStock, PreconditionFailed, PreconditionRequired),
        headers={"ETag": "The version of the count, for If-Match"},
    )
)


@app.handler
def count_stock(sku: str, body: CountStock, request: Request) -> Reply:
    stock = levels.count(sku, body.on_hand, request.if_match)
    status = 201 if stock.version == 1 else 200
    return Reply(StockLevel.of(stock), status, headers={"ETag": etag.of_version(stock.version)})
