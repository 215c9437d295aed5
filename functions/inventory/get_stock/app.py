"""GET /inventory/{sku}: the stock of one SKU."""

from inventory import bootstrap
from inventory.errors import UnknownStock
from inventory.views import StockLevel
from kernel import etag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

levels = bootstrap.levels(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/inventory/{sku}",
        summary="The stock of one SKU",
        response=StockLevel,
        scopes=frozenset({"inventory:read"}),
        errors=(UnknownStock,),
        headers={"ETag": "The version of the count, for If-Match"},
    )
)


@app.handler
def get_stock(sku: str, request: Request) -> Reply:
    stock = levels.get(sku)
    # Holds change what is read and not what is counted: If-None-Match sees them, If-Match does not.
    tag = etag.of_version(stock.version, stock.reserved, stock.available)
    return Reply(StockLevel.of(stock), headers={"ETag": tag})
