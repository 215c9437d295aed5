"""Notifications' table: an order's notifications under `ORDER#<id>`, and a marker where the order was cancelled.

`CUSTOMER#<id>` has a pointer to each notification of an account, and a marker once the account was deleted.
"""

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from kernel import dynamo
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.dynamo import ConditionFailed, Transaction
from kernel.mail import Message
from notifications.customers import ERASED, PREFIX, ErasedItem, PointerItem, expiry, pointer_keys
from notifications.errors import BeingSent
from notifications.model import CLAIM, Notification, Status

_MARKER = "CANCELLATION"


class NotificationItem(Model):
    """One notification: `ORDER#<id>`, `NOTIFICATION#<event id>`."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    event_id = UnicodeAttribute()
    event_name = UnicodeAttribute()
    order_id = UnicodeAttribute()
    sequence = NumberAttribute()
    recipient = UnicodeAttribute()
    subject = UnicodeAttribute()
    text = UnicodeAttribute()
    html = UnicodeAttribute()
    status = UnicodeAttribute()
    recorded_at = UnicodeAttribute()
    claimed_until = UnicodeAttribute(null=True)
    sent_at = UnicodeAttribute(null=True)
    provider_id = UnicodeAttribute(default="")
    customer_id = UnicodeAttribute(null=True)
    expires_at_epoch = NumberAttribute()


class CancellationItem(Model):
    """Says that the order was cancelled, and by which event of it: `ORDER#<id>`, `CANCELLATION`."""

    class Meta:
        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_MARKER)
    sequence = NumberAttribute()
    expires_at_epoch = NumberAttribute()


def bind(table: str) -> None:
    """Point the models at the table."""
    dynamo.bind(table, NotificationItem, CancellationItem, PointerItem, ErasedItem)


class DynamoNotifications:
    """The `Notifications` port on DynamoDB: the usual event costs one transaction and one update."""

    def claim(self, notification: Notification, now: datetime) -> bool:
        try:
            self._record(notification, now)
        except ConditionFailed as failed:
            if "erased" in failed.labels:
                return False
            if "notification" in failed.labels:
                return self._take_up(notification, now)
            self._supersede(notification, now)
            return False
        return True

    def release(self, notification: Notification) -> None:
        with dynamo.translated_errors():
            _key_of(notification).update(
                actions=[NotificationItem.claimed_until.remove()],
                condition=NotificationItem.status == Status.RECORDED.value,
                add_version_condition=False,
            )

    def complete(self, notification: Notification, provider_id: str, now: datetime) -> None:
        with dynamo.translated_errors():
            _key_of(notification).update(
                actions=[
                    NotificationItem.status.set(Status.SENT.value),
                    NotificationItem.sent_at.set(to_rfc3339(now)),
                    NotificationItem.provider_id.set(provider_id),
                    NotificationItem.claimed_until.remove(),
                ],
                condition=NotificationItem.status == Status.RECORDED.value,
                add_version_condition=False,
            )

    def of_order(self, order_id: str) -> list[Notification]:
        with dynamo.translated_errors():
            found = NotificationItem.query(_pk(order_id), NotificationItem.sk.startswith(PREFIX), consistent_read=True)
            return sorted(map(_notification, found), key=lambda each: each.sequence)

    def _record(self, notification: Notification, now: datetime) -> None:
        work = Transaction()
        item = _item(notification, now)
        item.claimed_until = to_rfc3339(now + CLAIM)
        work.put(item, NotificationItem.pk.does_not_exist(), label="notification")
        if notification.customer_id is not None:
            work.put(_pointer(notification, notification.customer_id, now), label="pointer")
        self._respect_cancellation(work, notification, now)
        self._respect_erasure(work, notification)
        work.commit()

    def _take_up(self, notification: Notification, now: datetime) -> bool:
        """Claim what an earlier delivery left behind, in one transaction with a look at the order's cancellation."""
        work = Transaction()
        free = NotificationItem.claimed_until.does_not_exist() | (NotificationItem.claimed_until < to_rfc3339(now))
        work.update(
            _key_of(notification),
            [NotificationItem.claimed_until.set(to_rfc3339(now + CLAIM))],
            (NotificationItem.status == Status.RECORDED.value) & free,
            label="notification",
        )
        self._respect_cancellation(work, notification, now)
        self._respect_erasure(work, notification)
        try:
            work.commit()
        except ConditionFailed as failed:
            if "erased" in failed.labels:
                return False
            if "notification" in failed.labels:
                return self._nothing_to_take(notification)
            self._supersede(notification, now)
            return False
        return True

    def _nothing_to_take(self, notification: Notification) -> bool:
        key = _key_of(notification)
        stored = dynamo.get(NotificationItem, key.pk, key.sk)
        if stored is not None and stored.status != Status.RECORDED.value:
            return False
        raise BeingSent(f"another delivery of {notification.event_id} is sending it")

    def _supersede(self, notification: Notification, now: datetime) -> None:
        unsent = NotificationItem.pk.does_not_exist() | (NotificationItem.status == Status.RECORDED.value)
        work = Transaction()
        work.put(_item(notification.superseded(), now), unsent, label="notification")
        if notification.customer_id is not None:
            work.put(_pointer(notification, notification.customer_id, now), label="pointer")
        self._respect_erasure(work, notification)
        try:
            work.commit()
        except ConditionFailed:
            return  # another delivery has settled it, or there is nobody left to write of

    @staticmethod
    def _respect_cancellation(work: Transaction, notification: Notification, now: datetime) -> None:
        """A cancellation leaves its mark; anything else requires that no later one has."""
        marker = CancellationItem(
            _pk(notification.order_id), sequence=notification.sequence, expires_at_epoch=expiry(now)
        )
        if notification.ends_the_order:
            work.put(marker, label="marker")
            return
        earlier: Condition = CancellationItem.sequence < notification.sequence
        work.check(
            CancellationItem, marker.pk, _MARKER, CancellationItem.pk.does_not_exist() | earlier, label="cancellation"
        )

    @staticmethod
    def _respect_erasure(work: Transaction, notification: Notification) -> None:
        """Of a deleted account nothing is written any more, not even what was told of it before."""
        if notification.customer_id is None:
            return
        pk, _ = pointer_keys(notification.customer_id)
        work.check(ErasedItem, pk, ERASED, ErasedItem.pk.does_not_exist(), label="erased")


def _pk(order_id: str) -> str:
    return f"ORDER#{order_id}"


def _key_of(notification: Notification) -> NotificationItem:
    return NotificationItem(_pk(notification.order_id), f"{PREFIX}{notification.event_id}")


def _pointer(notification: Notification, customer_id: str, now: datetime) -> PointerItem:
    return PointerItem(
        *pointer_keys(customer_id, notification.order_id, notification.event_id),
        order_id=notification.order_id,
        event_id=notification.event_id,
        expires_at_epoch=expiry(now),
    )


def _item(notification: Notification, now: datetime) -> NotificationItem:
    return NotificationItem(
        _pk(notification.order_id),
        f"{PREFIX}{notification.event_id}",
        event_id=notification.event_id,
        event_name=notification.event_name,
        order_id=notification.order_id,
        sequence=notification.sequence,
        recipient=notification.message.to,
        subject=notification.message.subject,
        text=notification.message.text,
        html=notification.message.html,
        status=notification.status.value,
        recorded_at=to_rfc3339(notification.recorded_at),
        customer_id=notification.customer_id,
        expires_at_epoch=expiry(now),
    )


def _notification(item: NotificationItem) -> Notification:
    return Notification(
        event_id=item.event_id,
        event_name=item.event_name,
        order_id=item.order_id,
        sequence=int(item.sequence),
        message=Message(item.recipient, item.subject, item.text, item.html),
        status=Status(item.status),
        recorded_at=from_rfc3339(item.recorded_at),
        sent_at=from_rfc3339(item.sent_at) if item.sent_at else None,
        provider_id=item.provider_id,
        customer_id=item.customer_id,
    )
