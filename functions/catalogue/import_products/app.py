"""POST /products/batch: create or replace up to 500 products, each on its own."""

from catalogue import bootstrap
from catalogue.api import ProductBatch
from catalogue.importing import ImportResult
from kernel.http import App, Reply, Request, Route, Throttle
from kernel.settings import Settings

importer = bootstrap.importer(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/products/batch",
        summary="Create or replace up to 500 products; 207 when some of them failed. Safe to repeat",
        body=ProductBatch,
        response=ImportResult,
        other_statuses=(207,),
        scopes=frozenset({"catalogue:write"}),
        throttle=Throttle(rate=10, burst=20),
        max_body=5 * 1024 * 1024,
    )
)


@app.handler
def import_products(body: ProductBatch, request: Request) -> Reply:
    result = importer.run(body.entries())
    return Reply(result, 207 if result.failed else 200)
