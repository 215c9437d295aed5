"""Requests that a mail answers, on DynamoDB: an item each, which the table's stream brings to the mailer."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from identity.dynamo.items import (
    EMAIL,
    AccessItem,
    EmailItem,
    IdentityEventItem,
    SessionItem,
    UserItem,
    access_item,
    session_item,
    user_item,
    user_pk,
)
from identity.errors import EmailTaken, InvalidMailToken
from identity.mail_request import REQUEST, MailRequest, Purpose
from identity.model import Session, User
from kernel import correlation, dynamo, outbox
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.dynamo import ConditionFailed, Transaction
from kernel.events import Event


class RequestItem(Model):
    """A request: `REQUEST#<id>`, `MAIL_REQUEST`. It holds no token; TTL takes it away when its time is over."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=REQUEST)
    request_id = UnicodeAttribute()
    purpose = UnicodeAttribute()
    email = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    name = UnicodeAttribute()
    requested_at = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    traceparent = UnicodeAttribute()
    expires_at_epoch = NumberAttribute()


def bind(table: str) -> None:
    """Point the model at the table."""
    dynamo.bind(table, RequestItem)


def request_item(request: MailRequest) -> RequestItem:
    """A request as it is stored, with what the running invocation belongs to."""
    cause = correlation.current()
    return RequestItem(
        _pk(request.request_id),
        REQUEST,
        request_id=request.request_id,
        purpose=request.purpose.value,
        email=request.email,
        password_hash=request.password_hash,
        name=request.name,
        requested_at=to_rfc3339(request.requested_at),
        correlation_id=cause.correlation_id,
        traceparent=cause.traceparent,
        expires_at_epoch=int(request.expires_at.timestamp()),
    )


class DynamoMailRequests:
    """The `MailRequests` port on DynamoDB."""

    def add(self, request: MailRequest) -> None:
        with dynamo.translated_errors():
            request_item(request).save()

    def get(self, request_id: str) -> MailRequest | None:
        item = dynamo.get(RequestItem, _pk(request_id), REQUEST)
        return _request(item) if item else None

    def register(self, request: MailRequest, user: User, session: Session, event: Event) -> None:
        work = Transaction()
        _take(work, request)
        work.put(
            EmailItem(f"EMAIL#{user.email}", EMAIL, user_id=user.user_id), EmailItem.pk.does_not_exist(), label="email"
        )
        work.put(user_item(user), UserItem.pk.does_not_exist(), label="user")
        work.put(access_item(user), AccessItem.pk.does_not_exist(), label="access")
        work.put(session_item(session), SessionItem.pk.does_not_exist(), label="session")
        item = IdentityEventItem(**outbox.fields(event, user_pk(user.user_id)))
        work.put(item, IdentityEventItem.pk.does_not_exist(), label="event")
        _commit(work)

    def replace(self, request: MailRequest, user: User, told: MailRequest) -> None:
        work = Transaction()
        _take(work, request)
        work.put(request_item(told), RequestItem.pk.does_not_exist(), label="told")
        work.put(user_item(user), UserItem.version == user.version - 1, label="user")
        work.put(access_item(user), label="access")
        _commit(work)


def _request(item: RequestItem) -> MailRequest:
    return MailRequest(
        request_id=item.request_id,
        purpose=Purpose(item.purpose),
        email=item.email,
        requested_at=from_rfc3339(item.requested_at),
        password_hash=item.password_hash,
        name=item.name,
    )


def _take(work: Transaction, request: MailRequest) -> None:
    """What a request is good for happens once: with it, the request goes."""
    work.delete(RequestItem(_pk(request.request_id), REQUEST), RequestItem.pk.exists(), label="request")


def _commit(work: Transaction) -> None:
    try:
        work.commit()
    except ConditionFailed as failed:
        if "request" in failed.labels:
            raise InvalidMailToken from None
        if "email" in failed.labels:
            raise EmailTaken from None
        raise


def _pk(request_id: str) -> str:
    return f"REQUEST#{request_id}"
