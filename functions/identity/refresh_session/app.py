"""POST /auth/refresh: a new access token and the next refresh token of a session."""

from identity import bootstrap
from identity.api import Refresh, Tokens
from identity.errors import InvalidRefreshToken
from kernel.http import App, Request, Route
from kernel.settings import Settings

sessions = bootstrap.sessions(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/auth/refresh",
        summary="Go on with a session",
        body=Refresh,
        response=Tokens,
        auth="none",
        errors=(InvalidRefreshToken,),
        max_body=4 * 1024,
    )
)


@app.handler
def refresh_session(body: Refresh, request: Request) -> Tokens:
    """Not to be repeated: a token that comes twice ends its session, whoever sent it."""
    return Tokens.of(sessions.refresh(body.refresh_token))
