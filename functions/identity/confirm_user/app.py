"""POST /auth/confirm: make the account that was asked for, with the mail's token and the chosen password."""

from identity import bootstrap
from identity.api import Confirm, Tokens
from identity.errors import EmailTaken, InvalidCredentials, InvalidMailToken, TooManyAttempts
from kernel.http import App, Request, Route, Throttle
from kernel.settings import Settings

by_mail = bootstrap.by_mail(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/auth/confirm",
        summary="Open the account",
        body=Confirm,
        response=Tokens,
        status=201,
        auth="none",
        throttle=Throttle(rate=10, burst=20),
        errors=(EmailTaken, InvalidCredentials, InvalidMailToken, TooManyAttempts),
        max_body=4 * 1024,
    )
)


@app.handler
def confirm_user(body: Confirm, request: Request) -> Tokens:
    """Once: who lost the answer logs in."""
    return Tokens.of(by_mail.confirm(body.token, body.password, request.caller.source_ip))
