"""GET /inventory/low-stock: the SKUs that run out, the scarcest first."""

from inventory import bootstrap
from inventory.views import ListLowStock, StockLevel, StockLevelPage
from kernel.http import App, Request, Route
from kernel.settings import Settings

settings = Settings.from_env()
levels = bootstrap.levels(settings)
cursors = bootstrap.cursors(settings)
app = App(
    Route(
        method="GET",
        path="/inventory/low-stock",
        summary="The SKUs of which at most `threshold` are available, the scarcest first",
        query=ListLowStock,
        response=StockLevelPage,
        scopes=frozenset({"inventory:read"}),
    )
)


@app.handler
def list_low_stock(query: ListLowStock, request: Request) -> StockLevelPage:
    purpose = f"low-stock {query.threshold}"
    page = levels.low(query.threshold, query.limit, cursors.open(purpose, query.cursor))
    return StockLevelPage([StockLevel.of(stock) for stock in page.items], cursors.seal(purpose, page.position))
