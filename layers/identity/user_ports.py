"""What the routes under /users need from outside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from identity.model import User
from identity.people import StatusNote
from kernel.events import Event
from kernel.idempotency import Answer, IdempotencyKey

Kind = Literal["ADDRESSES", "PREFERENCES"]


@dataclass(frozen=True, slots=True)
class UserPage:
    """Accounts, newest first; `position` is where the next page begins. It may hold less than was asked for."""

    users: Sequence[User]
    position: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A customer's document and how often it was written."""

    document: Mapping[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class Remembered:
    """A client's key, and the answer to be stored with the effect."""

    key: IdempotencyKey
    answer: Answer


class KeyUsed(Exception):
    """The idempotency key has a stored answer already, and nothing was written; ask `Documents.answer`."""


class People(Protocol):
    """Accounts, for those who own or manage them."""

    def by_id(self, user_id: str) -> User | None:
        """The account, whatever its status."""
        ...

    def replace(self, user: User) -> None:
        """Store a changed account. Raises `ConflictingWrite` unless the stored version is the one before."""
        ...

    def told(self, user_id: str) -> int:
        """How many events there are of the account."""
        ...

    def change(self, user: User, event: Event, note: StatusNote | None = None) -> None:
        """As `replace`, with the event that tells of it and, for a status, why."""
        ...

    def bury(self, before: User, tombstone: User, event: Event) -> None:
        """As `change`, and the e-mail address is free again."""
        ...

    def note(self, user_id: str) -> StatusNote | None:
        """Why the account has its status, if anybody said so."""
        ...

    def page(
        self, wanted: Callable[[User], bool], limit: int, position: dict[str, Any] | None, today: datetime
    ) -> UserPage:
        """At most `limit` accounts that are wanted."""
        ...

    def erase_some(self, user_id: str) -> bool:
        """Delete some of what is kept beside a buried account; False when nothing was left."""
        ...


class Documents(Protocol):
    """What customers keep with their account, one document of each kind."""

    def get(self, user_id: str, kind: Kind) -> Stored | None:
        """The document."""
        ...

    def save(self, user_id: str, kind: Kind, stored: Stored, remembered: Remembered | None = None) -> None:
        """Store the document, and the answer with it.

        Raises `ConflictingWrite` unless the stored version is the one before, `KeyUsed` if the key has an answer, and
        `AccountNotActive`: nothing is kept with an account that nobody may use.
        """
        ...

    def answer(self, user_id: str, key: IdempotencyKey) -> Answer | None:
        """The stored answer of a key. Raises `IdempotencyKeyReused` for another request."""
        ...
