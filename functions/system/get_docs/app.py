"""GET /docs: this API, to be browsed and tried."""

from kernel.http import App, Content, Reply, Request, Route
from system import bootstrap
from system.documentation import CONTENT_SECURITY

documentation = bootstrap.documentation()
app = App(
    Route(
        method="GET",
        path="/docs",
        summary="Browse the API",
        produces=("text/html",),
        auth="none",
        usage="open",
        headers={"ETag": "Changes with the page", "Cache-Control": "How long it may be kept"},
    )
)


@app.handler
def get_docs(request: Request) -> Reply:
    headers = {"Cache-Control": "public, max-age=300", "Content-Security-Policy": CONTENT_SECURITY}
    return Reply(Content(documentation.page(), "text/html; charset=utf-8"), headers=headers)
