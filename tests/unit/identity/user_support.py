"""The users half of identity on fakes, and people to fill it with."""

from dataclasses import dataclass, field, replace
from typing import Any

from identity import events
from identity.addresses import Place
from identity.application.addresses import Addresses
from identity.application.erase import EraseUser
from identity.application.people import Directory, Management
from identity.application.preferences import PreferencesOf
from identity.application.profile import Profile
from identity.fakes import MemoryUsers
from identity.model import ADMIN, CUSTOMER, STAFF, User
from identity.user_fakes import MemoryDocuments, MemoryPeople
from kernel.cursor import Cursors
from kernel.events import Event
from kernel.idempotency import IdempotencyKey
from tests.unit.identity.support import Clock

PLACE = Place("Ada Lovelace", "12 St James's Square", "London", "SW1Y 4JH", "GB")


def person(clock: Clock, email: str = "ada@example.com", **fields: Any) -> User:
    """A customer's new account."""
    return replace(User.register(email, "a hash", "Ada", clock()), **fields)


def registered(user: User) -> Event:
    return events.user_registered(user)


def key(text: str, fingerprint: str = "same") -> IdempotencyKey:
    return IdempotencyKey("scope", text, fingerprint)


@dataclass
class People:
    """Every use case on one set of fakes, with Ada, who is a customer, and Root, who is an admin."""

    clock: Clock = field(default_factory=Clock)
    accounts: MemoryUsers = field(default_factory=MemoryUsers)

    def __post_init__(self) -> None:
        self.store = MemoryPeople(self.accounts)
        self.documents = MemoryDocuments(lambda user_id: self.user(user_id).is_active)
        self.profile = Profile(self.store, self.clock)
        self.manage = Management(self.store, self.clock)
        self.directory = Directory(self.store, Cursors(lambda: "secret"), self.clock)
        self.addresses = Addresses(self.documents, self.clock)
        self.preferences = PreferencesOf(self.documents)
        self.eraser = EraseUser(self.store, lambda: 1)
        self.ada = self.add(person(self.clock)).user_id
        roles = frozenset({CUSTOMER, STAFF, ADMIN})
        self.root = self.add(person(self.clock, "root@example.com", roles=roles)).user_id

    def add(self, user: User) -> User:
        self.accounts.users[user.email] = user
        self.accounts.events.append(registered(user))
        return user

    def user(self, user_id: str) -> User:
        found = self.store.by_id(user_id)
        assert found is not None
        return found

    def told(self, user_id: str) -> list[tuple[str, int]]:
        return [(each.name, each.sequence) for each in self.accounts.events if each.aggregate_id == user_id]
