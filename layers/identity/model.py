"""Users, what their roles allow, and the sessions that their refresh tokens belong to."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kernel.ids import USER, new_id

CUSTOMER = "customer"
STAFF = "staff"
ADMIN = "admin"

_CUSTOMER_SCOPES = frozenset({"orders:place", "orders:read", "payments:read"})
_STAFF_SCOPES = _CUSTOMER_SCOPES | {
    "orders:manage",
    "catalogue:write",
    "inventory:read",
    "inventory:write",
    "payments:manage",
}
ROLE_SCOPES: Mapping[str, frozenset[str]] = {
    CUSTOMER: _CUSTOMER_SCOPES,
    STAFF: _STAFF_SCOPES,
    ADMIN: _STAFF_SCOPES | {"users:manage", "keys:manage"},
}
"""What each role allows. A token carries the scopes of its user's roles as they were when it was issued."""

REFRESH_TOKEN_LIFE = timedelta(days=30)
_SESSION = "ses"
_MAX_EMAIL = 254
_LOCAL_PART = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"(?P<local>{_LOCAL_PART})@(?:{_LABEL}\.)+{_LABEL}")


def normalised_email(text: str) -> str:
    """The one form of an address that accounts are found by: trimmed, NFC, lower case. Raises `ValueError`.

    Mail servers may tell `A@x` from `a@x`; people do not, and two accounts that differ by case are a trap.
    """
    email = unicodedata.normalize("NFC", text.strip()).lower()
    match = _EMAIL.fullmatch(email)
    if match is None or len(email) > _MAX_EMAIL or len(match["local"]) > 64:
        raise ValueError("must be an e-mail address such as name@example.com")
    return email


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything that any of the roles allows."""
    return frozenset().union(*(ROLE_SCOPES[role] for role in roles))


class Status(StrEnum):
    """Whether an account may be used. Only an active one opens anything; a deleted one never will again."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account. `email` is normalised; `version` counts the changes of the account from 1.

    `generation` counts how often all access was ended, from 1: sessions and access tokens carry the one that they were
    given under, and an older one opens nothing. A number, because two things may happen in one second.
    """

    user_id: str
    email: str
    password_hash: str = field(repr=False)
    name: str
    roles: frozenset[str]
    created_at: datetime
    updated_at: datetime
    version: int = 1
    status: Status = Status.ACTIVE
    generation: int = 1

    @classmethod
    def register(cls, email: str, password_hash: str, name: str, now: datetime) -> "User":
        """A new customer."""
        return cls(new_id(USER), email, password_hash, name, frozenset({CUSTOMER}), now, now)

    def granted(self, roles: Iterable[str], now: datetime) -> "User":
        """The user with these roles as well; the same object when there is nothing to add."""
        together = self.roles | frozenset(roles)
        if together == self.roles:
            return self
        return replace(self, roles=together, updated_at=now, version=self.version + 1)

    def access_ended(self, now: datetime) -> "User":
        """The user with none of the access that was given so far."""
        return replace(self, generation=self.generation + 1, updated_at=now, version=self.version + 1)

    def with_status(self, status: Status, now: datetime) -> "User":
        """The user with this status and without access; the same object when it has the status already."""
        return self if status is self.status else replace(self.access_ended(now), status=status)

    def with_password(self, password_hash: str, now: datetime) -> "User":
        """The user with this password, without the access that the old one gave."""
        return replace(self.access_ended(now), password_hash=password_hash)

    @property
    def is_active(self) -> bool:
        """Whether the account may be used."""
        return self.status is Status.ACTIVE

    @property
    def scopes(self) -> frozenset[str]:
        """What the user's roles allow."""
        return scopes_of(self.roles)


@dataclass(frozen=True, slots=True)
class Session:
    """A family of refresh tokens: one login, of whose tokens only the latest is good.

    Only the latest token's hash is kept, so a token of this session with another hash is one that was used before.
    `generation` is the user's at the login.
    """

    session_id: str
    user_id: str
    token_hash: str
    created_at: datetime
    expires_at: datetime
    generation: int = 1

    @classmethod
    def open(cls, user: User, now: datetime) -> tuple["Session", str]:
        """A new session and its first refresh token, which nobody can read back from the session."""
        session_id, secret = new_id(_SESSION), secrets.token_urlsafe(32)
        expiry = now + REFRESH_TOKEN_LIFE
        session = cls(session_id, user.user_id, digest(secret), now, expiry, user.generation)
        return session, session.token_of(secret)

    def rotated(self) -> tuple["Session", str]:
        """The session with its next refresh token, which lives no longer than the first would have."""
        secret = secrets.token_urlsafe(32)
        return replace(self, token_hash=digest(secret)), self.token_of(secret)

    def token_of(self, secret: str) -> str:
        """The refresh token with this secret."""
        return f"{self.user_id}.{self.session_id}.{secret}"

    def is_current(self, refresh_token: str) -> bool:
        """Whether the token is this session's latest."""
        *ids, secret = refresh_token.split(".")
        return ids == [self.user_id, self.session_id] and hmac.compare_digest(self.token_hash, digest(secret))


def digest(secret: str) -> str:
    """What is kept of a secret that only its owner has."""
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
