"""DELETE /api-keys/{key_id}: refuse an API key from now on, for admins."""

from access import bootstrap
from access.errors import ApiKeyNotFound
from kernel.http import App, Reply, Request, Route, Throttle
from kernel.settings import Settings

keys = bootstrap.keys(Settings.from_env())
app = App(
    Route(
        method="DELETE",
        path="/api-keys/{key_id}",
        summary="Revoke an API key with all its values. Safe to repeat; nothing brings the key back",
        status=204,
        scopes=frozenset({"keys:manage"}),
        throttle=Throttle(rate=5, burst=10),
        errors=(ApiKeyNotFound,),
    )
)


@app.handler
def revoke_api_key(key_id: str, request: Request) -> Reply:
    keys.revoke(key_id, request.caller.user_id)
    return Reply()
