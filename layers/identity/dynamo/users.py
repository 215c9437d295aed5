"""Accounts and sessions on DynamoDB."""

from identity.dynamo.items import (
    ACCESS,
    EMAIL,
    PROFILE,
    SESSION,
    AccessItem,
    EmailItem,
    IdentityEventItem,
    SessionItem,
    UserItem,
    access_item,
    session_item,
    session_of,
    user_item,
    user_of,
    user_pk,
)
from identity.dynamo.requests import RequestItem, request_item
from identity.errors import EmailTaken
from identity.mail_request import MailRequest
from identity.model import Session, Status, User
from kernel import dynamo, outbox
from kernel.dynamo import ConditionFailed, Transaction
from kernel.events import Event

_NOBODY = "usr_00000000000000000000000000"


class DynamoUsers:
    """The `Users` port on DynamoDB."""

    def add(self, user: User, session: Session, event: Event) -> None:
        work = Transaction()
        address = EmailItem(f"EMAIL#{user.email}", user_id=user.user_id)
        work.put(address, EmailItem.pk.does_not_exist(), label="email")
        work.put(user_item(user), UserItem.pk.does_not_exist(), label="user")
        work.put(access_item(user), label="access")
        work.put(session_item(session), label="session")
        item = IdentityEventItem(**outbox.fields(event, user_pk(user.user_id)))
        work.put(item, IdentityEventItem.pk.does_not_exist(), label="event")
        try:
            work.commit()
        except ConditionFailed as failed:
            if "email" in failed.labels:
                raise EmailTaken from None
            raise

    def by_email(self, email: str) -> User | None:
        address = dynamo.get(EmailItem, f"EMAIL#{email}", EMAIL)
        # The second read is made for an unknown address too: its absence could be timed.
        item = dynamo.get(UserItem, user_pk(address.user_id if address else _NOBODY), PROFILE)
        return user_of(item) if item else None

    def by_id(self, user_id: str) -> User | None:
        item = dynamo.get(UserItem, user_pk(user_id), PROFILE)
        return user_of(item) if item else None

    def open_session(self, session: Session) -> bool:
        work = Transaction()
        require_access(work, session)
        work.put(session_item(session), label="session")
        try:
            work.commit()
        except ConditionFailed:
            return False
        return True

    def session(self, user_id: str, session_id: str) -> Session | None:
        item = dynamo.get(SessionItem, user_pk(user_id), f"{SESSION}{session_id}")
        return session_of(item) if item else None

    def rotate(self, session: Session, following: Session) -> bool:
        work = Transaction()
        require_access(work, following)
        work.put(session_item(following), SessionItem.token_hash == session.token_hash, label="session")
        try:
            work.commit()
        except ConditionFailed:
            return False
        return True

    def end_session(self, user_id: str, session_id: str) -> None:
        with dynamo.translated_errors():
            SessionItem(user_pk(user_id), f"{SESSION}{session_id}").delete()

    def replace(self, user: User, told: MailRequest | None = None) -> None:
        work = Transaction()
        if told:
            work.put(request_item(told), RequestItem.pk.does_not_exist(), label="told")
        work.put(user_item(user), UserItem.version == user.version - 1, label="user")
        work.put(access_item(user), label="access")
        work.commit()


def require_access(work: Transaction, session: Session) -> None:
    """Let the work happen only while the session's user is active and no access was ended since the login."""
    good = (AccessItem.status == Status.ACTIVE.value) & (AccessItem.generation == session.generation)
    work.check(AccessItem, user_pk(session.user_id), ACCESS, good, label="access")
