"""Page cursors that a client can neither read meaning into nor forge: JSON with an HMAC, bound to one list."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from kernel.errors import BadRequest
from kernel.secrets import Secret

_MAC_BYTES = 16


class Cursors:
    """Signs and opens the cursors of one list. `purpose` names the list and its filters: another's cursor fails."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def seal(self, purpose: str, position: Mapping[str, Any] | None) -> str | None:
        """The opaque text of a position, None at the end of the list."""
        if position is None:
            return None
        payload = json.dumps(position, separators=(",", ":"), sort_keys=True).encode()
        return base64.urlsafe_b64encode(self._mac(purpose, payload) + payload).decode().rstrip("=")

    def open(self, purpose: str, cursor: str | None) -> dict[str, Any] | None:
        """The position that `seal` was given. Raises `BadRequest` for anything that `seal` did not make."""
        if not cursor:
            return None
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise BadRequest("the cursor is not one that this list gave out") from None
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(purpose, payload)):
            raise BadRequest("the cursor is not one that this list gave out")
        position: dict[str, Any] = json.loads(payload)
        return position

    def _mac(self, purpose: str, payload: bytes) -> bytes:
        message = purpose.encode() + b"\0" + payload
        return hmac.new(self._key().encode(), message, hashlib.sha256).digest()[:_MAC_BYTES]
