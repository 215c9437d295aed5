"""What identity tells of accounts that change. No event says who the person is: no consumer needs it."""

from typing import Any

from identity.events import SOURCE
from identity.model import User
from kernel.events import Event

USER_STATUS_CHANGED = "UserStatusChanged"
USER_ROLES_CHANGED = "UserRolesChanged"
USER_DELETED = "UserDeleted"


def status_changed(before: User, after: User, by: str, sequence: int) -> Event:
    """An admin suspended the account, switched it off, or let it in again."""
    return _event(
        USER_STATUS_CHANGED, after, sequence, status=after.status.value, was=before.status.value, changed_by=by
    )


def roles_changed(before: User, after: User, by: str, sequence: int) -> Event:
    """An admin gave the account other roles."""
    roles, were = sorted(after.roles), sorted(before.roles)
    return _event(USER_ROLES_CHANGED, after, sequence, roles=roles, were=were, changed_by=by)


def deleted(user: User, sequence: int) -> Event:
    """The account is gone: whoever keeps personal data of it erases it."""
    return _event(USER_DELETED, user, sequence)


def _event(name: str, user: User, sequence: int, **data: Any) -> Event:
    return Event(
        SOURCE, name, user.user_id, sequence=sequence, time=user.updated_at, data={"user_id": user.user_id, **data}
    )
