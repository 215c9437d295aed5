"""POST /auth/register: ask for a customer's account; a mail says how it goes on."""

from identity import bootstrap
from identity.api import MailSent, Register
from identity.errors import TooManyAttempts
from kernel.http import App, Request, Route, Throttle
from kernel.settings import Settings

by_mail = bootstrap.by_mail(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/auth/register",
        summary="Ask for an account",
        body=Register,
        response=MailSent,
        status=202,
        auth="none",
        throttle=Throttle(rate=5, burst=10),
        errors=(TooManyAttempts,),
        max_body=4 * 1024,
    )
)


@app.handler
def register_user(body: Register, request: Request) -> MailSent:
    """The same answer after the same work whether or not the address has an account: only its mailbox is told."""
    by_mail.register(body.email, body.password, body.name or "", request.caller.source_ip)
    return MailSent()
