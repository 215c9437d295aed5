"""Erasing what identity itself keeps beside a deleted account."""

from collections.abc import Callable
from dataclasses import dataclass

from identity.model import Status
from identity.user_ports import People
from kernel.errors import TransientError
from kernel.events import Event


@dataclass(frozen=True)
class EraseUser:
    """Sessions, addresses, preferences, stored answers, reasons: everything but the tombstone and its events."""

    people: People
    seconds_left: Callable[[], float]

    def handle(self, event: Event) -> None:
        """`UserDeleted`. What does not fit into one invocation is left to the next delivery."""
        user = self.people.by_id(str(event.data["user_id"]))
        if user is None or user.status is not Status.DELETED:
            return  # no event of ours says so of an account that is there
        while self.people.erase_some(user.user_id):
            if self.seconds_left() <= 0:
                raise TransientError(f"there is more to erase of {user.user_id}")
