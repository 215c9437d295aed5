"""Registering, and choosing another password without the old one: asked for by anybody, done by who reads the mailbox.

Asking takes the same steps whether or not the address has an account: nothing looks.
"""

from dataclasses import dataclass

from identity import events
from identity.application.accounts import SignedIn, check_strength, signed_in
from identity.errors import InvalidCredentials, InvalidMailToken
from identity.mail_request import MailRequest, MailTokens, Purpose
from identity.model import Session, User
from identity.ports import Attempts, Hasher, MailRequests, Users
from identity.throttle import Subject
from identity.tokens import TokenIssuer
from kernel.clock import Clock
from kernel.retry import until_written

_REFUSAL = "ask for another mail"


@dataclass(frozen=True)
class ByMail:
    """What people ask for before they can prove who they are."""

    users: Users
    requests: MailRequests
    attempts: Attempts
    hasher: Hasher
    tokens: TokenIssuer
    mail_tokens: MailTokens
    clock: Clock

    def register(self, email: str, password: str, name: str, source: str) -> None:
        """Ask for an account. Raises `ValidationFailed` for a weak password, `TooManyAttempts`."""
        check_strength("password", password, email)
        self._ask(Purpose.REGISTER, email, source, self.hasher.hash(password), name)

    def forgot(self, email: str, source: str) -> None:
        """Ask for another password. Raises `TooManyAttempts`."""
        self._ask(Purpose.RESET, email, source)

    def confirm(self, token: str, password: str, source: str) -> SignedIn:
        """Make the account that was asked for, and log in.

        It takes the mail's token and the password that was chosen: who only knows an address opens nothing with it, nor
        does who only reads somebody's mail.
        Raises `InvalidMailToken`, `InvalidCredentials`, `EmailTaken`, `TooManyAttempts`.
        """
        request = self._request(token, Purpose.REGISTER, source)
        account = Subject.account(request.email)
        self.attempts.take(account)
        if not self.hasher.verify(request.password_hash, password):
            raise InvalidCredentials("this is not the password that was chosen")
        user = User.register(request.email, request.password_hash, request.name, self.clock())
        session, refresh_token = Session.open(user, user.created_at)
        self.requests.register(request, user, session, events.user_registered(user))
        self.attempts.give_back(account)
        return signed_in(self.tokens, user, session, refresh_token)

    def reset(self, token: str, password: str, source: str) -> None:
        """Give the account another password, end all access and tell the owner by mail. The next step is a login.

        Raises `InvalidMailToken`, `ValidationFailed` for a weak password, `TooManyAttempts`.
        """
        request = self._request(token, Purpose.RESET, source)
        check_strength("password", password, request.email)
        password_hash = self.hasher.hash(password)
        until_written(lambda: self._replace(request, password_hash), request.request_id)

    def _replace(self, request: MailRequest, password_hash: str) -> None:
        user = self.users.by_email(request.email)
        if user is None or not user.is_active:
            raise InvalidMailToken(_REFUSAL)
        changed = user.with_password(password_hash, self.clock())
        told = MailRequest.new(Purpose.CHANGED, changed.email, changed.updated_at)
        self.requests.replace(request, changed, told)

    def _ask(self, purpose: Purpose, email: str, source: str, password_hash: str = "", name: str = "") -> None:
        # Counted for good: who asks in the name of others fills their mailboxes.
        self.attempts.take(Subject.asker(source))
        self.attempts.take(Subject.mailbox(email))
        self.requests.add(MailRequest.new(purpose, email, self.clock(), password_hash, name))

    def _request(self, token: str, purpose: Purpose, source: str) -> MailRequest:
        place = Subject.source(source)
        self.attempts.take(place)
        request_id = self.mail_tokens.request_id(token, purpose)
        request = self.requests.get(request_id) if request_id else None
        if request is None or request.purpose is not purpose or request.expires_at <= self.clock():
            raise InvalidMailToken(_REFUSAL)
        self.attempts.give_back(place)
        return request
