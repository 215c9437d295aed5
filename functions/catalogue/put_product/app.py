"""PUT /products/{sku}: replace a product, or create it under this SKU."""

from catalogue import bootstrap
from catalogue.api import ReplaceProduct
from catalogue.views import ProductView
from kernel import etag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

catalogue = bootstrap.catalogue(Settings.from_env())
app = App(
    Route(
        method="PUT",
        path="/products/{sku}",
        summary="Replace a product; 201 for a new one, which needs no If-Match",
        body=ReplaceProduct,
        response=ProductView,
        other_statuses=(201,),
        scopes=frozenset({"catalogue:write"}),
        if_match="optional",
        headers={"ETag": "The product's version, for If-Match"},
    )
)


@app.handler
def put_product(sku: str, body: ReplaceProduct, request: Request) -> Reply:
    product, is_new = catalogue.replace(sku, body.details_of(sku), request.if_match)
    headers = {"ETag": etag.of_version(product.version)}
    return Reply(ProductView.of(product), 201 if is_new else 200, headers)
