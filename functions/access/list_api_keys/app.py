"""GET /api-keys: all API keys, newest first, for admins."""

from access import bootstrap
from access.views import ApiKeyList, ApiKeyView, ListApiKeys
from kernel.http import App, Request, Route
from kernel.settings import Settings

settings = Settings.from_env()
keys = bootstrap.keys(settings)
cursors = bootstrap.cursors(settings)
app = App(
    Route(
        method="GET",
        path="/api-keys",
        summary="List API keys, newest first; revoked ones are kept for 90 days",
        query=ListApiKeys,
        response=ApiKeyList,
        scopes=frozenset({"keys:manage"}),
    )
)


@app.handler
def list_api_keys(query: ListApiKeys, request: Request) -> ApiKeyList:
    page = keys.page(query.limit, cursors.open("api-keys", query.cursor))
    return ApiKeyList([ApiKeyView.of(each) for each in page.items], cursors.seal("api-keys", page.position))
