"""GET /products/{sku}: one product."""

from catalogue import bootstrap
from catalogue.errors import UnknownProduct
from catalogue.views import ProductView
from kernel import etag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

catalogue = bootstrap.catalogue(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/products/{sku}",
        summary="One product",
        response=ProductView,
        auth="none",
        errors=(UnknownProduct,),
        headers={"ETag": "The product's version, for If-Match"},
    )
)


@app.handler
def get_product(sku: str, request: Request) -> Reply:
    product = catalogue.get(sku)
    return Reply(ProductView.of(product), headers={"ETag": etag.of_version(product.version)})
