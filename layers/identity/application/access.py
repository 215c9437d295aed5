"""Ending a user's access: every session, and every access token as soon as the authorizer asks again."""

from dataclasses import dataclass

from identity.model import Status, User
from identity.ports import Users
from kernel.clock import Clock
from kernel.retry import until_written


@dataclass(frozen=True)
class Access:
    """Takes access away, or gives it back."""

    users: Users
    clock: Clock

    def end(self, user_id: str) -> User | None:
        """End all that the user's logins gave, and leave the account as it is; None when there is no such user."""
        return self._change(user_id, None)

    def set_status(self, user_id: str, status: Status) -> User | None:
        """Give the account a status, which ends all access unless it has it already; None when there is no such user.

        What ended stays ended: a user who becomes active again logs in again.
        """
        return self._change(user_id, status)

    def _change(self, user_id: str, status: Status | None) -> User | None:
        def attempt() -> User | None:
            user = self.users.by_id(user_id)
            if user is None:
                return None
            changed = user.access_ended(self.clock()) if status is None else user.with_status(status, self.clock())
            if changed is not user:
                self.users.replace(changed)
            return changed

        return until_written(attempt, user_id)
