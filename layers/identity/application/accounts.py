"""Logging in, and another password."""

from dataclasses import dataclass

from identity import passwords
from identity.errors import InvalidCredentials
from identity.mail_request import MailRequest, Purpose
from identity.model import Session, User
from identity.ports import Attempts, Hasher, Users
from identity.throttle import Subject
from identity.tokens import LIFE, TokenIssuer
from kernel.clock import Clock
from kernel.errors import FieldError, ValidationFailed
from kernel.retry import until_written

# The hash of a random password, thrown away: what a login on an unknown account is compared with, to take as long.
DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$a1nD1kypu1qB82ntgXWz0A$d8Wp8zp3TqmOFAEyNOFI7KeVJjTm+xXMUPb7OqHJUwg"
_REFUSAL = "no account has this e-mail address and password"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody proved to be this user."""

    user_id: str
    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class Accounts:
    """Logs people in."""

    users: Users
    attempts: Attempts
    hasher: Hasher
    tokens: TokenIssuer
    clock: Clock

    def login(self, email: str, password: str, source: str) -> SignedIn:
        """Open a session. Raises `InvalidCredentials` or `TooManyAttempts`, as often and as late for no account."""
        place = Subject.source(source)
        self.attempts.take(place)
        user = self._authenticated(email, password)
        self.attempts.give_back(place)
        return self._open(user)

    def change_password(self, user_id: str, current: str, new: str, source: str) -> SignedIn:
        """Replace the password, end all other access, tell the owner by mail, and log in anew. Throttled as a login.

        Raises `InvalidCredentials`, `ValidationFailed` for a weak password, `TooManyAttempts`.
        """
        known = self.users.by_id(user_id)
        if known is None:
            raise InvalidCredentials(_REFUSAL)
        check_strength("new_password", new, known.email)
        place = Subject.source(source)
        self.attempts.take(place)
        user = self._authenticated(known.email, current)
        self.attempts.give_back(place)
        password_hash = self.hasher.hash(new)
        return self._open(until_written(lambda: self._replace_password(user, password_hash), user_id))

    def _replace_password(self, proved: User, password_hash: str) -> User:
        user = self.users.by_id(proved.user_id)
        if user is None or user.password_hash != proved.password_hash:
            raise InvalidCredentials(_REFUSAL)  # somebody was faster with the same old password
        changed = user.with_password(password_hash, self.clock())
        self.users.replace(changed, MailRequest.new(Purpose.CHANGED, changed.email, changed.updated_at))
        return changed

    def _authenticated(self, email: str, password: str) -> User:
        account = Subject.account(email)
        self.attempts.take(account)
        user = self.users.by_email(email)
        matches = self.hasher.verify(user.password_hash if user else DUMMY_HASH, password)
        if user is None or not matches or not user.is_active:
            raise InvalidCredentials(_REFUSAL)
        self.attempts.give_back(account)
        return user

    def _open(self, user: User) -> SignedIn:
        session, refresh_token = Session.open(user, self.clock())
        if not self.users.open_session(session):
            raise InvalidCredentials(_REFUSAL)
        return signed_in(self.tokens, user, session, refresh_token)


def signed_in(tokens: TokenIssuer, user: User, session: Session, refresh_token: str) -> SignedIn:
    """The tokens of a session, with the access token that it gives now."""
    access_token = tokens.issue(user, session.session_id)
    return SignedIn(user.user_id, access_token, refresh_token, int(LIFE.total_seconds()))


def check_strength(field: str, password: str, email: str) -> None:
    """Raise `ValidationFailed` for a password that is easily guessed."""
    weak = passwords.weakness(password, email)
    if weak:
        raise ValidationFailed("choose another password", errors=[FieldError(field, weak)])
