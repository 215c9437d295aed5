"""API keys as admins see them, without pydantic: plain reads should not pay its import."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from access.model import ApiKey
from access.ports import Use
from kernel.clock import to_rfc3339
from kernel.errors import FieldError, ValidationFailed

MAX_DAYS = 90
"""The most days that API Gateway tells of at once."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class PreviousValue:
    """The value that a rotation replaced, while it is good."""

    last_four: str
    ends_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyView:
    """A key without its value. `status` is CREATING, ACTIVE or REVOKED; `last_four` are the value's last characters."""

    key_id: str
    name: str
    description: str
    plan: str
    status: str
    last_four: str | None
    previous: PreviousValue | None
    created_at: str
    rotated_at: str | None
    updated_at: str

    @classmethod
    def of(cls, api_key: ApiKey) -> "ApiKeyView":
        """The view of a key."""
        return cls(**_fields(api_key))


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedApiKey(ApiKeyView):
    """A key with its value, which is not shown again: send it as `X-Api-Key`."""

    value: str

    @classmethod
    def with_value(cls, api_key: ApiKey, value: str) -> "IssuedApiKey":
        """The view of a key that a value was just made for."""
        return cls(**_fields(api_key), value=value)


@dataclass(frozen=True, slots=True)
class ApiKeyList:
    """Keys, newest first; `next` is the cursor of the following page, null at the end."""

    items: list[ApiKeyView]
    next: str | None


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """Requests on one day (UTC); `remaining` of the plan's quota, null where it has none."""

    date: str
    used: int
    remaining: int | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a key's good values used, a day at a time; nothing is known of a revoked key."""

    key_id: str
    plan: str
    items: list[DayOfUse]

    @classmethod
    def of(cls, api_key: ApiKey, start: date, uses: list[Use]) -> "Usage":
        """The view of the days from `start` on."""
        days = [(start + timedelta(days=number)).isoformat() for number in range(len(uses))]
        items = [DayOfUse(day, use.used, use.remaining) for day, use in zip(days, uses, strict=True)]
        return cls(api_key.key_id, api_key.plan, items)


@dataclass(frozen=True, slots=True)
class ListApiKeys:
    """The query of GET /api-keys."""

    limit: int = field(default=50, metadata={"ge": 1, "le": 100})
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class AskUsage:
    """The query of GET /api-keys/{key_id}/usage: days of UTC, both included; the last seven where they are left out."""

    start_date: str | None = field(default=None, metadata={"max_length": 10})
    end_date: str | None = field(default=None, metadata={"max_length": 10})

    def days(self, today: date) -> tuple[date, date]:
        """The first and the last day. Raises `ValidationFailed`."""
        end = _day("end_date", self.end_date) or today
        start = _day("start_date", self.start_date) or end - timedelta(days=6)
        if not today - timedelta(days=MAX_DAYS) <= start <= end <= today:
            message = f"must not be after the end_date, nor more than {MAX_DAYS} days ago; no day may be in the future"
            raise ValidationFailed("these days cannot be told of", errors=[FieldError("start_date", message)])
        return start, end


def _day(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        errors = [FieldError(name, "must be a date such as 2026-11-30")]
        raise ValidationFailed("some query parameters are not valid", errors=errors) from None


def _fields(api_key: ApiKey) -> dict[str, Any]:
    current, previous = api_key.current, api_key.previous
    ends_at = api_key.previous_ends_at
    shown = PreviousValue(previous.last_four, to_rfc3339(ends_at)) if previous and ends_at else None
    return {
        "key_id": api_key.key_id,
        "name": api_key.name,
        "description": api_key.description,
        "plan": api_key.plan,
        "status": api_key.status.value,
        "last_four": current.last_four if current else None,
        "previous": shown,
        "created_at": to_rfc3339(api_key.created_at),
        "rotated_at": to_rfc3339(current.since) if current and current.number > 1 else None,
        "updated_at": to_rfc3339(api_key.updated_at),
    }
