"""DELETE /products/{sku}: take a product off the shelf."""

from catalogue import bootstrap
from catalogue.errors import UnknownProduct
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

catalogue = bootstrap.catalogue(Settings.from_env())
app = App(
    Route(
        method="DELETE",
        path="/products/{sku}",
        summary="Take a product off the shelf",
        status=204,
        scopes=frozenset({"catalogue:write"}),
        if_match=True,
        errors=(UnknownProduct,),
    )
)


@app.handler
def delete_product(sku: str, request: Request) -> Reply:
    catalogue.delete(sku, request.if_match)
    return Reply()
