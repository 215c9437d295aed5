"""Signing keys: made once by whoever needs them first, read by those who sign, published to those who verify."""

import json
import time
from collections.abc import Mapping
from typing import Any

from joserfc.jwk import ECKey

from identity.ports import KeyStore

CURVE = "P-256"
_TTL_SECONDS = 300.0


def new_private_set() -> str:
    """A key set with one new ES256 key."""
    key = ECKey.generate_key(CURVE, {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)
    return json.dumps({"keys": [key.as_dict(private=True)]})


def public_half(private_set: str) -> str:
    """The same set without what signs."""
    keys = [ECKey.import_key(key).as_dict(private=False) for key in json.loads(private_set)["keys"]]
    return json.dumps({"keys": keys}, separators=(",", ":"))


def by_kid(key_set: str) -> Mapping[str, ECKey]:
    """The set's P-256 keys by their ids; empty for an empty text."""
    entries: list[dict[str, Any]] = json.loads(key_set)["keys"] if key_set else []
    return {entry["kid"]: ECKey.import_key(entry) for entry in entries if entry.get("crv") == CURVE}


class SigningKeys:
    """The key that signs now: the first of the private set. The others are there to verify what they signed.

    Rotation is an operator's: add a second key, wait until it is published everywhere, move it to the front.
    """

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._key: ECKey | None = None
        self._read_at = float("-inf")

    def current(self) -> ECKey:
        """The signing key. A verifier can find its public half before anything signed by it goes out."""
        if self._key is None or time.monotonic() - self._read_at > _TTL_SECONDS:
            self._key = self._read()
            self._read_at = time.monotonic()
        return self._key

    def _read(self) -> ECKey:
        private_set = self._store.private_set() or self._store.agree_on(new_private_set())
        # Whoever made the keys may have died before publishing them, so every reader looks.
        if by_kid(private_set).keys() - by_kid(self._store.public_set()).keys():
            self._store.publish(public_half(private_set))
        return next(iter(by_kid(private_set).values()))
