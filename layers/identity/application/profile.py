"""What people do with their own account."""

from dataclasses import dataclass

from identity import people
from identity.application.people import bury, require_version
from identity.model import User
from identity.user_errors import AccountNotActive, OwnAccess
from identity.user_ports import People
from kernel import etag
from kernel.clock import Clock
from kernel.retry import until_written


@dataclass(frozen=True)
class Profile:
    """One's own account. A token may outlive it by the authorizer's minute: `AccountNotActive` ends it here."""

    people: People
    clock: Clock

    def get(self, user_id: str) -> User:
        """The account."""
        user = self.people.by_id(user_id)
        if user is None or not user.is_active:
            raise AccountNotActive("log in with an active account")
        return user

    def rename(self, user_id: str, name: str | None, if_match: str | None) -> User:
        """Give oneself another name; None leaves it."""
        expected = etag.required_version(if_match)

        def attempt() -> User:
            user = self.get(user_id)
            require_version(user, expected)
            after = user if name is None else people.renamed(user, name, self.clock())
            if after is not user:
                self.people.replace(after)
            return after

        return until_written(attempt, user_id)

    def delete(self, user_id: str, if_match: str | None) -> None:
        """Delete one's account for good. Raises `OwnAccess` for an admin, whom another admin deletes."""
        expected = etag.required_version(if_match)

        def attempt() -> None:
            user = self.get(user_id)
            require_version(user, expected)
            if people.is_admin(user):
                raise OwnAccess("ask another admin")
            bury(self.people, user, self.clock)

        until_written(attempt, user_id)
