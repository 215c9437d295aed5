"""POST /auth/logout: end a session, or all of them."""

from identity import bootstrap
from identity.api import Logout
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

sessions = bootstrap.sessions(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/auth/logout",
        summary="Log out",
        body=Logout,
        status=204,
        auth="none",
        max_body=4 * 1024,
    )
)


@app.handler
def log_out(body: Logout, request: Request) -> Reply:
    """The same answer for any token: there is nothing to learn from it."""
    sessions.log_out(body.refresh_token, everywhere=body.everywhere)
    return Reply()
