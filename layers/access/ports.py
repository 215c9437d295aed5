"""What the use cases of API keys need from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from access.model import ApiKey
from kernel.events import Event
from kernel.idempotency import Answer, IdempotencyKey


@dataclass(frozen=True, slots=True)
class Page:
    """Keys, newest first; `position` is None at the end."""

    items: list[ApiKey]
    position: Mapping[str, Any] | None


class ApiKeys(Protocol):
    """Every key, revoked ones for 90 days."""

    def get(self, key_id: str) -> ApiKey | None:
        """The key, strongly consistent."""
        ...

    def write(
        self,
        api_key: ApiKey,
        event: Event | None = None,
        key: IdempotencyKey | None = None,
        answer: Answer | None = None,
    ) -> None:
        """Store the next version with its event and answer, or nothing. Raises `Lost` or, for a used key, `KeyUsed`."""
        ...

    def answer(self, key: IdempotencyKey) -> Answer | None:
        """What a request with this key was answered. Raises `IdempotencyKeyReused` for another request's key."""
        ...

    def page(self, limit: int, position: Mapping[str, Any] | None) -> Page:
        """At most `limit` keys, the newest first."""
        ...

    def due(self, now: datetime, limit: int) -> list[str]:
        """The ids of keys that something is to be done about by now, longest due first."""
        ...


@dataclass(frozen=True, slots=True)
class Made:
    """A value at the gateway."""

    gateway_id: str
    value: str


@dataclass(frozen=True, slots=True)
class Use:
    """Requests of one value on one day (UTC); `remaining` until the plan's quota, None where there is no quota."""

    used: int
    remaining: int | None


class Gateway(Protocol):
    """API Gateway, which checks values and counts what they use. All may raise `TransientError`."""

    def create(self, name: str, value: str) -> Made:
        """Make a value known under a name. It is good for nothing yet."""
        ...

    def attach(self, plan: str, gateway_id: str) -> None:
        """Make a value good for the routes of the plan; nothing happens when it is."""
        ...

    def named(self, name: str) -> list[Made]:
        """What was made under exactly this name."""
        ...

    def value(self, gateway_id: str) -> str | None:
        """The value itself, None when the gateway does not know it."""
        ...

    def delete(self, gateway_id: str) -> None:
        """Refuse the value from now on; nothing happens when it is not known."""
        ...

    def usage(self, plan: str, gateway_id: str, start: date, end: date) -> list[Use]:
        """What was used on each day from `start` to `end`, both included."""
        ...
