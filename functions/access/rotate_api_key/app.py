"""POST /api-keys/{key_id}/rotate: another value for an API key, for admins."""

from access import bootstrap
from access.api import RotateApiKey
from access.errors import ApiKeyNotFound, ApiKeyRevoked, RotationUnderWay
from access.views import IssuedApiKey
from kernel.http import App, Reply, Request, Route, Throttle
from kernel.settings import Settings

keys = bootstrap.keys(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/api-keys/{key_id}/rotate",
        summary="Give an API key another value; the present one is good for `overlap_hours` more",
        body=RotateApiKey,
        response=IssuedApiKey,
        status=201,
        scopes=frozenset({"keys:manage"}),
        throttle=Throttle(rate=5, burst=10),
        idempotent=True,
        errors=(ApiKeyNotFound, ApiKeyRevoked, RotationUnderWay),
    )
)


@app.handler
def rotate_api_key(key_id: str, body: RotateApiKey, request: Request) -> Reply:
    issued = keys.rotate(key_id, body.overlap_hours, request.caller.user_id, request.required_idempotency_key())
    return Reply(IssuedApiKey.with_value(issued.api_key, issued.value))
