"""GET /auth/jwks: the public keys that verify access tokens, for other systems."""

from identity import bootstrap
from identity.views import KeySet
from kernel.http import App, Content, Reply, Request, Route
from kernel.settings import Settings

published = bootstrap.published_keys(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/auth/jwks",
        summary="Keys that verify access tokens",
        response=KeySet,
        auth="none",
        usage="open",
        headers={"Cache-Control": "How long the keys may be kept: a new one is published long before it signs"},
    )
)


@app.handler
def get_keys(request: Request) -> Reply:
    keys = published.public_set() or '{"keys":[]}'
    return Reply(Content(keys, "application/json"), headers={"Cache-Control": "public, max-age=300"})
