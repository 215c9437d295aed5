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
    """A quarter of an hour that slides: what was counted in the quarter before weighs as much as is left of it.

    `start` is where the present quarter of the clock began, `elapsed` how many of its seconds have passed.
    """

    start: int
    elapsed: int = 0

    @classmethod
    def at(cls, now: datetime) -> "Window":
        """The window that ends `now`."""
        seconds = int(now.timestamp())
        return cls(seconds - seconds % WINDOW_SECONDS, seconds % WINDOW_SECONDS)

    @property
    def before(self) -> "Window":
        """The quarter before the present one."""
        return Window(self.start - WINDOW_SECONDS)

    @property
    def kept_until(self) -> int:
        """When its counts no longer matter: they weigh on the quarter after it too."""
        return self.start + 2 * WINDOW_SECONDS

    def places(self, limit: int, before: int) -> int:
        """How many attempts the present quarter may hold by now, after `before` in the one before. Not negative."""
        weighed = -(-before * (WINDOW_SECONDS - self.elapsed) // WINDOW_SECONDS)
        return max(0, limit - weighed)

    def wait(self, limit: int, before: int, present: int) -> int:
        """Seconds until there is a place again, if nobody takes one meanwhile; at least one."""
        if present < limit:
            return max(1, _second_of_place(limit - 1 - present, before) - self.elapsed)
        return WINDOW_SECONDS - self.elapsed + _second_of_place(limit - 1, present)


def _second_of_place(room: int, before: int) -> int:
    """The second of a quarter from which `before` attempts of the one before weigh no more than `room`."""
    return max(0, -(-WINDOW_SECONDS * (before - room) // before)) if before else 0
