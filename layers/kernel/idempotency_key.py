"""What an `Idempotency-Key` stands for. Apart from how answers are stored: a route that stores none loads none."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key. `scope` is who sent it to which route: the same text from two callers is two keys."""

    scope: str
    key: str
    fingerprint: str

    @property
    def pk(self) -> str:
        """The partition key of the stored answer."""
        digest = hashlib.sha256(f"{self.scope}\n{self.key}".encode()).hexdigest()
        return f"IDEMPOTENCY#{digest}"


def fingerprint(method: str, path: str, body: bytes) -> str:
    """A hash of what a repeated request must have in common with the first."""
    return hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()
