"""Signing keys: made once by whoever needs them first, read by those who sign, published to those who verify.

Both sets are JSON Web Key Sets (RFC 7517). A private key says from when on it signs (`nbf`, seconds since 1970).
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc.jwk import ECKey

from identity.ports import KeyStore

CURVE = "P-256"
NOT_BEFORE = "nbf"
_TTL_SECONDS = 300.0
_PUBLIC = ("kty", "crv", "x", "y", "use", "alg", "kid")

Entry = dict[str, Any]
"""One key of a set, as JSON has it."""


def new_entry(not_before: int) -> Entry:
    """A new ES256 key that signs from then on."""
    key = ECKey.generate_key(CURVE, {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)
    return {**key.as_dict(private=True), NOT_BEFORE: not_before}


def new_private_set(not_before: int = 0) -> str:
    """A key set with one new key."""
    return dumped([new_entry(not_before)])


def entries_of(key_set: str) -> list[Entry]:
    """The keys of a set's text; none for an empty text."""
    entries: list[Entry] = json.loads(key_set)["keys"] if key_set else []
    return entries


def dumped(entries: list[Entry]) -> str:
    """A set's text."""
    return json.dumps({"keys": entries}, separators=(",", ":"))


def public_half(private_set: str) -> str:
    """The same set without what signs, and without its times: a verifier needs neither."""
    return dumped([{name: entry[name] for name in _PUBLIC if name in entry} for entry in entries_of(private_set)])


def by_kid(key_set: str) -> Mapping[str, ECKey]:
    """The set's P-256 keys by their ids; empty for an empty text."""
    return {entry["kid"]: ECKey.import_key(entry) for entry in entries_of(key_set) if entry.get("crv") == CURVE}


def not_before(entry: Entry) -> int:
    """From when on a key signs; 0, always, for one that does not say."""
    return int(entry.get(NOT_BEFORE, 0))


def signing_entry(entries: list[Entry], now: float) -> Entry:
    """The key that signs now: of those whose time has come the latest, and while there is none the next one."""
    begun = [entry for entry in entries if not_before(entry) <= now]
    return max(begun, key=not_before) if begun else min(entries, key=not_before)


class SigningKeys:
    """The key that signs now.

    The set is read every five minutes, and which of its keys signs is asked of the clock alone: so all functions change
    to a new key in the same second, although nothing tells them (`identity.rotation`).
    """

    def __init__(
        self, store: KeyStore, now: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._now = now
        self._monotonic = monotonic
        self._entries: list[Entry] = []
        self._keys: Mapping[str, ECKey] = {}
        self._read_at = float("-inf")

    def current(self) -> ECKey:
        """The signing key. A verifier can find its public half before anything signed by it goes out."""
        if not self._entries or self._monotonic() - self._read_at > _TTL_SECONDS:
            self._read()
            self._read_at = self._monotonic()
        return self._keys[signing_entry(self._entries, self._now())["kid"]]

    def _read(self) -> None:
        private_set = self._store.private_set() or self._store.agree_on(new_private_set(int(self._now())))
        entries = [entry for entry in entries_of(private_set) if entry.get("crv") == CURVE]
        # Whoever made the first key may have died before publishing it, so every reader looks. One that a rotation
        # added does not sign yet: the rotation publishes it.
        if signing_entry(entries, self._now())["kid"] not in by_kid(self._store.public_set()):
            self._store.publish(public_half(private_set))
        self._entries, self._keys = entries, by_kid(private_set)
