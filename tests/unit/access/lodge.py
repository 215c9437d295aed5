"""Everything that access is made of, in memory, with an admin and a clock."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from access.application import Issued, Keys
from access.fakes import MemoryApiKeys, MemoryGateway
from access.ports import ApiKeys, Gateway
from access.settling import Settle, Sweep
from kernel.idempotency import IdempotencyKey

ADMIN = "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"


@dataclass
class Lodge:
    """The use cases on any store and gateway."""

    store: ApiKeys = field(default_factory=MemoryApiKeys)
    gateway: Gateway = field(default_factory=MemoryGateway)
    now: datetime = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self.keys = Keys(self.store, self.gateway, "agora", self.clock)
        self.sweep = Sweep(self.store, Settle(self.store, self.gateway, "agora"), self.clock)

    def clock(self) -> datetime:
        return self.now

    def later(self, **amount: float) -> None:
        self.now += timedelta(**amount)

    def request(self, text: str = "") -> IdempotencyKey:
        """The key of a new request, or of a repeated one."""
        return IdempotencyKey(ADMIN, text or f"request-{next(self._numbers)}", "fingerprint")

    def create(self, plan: str = "partner", key: IdempotencyKey | None = None, **fields: Any) -> Issued:
        return self.keys.create(fields.get("name", "Till"), "", plan, ADMIN, key or self.request())

    def rotate(self, key_id: str, overlap_hours: int = 24, key: IdempotencyKey | None = None) -> Issued:
        return self.keys.rotate(key_id, overlap_hours, ADMIN, key or self.request())
