"""The ports of the routes under /users in memory: for tests, with the same promises as the real ones."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from identity.fakes import MemoryUsers
from identity.model import User
from identity.people import StatusNote
from identity.user_errors import AccountNotActive
from identity.user_ports import KeyUsed, Kind, Remembered, Stored, UserPage
from kernel.clock import to_rfc3339
from kernel.errors import ConflictingWrite, IdempotencyKeyReused
from kernel.events import Event
from kernel.idempotency import KEPT_SECONDS, Answer, IdempotencyKey


@dataclass
class MemoryPeople:
    """The `People` port, on the same accounts as `MemoryUsers`."""

    accounts: MemoryUsers
    notes: dict[str, StatusNote] = field(default_factory=dict)
    beside: dict[str, list[str]] = field(default_factory=dict)

    def by_id(self, user_id: str) -> User | None:
        """The account."""
        return self.accounts.by_id(user_id)

    def replace(self, user: User) -> None:
        """Store it."""
        self.accounts.replace(user)

    def told(self, user_id: str) -> int:
        """Its events."""
        return sum(event.aggregate_id == user_id for event in self.accounts.events)

    def change(self, user: User, event: Event, note: StatusNote | None = None) -> None:
        """Store it with its event."""
        self._require_next(event)
        self.accounts.replace(user)
        self.accounts.events.append(event)
        if note is not None:
            self.notes[user.user_id] = note

    def bury(self, before: User, tombstone: User, event: Event) -> None:
        """Store it under a key that is no address."""
        self._require_next(event)
        if self.accounts.users[before.email].version != tombstone.version - 1:
            raise ConflictingWrite(before.user_id)
        del self.accounts.users[before.email]
        self.accounts.users[f"deleted {before.user_id}"] = tombstone
        self.accounts.events.append(event)

    def note(self, user_id: str) -> StatusNote | None:
        """Why it has its status."""
        return self.notes.get(user_id)

    def page(
        self, wanted: Callable[[User], bool], limit: int, position: dict[str, Any] | None, today: datetime
    ) -> UserPage:
        """Newest first."""
        found = sorted(
            (_key(user), user)
            for user in self.accounts.users.values()
            if wanted(user) and user.created_at <= today and (not position or _key(user) < position["key"])
        )[::-1]
        following = {"key": found[limit - 1][0]} if len(found) > limit else None
        return UserPage([user for _, user in found[:limit]], following)

    def erase_some(self, user_id: str) -> bool:
        """One thing at a time."""
        sessions = [key for key, each in self.accounts.sessions.items() if each.user_id == user_id]
        if sessions:
            del self.accounts.sessions[sessions[0]]
            return True
        return self.notes.pop(user_id, None) is not None

    def _require_next(self, event: Event) -> None:
        if event.sequence != self.told(event.aggregate_id) + 1:
            raise ConflictingWrite(event.aggregate_id)


@dataclass
class MemoryDocuments:
    """The `Documents` port; what it keeps has been through JSON, as in a database."""

    is_active: Callable[[str], bool]
    documents: dict[tuple[str, Kind], tuple[int, str]] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[float, str, Answer]] = field(default_factory=dict)

    def get(self, user_id: str, kind: Kind) -> Stored | None:
        """The document."""
        version, text = self.documents.get((user_id, kind), (0, ""))
        return Stored(json.loads(text), version) if version else None

    def save(self, user_id: str, kind: Kind, stored: Stored, remembered: Remembered | None = None) -> None:
        """Store it."""
        if not self.is_active(user_id):
            raise AccountNotActive("log in with an active account")
        if remembered is not None and self._kept(user_id, remembered.key):
            raise KeyUsed
        if self.documents.get((user_id, kind), (0, ""))[0] != stored.version - 1:
            raise ConflictingWrite(user_id)
        self.documents[user_id, kind] = (stored.version, json.dumps(stored.document))
        if remembered is not None:
            entry = (time.time() + KEPT_SECONDS, remembered.key.fingerprint, remembered.answer)
            self.answers[user_id, remembered.key.pk] = entry

    def answer(self, user_id: str, key: IdempotencyKey) -> Answer | None:
        """The stored answer."""
        kept = self._kept(user_id, key)
        if kept is None:
            return None
        if kept[0] != key.fingerprint:
            raise IdempotencyKeyReused("this Idempotency-Key was used with another request")
        return kept[1]

    def _kept(self, user_id: str, key: IdempotencyKey) -> tuple[str, Answer] | None:
        expires, fingerprint, answer = self.answers.get((user_id, key.pk), (0.0, "", Answer(0, {})))
        return (fingerprint, answer) if expires > time.time() else None


def _key(user: User) -> str:
    return f"{to_rfc3339(user.created_at)}#{user.user_id}"
