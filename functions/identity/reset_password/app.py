"""POST /auth/password/reset: another password, with the mail's token; ends all access of the account."""

from identity import bootstrap
from identity.api import ResetPassword
from identity.errors import InvalidMailToken, TooManyAttempts
from kernel.http import App, Reply, Request, Route, Throttle
from kernel.settings import Settings

by_mail = bootstrap.by_mail(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/auth/password/reset",
        summary="Set another password",
        body=ResetPassword,
        status=204,
        auth="none",
        throttle=Throttle(rate=10, burst=20),
        errors=(InvalidMailToken, TooManyAttempts),
        max_body=4 * 1024,
    )
)


@app.handler
def reset_password(body: ResetPassword, request: Request) -> Reply:
    """A token is good once; then its holder logs in."""
    by_mail.reset(body.token, body.password, request.caller.source_ip)
    return Reply()
