"""GET /categories: the categories that have products."""

from catalogue import bootstrap
from catalogue.views import CategoryList
from kernel.http import App, Request, Route
from kernel.settings import Settings

catalogue = bootstrap.catalogue(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/categories",
        summary="The categories that have products",
        response=CategoryList,
        auth="none",
    )
)


@app.handler
def list_categories(request: Request) -> CategoryList:
    return CategoryList(catalogue.categories())
