"""The ports in memory: for tests of everything above them, with the same promises."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import Any

from access.errors import KeyUsed, Lost
from access.model import ApiKey
from access.ports import Made, Page, Use
from kernel.errors import IdempotencyKeyReused
from kernel.events import Event
from kernel.idempotency import Answer, IdempotencyKey


class MemoryApiKeys:
    """The `ApiKeys` port in dictionaries."""

    def __init__(self) -> None:
        self.keys: dict[str, ApiKey] = {}
        self.events: list[Event] = []
        self._answers: dict[str, tuple[str, Answer]] = {}
        self._lock = Lock()

    def get(self, key_id: str) -> ApiKey | None:
        return self.keys.get(key_id)

    def write(
        self,
        api_key: ApiKey,
        event: Event | None = None,
        key: IdempotencyKey | None = None,
        answer: Answer | None = None,
    ) -> None:
        with self._lock:
            if key is not None and key.pk in self._answers:
                raise KeyUsed
            present = self.keys.get(api_key.key_id)
            if (present.version if present else 0) != api_key.version - 1:
                raise Lost(api_key.key_id)
            self.keys[api_key.key_id] = api_key
            self.events += [event] if event else []
            if key is not None and answer is not None:
                self._answers[key.pk] = (key.fingerprint, answer)

    def answer(self, key: IdempotencyKey) -> Answer | None:
        fingerprint, answer = self._answers.get(key.pk, (key.fingerprint, None))
        if fingerprint != key.fingerprint:
            raise IdempotencyKeyReused("this Idempotency-Key was used with another request")
        return answer

    def page(self, limit: int, position: Mapping[str, Any] | None) -> Page:
        newest_first = sorted(self.keys.values(), key=lambda each: each.key_id, reverse=True)
        rest = [each for each in newest_first if not position or each.key_id < position["key_id"]]
        return Page(rest[:limit], {"key_id": rest[limit - 1].key_id} if len(rest) > limit else None)

    def due(self, now: datetime, limit: int) -> list[str]:
        times = [(due, each.key_id) for each in self.keys.values() if (due := each.due_at()) and due <= now]
        return [key_id for _, key_id in sorted(times)][:limit]


@dataclass
class MemoryGateway:
    """The `Gateway` port. `plans` has the plan of each value that is good, `used` what it was used for, by day."""

    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)
    used: dict[str, dict[date, int]] = field(default_factory=dict)
    quotas: Mapping[str, int] = field(default_factory=lambda: {"free": 10_000, "partner": 1_000_000})
    _made: int = 0

    def create(self, name: str, value: str) -> Made:
        self._made += 1
        gateway_id = f"gw{self._made}"
        self.values[gateway_id] = (name, value)
        return Made(gateway_id, value)

    def attach(self, plan: str, gateway_id: str) -> None:
        self.plans[gateway_id] = plan

    def named(self, name: str) -> list[Made]:
        return [Made(gateway_id, value) for gateway_id, (known, value) in self.values.items() if known == name]

    def value(self, gateway_id: str) -> str | None:
        return self.values.get(gateway_id, ("", None))[1]

    def delete(self, gateway_id: str) -> None:
        self.values.pop(gateway_id, None)
        self.plans.pop(gateway_id, None)

    def usage(self, plan: str, gateway_id: str, start: date, end: date) -> list[Use]:
        days = [date.fromordinal(day) for day in range(start.toordinal(), end.toordinal() + 1)]
        counts = [self.used.get(gateway_id, {}).get(day, 0) for day in days]
        quota = self.quotas.get(plan)
        return [Use(count, None if quota is None else quota - count) for count in counts]

    def plan_of(self, value: str) -> str | None:
        """The plan that a request with this value counts against, None where the gateway refuses it."""
        found = next((gateway_id for gateway_id, (_, known) in self.values.items() if known == value), "")
        return self.plans.get(found)
