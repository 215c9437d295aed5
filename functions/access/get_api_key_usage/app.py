"""GET /api-keys/{key_id}/usage: what an API key used, by day, for admins."""

from access import bootstrap
from access.errors import ApiKeyNotFound
from access.views import AskUsage, Usage
from kernel.clock import utc_now
from kernel.http import App, Request, Route
from kernel.settings import Settings

keys = bootstrap.keys(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/api-keys/{key_id}/usage",
        summary="What an API key used on each day, and what its plan's quota had left",
        query=AskUsage,
        response=Usage,
        scopes=frozenset({"keys:manage"}),
        errors=(ApiKeyNotFound,),
    )
)


@app.handler
def get_api_key_usage(key_id: str, query: AskUsage, request: Request) -> Usage:
    start, end = query.days(utc_now().date())
    api_key = keys.get(key_id)
    return Usage.of(api_key, start, keys.usage(api_key, start, end))
