"""Repeating what lost against a concurrent writer."""

from collections.abc import Callable
from typing import TypeVar

from kernel.errors import ConflictingWrite, TransientError

_TRIES = 5

T = TypeVar("T")


def until_written(attempt: Callable[[], T], what: str) -> T:
    """Run `attempt` again while another writer is faster: it reads `what` anew each time.

    Raises `TransientError` when the others do not end.
    """
    for _ in range(_TRIES):
        try:
            return attempt()
        except ConflictingWrite:
            continue
    raise TransientError(f"{what} kept changing under the task")
