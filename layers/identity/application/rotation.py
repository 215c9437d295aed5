"""Rotating the keys that sign access tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from identity import rotation
from identity.keys import entries_of, new_private_set, public_half
from identity.ports import KeyStore
from kernel.clock import Clock
from kernel.errors import ConflictingWrite

Wish = Literal["when_due", "begin", "replace"]


@dataclass(frozen=True)
class RotateKeys:
    """Brings the key set to what it should be, and the published half with it."""

    store: KeyStore
    period: timedelta
    clock: Clock

    def __call__(self, wish: Wish = "when_due") -> Mapping[str, Any]:
        """Do what is due, or what an operator wishes; returns the ids of the keys.

        `begin` starts a rotation early, `replace` drops all keys for a new one, each time anew. Safe to die in: the
        published half is compared each time. Raises `ConflictingWrite` when another rotation came between.
        """
        now = self.clock()
        present = self.store.private_set() or self.store.agree_on(new_private_set(int(now.timestamp())))
        wished = self._wished(present, wish)
        if wished != present and not self.store.replace(present, wished):
            raise ConflictingWrite("another rotation came between")
        public = public_half(wished)
        if self.store.public_set() != public:
            self.store.publish(public)
        kids = [entry["kid"] for entry in entries_of(wished)]
        return {"outcome": "unchanged" if wished == present else "changed", "kids": kids}

    def _wished(self, present: str, wish: Wish) -> str:
        match wish:
            case "begin":
                return rotation.begun(present, self.clock())
            case "replace":
                return rotation.replaced(self.clock())
            case "when_due":
                return rotation.rotated(present, self.clock(), self.period)
