"""POST /auth/register: create a customer's account and log in."""

from identity import bootstrap
from identity.api import Register, Tokens
from identity.errors import EmailTaken, TooManyAttempts
from kernel.http import App, Request, Route
from kernel.settings import Settings

accounts = bootstrap.accounts(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/auth/register",
        summary="Create an account",
        body=Register,
        response=Tokens,
        status=201,
        auth="none",
        usage="expensive",
        errors=(EmailTaken, TooManyAttempts),
        max_body=4 * 1024,
    )
)


@app.handler
def register_user(body: Register, request: Request) -> Tokens:
    """Sent again with the same password it logs in, so a lost answer costs nothing."""
    return Tokens.of(accounts.register(body.email, body.password, body.name or "", request.caller.source_ip))
