"""What admins do with accounts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from identity import people, user_events
from identity.model import Status, User
from identity.people import StatusNote
from identity.user_errors import OwnAccess, StatusRefused, UserNotFound
from identity.user_ports import People
from kernel import etag
from kernel.clock import Clock
from kernel.cursor import Cursors
from kernel.errors import PreconditionFailed
from kernel.ids import USER, is_id
from kernel.retry import until_written


@dataclass(frozen=True)
class Directory:
    """Finds accounts."""

    people: People
    cursors: Cursors
    clock: Clock

    def page(
        self, role: str | None, status: str | None, limit: int, cursor: str | None
    ) -> tuple[list[User], str | None]:
        """One page, newest first, and the next page's cursor. Deleted accounts are shown only when asked for."""

        def wanted(user: User) -> bool:
            right_status = user.status is not Status.DELETED if status is None else user.status.value == status
            return right_status and (role is None or role in user.roles)

        purpose = f"users/{role or '*'}/{status or '*'}"
        found = self.people.page(wanted, limit, self.cursors.open(purpose, cursor), self.clock())
        return list(found.users), self.cursors.seal(purpose, found.position)


@dataclass(frozen=True)
class Management:
    """Looks at accounts and changes what they may do. Whatever is taken away ends the account's access."""

    people: People
    clock: Clock

    def get(self, user_id: str) -> User:
        """An account. Raises `UserNotFound`."""
        user = self.people.by_id(user_id) if is_id(USER, user_id) else None
        if user is None:
            raise UserNotFound(f"there is no user {user_id[:100]}")
        return user

    def note(self, user: User) -> StatusNote | None:
        """Why the account has its status."""
        return self.people.note(user.user_id)

    def set_status(self, user_id: str, status: Status, reason: str, if_match: str | None, by: str) -> User:
        """Give the account a status. Raises `UserNotFound`, `StatusRefused`, `OwnAccess`."""

        def change(user: User) -> User:
            if status is user.status:
                return user
            if not people.may_become(user, status):
                raise StatusRefused(f"a user who is {user.status} cannot become {status}")
            if status is Status.DELETED:
                _keep_own_access(user, people.tombstone(user, self.clock()), by)
                return bury(self.people, user, self.clock)
            now = self.clock()
            after = _keep_own_access(user, user.with_status(status, now), by)
            event = user_events.status_changed(user, after, by, self.people.told(user_id) + 1)
            self.people.change(after, event, StatusNote(reason, by, now))
            return after

        return self._changed(user_id, if_match, change)

    def set_roles(self, user_id: str, roles: Iterable[str], if_match: str | None, by: str) -> User:
        """Give the account exactly these roles. Raises `UserNotFound`, `StatusRefused`, `OwnAccess`."""
        wanted = frozenset(roles)

        def change(user: User) -> User:
            if user.status is Status.DELETED:
                raise StatusRefused("a deleted user has no roles")
            after = _keep_own_access(user, people.with_roles(user, wanted, self.clock()), by)
            if after is not user:
                self.people.change(after, user_events.roles_changed(user, after, by, self.people.told(user_id) + 1))
            return after

        return self._changed(user_id, if_match, change)

    def _changed(self, user_id: str, if_match: str | None, change: Callable[[User], User]) -> User:
        expected = etag.required_version(if_match)

        def attempt() -> User:
            user = self.get(user_id)
            require_version(user, expected)
            return change(user)

        return until_written(attempt, user_id)


def bury(store: People, user: User, clock: Clock) -> User:
    """Delete the account: a tombstone stays, the address is free, and everybody is told to erase what they keep."""
    after = people.tombstone(user, clock())
    store.bury(user, after, user_events.deleted(after, store.told(user.user_id) + 1))
    return after


def require_version(user: User, expected: int | None) -> None:
    """Raises `PreconditionFailed` unless the account is at this version; None is any."""
    if expected not in {None, user.version}:
        raise PreconditionFailed(f"the account has changed: it is at version {user.version}")


def _keep_own_access(before: User, after: User, by: str) -> User:
    """So one admin always remains: whoever takes an admin's access away is another admin, and keeps theirs."""
    if by == before.user_id and people.is_admin(before) and not people.is_admin(after):
        raise OwnAccess("ask another admin")
    return after
