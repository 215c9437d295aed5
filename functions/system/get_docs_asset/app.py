"""GET /docs/assets/{name}: a file of the page at /docs."""

from kernel.http import App, Content, Reply, Request, Route
from system import bootstrap
from system.errors import PageNotFound

documentation = bootstrap.documentation()
app = App(
    Route(
        method="GET",
        path="/docs/assets/{name}",
        summary="A file of the documentation's page",
        produces=("text/css", "text/javascript"),
        auth="none",
        usage="open",
        errors=(PageNotFound,),
        headers={"ETag": "Changes with the file", "Cache-Control": "How long it may be kept"},
    )
)


@app.handler
def get_docs_asset(name: str, request: Request) -> Reply:
    text, media_type = documentation.asset(name)
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return Reply(Content(text, f"{media_type}; charset=utf-8"), headers=headers)
