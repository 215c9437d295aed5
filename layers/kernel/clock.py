"""Time: always aware, always UTC."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def to_rfc3339(moment: datetime) -> str:
    """`2026-11-21T09:30:00.123Z`: UTC with milliseconds, so that the text sorts as the time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_rfc3339(text: str) -> datetime:
    """The aware moment that `to_rfc3339` wrote."""
    return datetime.fromisoformat(text)
