"""What has to happen to keys although nobody asks for it any more: values end, and what died half-way is undone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from access.errors import Lost
from access.model import ApiKey, Status, gateway_name
from access.ports import ApiKeys, Gateway
from kernel import telemetry
from kernel.clock import Clock
from kernel.errors import TransientError

_MOST_STEPS = 3
_MOST_KEYS = 100


@dataclass(frozen=True)
class Settle:
    """Brings the gateway in line with a key's row. Safe to repeat, to race and to die in."""

    keys: ApiKeys
    gateway: Gateway
    prefix: str

    def __call__(self, api_key: ApiKey, now: datetime) -> ApiKey:
        """Do what is due by now; returns the key as it is then. Raises `TransientError`, `Lost`."""
        for _ in range(_MOST_STEPS):
            due = api_key.due_at()
            if due is None or due > now:
                break
            api_key = self._step(api_key, now)
        return api_key

    def _step(self, api_key: ApiKey, now: datetime) -> ApiKey:
        """The row forbids first, the gateway forgets then, and the row says last that it did."""
        doomed: list[str] = []
        if api_key.status is Status.REVOKED:
            doomed = [*(each.gateway_id for each in api_key.credentials), *self._half_made(api_key)]
            after = api_key.forgotten(now)
        elif api_key.is_due_to_end(now):
            doomed = [api_key.previous.gateway_id] if api_key.previous else []
            after = api_key.without_previous(now)
        elif api_key.wanted is not None and not api_key.wanted.cancelled:
            after = api_key.cancelling(now)
        else:
            doomed = self._half_made(api_key)
            after = api_key.given_up(now)
        for gateway_id in doomed:
            self.gateway.delete(gateway_id)
        self.keys.write(after)
        return after

    def _half_made(self, api_key: ApiKey) -> list[str]:
        """What the gateway knows of a value that was wanted and never handed out."""
        if api_key.wanted is None:
            return []
        name = gateway_name(self.prefix, api_key.key_id, api_key.wanted.number)
        return [made.gateway_id for made in self.gateway.named(name)]


@dataclass(frozen=True)
class Sweep:
    """The schedule's part: every key that something is due of. What fails today fails alone, and is due again."""

    keys: ApiKeys
    settle: Settle
    clock: Clock

    def __call__(self) -> Mapping[str, Any]:
        """Settle what is due; returns how many keys were."""
        now, settled = self.clock(), 0
        for key_id in self.keys.due(now, _MOST_KEYS):
            api_key = self.keys.get(key_id)
            if api_key is None:
                continue
            try:
                self.settle(api_key, now)
            except (Lost, TransientError):
                telemetry.logger().exception("an API key could not be settled", key_id=key_id)
            else:
                settled += 1
        return {"outcome": "swept", "settled": settled}
