"""How many orders a customer may place in a minute, beside the plan of the client's API key."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class OrderLimit:
    """One place in a customer's minute. `subject` holds no personal data: a guest is the hash of an e-mail address."""

    subject: str
    window: int
    most: int

    @classmethod
    def of(cls, customer_id: str | None, email: str | None, now: datetime, most: int) -> "OrderLimit":
        """The minute of `now` for the customer, or for the guest with this address."""
        seconds = int(now.timestamp())
        guest = hashlib.sha256((email or "").strip().lower().encode()).hexdigest()[:32]
        return cls(customer_id or f"guest-{guest}", seconds - seconds % WINDOW_SECONDS, most)

    @property
    def ends_at(self) -> int:
        """Seconds since 1970 when the minute is over."""
        return self.window + WINDOW_SECONDS
