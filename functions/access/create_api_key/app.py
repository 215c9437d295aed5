"""POST /api-keys: an API key for a client application, for admins."""

from access import bootstrap
from access.api import NewApiKey
from access.errors import ApiKeyRevoked
from access.views import IssuedApiKey
from kernel.http import App, Reply, Request, Route, Throttle
from kernel.settings import Settings

keys = bootstrap.keys(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/api-keys",
        summary="Make an API key for a client application; its value is in this answer and in no other",
        body=NewApiKey,
        response=IssuedApiKey,
        status=201,
        scopes=frozenset({"keys:manage"}),
        throttle=Throttle(rate=5, burst=10),
        idempotent=True,
        errors=(ApiKeyRevoked,),
    )
)


@app.handler
def create_api_key(body: NewApiKey, request: Request) -> Reply:
    issued = keys.create(
        body.name, body.description, body.plan, request.caller.user_id, request.required_idempotency_key()
    )
    return Reply(IssuedApiKey.with_value(issued.api_key, issued.value))
