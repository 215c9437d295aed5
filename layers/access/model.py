"""A client's API key: the name that stays, and the values that it has in turn.

API Gateway cannot change the value of a key, so every value is a key of its own there, with counters of its own.
"""

import secrets
import string
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

PLANS = ("free", "partner", "internal")
MAX_OVERLAP_HOURS = 7 * 24
GIVE_UP = timedelta(minutes=5)
"""After which a value that was asked for and never handed out is not made any more."""

_ALPHABET = string.ascii_letters + string.digits
_SECRET_CHARACTERS = 40


class Status(StrEnum):
    """What a key is good for."""

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True)
class Credential:
    """One value of a key, without the value: the gateway alone keeps that."""

    number: int
    gateway_id: str
    last_four: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that is being made, since when, for whom, and how long the one before it is good beside it.

    `cancelled`: it is not wanted any more, but the gateway may know it.
    """

    number: int
    since: datetime
    overlap_hours: int
    by: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key. `told` counts its events; `previous` is good until `previous_ends_at`."""

    key_id: str
    name: str
    description: str
    plan: str
    status: Status
    created_at: datetime
    updated_at: datetime
    version: int = 1
    told: int = 0
    current: Credential | None = None
    previous: Credential | None = None
    previous_ends_at: datetime | None = None
    wanted: Wanted | None = None

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """The values that the gateway may still know, the newest first."""
        return tuple(each for each in (self.current, self.previous) if each is not None)

    def credential(self, number: int) -> Credential | None:
        """The value with this number, None when it is gone or not made yet."""
        return next((each for each in self.credentials if each.number == number), None)

    def due_at(self) -> datetime | None:
        """When something is to be done about the key that no request will do."""
        if self.status is Status.REVOKED:
            return self.updated_at if self.credentials or self.wanted else None
        times = [] if self.previous_ends_at is None else [self.previous_ends_at]
        if self.wanted is not None:
            times.append(self.wanted.since if self.wanted.cancelled else self.wanted.since + GIVE_UP)
        return min(times, default=None)

    def is_due_to_end(self, now: datetime) -> bool:
        """Whether the value before the present one has had its time."""
        return self.previous_ends_at is not None and self.previous_ends_at <= now

    def is_overlapping(self, now: datetime) -> bool:
        """Whether the value before the present one is still good."""
        return self.previous_ends_at is not None and self.previous_ends_at > now

    def issued(self, wanted: Wanted, gateway_id: str, value: str, now: datetime) -> "ApiKey":
        """With the value that was wanted; the one before stays for its overlap, counted from the request."""
        made = Credential(wanted.number, gateway_id, value[-4:], now)
        ends = wanted.since + timedelta(hours=wanted.overlap_hours) if self.current else None
        return self._changed(
            now,
            status=Status.ACTIVE,
            current=made,
            previous=self.current,
            previous_ends_at=ends,
            wanted=None,
            told=self.told + 1,
        )

    def revoked(self, now: datetime) -> "ApiKey":
        """Good for nothing any more. Its credentials stay on record until the gateway has forgotten them."""
        return self._changed(now, status=Status.REVOKED, told=self.told + 1)

    def cancelling(self, now: datetime) -> "ApiKey":
        """Whoever makes the value that is wanted comes too late from now on."""
        return self._changed(now, wanted=replace(self.wanted, cancelled=True) if self.wanted else None)

    def given_up(self, now: datetime) -> "ApiKey":
        """Without the value that was on its way; a key that has no other one is revoked."""
        return self._changed(now, wanted=None, status=self.status if self.current else Status.REVOKED)

    def without_previous(self, now: datetime) -> "ApiKey":
        """With its newest value only."""
        return self._changed(now, previous=None, previous_ends_at=None)

    def rotating(self, wanted: Wanted) -> "ApiKey":
        """With another value on its way, and the one before the present one forgotten: there are at most two."""
        return self._changed(wanted.since, wanted=wanted, previous=None, previous_ends_at=None)

    def forgotten(self, now: datetime) -> "ApiKey":
        """A revoked key of which the gateway knows nothing any more."""
        return self._changed(now, current=None, previous=None, previous_ends_at=None, wanted=None)

    def _changed(self, now: datetime, **fields: object) -> "ApiKey":
        return replace(self, updated_at=now, version=self.version + 1, **fields)  # type: ignore[arg-type]


def gateway_name(prefix: str, key_id: str, number: int) -> str:
    """The name of one value at the gateway: whoever died after making it finds it by that."""
    return f"{prefix}-{key_id}-{number}"


def new_value(plan: str) -> str:
    """`<plan>_<40 characters>`: a function tells the plan by it (`kernel.http.usage_plan`)."""
    return f"{plan}_{''.join(secrets.choice(_ALPHABET) for _ in range(_SECRET_CHARACTERS))}"
