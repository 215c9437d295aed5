"""Accounts for those who own or manage them, on DynamoDB."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from identity.dynamo.items import (
    ACCESS,
    EMAIL,
    PROFILE,
    EmailItem,
    IdentityEventItem,
    MonthIndex,
    UserItem,
    access_item,
    user_item,
    user_of,
    user_pk,
)
from identity.dynamo.users import DynamoUsers
from identity.model import User
from identity.people import StatusNote
from identity.user_ports import UserPage
from kernel import dynamo, outbox
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.dynamo import Transaction
from kernel.events import Event

NOTE = "STATUS"
FIRST_MONTH = "2026-01"
"""Before which there is no account: Agora is younger."""
MAX_MONTHS = 24
"""How many months one page walks back."""
MAX_EXAMINED = 1_000
"""How many accounts one page looks at when a filter leaves out most of them."""
_ERASED_AT_ONCE = 100


class NoteItem(Model):
    """Why an account has its status: `USER#<id>`, `STATUS`."""

    class Meta:
        """Bound later."""

        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=NOTE)
    reason = UnicodeAttribute(default="")
    changed_by = UnicodeAttribute()
    changed_at = UnicodeAttribute()


def bind(table: str) -> None:
    """Point this module's model at the table."""
    dynamo.bind(table, NoteItem)


class DynamoPeople(DynamoUsers):
    """The `People` port on DynamoDB."""

    def told(self, user_id: str) -> int:
        """One query for the last event."""
        with dynamo.translated_errors():
            found = IdentityEventItem.query(
                user_pk(user_id),
                IdentityEventItem.sk.startswith(outbox.PREFIX),
                consistent_read=True,
                scan_index_forward=False,
                limit=1,
            )
            return next((int(item.sequence) for item in found), 0)

    def change(self, user: User, event: Event, note: StatusNote | None = None) -> None:
        """One TransactWriteItems."""
        work = _changed(user, event)
        if note is not None:
            item = NoteItem(
                user_pk(user.user_id),
                reason=note.reason,
                changed_by=note.changed_by,
                changed_at=to_rfc3339(note.changed_at),
            )
            work.put(item, label="note")
        work.commit()

    def bury(self, before: User, tombstone: User, event: Event) -> None:
        """One TransactWriteItems."""
        work = _changed(tombstone, event)
        work.delete(EmailItem(f"EMAIL#{before.email}", EMAIL), EmailItem.user_id == before.user_id, label="email")
        work.commit()

    def note(self, user_id: str) -> StatusNote | None:
        """One GetItem."""
        item = dynamo.get(NoteItem, user_pk(user_id), NOTE)
        return None if item is None else StatusNote(item.reason, item.changed_by, from_rfc3339(item.changed_at))

    def page(
        self, wanted: Callable[[User], bool], limit: int, position: dict[str, Any] | None, today: datetime
    ) -> UserPage:
        """One query a month, back from this one."""
        month = position["month"] if position else to_rfc3339(today)[:7]
        key = position.get("key") if position else None
        users: list[User] = []
        for _ in range(MAX_MONTHS):
            if month < FIRST_MONTH:
                return UserPage(users, None)
            found, last = _of_month(month, key, wanted, limit - len(users))
            users += found
            if last is not None:
                return UserPage(users, {"month": month, "key": last})
            month, key = _month_before(month), None
            if len(users) == limit:
                break
        return UserPage(users, {"month": month} if month >= FIRST_MONTH else None)

    def erase_some(self, user_id: str) -> bool:
        """One query of the account's own partition, and a batch of deletions."""
        with dynamo.translated_errors():
            everything = NoteItem.query(user_pk(user_id), consistent_read=True, attributes_to_get=["pk", "sk"])
            found = list(islice((item.sk for item in everything if not _stays(item.sk)), _ERASED_AT_ONCE))
        dynamo.batch_delete(NoteItem, [(user_pk(user_id), sort_key) for sort_key in found])
        return bool(found)


def _changed(user: User, event: Event) -> Transaction:
    work = Transaction()
    work.put(user_item(user), UserItem.version == user.version - 1, label="user")
    work.put(access_item(user), label="access")
    item = IdentityEventItem(**outbox.fields(event, user_pk(user.user_id)))
    work.put(item, IdentityEventItem.pk.does_not_exist(), label="event")
    return work


def _stays(sort_key: str) -> bool:
    return sort_key in (PROFILE, ACCESS) or sort_key.startswith(outbox.PREFIX)


def _of_month(month: str, key: str | None, wanted: Callable[[User], bool], limit: int) -> tuple[list[User], str | None]:
    """At most `limit` wanted accounts of a month, and where to go on; None at its end."""
    before = MonthIndex.created_key < key if key else None
    users: list[User] = []
    last = None
    with dynamo.translated_errors():
        found = UserItem.by_month.query(month, before, scan_index_forward=False, page_size=min(limit + 1, MAX_EXAMINED))
        for count, item in enumerate(islice(found, MAX_EXAMINED + 1)):
            if len(users) == limit or count == MAX_EXAMINED:
                return users, last
            user, last = user_of(item), item.created_key
            if wanted(user):
                users.append(user)
    return users, None


def _month_before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year}-{number - 1:02}" if number > 1 else f"{year - 1}-12"
