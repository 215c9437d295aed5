"""GET /openapi.json: the description of this API, for tools and for the viewer at /docs."""

from kernel.http import App, Content, Reply, Request, Route
from system import bootstrap

documentation = bootstrap.documentation()
app = App(
    Route(
        method="GET",
        path="/openapi.json",
        summary="This document",
        response=dict[str, object],
        auth="none",
        usage="open",
        headers={"ETag": "Changes with the document", "Cache-Control": "How long it may be kept"},
    )
)


@app.handler
def get_openapi(request: Request) -> Reply:
    text = documentation.description(request.base_url)
    return Reply(Content(text, "application/json"), headers={"Cache-Control": "public, max-age=300"})
