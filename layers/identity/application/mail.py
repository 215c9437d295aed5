"""Answers requests by mail: only here is it looked up whether an address has an account, and only the mail tells."""

from dataclasses import dataclass
from html import escape

from identity.mail_request import MailRequest, MailTokens, Purpose
from identity.ports import Mailer, Users
from kernel.clock import Clock
from kernel.mail import Message


@dataclass(frozen=True)
class SendMail:
    """Writes the mail that a request calls for. Safe to repeat: the same request gets the same mail."""

    users: Users
    mailer: Mailer
    tokens: MailTokens
    shop_url: str
    clock: Clock

    def __call__(self, request: MailRequest) -> str:
        """Send it and say which mail it was: `confirm`, `known`, `reset`, `changed`, `none`."""
        if request.expires_at <= self.clock():
            return "none"
        user = self.users.by_email(request.email)
        if request.purpose is Purpose.REGISTER:
            return self._known(request) if user else self._confirm(request)
        if user is None or not user.is_active:
            return "none"
        return self._changed(request) if request.purpose is Purpose.CHANGED else self._reset(request)

    def _confirm(self, request: MailRequest) -> str:
        token = self.tokens.token(request.request_id, request.purpose)
        text = "Confirm your e-mail address to open your account; you are asked for the password that you chose. "
        self._send(request, "Confirm your e-mail address", f"{text}The link is good for 24 hours.", "confirm", token)
        return "confirm"

    def _known(self, request: MailRequest) -> str:
        text = "Somebody, perhaps you, asked for an account with this address. You have one already: log in with it, "
        self._send(request, "You have an account already", f"{text}or ask for another password.", "login", "")
        return "known"

    def _reset(self, request: MailRequest) -> str:
        token = self.tokens.token(request.request_id, request.purpose)
        text = "Choose another password. The link is good for 30 minutes. If you did not ask for it, do nothing."
        self._send(request, "Another password", text, "reset", token)
        return "reset"

    def _changed(self, request: MailRequest) -> str:
        when = request.requested_at.strftime("%d %B %Y, %H:%M UTC")
        text = f"The password of your account was changed on {when}, and every device was logged out. If that was "
        text += "not you, choose another password at once."
        self._send(request, "Your password was changed", text, "forgot", "")
        return "changed"

    def _send(self, request: MailRequest, subject: str, words: str, page: str, token: str) -> None:
        # Behind the #: a browser sends it to no server, so no log of the shop's pages has it.
        link = f"{self.shop_url}/{page}" + (f"#token={token}" if token else "")
        text = f"{words}\n\n{link}\n" + (f"\nToken: {token}\n" if token else "")
        html = f'<p>{escape(words)}</p><p><a href="{escape(link)}">{escape(link)}</a></p>'
        self.mailer.send(Message(request.email, subject, text, html))
