"""GET /api-keys/{key_id}: one API key without its value, for admins."""

from access import bootstrap
from access.errors import ApiKeyNotFound
from access.views import ApiKeyView
from kernel.http import App, Request, Route
from kernel.settings import Settings

keys = bootstrap.keys(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/api-keys/{key_id}",
        summary="Read an API key, without its value",
        response=ApiKeyView,
        scopes=frozenset({"keys:manage"}),
        errors=(ApiKeyNotFound,),
    )
)


@app.handler
def get_api_key(key_id: str, request: Request) -> ApiKeyView:
    return ApiKeyView.of(keys.get(key_id))
