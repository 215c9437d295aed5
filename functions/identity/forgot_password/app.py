"""POST /auth/password/forgot: ask for another password; a mail brings the token, if there is an account."""

from identity import bootstrap
from identity.api import ForgotPassword, MailSent
from identity.errors import TooManyAttempts
from kernel.http import App, Request, Route, Throttle
from kernel.settings import Settings

by_mail = bootstrap.by_mail(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/auth/password/forgot",
        summary="Ask for another password",
        body=ForgotPassword,
        response=MailSent,
        status=202,
        auth="none",
        throttle=Throttle(rate=5, burst=10),
        errors=(TooManyAttempts,),
        max_body=4 * 1024,
    )
)


@app.handler
def forgot_password(body: ForgotPassword, request: Request) -> MailSent:
    """Nothing looks here whether there is an account."""
    by_mail.forgot(body.email, request.caller.source_ip)
    return MailSent()
