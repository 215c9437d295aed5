"""What may become of an account: by whom it is used, and how it ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from identity.model import ADMIN, CUSTOMER, Status, User

TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.ACTIVE: frozenset({Status.INACTIVE, Status.SUSPENDED, Status.DELETED}),
    Status.INACTIVE: frozenset({Status.ACTIVE, Status.SUSPENDED, Status.DELETED}),
    Status.SUSPENDED: frozenset({Status.ACTIVE, Status.INACTIVE, Status.DELETED}),
    Status.DELETED: frozenset(),
}
"""Status to the statuses that an account may be given. Deleted is final: nothing is left to give back."""


@dataclass(frozen=True, slots=True)
class StatusNote:
    """Why an account has its status: an admin's words, for admins."""

    reason: str
    changed_by: str
    changed_at: datetime


def may_become(user: User, status: Status) -> bool:
    """Whether the table of transitions allows it."""
    return status in TRANSITIONS[user.status]


def renamed(user: User, name: str, now: datetime) -> User:
    """The user under this name; the same object when it is theirs already."""
    return user if name == user.name else replace(user, name=name, updated_at=now, version=user.version + 1)


def with_roles(user: User, roles: Iterable[str], now: datetime) -> User:
    """The user with exactly these roles and without access: tokens carry roles. The same object if nothing changes."""
    wanted = frozenset(roles)
    return user if wanted == user.roles else replace(user.access_ended(now), roles=wanted)


def tombstone(user: User, now: datetime) -> User:
    """What stays of a deleted account: that it was there, and nothing of the person."""
    deleted = user.with_status(Status.DELETED, now)
    return replace(deleted, email="", name="", password_hash="", roles=frozenset({CUSTOMER}))


def is_admin(user: User) -> bool:
    """Whether the user can let others in."""
    return user.is_active and ADMIN in user.roles
