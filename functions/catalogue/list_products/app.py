"""GET /products: the products for sale, of one category or all."""

from catalogue import bootstrap
from catalogue.views import ListProducts, ProductPage, ProductView
from kernel.http import App, Request, Route
from kernel.settings import Settings

settings = Settings.from_env()
catalogue = bootstrap.catalogue(settings)
cursors = bootstrap.cursors(settings)
app = App(
    Route(
        method="GET",
        path="/products",
        summary="The products for sale, of one category or all",
        query=ListProducts,
        response=ProductPage,
        auth="none",
    )
)


@app.handler
def list_products(query: ListProducts, request: Request) -> ProductPage:
    purpose = f"products {query.category or '*'}"
    page = catalogue.page(query.category, query.limit, cursors.open(purpose, query.cursor))
    return ProductPage([ProductView.of(each) for each in page.items], cursors.seal(purpose, page.position))
