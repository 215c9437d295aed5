"""POST /products: put a new product on sale."""

from catalogue import bootstrap
from catalogue.api import NewProduct
from catalogue.errors import ProductExists
from catalogue.views import ProductView
from kernel import etag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

catalogue = bootstrap.catalogue(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/products",
        summary="Put a new product on sale",
        body=NewProduct,
        response=ProductView,
        status=201,
        scopes=frozenset({"catalogue:write"}),
        idempotent="optional",
        errors=(ProductExists,),
        headers={"ETag": "The product's version, for If-Match"},
    )
)


@app.handler
def create_product(body: NewProduct, request: Request) -> Reply:
    product = catalogue.create(body.sku, body.details(), request.idempotency_key)
    return Reply(product, headers={"ETag": etag.of_version(product["version"])})
