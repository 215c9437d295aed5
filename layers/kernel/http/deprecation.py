"""Announcing that a route will go: the `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) headers."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime


@dataclass(frozen=True, slots=True)
class Deprecation:
    """`since` is the day from which clients should use something else, `sunset` the first day without the route.

    `link` is the page that says what to use instead.
    """

    since: date
    sunset: date
    link: str

    def headers(self) -> dict[str, str]:
        """What every answer of the route carries, errors included."""
        return {
            "Deprecation": f"@{int(_midnight(self.since).timestamp())}",
            "Sunset": format_datetime(_midnight(self.sunset), usegmt=True),
            "Link": f'<{self.link}>; rel="deprecation"',
        }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
