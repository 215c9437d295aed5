"""How many failed attempts an account and a network address get.

An attempt is counted before it is made and given back when it succeeds, so that a burst of parallel guesses gets no
more than one after the other would.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime

WINDOW_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Subject:
    """What attempts are counted of. `key` holds no personal data: anybody may try any address."""

    key: str
    limit: int

    @classmethod
    def account(cls, email: str) -> "Subject":
        """The account that is tried, whether it exists or not."""
        return cls(f"ACCOUNT#{_digest(email)}", limit=10)

    @classmethod
    def mailbox(cls, email: str) -> "Subject":
        """Whom mails go to that anybody may ask for."""
        return cls(f"MAILBOX#{_digest(email)}", limit=5)

    @classmethod
    def source(cls, address: str) -> "Subject":
        """Where the attempt comes from."""
        return cls(f"SOURCE#{_digest(_subscriber(address))}", limit=100)

    @classmethod
    def asker(cls, address: str) -> "Subject":
        """Where a wish for a mail comes from. Apart from attempts: who asks much may still log in."""
        return cls(f"ASKER#{_digest(_subscriber(address))}", limit=100)


def _subscriber(address: str) -> str:
    """One subscriber holds a whole /64 of IPv6, so that is what is counted."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Window:
    """The quarter of an hour that a moment falls into."""

    start: int

    @classmethod
    def at(cls, now: datetime) -> "Window":
        """The window of `now`."""
        seconds = int(now.timestamp())
        return cls(seconds - seconds % WINDOW_SECONDS)

    @property
    def end(self) -> int:
        """When its counts no longer matter."""
        return self.start + WINDOW_SECONDS

    def seconds_left(self, now: datetime) -> int:
        """How long to wait, at least a second."""
        return max(1, self.end - int(now.timestamp()))
