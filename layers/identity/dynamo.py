"""Identity's table: accounts, their unique e-mail addresses, sessions, attempt counts and events."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from identity.errors import EmailTaken, TooManyAttempts
from identity.model import Session, User
from identity.throttle import Subject, Window
from kernel import dynamo, outbox
from kernel.clock import Clock, from_rfc3339, to_rfc3339
from kernel.dynamo import ConditionFailed, Transaction
from kernel.errors import ConflictingWrite
from kernel.events import Event
from kernel.outbox import EventItem

_PROFILE = "PROFILE"
_EMAIL = "EMAIL"
_NOBODY = "usr_00000000000000000000000000"


class UserItem(Model):
    """An account: `USER#<id>`, `PROFILE`."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_PROFILE)
    user_id = UnicodeAttribute()
    email = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    name = UnicodeAttribute(default="")
    roles: UnicodeSetAttribute = UnicodeSetAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute()


class EmailItem(Model):
    """Whose an e-mail address is: `EMAIL#<address>`, `EMAIL`. It being there is what makes addresses unique."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_EMAIL)
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
    dynamo.bind(table, UserItem, EmailItem, SessionItem, AttemptItem, IdentityEventItem)


class DynamoUsers:
    """The `Users` port on DynamoDB."""

    def add(self, user: User, session: Session, event: Event) -> None:
        work = Transaction()
        address = EmailItem(f"EMAIL#{user.email}", user_id=user.user_id)
        work.put(address, EmailItem.pk.does_not_exist(), label="email")
        work.put(_user_item(user), UserItem.pk.does_not_exist(), label="user")
        work.put(_session_item(session), label="session")
        item = IdentityEventItem(**outbox.fields(event, _user_pk(user.user_id)))
        work.put(item, IdentityEventItem.pk.does_not_exist(), label="event")
        try:
            work.commit()
        except ConditionFailed as failed:
            if "email" in failed.labels:
                raise EmailTaken from None
            raise

    def by_email(self, email: str) -> User | None:
        address = dynamo.get(EmailItem, f"EMAIL#{email}", _EMAIL)
        # The second read is made for an unknown address too: its absence could be timed.
        item = dynamo.get(UserItem, _user_pk(address.user_id if address else _NOBODY), _PROFILE)
        return _user(item) if item else None

    def open_session(self, session: Session) -> None:
        with dynamo.translated_errors():
            _session_item(session).save()

    def replace(self, user: User) -> None:
        with dynamo.translated_errors():
            _user_item(user).save(condition=UserItem.version == user.version - 1)


class DynamoAttempts:
    """The `Attempts` port on DynamoDB: one atomic counter a subject and window."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def take(self, subject: Subject) -> None:
        now = self._clock()
        window = Window.at(now)
        below = AttemptItem.attempts.does_not_exist() | (AttemptItem.attempts < subject.limit)
        actions: list[Action] = [AttemptItem.attempts.add(1), AttemptItem.expires_at_epoch.set(window.end)]
        try:
            with dynamo.translated_errors():
                _attempt_item(subject, window).update(actions=actions, condition=below, add_version_condition=False)
        except ConflictingWrite:
            wait = str(window.seconds_left(now))
            raise TooManyAttempts("wait before trying again", headers={"Retry-After": wait}) from None

    def give_back(self, subject: Subject) -> None:
        item = _attempt_item(subject, Window.at(self._clock()))
        try:
            with dynamo.translated_errors():
                item.update(
                    actions=[AttemptItem.attempts.add(-1)],
                    condition=AttemptItem.attempts > 0,
                    add_version_condition=False,
                )
        except ConflictingWrite:
            return  # the window it was taken in is over


def _user_pk(user_id: str) -> str:
    return f"USER#{user_id}"


def _user_item(user: User) -> UserItem:
    return UserItem(
        _user_pk(user.user_id),
        _PROFILE,
        user_id=user.user_id,
        email=user.email,
        password_hash=user.password_hash,
        name=user.name,
        roles=set(user.roles),
        created_at=to_rfc3339(user.created_at),
        updated_at=to_rfc3339(user.updated_at),
        version=user.version,
    )


def _user(item: UserItem) -> User:
    return User(
        user_id=item.user_id,
        email=item.email,
        password_hash=item.password_hash,
        name=item.name,
        roles=frozenset(item.roles),
        created_at=from_rfc3339(item.created_at),
        updated_at=from_rfc3339(item.updated_at),
        version=int(item.version),
    )


def _session_item(session: Session) -> SessionItem:
    return SessionItem(
        _user_pk(session.user_id),
        f"SESSION#{session.session_id}",
        session_id=session.session_id,
        user_id=session.user_id,
        token_hash=session.token_hash,
        generation=session.generation,
        created_at=to_rfc3339(session.created_at),
        expires_at=to_rfc3339(session.expires_at),
        expires_at_epoch=int(session.expires_at.timestamp()),
    )


def _attempt_item(subject: Subject, window: Window) -> AttemptItem:
    return AttemptItem(f"ATTEMPTS#{subject.key}", f"WINDOW#{window.start}")
