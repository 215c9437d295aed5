"""GET /docs/problems/{slug}: what one kind of problem means, and what to do about it."""

from kernel.http import App, Content, Reply, Request, Route
from system import bootstrap
from system.documentation import CONTENT_SECURITY
from system.errors import PageNotFound

documentation = bootstrap.documentation()
app = App(
    Route(
        method="GET",
        path="/docs/problems/{slug}",
        summary="What a kind of problem means",
        produces=("text/html",),
        auth="none",
        usage="open",
        errors=(PageNotFound,),
        headers={"ETag": "Changes with the page", "Cache-Control": "How long it may be kept"},
    )
)


@app.handler
def get_problem(slug: str, request: Request) -> Reply:
    headers = {"Cache-Control": "public, max-age=300", "Content-Security-Policy": CONTENT_SECURITY}
    return Reply(Content(documentation.problem(slug), "text/html; charset=utf-8"), headers=headers)
