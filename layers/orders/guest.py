"""A guest's way back to their order: an HMAC of its id, carried in the link that the 202 gave them."""

import base64
import hashlib
import hmac

from kernel.secrets import Secret

_PURPOSE = b"guest-order\0"
_MAC_BYTES = 24


class SignedLinks:
    """Makes and checks the tokens; whoever holds one may read that order, and pay for it."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def token(self, order_id: str) -> str:
        """URL-safe text of 32 characters."""
        digest = hmac.new(self._key().encode(), _PURPOSE + order_id.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:_MAC_BYTES]).decode()

    def opens(self, order_id: str, token: str | None) -> bool:
        """Compared in constant time."""
        return bool(token) and hmac.compare_digest(self.token(order_id).encode(), str(token).encode())
