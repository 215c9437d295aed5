"""What a person asked for that only the holder of the mailbox may have: the making of an account, another password."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from kernel.clock import from_rfc3339
from kernel.ids import new_id
from kernel.secrets import Secret

REQUEST = "MAIL_REQUEST"
"""The sort key of a stored request: what the mailer's filter of the table's stream looks for."""

_PREFIX = "req"
_MAC_BYTES = 24


class Purpose(StrEnum):
    """What a request, and so its token, is for. `CHANGED` has no token: it tells the owner of a new password."""

    REGISTER = "register"
    RESET = "reset"
    CHANGED = "changed"


LIFE = {
    Purpose.REGISTER: timedelta(hours=24),
    Purpose.RESET: timedelta(minutes=30),
    Purpose.CHANGED: timedelta(hours=24),
}
"""How long the token in the mail is good, and how late a mail is still sent."""


@dataclass(frozen=True, slots=True)
class MailRequest:
    """A request that a mail answers. Made alike whether or not the address has an account: the mail tells, nobody else.

    `password_hash` and `name` are those of the account to be made, empty for another purpose.
    """

    request_id: str
    purpose: Purpose
    email: str
    requested_at: datetime
    password_hash: str = field(default="", repr=False)
    name: str = ""

    @classmethod
    def new(cls, purpose: Purpose, email: str, now: datetime, password_hash: str = "", name: str = "") -> "MailRequest":
        """A new request."""
        return cls(new_id(_PREFIX), purpose, email, now, password_hash, name)

    @classmethod
    def from_image(cls, image: Mapping[str, Mapping[str, str]]) -> "MailRequest":
        """The request of a stream record's new image."""
        text = {name: typed["S"] for name, typed in image.items() if "S" in typed}
        return cls(
            request_id=text["request_id"],
            purpose=Purpose(text["purpose"]),
            email=text["email"],
            requested_at=from_rfc3339(text["requested_at"]),
            password_hash=text["password_hash"],
            name=text["name"],
        )

    @property
    def expires_at(self) -> datetime:
        """When its token is good no longer."""
        return self.requested_at + LIFE[self.purpose]


class MailTokens:
    """The tokens of requests: an HMAC of the request, so that none is stored and a repeated mail holds the same."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def token(self, request_id: str, purpose: Purpose) -> str:
        """`req_….<32 URL-safe characters>`."""
        message = f"identity-mail\0{purpose.value}\0{request_id}".encode()
        digest = hmac.new(self._key().encode(), message, hashlib.sha256).digest()
        return f"{request_id}.{base64.urlsafe_b64encode(digest[:_MAC_BYTES]).decode()}"

    def request_id(self, token: str, purpose: Purpose) -> str | None:
        """The id of the request that the token belongs to, None for any other text."""
        request_id = token.partition(".")[0]
        if not token.isascii():
            return None
        return request_id if hmac.compare_digest(self.token(request_id, purpose), token) else None
