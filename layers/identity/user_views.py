"""Accounts as clients see them, without pydantic: plain reads should not pay its import."""

from dataclasses import asdict, dataclass, field
from typing import Any

from identity.addresses import Address, AddressBook
from identity.model import ROLE_SCOPES, Status, User
from identity.people import StatusNote
from identity.preferences import Preferences
from kernel import etag
from kernel.clock import to_rfc3339

ETAG = {"ETag": "The version, for If-Match"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """An account. `email` and `name` are null where there is none: a deleted account has neither."""

    user_id: str
    email: str | None
    name: str | None
    roles: list[str]
    status: str
    created_at: str
    updated_at: str
    version: int

    @classmethod
    def of(cls, user: User) -> "UserView":
        """The view of `user`."""
        return cls(**_fields(user))


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedUserView(UserView):
    """An account as admins see it: with the reason that an admin gave for its status."""

    status_reason: str | None
    status_changed_by: str | None

    @classmethod
    def of_managed(cls, user: User, note: StatusNote | None) -> "ManagedUserView":
        """The view of `user` and why it has its status."""
        by = note.changed_by if note else None
        return cls(**_fields(user), status_reason=(note.reason or None) if note else None, status_changed_by=by)


@dataclass(frozen=True, slots=True)
class UserList:
    """Accounts, newest first; `next` is the cursor of the following page, null at the end."""

    items: list[UserView]
    next: str | None


@dataclass(frozen=True, slots=True)
class Permissions:
    """What an account may do: its roles and the scopes that they give. Nothing of it holds unless it is active."""

    user_id: str
    status: str
    roles: list[str]
    scopes: list[str]

    @classmethod
    def of(cls, user: User) -> "Permissions":
        """The permissions of `user`."""
        scopes = sorted(user.scopes) if user.is_active else []
        return cls(user.user_id, user.status.value, sorted(user.roles), scopes)


@dataclass(frozen=True, slots=True)
class ListUsers:
    """The query of GET /users."""

    role: str | None = field(default=None, metadata={"choices": tuple(ROLE_SCOPES)})
    status: str | None = field(default=None, metadata={"choices": tuple(status.value for status in Status)})
    limit: int = field(default=50, metadata={"ge": 1, "le": 100})
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressView:
    """An address of the book."""

    address_id: str
    name: str
    line1: str
    line2: str | None
    city: str
    region: str | None
    postcode: str
    country: str
    phone: str | None
    default: bool
    created_at: str
    updated_at: str
    version: int

    @classmethod
    def of(cls, book: AddressBook, address: Address) -> "AddressView":
        """The view of an entry of `book`."""
        return cls(
            address_id=address.address_id,
            **asdict(address.place),
            default=book.default_id == address.address_id,
            created_at=to_rfc3339(address.created_at),
            updated_at=to_rfc3339(address.updated_at),
            version=address.version,
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AddressList:
    """All addresses, oldest first: there are at most 50."""

    items: list[AddressView]


@dataclass(frozen=True, slots=True)
class PreferencesView:
    """How the customer wants to be treated. `version` 0 is what holds for somebody who never said anything."""

    language: str
    currency: str | None
    marketing_emails: bool
    version: int

    @classmethod
    def of(cls, preferences: Preferences) -> "PreferencesView":
        """The view of `preferences`."""
        return cls(preferences.language, preferences.currency, preferences.marketing_emails, preferences.version)


def address_tag(address: AddressView) -> str:
    """Becoming the default changes what is read, and is no new version of the address."""
    return etag.of_version(address.version, int(address.default))


def _fields(user: User) -> dict[str, Any]:
    return {
        "user_id": user.user_id,
        "email": user.email or None,
        "name": user.name or None,
        "roles": sorted(user.roles),
        "status": user.status.value,
        "created_at": to_rfc3339(user.created_at),
        "updated_at": to_rfc3339(user.updated_at),
        "version": user.version,
    }
