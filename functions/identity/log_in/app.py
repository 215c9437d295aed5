"""POST /auth/login: an access token and a refresh token for an e-mail address and its password."""

from identity import bootstrap
from identity.api import Login, Tokens
from identity.errors import InvalidCredentials, TooManyAttempts
from kernel.http import App, Request, Route, Throttle
from kernel.settings import Settings

accounts = bootstrap.accounts(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/auth/login",
        summary="Log in",
        body=Login,
        response=Tokens,
        auth="none",
        throttle=Throttle(rate=20, burst=40),
        errors=(InvalidCredentials, TooManyAttempts),
        max_body=4 * 1024,
    )
)


@app.handler
def log_in(body: Login, request: Request) -> Tokens:
    """A wrong password and an unknown address get the same answer after the same time."""
    return Tokens.of(accounts.login(body.email, body.password, request.caller.source_ip))
