"""Identity's table: accounts, their unique e-mail addresses, sessions, attempt counts and events."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from identity.model import Session, Status, User
from kernel import dynamo
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.outbox import EventItem

PROFILE = "PROFILE"
EMAIL = "EMAIL"
ACCESS = "ACCESS"
SESSION = "SESSION#"


class MonthIndex(GlobalSecondaryIndex["UserItem"]):  # type: ignore[no-untyped-call]
    """Accounts by the month that they were made in: no partition grows for ever. No password's hash is in it."""

    class Meta:
        """What GET /users shows."""

        index_name = "by_month"
        projection = IncludeProjection(
            ["user_id", "email", "name", "roles", "status", "created_at", "updated_at", "version", "generation"]
        )

    month = UnicodeAttribute(hash_key=True)
    created_key = UnicodeAttribute(range_key=True)


class UserItem(Model):
    """An account: `USER#<id>`, `PROFILE`."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=PROFILE)
    user_id = UnicodeAttribute()
    email = UnicodeAttribute()
    password_hash = UnicodeAttribute(default="")  # not in the index
    name = UnicodeAttribute(default="")
    roles: UnicodeSetAttribute = UnicodeSetAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute()
    status = UnicodeAttribute()
    generation = NumberAttribute()
    month = UnicodeAttribute()
    created_key = UnicodeAttribute()
    by_month = MonthIndex()


class AccessItem(Model):
    """What of the account the authorizer may see: `USER#<id>`, `ACCESS`. Written with it, and never alone."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=ACCESS)
    status = UnicodeAttribute()
    generation = NumberAttribute()


class EmailItem(Model):
    """Whose an e-mail address is: `EMAIL#<address>`, `EMAIL`. It being there is what makes addresses unique."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=EMAIL)
    user_id = UnicodeAttribute()


class SessionItem(Model):
    """A family of refresh tokens, beside its user: one query finds them all to revoke."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    session_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    token_hash = UnicodeAttribute()
    generation = NumberAttribute()
    created_at = UnicodeAttribute()
    expires_at = UnicodeAttribute()
    expires_at_epoch = NumberAttribute()


class AttemptItem(Model):
    """Attempts of one subject in one window."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    attempts = NumberAttribute(default=0)
    expires_at_epoch = NumberAttribute()


class IdentityEventItem(EventItem):
    """An event beside its user, for the relay to publish."""

    class Meta:
        table_name = ""


def bind(table: str) -> None:
    """Point every model at the table."""
    dynamo.bind(table, UserItem, AccessItem, EmailItem, SessionItem, AttemptItem, IdentityEventItem)


def user_pk(user_id: str) -> str:
    """The partition of everything that belongs to a user."""
    return f"USER#{user_id}"


def user_item(user: User) -> UserItem:
    """The account as stored."""
    return UserItem(
        user_pk(user.user_id),
        PROFILE,
        user_id=user.user_id,
        email=user.email,
        password_hash=user.password_hash,
        name=user.name,
        roles=set(user.roles),
        created_at=to_rfc3339(user.created_at),
        updated_at=to_rfc3339(user.updated_at),
        version=user.version,
        status=user.status.value,
        generation=user.generation,
        month=to_rfc3339(user.created_at)[:7],
        created_key=f"{to_rfc3339(user.created_at)}#{user.user_id}",
    )


def access_item(user: User) -> AccessItem:
    """What the authorizer may see of the user."""
    return AccessItem(user_pk(user.user_id), ACCESS, status=user.status.value, generation=user.generation)


def user_of(item: UserItem) -> User:
    """The account that was stored."""
    return User(
        user_id=item.user_id,
        email=item.email,
        password_hash=item.password_hash,
        name=item.name,
        roles=frozenset(item.roles),
        created_at=from_rfc3339(item.created_at),
        updated_at=from_rfc3339(item.updated_at),
        version=int(item.version),
        status=Status(item.status),
        generation=int(item.generation),
    )


def session_item(session: Session) -> SessionItem:
    """The session as stored."""
    return SessionItem(
        user_pk(session.user_id),
        f"{SESSION}{session.session_id}",
        session_id=session.session_id,
        user_id=session.user_id,
        token_hash=session.token_hash,
        generation=session.generation,
        created_at=to_rfc3339(session.created_at),
        expires_at=to_rfc3339(session.expires_at),
        expires_at_epoch=int(session.expires_at.timestamp()),
    )


def session_of(item: SessionItem) -> Session:
    """The session that was stored."""
    return Session(
        session_id=item.session_id,
        user_id=item.user_id,
        token_hash=item.token_hash,
        created_at=from_rfc3339(item.created_at),
        expires_at=from_rfc3339(item.expires_at),
        generation=int(item.generation),
    )
