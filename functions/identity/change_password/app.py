"""POST /auth/password/change: another password, which ends all access that the old one gave."""

from identity import bootstrap
from identity.api import ChangePassword, Tokens
from identity.errors import InvalidCredentials, TooManyAttempts
from kernel.http import App, Request, Route, Throttle
from kernel.settings import Settings

accounts = bootstrap.accounts(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/auth/password/change",
        summary="Change one's password",
        body=ChangePassword,
        response=Tokens,
        throttle=Throttle(rate=10, burst=20),
        errors=(InvalidCredentials, TooManyAttempts),
        max_body=4 * 1024,
    )
)


@app.handler
def change_password(body: ChangePassword, request: Request) -> Tokens:
    """Every other session and every access token ends; the answer's are the ones to go on with."""
    caller = request.caller
    return Tokens.of(
        accounts.change_password(caller.user_id, body.current_password, body.new_password, caller.source_ip)
    )
