"""What identity needs from outside."""

from typing import Protocol

from identity.mail_request import MailRequest
from identity.model import Session, User
from identity.throttle import Subject
from kernel.events import Event
from kernel.mail import Message


class Users(Protocol):
    """Accounts and their sessions."""

    def add(self, user: User, session: Session, event: Event) -> None:
        """Store a new account with its first session and its event, or nothing. Raises `EmailTaken`."""
        ...

    def by_email(self, email: str) -> User | None:
        """The account with this normalised address. Asks the store as often for an unknown one as for a known one."""
        ...

    def by_id(self, user_id: str) -> User | None:
        """The account with this id, whatever its status."""
        ...

    def open_session(self, session: Session) -> bool:
        """Store a new session; False, and nothing stored, unless its user is active and of the session's generation."""
        ...

    def session(self, user_id: str, session_id: str) -> Session | None:
        """A session, None when it has ended or never was."""
        ...

    def rotate(self, session: Session, following: Session) -> bool:
        """Put `following` in the place of `session`; False, and nothing stored, unless it is still what is stored.

        False too when the user is not active any more, or all access was ended since the login.
        """
        ...

    def end_session(self, user_id: str, session_id: str) -> None:
        """End a session with every refresh token of it; nothing happens when it has ended."""
        ...

    def replace(self, user: User, told: MailRequest | None = None) -> None:
        """Store a changed account, with the mail that tells its owner, or nothing.

        Raises `ConflictingWrite` unless the stored version is the one before.
        """
        ...


class MailRequests(Protocol):
    """Requests that a mail answers. What they are good for happens once."""

    def add(self, request: MailRequest) -> None:
        """Store a request, from where the mailer gets it."""
        ...

    def get(self, request_id: str) -> MailRequest | None:
        """A request that was not used yet, expired or not."""
        ...

    def register(self, request: MailRequest, user: User, session: Session, event: Event) -> None:
        """Use up the request and store the account that it asked for with its session and event, or nothing.

        Raises `InvalidMailToken` when the request was used, `EmailTaken` when the address has an account by now.
        """
        ...

    def replace(self, request: MailRequest, user: User, told: MailRequest) -> None:
        """Use up the request, store the changed account and the mail that tells its owner, or nothing.

        Raises `InvalidMailToken`, `ConflictingWrite`.
        """
        ...


class Mailer(Protocol):
    """Sends mail."""

    def send(self, message: Message) -> str:
        """Hand the message over and return the service's id for it. Raises `MailRefused` or `TransientError`."""
        ...


class AccessStates(Protocol):
    """What the authorizer asks about a user before every new token."""

    def generation(self, user_id: str) -> int | None:
        """The generation of access that is good now; None for nobody and for a user who is not active."""
        ...


class Attempts(Protocol):
    """Counts attempts in windows of time."""

    def take(self, subject: Subject) -> None:
        """Count one. Raises `TooManyAttempts`, and counts nothing, when the limit of the window is reached."""
        ...

    def give_back(self, subject: Subject) -> None:
        """Undo one `take` of the same window."""
        ...


class Hasher(Protocol):
    """Hashes passwords."""

    def hash(self, password: str) -> str:
        """A salted hash."""
        ...

    def verify(self, password_hash: str, password: str) -> bool:
        """Whether the hash is of this password."""
        ...


class KeyStore(Protocol):
    """Keeps the signing keys, private and public halves apart. Both are JSON Web Key Sets; "" while there is none."""

    def private_set(self) -> str:
        """The set that signs."""
        ...

    def agree_on(self, candidate: str) -> str:
        """Store a first private set unless there is one, and return the one that everybody uses."""
        ...

    def replace(self, present: str, following: str) -> bool:
        """Put a private set in the place of the present one; False, and nothing stored, when another was already."""
        ...

    def public_set(self) -> str:
        """The set that verifies."""
        ...

    def publish(self, public_set: str) -> None:
        """Replace the set that verifies."""
        ...
